"""A server that responds at once: ``small_server.py CERTIFICATE ROUND_TRIP``.

With a certificate it speaks TLS. With a round trip above 0 it runs behind a
proxy that delays each direction by half of that, in seconds.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from asyncio import StreamReader, StreamWriter

REPLY = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: application/octet-stream\r\n"
    b"X-Fc-Request-Id: 5516a311-55f6-4922-80d5-a86165017960\r\n"
    b"Content-Length: 11\r\n\r\n"
    b"hello world"
)


async def answer(reader: StreamReader, writer: StreamWriter) -> None:
    """Respond to the requests of a connection."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    await reader.readexactly(int(line.split(b":")[1]))
            writer.write(REPLY)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def forward(reader: StreamReader, writer: StreamWriter, delay: float) -> None:
    """Forward what is read *delay* seconds later."""
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


async def far_away(port: int, round_trip: float) -> asyncio.Server:
    """Return a proxy of *port* that delays everything."""

    async def forwarded(reader: StreamReader, writer: StreamWriter) -> None:
        # Connecting takes a round trip too.
        await asyncio.sleep(round_trip)
        upstream = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            forward(reader, upstream[1], round_trip / 2),
            forward(upstream[0], writer, round_trip / 2),
        )

    return await asyncio.start_server(forwarded, "127.0.0.1", 0)


def port_of(server: asyncio.Server) -> int:
    """Return the port of a server."""
    port: int = server.sockets[0].getsockname()[1]
    return port


async def main(certificate: str, round_trip: float) -> None:
    """Serve until the process is terminated."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    if round_trip:
        server = await far_away(port_of(server), round_trip)
    print(port_of(server), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
