"""Attempts, as the engine gives them to a transport, and what sends them."""

import asyncio
from contextlib import closing

from fc_client._messages import Attempt
from fc_client._transport import aiohttp_transport
from fc_client._transport.requests_transport import Transport
from fc_client.timeouts import Limits

# Long enough for a machine that stands still now and then.
LIMITS = Limits(30, 30)


def attempt(url, body=b"x", *, method="POST", **headers):
    """Return an attempt at InvokeFunction; ``_`` in the name of a header is ``-``."""
    length = {"Content-Length": str(len(body))} if isinstance(body, bytes) else {}
    host = {"Host": url.partition("//")[2].partition("/")[0]}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Attempt("InvokeFunction", method, url, {**host, **length, **more}, body)


def send(*attempts, limits=LIMITS, **options):
    """Send attempts with the transport of Client, and return the last reply."""
    with closing(Transport(**options)) as transport:
        for each in attempts:
            reply = transport.send(each, limits)
    return reply


def send_async(*attempts, limits=LIMITS, **options):
    """Send attempts with the transport of AsyncClient, and return the last reply."""

    async def main():
        transport = aiohttp_transport.Transport(**options)
        try:
            for each in attempts:
                reply = await transport.send(each, limits)
        finally:
            await transport.close()
        return reply

    return asyncio.run(main())


SENDERS = {"Client": send, "AsyncClient": send_async}
