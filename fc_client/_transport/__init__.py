"""Where bytes leave: HTTP/1.1, and requests and aiohttp around it."""
