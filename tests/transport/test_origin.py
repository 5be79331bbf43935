"""What the connections do, seen by real servers; and what hooks into requests sees."""

import functools
import http.client
import io
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import requests_mock
from fc_client._transport.requests_session import HTTPConnectionPool, SentHeaders, read_headers
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.clients import client_of
from support.http_server import SERVICE, hang_up, service
from support.http_server import serving as serving_replies
from urllib3 import Timeout

from fc_client import (
    Client,
    RequestTimeoutError,
    ResponseError,
    RetryPolicy,
    ServiceNotFoundError,
    TransportError,
)
from fc_client._messages import Attempt, Stream
from fc_client._transport.options import is_own
from fc_client._transport.requests_transport import Transport

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
KEYS = {"access_key_id": "made-up-id", "access_key_secret": "made-up-secret"}


class Peer:
    """Counts connections, and keeps what each recv gave; replies after *delay* seconds."""

    def __init__(self, delay=0.0):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.delay = delay
        self.connections = 0
        self.received = []

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection:
            while data := connection.recv(1 << 20):
                self.received.append(data)
                if data.endswith(b"end"):
                    time.sleep(self.delay)
                    connection.sendall(REPLY)


@contextmanager
def serving(delay=0.0):
    peer = Peer(delay)
    thread = threading.Thread(target=peer.serve)
    thread.start()
    try:
        yield peer
    finally:
        # Closing alone does not wake a thread that accepts.
        peer.socket.shutdown(socket.SHUT_RDWR)
        peer.socket.close()
        thread.join()


def attempt(peer, body=b"end", **headers):
    length = {"Content-Length": str(len(body))} if isinstance(body, bytes) else {}
    host = peer.url.removeprefix("http://").rstrip("/")
    headers = {"Host": host, **length, **headers}
    return Attempt("InvokeFunction", "POST", peer.url, headers, body)


class TestConnections:
    def test_head_and_body_of_a_small_request_are_one_packet(self):
        with serving() as peer:
            transport = Transport()
            transport.send(attempt(peer, b"x" * 1000 + b"end"), (5, 5))
            transport.close()

        assert len(peer.received) == 1

    def test_a_large_body_arrives_whole(self):
        body = b"x" * 3_000_000 + b"end"
        with serving() as peer:
            transport = Transport()
            transport.send(attempt(peer, body), (5, 5))
            transport.close()

        assert b"".join(peer.received).partition(b"\r\n\r\n")[2] == body

    def test_a_body_that_raises_sends_nothing_of_a_small_request(self):
        def body():
            raise ZeroDivisionError
            yield b""

        with serving() as peer:
            transport = Transport()
            with pytest.raises(ZeroDivisionError):
                transport.send(attempt(peer, Stream(body)), (5, 5))
            transport.send(attempt(peer), (5, 5))
            transport.close()

        assert len(peer.received) == 1

    def test_a_connection_is_used_again(self):
        with serving() as peer:
            transport = Transport()
            for _ in range(5):
                transport.send(attempt(peer), (5, 5))
            transport.close()

        assert peer.connections == 1

    def test_one_that_was_idle_for_long_is_not(self):
        with serving() as peer:
            transport = Transport(longest_idle=0.05)
            for _ in range(3):
                transport.send(attempt(peer), (5, 5))
                time.sleep(0.1)
            transport.close()

        assert peer.connections == 3

    def test_more_threads_than_connections_wait(self):
        with serving(delay=0.02) as peer:
            transport = Transport(pool_size=2)
            with ThreadPoolExecutor(8) as pool:
                replies = list(pool.map(lambda _: transport.send(attempt(peer), (5, 5)), range(16)))
            transport.close()

        assert [reply.body for reply in replies] == [b"ok"] * 16
        assert peer.connections == 2

    def test_a_closed_transport_connects_anew(self):
        with serving() as peer:
            transport = Transport()
            transport.send(attempt(peer), (5, 5))
            transport.close()
            transport.send(attempt(peer), (5, 5))
            transport.close()

        assert peer.connections == 2

    def test_another_process_does_not_share_them(self):
        with serving() as peer:
            transport = Transport()
            transport.send(attempt(peer), (5, 5))
            # As a child of a fork finds it.
            transport._process = -1
            transport.send(attempt(peer), (5, 5))
            transport.close()

        assert peer.connections == 2

    def test_a_proxy_is_asked_for_a_tunnel(self):
        with serving() as peer:
            transport = Transport(proxies={"https": peer.url})
            tunnelled = Attempt("GetService", "GET", "https://fc.invalid/", {})
            with pytest.raises(TransportError):
                transport.send(tunnelled, (1, 0.2))
            transport.close()

        assert peer.received[0].startswith(b"CONNECT fc.invalid:443 HTTP/1.")

    def test_a_header_that_is_no_plain_text_is_refused_by_http(self):
        with serving() as peer:
            bad = Attempt("InvokeFunction", "POST", peer.url, {"x-fc-a": "a\r\nb: c"}, b"end")
            with pytest.raises(ValueError, match="Invalid header value"):
                Transport().send(bad, (5, 5))

        assert peer.received == []


def cut_short(handler):
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")


def no_http(handler):
    handler.close_connection = True
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")


def goodbye(handler):
    handler.send(200, SERVICE, Connection="close")


def early(handler):
    handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    service(handler)


def hints(handler):
    handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    service(handler)


def cut_in_the_head(handler):
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Le")


def switching(handler):
    handler.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")


def lengthy(text):
    return lambda handler: handler.send(200, SERVICE, Content_Length=text)


def in_chunks_of_a_length(handler):
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    handler.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(SERVICE), SERVICE))


def in_chunks(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    handler.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(SERVICE), SERVICE))


class TestOpenConnection:
    """A small call over a connection that is open is made by hand: the second one of these."""

    @pytest.mark.parametrize("reply", [service, early, hints, in_chunks])
    def test_whole_replies_are_read(self, reply):
        with serving_replies(service, reply) as server, client_of(server.url) as client:
            names = [client.get_service("s").service_name for _ in range(4)]

        assert (names, server.connections) == (["s"] * 4, 1)

    def test_one_that_ends_with_a_reply_is_not_used_again(self):
        with serving_replies(service, goodbye, service) as server, client_of(server.url) as client:
            names = [client.get_service("s").service_name for _ in range(3)]

        assert (names, server.connections) == (["s"] * 3, 2)

    @pytest.mark.parametrize("replies", [(service, switching, service), (switching, service)])
    def test_one_that_changes_its_protocol_is_not_used_again(self, replies):
        with serving_replies(*replies) as server, client_of(server.url) as client:
            for reply in replies:
                if reply is switching:
                    with pytest.raises(ResponseError, match="101"):
                        client.get_service("s")
                else:
                    assert client.get_service("s").service_name == "s"

        assert server.connections == 2

    @pytest.mark.parametrize("text", ["1_1", "+21", "-1", "21, 21", "", "abc"])
    def test_length_that_is_no_number_is_no_reply(self, text):
        with serving_replies(service, lengthy(text)) as server, client_of(server.url) as client:
            client.get_service("s")
            with pytest.raises(TransportError, match="no number as its Content-Length"):
                client.invoke_function("s", "f")

    def test_one_with_two_ends_of_a_reply_is_not_used_again(self):
        replies = (service, in_chunks_of_a_length, service)
        with serving_replies(*replies) as server, client_of(server.url) as client:
            names = [client.get_service("s").service_name for _ in replies]

        assert (names, server.connections) == (["s"] * 3, 2)

    def test_tracers_of_http_client_see_every_call(self, monkeypatch):
        seen = []
        original = http.client.HTTPConnection.putrequest

        def traced(connection, method, url, *args, **options):
            seen.append(method)
            return original(connection, method, url, *args, **options)

        monkeypatch.setattr(http.client.HTTPConnection, "putrequest", traced)
        with serving_replies(service) as server, client_of(server.url) as client:
            for _ in range(3):
                client.get_service("s")

        assert seen == ["GET"] * 3

    @pytest.mark.parametrize("reply", [hang_up, cut_short, cut_in_the_head, no_http])
    def test_broken_replies_are_typed_and_it_is_not_used_again(self, reply):
        with (
            serving_replies(service, reply, service) as server,
            client_of(server.url, retry=RetryPolicy(attempts=1)) as client,
        ):
            client.get_service("s")
            with pytest.raises(TransportError) as caught:
                client.get_service("s")
            assert client.get_service("s").service_name == "s"

        assert caught.value.request_sent
        assert server.connections == 2

    def test_reply_that_does_not_come_in_time_is_a_timeout(self):
        with (
            serving_replies(service, lambda _: time.sleep(0.3)) as server,
            client_of(server.url, timeout=(5, 0.05)) as client,
        ):
            client.get_service("s")
            with pytest.raises(RequestTimeoutError):
                client.get_service("s")

    def test_service_that_takes_no_more_may_have_replied(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(REPLY)
            # As after a reset: what is sent now is a broken pipe.
            ours.shutdown(socket.SHUT_WR)
            options = {"timeout": Timeout(connect=5, read=5), "response_conn": None}

            reply = HTTPConnectionPool("h")._exchange(
                SimpleNamespace(sock=ours), "GET", b"request", options
            )

            assert (reply.status, reply.read()) == (200, b"ok")

    def test_log_of_urllib3_still_tells_of_every_call(self, caplog):
        with (
            caplog.at_level(logging.DEBUG, "urllib3.connectionpool"),
            serving_replies(service) as server,
            client_of(server.url) as client,
        ):
            for _ in range(2):
                client.get_service("s")

        told = [message for message in caplog.messages if '"GET /2016-08-15/services/s' in message]
        assert len(told) == 2

    def test_header_that_is_no_plain_text_is_refused_by_http(self):
        with serving() as peer:
            transport = Transport()
            transport.send(attempt(peer), (5, 5))
            with pytest.raises(ValueError, match="Invalid header value"):
                transport.send(attempt(peer, a="a\r\nb: c"), (5, 5))
            transport.close()

        assert len(peer.received) == 1


HEADERS = [
    b"A: b\r\nX-C: d: e\r\n\r\n",
    b"A:b\r\nEmpty:\r\na: c\r\n\r\n",
    b"\r\n",
    b"Folded: a\r\n b\r\nC: d\r\n\r\n",
    b"No colon\r\nA: b\r\n\r\n",
    b"With space : a\r\nA: b\r\n\r\n",
    b"A: b\nC: d\n\n",
    b"A: \xe9\r\nB: \xa0\x85\r\n\r\n",
    b": no name\r\n\r\n",
    b"A: b\x00\r\nC: d\r\n\r\n",
]


class TestReadHeaders:
    @pytest.mark.parametrize("block", HEADERS)
    def test_reads_what_http_client_reads(self, block):
        ours, theirs = io.BytesIO(block + b"body"), io.BytesIO(block + b"body")

        headers = read_headers(ours)

        assert headers.items() == http.client.parse_headers(theirs).items()
        assert ours.read() == theirs.read()

    @pytest.mark.parametrize(
        "block", [b"", b"A: b\r\n", b"A: b\r\nC: d", b"A: b\r\nFolded: c\r\n d"]
    )
    def test_takes_no_half_for_the_whole(self, block):
        """http.client does, and what should have followed is lost without an error."""
        with pytest.raises(http.client.RemoteDisconnected):
            read_headers(io.BytesIO(block))

    @pytest.mark.parametrize("block", [b"A: " + b"b" * 66_000 + b"\r\n\r\n", b"A: b\r\n" * 101])
    def test_refuses_what_http_client_refuses(self, block):
        with pytest.raises(http.client.HTTPException) as caught:
            read_headers(io.BytesIO(block))
        with pytest.raises(type(caught.value), match=str(caught.value)):
            http.client.parse_headers(io.BytesIO(block))


class TestIsOwn:
    def test_knows_what_looks_like_the_original(self):
        original = http.client.HTTPConnection.request

        @functools.wraps(original)
        def wrapped(*args, **options):
            return original(*args, **options)

        assert is_own(http.client, original)
        assert not is_own(http.client, wrapped)
        assert not is_own(http.client, functools.partial(original))


class TestSentHeaders:
    def test_are_found_in_any_case(self):
        headers = SentHeaders({"Content-Type": "a"})

        assert (headers["content-type"], headers["Content-Type"]) == ("a", "a")

    def test_absent_one_is_a_key_error(self):
        with pytest.raises(KeyError):
            SentHeaders({"Content-Type": "a"})["Date"]


class TestTools:
    """What users rely on: each hooks into another part of requests."""

    def test_requests_mock(self):
        with requests_mock.Mocker() as mocker:
            mocker.get(
                "http://fc.test/2016-08-15/services/s",
                status_code=404,
                json={"ErrorCode": "ServiceNotFound", "ErrorMessage": "no s"},
            )
            with pytest.raises(ServiceNotFoundError, match="no s"):
                Client("http://fc.test", **KEYS).get_service("s")

            assert mocker.last_request.headers["authorization"].startswith("FC made-up-id:")

    def test_opentelemetry(self):
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        RequestsInstrumentor().instrument(tracer_provider=provider)
        try:
            with serving() as peer:
                transport = Transport()
                transport.send(attempt(peer), (5, 5))
                transport.close()
        finally:
            RequestsInstrumentor().uninstrument()

        (span,) = exporter.get_finished_spans()
        assert span.attributes["http.status_code"] == 200
        assert b"traceparent: " in peer.received[0]
