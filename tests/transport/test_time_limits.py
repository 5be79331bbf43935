"""A call ends in time, whatever the server does."""

import json
import tempfile
import time
from pathlib import Path

import pytest
from support.at_once import at_once
from support.clients import CLIENTS
from support.http_server import SERVICE, Exchange, hang_up, service, serving, serving_connections
from support.ways import by_proxy, directly, each_way

from fc_client import RequestTimeoutError, RetryPolicy, ServerError, TransportError
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
        exchange.connection.recv(1) for _ in range(600) if not exchange.wait(0.02)
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


# Short, since many tests wait that long.
SECONDS = 0.2
# Long enough to connect and to receive the first byte on a machine that is busy.
TOTAL_SECONDS = 0.3
LIMITS = limits(SECONDS, TOTAL_SECONDS)
# To hash and send what fits into the buffers of sockets takes a moment.
SENDING_SECONDS = 0.4
SENDING_LIMITS = limits(SENDING_SECONDS, SENDING_SECONDS)

KEYS = {"access_key_id": "i", "access_key_secret": "s"}

# What the others allow a server that sends byte by byte.
DRIP_SECONDS = MAX_DRIP_FACTOR * SECONDS

each_client = pytest.mark.parametrize("client_class", CLIENTS.values(), ids=list(CLIENTS))


def client_by(way, client_class, server, **options):
    """Return a client that takes a way to a server."""
    url, more = way(server)
    return client_class(url, **KEYS, **more, **options)


def seconds_of(limit, kind):
    """Return when a limit ends a call whose reply comes in this way."""
    if limit in ("total", "max_elapsed"):
        return TOTAL_SECONDS
    return SECONDS if kind == "nothing" else DRIP_SECONDS


def endless(kind):
    first, again, pause = ENDLESS[kind]

    def reply(exchange):
        exchange.wfile.write(first)
        while not exchange.wait(pause):
            exchange.wfile.write(again)

    return reply


class Ended:
    """Asserts that a call ended after so many seconds, or in a moment more."""

    def __init__(self, seconds=SECONDS, tolerance=0.5):
        self._least, self._most = seconds, seconds + tolerance

    def __enter__(self):
        self._started = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            took = time.monotonic() - self._started
            # The clocks of sockets are a little coarser.
            assert self._least - 0.02 <= took < self._most


# A limit for silence ends what comes byte by byte late: here is one kind for each loop that reads.
DRIPPING = ["100 Continue", "header", "body", "body without a length", "chunks", "trailers"]


class TestEndless:
    @at_once
    @pytest.mark.parametrize(
        ("way", "limit", "kind"),
        [
            *((directly, "number", kind) for kind in ("nothing", *DRIPPING)),
            *((directly, "total", kind) for kind in ENDLESS if "without a pause" not in kind),
            *((by_proxy, "read", kind) for kind in ("nothing", "header", "chunks")),
            *((by_proxy, "total", kind) for kind in ("nothing", *DRIPPING)),
        ],
    )
    @each_client
    def test_reply_ends_in_time(self, client_class, way, kind, limit):
        with (
            serving(endless(kind)) as server,
            client_by(way, client_class, server, **LIMITS[limit]) as client,
            Ended(seconds_of(limit, kind)),
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
            serving(endless(kind)) as server,
            client_by(way, client_class, server, retry=RetryPolicy(attempts=1)) as client,
            Ended(0.02),
            pytest.raises(TransportError, match=r"(larger|more) than \d+") as caught,
        ):
            client.get_service("s")
        assert not isinstance(caught.value, RequestTimeoutError)

    @at_once
    @pytest.mark.parametrize(
        ("way", "limit"),
        [*((directly, limit) for limit in LIMITS), (by_proxy, "read"), (by_proxy, "total")],
    )
    @each_client
    def test_invocation_ends_in_time(self, client_class, way, limit):
        with (
            serving(endless("body")) as server,
            client_by(way, client_class, server, **LIMITS[limit]) as client,
            Ended(seconds_of(limit, "body")),
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
        def reply(exchange):
            if exchange.path == "/code":
                endless(kind)(exchange)
            else:
                url = f"{exchange.server.url}/code"
                exchange.send(200, json.dumps({"url": url, "checksum": "1"}).encode())

        with tempfile.TemporaryDirectory() as folder:
            with (
                serving(reply) as server,
                client_class(server.url, **KEYS, **LIMITS[limit]) as client,
                Ended(seconds_of(limit, kind)),
                pytest.raises(RequestTimeoutError) as caught,
            ):
                client.download_function_code("s", "f", Path(folder) / "code.zip")
            assert list(Path(folder).iterdir()) == []
        assert caught.value.operation == "GetFunctionCode"


class TestSending:
    """A server that reads nothing, or one byte now and then."""

    @pytest.mark.parametrize("limit", ["number", "total", "max_elapsed"])
    @pytest.mark.parametrize("script", SLOW_READERS.values(), ids=list(SLOW_READERS))
    @each_client
    def test_large_body_ends_in_time(self, client_class, script, limit):
        with (
            serving_connections(script) as server,
            client_class(server.url, **KEYS, **SENDING_LIMITS[limit]) as client,
            Ended(SENDING_SECONDS, tolerance=1.5),
            pytest.raises(RequestTimeoutError, match="timed out sending") as caught,
        ):
            client.invoke_function("s", "f", b"x" * 20_000_000)
        assert caught.value.request_sent is True


class TestConnecting:
    """A server that takes no part in the TLS handshake."""

    @pytest.mark.parametrize(
        "options",
        [
            {"timeout": (SECONDS, 5), "retry": RetryPolicy(attempts=1)},
            {"timeout": Timeout(connect=SECONDS), "retry": RetryPolicy(attempts=1)},
            {"timeout": Timeout(total=SECONDS)},
            {"retry": RetryPolicy(max_elapsed=SECONDS)},
        ],
    )
    @each_client
    def test_ends_in_time(self, client_class, options):
        with (
            serving_connections(Exchange.wait) as server,
            client_class(
                server.url.replace("http:", "https:"), **KEYS, verify=False, **options
            ) as client,
            Ended(),
            pytest.raises(RequestTimeoutError, match="cannot connect to") as caught,
        ):
            client.get_service("s")
        assert caught.value.request_sent is False
        assert server.connections == 1


class TestRetries:
    @at_once
    @pytest.mark.parametrize(
        "options",
        [
            {"timeout": Timeout(total=0.3), "retry": RetryPolicy(attempts=100, base_delay=0)},
            {"retry": RetryPolicy(attempts=100, base_delay=0, max_elapsed=0.3)},
        ],
    )
    @each_client
    def test_all_attempts_end_in_time(self, client_class, options):
        def slowly(exchange):
            exchange.wait(0.1)
            exchange.send(503)

        with (
            serving(slowly) as server,
            client_class(server.url, **KEYS, **options) as client,
            Ended(0.3),
            # The time may also end just after a reply.
            pytest.raises((RequestTimeoutError, ServerError)) as caught,
        ):
            client.get_service("s")
        assert caught.value.attempts in (len(server.requests), len(server.requests) + 1)
        assert 2 <= caught.value.attempts <= 4

    @each_client
    def test_time_that_is_left_is_enough_for_another_attempt(self, client_class):
        options = {"timeout": Timeout(total=2), "retry": RetryPolicy(base_delay=0)}
        with (
            serving(hang_up, service) as server,
            client_class(server.url, **KEYS, **options) as client,
        ):
            assert client.get_service("s").service_name == "s"

    @at_once
    @each_client
    def test_each_call_has_its_own_deadline(self, client_class):
        def slowly(exchange):
            exchange.wait(0.12)
            exchange.send(200, SERVICE)

        with (
            serving(slowly) as server,
            client_class(server.url, **KEYS, timeout=Timeout(total=0.3)) as client,
        ):
            for _ in range(4):
                client.get_service("s")
        assert server.connections == 1
