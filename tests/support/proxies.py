"""Proxies that lead every connection to one server: HTTP's CONNECT, and SOCKS5.

They are scripts of ``serving_connections``; ``server.tunnels`` has the addresses that were asked
for.
"""

import selectors
import socket
import struct

from support.http_server import LONGEST_SECONDS, serving_connections


def tunnelling(target, **options):
    """Return a proxy that knows CONNECT alone."""

    def script(exchange):
        exchange.receive_head()
        exchange.server.raw_heads.append(exchange.head)
        exchange.server.tunnels.append(exchange.path)
        with _dial(target) as upstream:
            exchange.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _relay(exchange.connection, upstream)

    return _proxy(script, **options)


def socks5(target, *, refuse=False):
    """Return a SOCKS5 proxy (RFC 1928) without authentication."""

    def script(exchange):
        _, methods = exchange.rfile.read(2)
        exchange.rfile.read(methods)
        exchange.wfile.write(b"\x05\x00")
        exchange.server.tunnels.append(_requested(exchange.rfile))
        exchange.wfile.write(b"\x05%c\x00\x01\x00\x00\x00\x00\x00\x00" % (2 if refuse else 0))
        if not refuse:
            with _dial(target) as upstream:
                _relay(exchange.connection, upstream)

    return _proxy(script)


def _proxy(script, **options):
    server = serving_connections(script, **options)
    server.tunnels = []
    server.raw_heads = []
    return server


def _requested(reader):
    """Read a request to connect, and return the address in it."""
    _, command, _, kind = reader.read(4)
    assert command == 1
    if kind == 1:
        host = socket.inet_ntoa(reader.read(4))
    else:
        host = reader.read(reader.read(1)[0]).decode("ascii")
    return f"{host}:{struct.unpack('!H', reader.read(2))[0]}"


def _dial(server):
    return socket.create_connection(("127.0.0.1", server.server_port), LONGEST_SECONDS)


def _relay(first, second):
    """Pass on what either side sends, until one of them ends."""
    with selectors.DefaultSelector() as selector:
        selector.register(first, selectors.EVENT_READ, second)
        selector.register(second, selectors.EVENT_READ, first)
        while True:
            for key, _ in selector.select(LONGEST_SECONDS):
                data = key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
