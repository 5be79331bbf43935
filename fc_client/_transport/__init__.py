"""Sends one attempt and receives its response: the only code that opens connections.

``requests_transport`` and ``aiohttp_transport`` are what the two clients call.
The bytes of Client leave in ``connections``, those of AsyncClient in
``asyncio_connection``; both read and write them by the rules of ``http1``.
Proxies, and whatever watches or replaces an HTTP library, take the way over
``urllib3_pool`` and over aiohttp's ClientSession.
"""
