"""What the connections do, seen by real servers; and what hooks into requests sees."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests_mock
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fc_client import Client, ServiceNotFoundError, TransportError
from fc_client._messages import Attempt, Stream
from fc_client._pool import SentHeaders
from fc_client._transport import Transport

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


def attempt(peer, body=b"end"):
    length = {"Content-Length": str(len(body))} if isinstance(body, bytes) else {}
    return Attempt("InvokeFunction", "POST", peer.url, length, body)


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
