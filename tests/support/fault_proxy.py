"""A TCP proxy between a client and a server that breaks what passes through it.

A fault is a function of a :class:`FaultExchange`: one request of a connection, and its reply.
"""

import socket
from collections.abc import Callable

from support.http_messages import read_body, read_head
from support.http_server import LONGEST_SECONDS, Exchange, Server, reset


class FaultExchange(Exchange):
    """One connection of a client, and the request on it that is to be forwarded or broken."""

    def ask(self, request):
        """Send a request to the server; return head and body of its reply."""
        with self.server.dial() as upstream, upstream.makefile("rb") as reader:
            upstream.sendall(request)
            head = read_head(reader)
            return head, read_body(reader, head)[0]

    def begin(self, part):
        """Send the server a part of a request, and hang up on it with a reset."""
        with self.server.dial() as upstream:
            upstream.sendall(part)
            reset(upstream)

    def reply(self, data):
        """Send bytes to the client."""
        self.wfile.write(data)


Fault = Callable[[FaultExchange], None]


def forward(exchange):
    """Do what a proxy should."""
    exchange.reply(b"".join(exchange.ask(exchange.receive())))


class FaultProxy(Server):
    """Listens on this machine; a context manager.

    Args:
        upstream: Address of the server.
        fault: What happens to an exchange.
        spared: How many of them it does not happen to at first.
        times: To how many it then happens; None for all.
        tls: For clients that speak TLS, what the proxy shows them.
        listening: False refuses every connection.
    """

    exchange_class = FaultExchange

    def __init__(self, upstream, fault=forward, *, spared=0, times=None, tls=None, listening=True):
        super().__init__(self._break, tls=tls, listening=listening)
        self._upstream = upstream
        self._fault = fault
        self._spared = spared
        self._left = times
        self.struck = 0
        self.forwarded = 0

    def dial(self):
        """Connect to the server."""
        with self.lock:
            self.forwarded += 1
        return socket.create_connection(self._upstream, LONGEST_SECONDS)

    def encrypted(self, connection):
        with self.lock:
            # A client that distrusts the certificate never gets to a request.
            self.struck += 1
        return super().encrypted(connection)

    def _break(self, exchange):
        while not exchange.close_connection and not self.stopping.is_set():
            self._next_fault()(exchange)

    def _next_fault(self):
        with self.lock:
            if self._spared:
                self._spared -= 1
                return forward
            if self._left == 0:
                return forward
            if self._left is not None:
                self._left -= 1
            self.struck += 1
            return self._fault
