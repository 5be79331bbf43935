"""A call ends in time, whatever the server does."""

import json
import tempfile
import time
from itertools import pairwise
from math import inf
from pathlib import Path

import pytest
from support.at_once import at_once
from support.clients import CLIENTS
from support.http_server import (
    Exchange,
    hang_up,
    service,
    serving,
    serving_connections,
)
from support.ways import by_proxy, directly, each_way

from fc_client import (
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    TransportError,
)
from fc_client.timeouts import MAX_DRIP_FACTOR, Timeout

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

# What is sent first, and then again and again, every so many seconds.
ENDLESS = {
    "nothing": (b"", b"", 0.05),
    "100 Continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.03),
    "102 Processing": (b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.03),
    "103 Early Hints without a pause": (
        b"",
        b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 10,
        0,
    ),
    "status line": (b"HTTP/1.1 200 O", b"K", 0.03),
    "header": (HEAD + b"X: ", b"y", 0.03),
    "headers": (HEAD, b"X: y\r\n", 0.03),
    "header without a pause": (HEAD + b"X: ", b"y" * 10_000, 0),
    "body": (HEAD + b"Content-Length: 99999\r\n\r\n", b" ", 0.03),
    "body without a length": (HEAD + b"\r\n", b" ", 0.03),
    "chunks": (CHUNKED, b"1\r\nx\r\n", 0.03),
    "chunk size": (CHUNKED, b"0", 0.03),
    "chunk extension": (CHUNKED + b"5;", b"z", 0.03),
    "chunk extension without a pause": (CHUNKED + b"5;", b"z" * 1000, 0),
    "trailers": (CHUNKED + b"0\r\n", b"T: x\r\n", 0.03),
}

# What a server does that does not read a request, or reads a byte of it now and then.
SLOW_READERS = {
    "reads nothing": Exchange.wait,
    "reads slowly": lambda exchange: [
        exchange.connection.recv(1) for _ in range(3000) if not exchange.wait(0.02)
    ],
}


def limits(seconds, total):
    """Return options: the first three end a call after silence, the last two in any case."""
    return {
        "number": {"timeout": seconds},
        "pair": {"timeout": (5, seconds)},
        "read": {"timeout": Timeout(read=seconds)},
        "total": {"timeout": Timeout(total=total)},
        "max_elapsed": {"retry": RetryPolicy(max_elapsed=total, attempts=3, base_delay=0)},
    }


# A server that sends byte by byte has five times as long.
SILENCE_SECONDS = 0.2
DRIP_SECONDS = MAX_DRIP_FACTOR * SILENCE_SECONDS
# Long enough to connect and to send a request on a machine that pauses.
TOTAL_SECONDS = 1
# Far from five times as long.
NOTHING_SECONDS = 1
# To hash and send what fits into the buffers of sockets takes a moment.
SENDING_SECONDS = 3
# The calls would last far longer, or for ever.
MOST_SECONDS = 20

KEYS = {"access_key_id": "i", "access_key_secret": "s"}

LARGE = b"x" * 20_000_000

each_client = pytest.mark.parametrize("client_class", CLIENTS.values(), ids=list(CLIENTS))


def client_by(way, client_class, server, **options):
    """Return a client that takes a way to a server."""
    url, more = way(server)
    return client_class(url, **KEYS, **more, **options)


class Endless:
    """A reply without end, which notes when it was sent."""

    def __init__(self, kind):
        self._first, self._again, self._pause = ENDLESS[kind]
        # When each part was begun, and when it was out.
        self._moments = []

    def __call__(self, exchange):
        self._send(exchange, self._first)
        while not exchange.wait(self._pause):
            self._send(exchange, self._again)

    def _send(self, exchange, data):
        if data:
            begun = time.monotonic()
            exchange.wfile.write(data)
            self._moments.append((begun, time.monotonic()))

    def paused_for(self, seconds, started, ended):
        """Return when nothing had been sent for so long, though the client waited."""
        moments = [(started, started), *self._moments, (ended, ended)]
        for (begun, _), (_, out) in pairwise(moments):
            if out - begun >= seconds:
                return begun + seconds
        return inf


class Ended:
    """Asserts that a call ended after so many seconds, and long before it would without a limit.

    Silence ends it before that, and a reply is silent while the machine stands still.
    """

    def __init__(self, least, most=MOST_SECONDS, *, reply=None, silence=inf):
        self._least, self._most = least, most
        self._reply, self._silence = reply, silence

    def __enter__(self):
        self._started = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            ended = time.monotonic()
            took, least = ended - self._started, self._least
            if self._reply is not None:
                silent = self._reply.paused_for(self._silence, self._started, ended)
                least = min(least, silent - self._started)
            # The clocks of sockets are a little coarser.
            assert least - 0.02 <= took < self._most


def limited(limit, reply):
    """Return the options of a client with this limit, and when they end a call with a reply."""
    options = limits(SILENCE_SECONDS, TOTAL_SECONDS)[limit]
    if limit in ("total", "max_elapsed"):
        return options, Ended(TOTAL_SECONDS)
    return options, Ended(DRIP_SECONDS, reply=reply, silence=SILENCE_SECONDS)


# A limit for silence ends what comes byte by byte late: here is one kind for each loop that reads.
DRIPPING = ["100 Continue", "header", "body", "body without a length", "chunks", "trailers"]


class TestEndless:
    @at_once
    @pytest.mark.parametrize(
        ("way", "limit", "kind"),
        [
            *((directly, "number", kind) for kind in DRIPPING),
            *((directly, "total", kind) for kind in ENDLESS if "without a pause" not in kind),
            *((by_proxy, "read", kind) for kind in ("header", "chunks")),
            *((by_proxy, "total", kind) for kind in ("nothing", *DRIPPING)),
        ],
    )
    @each_client
    def test_reply_ends_in_time(self, client_class, way, kind, limit):
        reply = Endless(kind)
        options, ended = limited(limit, reply)
        with (
            serving(reply) as server,
            client_by(way, client_class, server, **options) as client,
            ended,
            pytest.raises(
                RequestTimeoutError, match="timed out waiting for the response"
            ) as caught,
        ):
            client.get_service("s")
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    @at_once
    @pytest.mark.parametrize(
        ("way", "limit"),
        [(directly, "number"), (directly, "pair"), (directly, "read"), (by_proxy, "read")],
    )
    @each_client
    def test_silence_ends_in_time(self, client_class, way, limit):
        options = limits(NOTHING_SECONDS, TOTAL_SECONDS)[limit]
        with (
            serving(Exchange.wait) as server,
            client_by(way, client_class, server, **options) as client,
            Ended(NOTHING_SECONDS, MAX_DRIP_FACTOR * NOTHING_SECONDS),
            pytest.raises(
                RequestTimeoutError, match="timed out waiting for the response"
            ) as caught,
        ):
            client.get_service("s")
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    @pytest.mark.parametrize("kind", [kind for kind in ENDLESS if "without a pause" in kind])
    @each_way
    @each_client
    def test_reply_without_a_pause_is_too_large(self, client_class, way, kind):
        """It ends long before any timeout."""
        with (
            serving(Endless(kind)) as server,
            client_by(way, client_class, server, retry=RetryPolicy(attempts=1)) as client,
            Ended(0),
            pytest.raises(TransportError, match=r"(larger|more) than \d+") as caught,
        ):
            client.get_service("s")
        assert not isinstance(caught.value, RequestTimeoutError)

    @at_once
    @pytest.mark.parametrize(
        ("way", "limit"),
        [*((directly, limit) for limit in limits(1, 1)), (by_proxy, "read"), (by_proxy, "total")],
    )
    @each_client
    def test_invocation_ends_in_time(self, client_class, way, limit):
        reply = Endless("body")
        options, ended = limited(limit, reply)
        with (
            serving(reply) as server,
            client_by(way, client_class, server, **options) as client,
            ended,
            pytest.raises(RequestTimeoutError),
        ):
            client.invoke_function("s", "f", b"x")
        assert len(server.requests) == 1

    @at_once
    @pytest.mark.parametrize(
        ("limit", "kind"),
        [
            ("number", "body"),
            ("total", "header"),
            ("total", "body"),
            ("total", "chunk extension"),
        ],
    )
    @each_client
    def test_download_ends_in_time(self, client_class, kind, limit):
        code = Endless(kind)
        options, ended = limited(limit, code)

        def reply(exchange):
            if exchange.path == "/code":
                code(exchange)
            else:
                url = f"{exchange.server.url}/code"
                exchange.send(200, json.dumps({"url": url, "checksum": "1"}).encode())

        with tempfile.TemporaryDirectory() as folder:
            with (
                serving(reply) as server,
                client_class(server.url, **KEYS, **options) as client,
                ended,
                pytest.raises(RequestTimeoutError) as caught,
            ):
                client.download_function_code("s", "f", Path(folder) / "code.zip")
            assert list(Path(folder).iterdir()) == []
        assert caught.value.operation == "GetFunctionCode"


class TestSending:
    """A server that reads nothing, or one byte now and then."""

    @at_once
    @pytest.mark.parametrize("limit", ["number", "total", "max_elapsed"])
    @pytest.mark.parametrize("script", SLOW_READERS.values(), ids=list(SLOW_READERS))
    @each_client
    def test_large_body_ends_in_time(self, client_class, script, limit):
        options = limits(SENDING_SECONDS, SENDING_SECONDS)[limit]
        with (
            serving_connections(script) as server,
            client_class(server.url, **KEYS, **options) as client,
            Ended(SENDING_SECONDS),
            pytest.raises(RequestTimeoutError, match="timed out sending") as caught,
        ):
            client.invoke_function("s", "f", LARGE)
        assert caught.value.request_sent is True


class TestConnecting:
    """A server that takes no part in the TLS handshake."""

    @at_once
    @pytest.mark.parametrize(
        "options",
        [
            {"timeout": (1, 60), "retry": RetryPolicy(attempts=1)},
            {"timeout": Timeout(connect=1), "retry": RetryPolicy(attempts=1)},
            {"timeout": Timeout(connect=60, total=1)},
            {"timeout": 60, "retry": RetryPolicy(max_elapsed=1)},
        ],
    )
    @each_client
    def test_ends_in_time(self, client_class, options):
        with (
            serving_connections(Exchange.wait) as server,
            client_class(
                server.url.replace("http:", "https:"), **KEYS, verify=False, **options
            ) as client,
            Ended(1),
            pytest.raises(RequestTimeoutError, match="cannot connect to") as caught,
        ):
            client.get_service("s")
        assert caught.value.request_sent is False
        assert server.connections == 1


class TestRetries:
    @at_once
    @pytest.mark.parametrize("limit", ["total", "max_elapsed"])
    @each_client
    def test_all_attempts_end_in_time(self, client_class, limit):
        retry = {"attempts": 100, "base_delay": 0, "budget": None}
        options = {
            "total": {"timeout": Timeout(total=1.5), "retry": RetryPolicy(**retry)},
            "max_elapsed": {"retry": RetryPolicy(**retry, max_elapsed=1.5)},
        }

        def slowly(exchange):
            exchange.wait(0.1)
            exchange.send(503)

        with (
            serving(slowly) as server,
            client_class(server.url, **KEYS, **options[limit]) as client,
            # A hundred attempts take ten seconds.
            Ended(1.5, 9),
            # The time may also end just after a reply.
            pytest.raises((RequestTimeoutError, ServerError)) as caught,
        ):
            client.get_service("s")
        assert caught.value.attempts in (len(server.requests), len(server.requests) + 1)
        assert 2 <= caught.value.attempts <= 16

    @each_client
    def test_time_that_is_left_is_enough_for_another_attempt(self, client_class):
        options = {"timeout": Timeout(total=60), "retry": RetryPolicy(base_delay=0)}
        with (
            serving(hang_up, service) as server,
            client_class(server.url, **KEYS, **options) as client,
        ):
            assert client.get_service("s").service_name == "s"

    @at_once
    @each_client
    def test_each_call_has_its_own_deadline(self, client_class):
        with (
            serving(service) as server,
            client_class(server.url, **KEYS, timeout=Timeout(total=1.5)) as client,
        ):
            for pause in (0, 0.8, 0.8):
                time.sleep(pause)
                client.get_service("s")
        assert server.connections == 1
