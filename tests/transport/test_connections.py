"""The connections of Client."""

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from urllib.parse import urlsplit

import pytest
from support.attempts import LIMITS, attempt, send
from support.clients import client_of
from support.http_server import (
    SERVICE,
    Exchange,
    done,
    free_port,
    hang_up,
    replying,
    service,
    serving,
    serving_connections,
)

from fc_client import NotFoundError, RequestTimeoutError, RetryPolicy, TransportError
from fc_client._messages import Stream
from fc_client._transport.connections import Connection, Origin, OriginPool
from fc_client._transport.options import tls_context
from fc_client._transport.requests_transport import Transport
from fc_client.timeouts import Limits


def slow(exchange):
    exchange.wait(0.02)
    exchange.send(200)


class TestConnections:
    def test_ten_calls_share_one(self):
        with serving(service) as server, client_of(server.url) as client:
            for _ in range(10):
                client.get_service("s")
        assert (server.connections, len(server.requests)) == (1, 10)

    def test_errors_keep_it(self):
        retry = RetryPolicy(attempts=1)
        with (
            serving(replying(404, b"x" * 100_000)) as server,
            client_of(server.url, retry=retry) as client,
        ):
            for _ in range(3):
                with pytest.raises(NotFoundError):
                    client.get_service("s")
        assert server.connections == 1

    def test_copies_share_it(self):
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            client.with_options(timeout=60).get_service("s")
        assert server.connections == 1

    def test_more_threads_than_connections_wait(self):
        with serving(slow) as server, closing(Transport(pool_size=2)) as transport:
            with ThreadPoolExecutor(8) as pool:
                calls = [
                    pool.submit(transport.send, attempt(server.url), LIMITS) for _ in range(16)
                ]
            assert {call.result().status_code for call in calls} == {200}
        assert server.connections == 2

    def test_closed_client_opens_no_other(self):
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            client.close()
            with pytest.raises(TransportError, match="the client is closed"):
                client.get_service("s")
        assert server.connections == 1

    def test_one_in_use_is_closed_after_its_reply(self):
        begun, is_closed = threading.Event(), threading.Event()

        def reply(exchange):
            begun.set()
            assert is_closed.wait(30)
            exchange.send(200)

        with serving(reply) as server, ThreadPoolExecutor(1) as pool:
            transport = Transport()
            call = pool.submit(transport.send, attempt(server.url), LIMITS)
            assert begun.wait(30)
            transport.close()
            is_closed.set()
            assert call.result().status_code == 200
            transport.send(attempt(server.url), LIMITS)
            transport.close()
        assert server.connections == 2

    def test_one_that_the_service_closed_is_replaced(self):
        is_closed = threading.Event()

        def once(exchange):
            exchange.send(200, SERVICE)
            exchange.hang_up()
            is_closed.set()

        with serving(once) as server, client_of(server.url) as client:
            client.get_service("s")
            assert is_closed.wait(30)
            client.invoke_function("s", "f", b"x")
        assert (server.connections, len(server.requests)) == (2, 2)

    def test_one_with_unsolicited_data_is_replaced(self):
        is_read, is_sent = threading.Event(), threading.Event()

        def twice(exchange):
            exchange.send(200, b"first")
            assert is_read.wait(30)
            exchange.send(200, b"unsolicited")
            is_sent.set()

        with (
            serving(twice, replying(200, b"next")) as server,
            closing(Transport(pool_size=1)) as transport,
        ):
            bodies = []
            for _ in range(3):
                bodies.append(transport.send(attempt(server.url), LIMITS).body)
                is_read.set()
                assert is_sent.wait(30)
        assert bodies == [b"first", b"next", b"next"]
        assert server.connections == 2

    def test_one_with_unsolicited_data_over_tls_is_replaced(self, certificates):
        """It is decrypted with the reply, so that nothing is left to read at the socket."""

        def twice(exchange):
            two = b"HTTP/1.1 200 OK\r\nContent-Length: 65300\r\n\r\n" + b"x" * 65300
            exchange.wfile.write(two + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad" * 500)

        with (
            serving(twice, replying(200, b"next"), tls=certificates.context("good")) as server,
            closing(Transport(pool_size=1, verify=certificates.trusted)) as transport,
        ):
            bodies = [transport.send(attempt(server.url), LIMITS).body for _ in range(2)]
        assert bodies == [b"x" * 65300, b"next"]
        assert server.connections == 2

    def test_one_that_was_idle_for_long_is_replaced(self):
        with serving(done) as server, closing(Transport(max_idle=0.05)) as transport:
            for _ in range(3):
                transport.send(attempt(server.url), LIMITS)
                time.sleep(0.1)
        assert server.connections == 3

    def test_one_that_ends_with_a_reply_is_replaced(self):
        goodbye = replying(200, Connection="close")
        with serving(done, goodbye, done) as server:
            send(*[attempt(server.url)] * 3)
        assert server.connections == 2

    def test_child_of_a_fork_opens_its_own(self):
        with serving(done) as server, closing(Transport()) as transport:
            transport.send(attempt(server.url), LIMITS)
            # As a child of a fork finds it.
            transport._process = -1
            transport.send(attempt(server.url), LIMITS)
        assert server.connections == 2

    def test_those_to_the_oldest_of_eleven_origins_are_closed(self):
        """A client that downloads code connects to many."""
        with ExitStack() as stack:
            servers = [stack.enter_context(serving(done)) for _ in range(11)]
            urls = [server.url for server in servers]
            send(*[attempt(url) for url in [*urls, urls[10], urls[0]]])
        assert [server.connections for server in servers] == [2, *[1] * 10]


class TestRequests:
    @staticmethod
    def received(*bodies):
        """Return what one recv gave for each body that was sent."""
        pieces = []

        def script(exchange):
            for _ in bodies:
                pieces.append(exchange.connection.recv(1 << 20))
                exchange.send(200)

        with serving_connections(script) as server:
            send(*[attempt(server.url, body) for body in bodies])
        return pieces

    def test_head_and_body_of_a_small_request_are_one_packet(self):
        [piece] = self.received(b"x" * 1000)
        assert piece.endswith(b"\r\n\r\n" + b"x" * 1000)

    def test_small_parts_of_a_body_are_one_packet(self):
        [piece] = self.received(Stream(lambda: iter([b"a", b"b"])))
        assert piece.endswith(b"\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n")

    @pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 3_000_000])
    def test_large_body_arrives_whole(self, size):
        with serving(done) as server:
            send(attempt(server.url, b"x" * size))
        assert server.requests[0].body == b"x" * size

    def test_body_that_raises_sends_nothing_of_a_small_request(self):
        def body():
            raise ZeroDivisionError
            yield b""

        with serving(done) as server, closing(Transport()) as transport:
            with pytest.raises(ZeroDivisionError):
                transport.send(attempt(server.url, Stream(body)), LIMITS)
            transport.send(attempt(server.url), LIMITS)
        assert len(server.raw_requests) == 1

    @pytest.mark.parametrize("earlier", [0, 1])
    def test_header_with_a_line_break_is_refused(self, earlier):
        with serving(done) as server, pytest.raises(ValueError, match="line break"):
            send(*[attempt(server.url)] * earlier, attempt(server.url, x_fc_a="a\r\nb: c"))
        assert len(server.raw_requests) == earlier

    def test_service_that_takes_no_more_may_have_replied(self):
        def refuse(exchange):
            exchange.receive_head()
            exchange.send(413, b"too large")

        with serving_connections(refuse) as server:
            assert send(attempt(server.url, b"x" * 50_000_000)).status_code == 413

    def test_service_that_does_not_read_is_a_timeout(self):
        with (
            serving_connections(Exchange.wait) as server,
            pytest.raises(
                RequestTimeoutError, match="timed out sending the request body"
            ) as caught,
        ):
            send(attempt(server.url, b"x" * 50_000_000), limits=Limits(30, 0.2))
        assert caught.value.request_sent is True


class TestOrigin:
    @pytest.mark.parametrize(
        ("url", "place"),
        [
            ("http://h", "h:80"),
            ("http://h:8080", "h:8080"),
            ("http://[::1]:81", "::1:81"),
        ],
    )
    def test_has_host_and_port(self, url, place):
        assert str(Origin(url, pytest.fail)) == place

    def test_has_tls_for_https_alone(self):
        origin = Origin("https://h", lambda: "context")
        assert (str(origin), origin.tls) == ("h:443", "context")
        assert Origin("http://h", pytest.fail).tls is None

    @pytest.mark.parametrize("host", ["a..b", "a" * 64])
    def test_host_that_cannot_be_a_name_is_a_transport_error(self, host):
        with pytest.raises(TransportError, match=r"cannot (resolve|connect to)") as caught:
            Origin(f"http://{host}", pytest.fail).connect(1)
        assert caught.value.request_sent is False

    @pytest.mark.parametrize(
        ("host", "shown"),
        [
            ("localhost", "good"),
            ("localhost.", "good"),
            ("shop.localhost.", "below localhost"),
            ("127.0.0.1", "address"),
        ],
    )
    def test_certificate_is_that_of_the_host(self, host, shown, certificates):
        with serving(service, tls=certificates.context(shown)) as server:
            port = urlsplit(server.url).port
            origin = Origin(f"https://{host}:{port}", partial(tls_context, certificates.trusted))
            with origin.connect(5) as opened:
                assert opened.version().startswith("TLS")

    @pytest.mark.parametrize(("host", "shown"), [("localhost", "address"), ("127.0.0.1", "good")])
    def test_certificate_of_another_is_refused(self, host, shown, certificates):
        with serving(service, tls=certificates.context(shown)) as server:
            port = urlsplit(server.url).port
            origin = Origin(f"https://{host}:{port}", partial(tls_context, certificates.trusted))
            with pytest.raises(TransportError, match="certificate") as caught:
                origin.connect(5)
        assert caught.value.request_sent is False


class TestConnection:
    def test_is_not_usable_before_it_is_opened(self):
        assert not Connection(Origin("http://127.0.0.1", pytest.fail), 10).is_usable()

    def test_may_be_closed_twice(self):
        with serving(done) as server:
            connection = Connection(Origin(server.url, pytest.fail), 10)
            connection.open(LIMITS)
            connection.close()
            connection.close()
        assert not connection.is_usable()

    def test_is_not_opened_after_the_deadline(self):
        connection = Connection(Origin(f"http://127.0.0.1:{free_port()}", pytest.fail), 10)
        with pytest.raises(RequestTimeoutError, match="cannot connect") as caught:
            connection.open(Limits(5, 5, time.monotonic() - 1))
        assert caught.value.request_sent is False


class TestOriginPool:
    def test_that_is_dropped_closes_its_connections(self, recwarn):
        with serving(done) as server:
            pool = OriginPool(Origin(server.url, pytest.fail), 1, 10)
            pool.exchange("GET", "/", {"Host": "h"}, b"", LIMITS, streamed=False)
            del pool
            gc.collect()
        assert [str(warning.message) for warning in recwarn] == []


class TestReply:
    """What requests needs of a reply."""

    @staticmethod
    def reply(server, *, streamed=True):
        pool = OriginPool(Origin(server.url, pytest.fail), 1, 10)
        return pool.exchange("GET", "/", {"Host": "h"}, b"", LIMITS, streamed=streamed)

    @pytest.mark.parametrize("streamed", [True, False])
    def test_is_read(self, streamed):
        with serving(replying(200, b"body", A="b")) as server:
            reply = self.reply(server, streamed=streamed)
            assert (reply.status, reply.reason, reply.headers["a"]) == (200, "OK", "b")
            assert reply.read() == b"body"
            assert reply.read() == b""
            reply.close()

    def test_may_be_closed_before_its_end(self):
        with serving(replying(200, b"x" * 1_000_000), hang_up) as server:
            reply = self.reply(server)
            reply.release_conn()
            reply.close()
