"""The way over urllib3's pools: proxies, logs, limits in time."""

import gc
import http.client
import logging
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import requests
from support.at_once import at_once
from support.attempts import LIMITS, attempt, send
from support.clients import client_of
from support.http_server import (
    Exchange,
    done,
    replying,
    service,
    serving,
    serving_connections,
)
from support.proxies import socks5, tunnelling
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from fc_client import RequestTimeoutError, RetryPolicy, TransportError
from fc_client._messages import Stream
from fc_client._transport.requests_transport import Transport
from fc_client._transport.urllib3_failures import certainly_not_sent, failure_of
from fc_client._transport.urllib3_pool import OneTry
from fc_client.timeouts import Limits, Timeout

ONCE = RetryPolicy(attempts=1)
# Without their limits the calls would last for ever.
MOST_SECONDS = 20


def by_proxy(server):
    """Return the options of a client that calls ``http://fc.invalid`` through a server."""
    return {"proxies": {"http": server.url}}


def proxied(server, *bodies, limits=LIMITS, **options):
    """Send attempts through a server, and return the last reply."""
    attempts = [attempt("http://fc.invalid/a?b=c", body) for body in bodies or [b"x"]]
    return send(*attempts, limits=limits, **by_proxy(server), **options)


class TestProxies:
    def test_url_is_sent_whole(self):
        with serving(replying(200, b"body", A="b")) as server:
            reply = proxied(server)
        assert server.paths == ["http://fc.invalid/a?b=c"]
        assert server.requests[0].headers["Host"] == "fc.invalid"
        assert (reply.status_code, reply.headers["a"], reply.body) == (200, "b", b"body")

    def test_connection_is_used_again(self):
        with serving(replying(200, b"body")) as server:
            proxied(server, b"1", b"2", b"3")
        assert server.connections == 1

    def test_connection_that_was_idle_for_long_is_not(self):
        with serving(done) as server:
            options = {**by_proxy(server), "max_idle": 0.05}
            with closing(Transport(**options)) as transport:
                for _ in range(3):
                    transport.send(attempt("http://fc.invalid"), LIMITS)
                    time.sleep(0.1)
        assert server.connections == 3

    def test_password_of_the_proxy_is_sent(self):
        with serving(done) as server:
            url = server.url.replace("//", "//user:password@")
            send(attempt("http://fc.invalid"), proxies={"http": url})
        assert server.requests[0].headers["Proxy-Authorization"] == "Basic dXNlcjpwYXNzd29yZA=="

    @pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
    def test_bytes_arrive_whole(self, size):
        with serving(done) as server:
            proxied(server, b"x" * size)
        assert server.requests[0].body == b"x" * size

    def test_streams_arrive_whole(self):
        with serving(done) as server:
            proxied(server, Stream(lambda: iter([b"a", b"b" * 100_000])))
        assert server.requests[0].body == b"a" + b"b" * 100_000

    def test_header_with_a_line_break_is_refused(self):
        with serving(done) as server, pytest.raises(ValueError, match="line break"):
            send(attempt("http://fc.invalid", x_fc_a="a\r\nb: c"), **by_proxy(server))
        assert server.raw_requests == []

    def test_reply_that_is_not_read_whole_ends_its_connection(self):
        with (
            serving(replying(200, b"x" * 1_000_000), done) as server,
            closing(Transport(pool_size=1, **by_proxy(server))) as transport,
        ):
            with transport.stream(attempt("http://fc.invalid", b""), LIMITS) as (_, chunks):
                next(chunks)
            transport.send(attempt("http://fc.invalid"), LIMITS)
        assert server.connections == 2

    def test_change_of_the_protocol_ends_the_connection(self):
        reply = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
        with serving(lambda exchange: exchange.wfile.write(reply), done) as server:
            proxied(server, b"1", b"2", pool_size=1)
        assert server.connections == 2

    def test_more_threads_than_connections_wait(self):
        def slow(exchange):
            exchange.wait(0.02)
            exchange.send(200)

        with (
            serving(slow) as server,
            closing(Transport(pool_size=2, **by_proxy(server))) as transport,
            ThreadPoolExecutor(8) as pool,
        ):
            request = attempt("http://fc.invalid")
            calls = [pool.submit(transport.send, request, LIMITS) for _ in range(16)]
            assert {call.result().status_code for call in calls} == {200}
        assert server.connections == 2


class TestTunnels:
    @pytest.fixture
    def server(self, certificates):
        with serving(service, tls=certificates.context("good")) as server:
            yield server

    def test_lead_to_the_service(self, server, certificates):
        with tunnelling(server) as proxy:
            options = {"proxies": {"https": proxy.url}, "verify": certificates.trusted}
            with client_of(server.url, **options) as client:
                for _ in range(3):
                    assert client.get_service("s").service_name == "s"
        assert proxy.tunnels == [f"localhost:{server.server_port}"]
        assert server.connections == 1
        # Only the tunnel's inside sees what is signed.
        assert b"Authorization" not in proxy.raw_heads[0]

    def test_certificate_of_the_service_is_checked(self, certificates):
        with (
            serving(service, tls=certificates.context("unknown CA")) as server,
            tunnelling(server) as proxy,
        ):
            options = {"proxies": {"https": proxy.url}, "verify": certificates.trusted}
            with (
                client_of(server.url, retry=ONCE, **options) as client,
                pytest.raises(TransportError, match="certificate verify failed") as caught,
            ):
                client.invoke_function("s", "f")
        assert caught.value.request_sent is False

    def test_refused_one_carried_nothing(self):
        with (
            serving(replying(407)) as proxy,
            client_of("https://fc.invalid", proxies={"https": proxy.url}, retry=ONCE) as client,
            pytest.raises(TransportError, match="407") as caught,
        ):
            client.invoke_function("s", "f")
        assert caught.value.request_sent is False

    def test_through_a_proxy_that_speaks_tls(self, server, certificates):
        with tunnelling(server, tls=certificates.context("good")) as proxy:
            options = {"proxies": {"https": proxy.url}, "verify": certificates.trusted}
            with client_of(server.url, **options) as client:
                assert client.get_service("s").service_name == "s"
        assert proxy.tunnels == [f"localhost:{server.server_port}"]


class TestSocks:
    @pytest.mark.parametrize(
        ("scheme", "address"), [("socks5h", "fc.invalid:80"), ("socks5", "127.0.0.1:80")]
    )
    def test_leads_to_the_service(self, scheme, address):
        """With ``socks5h`` the proxy resolves the name."""
        host = address.partition(":")[0]
        with serving(service) as server, socks5(server) as proxy:
            options = {"proxies": {"all": proxy.url.replace("http", scheme)}}
            with client_of(f"http://{host}", **options) as client:
                for _ in range(3):
                    assert client.get_service("s").service_name == "s"
        assert proxy.tunnels == [address]
        assert server.paths == ["/2016-08-15/services/s"] * 3

    def test_carries_tls(self, certificates):
        with serving(service, tls=certificates.context("good")) as server, socks5(server) as proxy:
            options = {"proxies": {"https": proxy.url.replace("http", "socks5h")}}
            with client_of(server.url, verify=certificates.trusted, **options) as client:
                assert client.get_service("s").service_name == "s"
        assert proxy.tunnels == [f"localhost:{server.server_port}"]

    def test_that_refuses_carried_nothing(self):
        with serving(service) as server, socks5(server, refuse=True) as proxy:
            options = {"proxies": {"all": proxy.url.replace("http", "socks5h")}}
            with (
                client_of("http://fc.invalid", retry=ONCE, **options) as client,
                pytest.raises(TransportError) as caught,
            ):
                client.invoke_function("s", "f")
        assert caught.value.request_sent is False
        assert server.connections == 0


class TestLogs:
    def test_have_no_query(self, caplog):
        with (
            caplog.at_level(logging.DEBUG, "urllib3"),
            serving(done) as server,
        ):
            send(attempt(f"{server.url}/code?Signature=s"))
        assert "Signature" not in caplog.text
        assert '"POST /code?*** HTTP/1.1" 200' in caplog.text

    def test_of_other_users_of_urllib3_are_as_ever(self, caplog):
        with caplog.at_level(logging.DEBUG, "urllib3"), serving(done) as server:
            send(attempt(server.url))
            requests.get(f"{server.url}/theirs?a=b", timeout=5)
        assert '"GET /theirs?a=b HTTP/1.1" 200' in caplog.text

    def test_have_no_header_that_urllib3_cannot_parse(self, caplog):
        """urllib3 would log it with the URL."""
        reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nNo colon\r\n\r\n"
        with serving(reply) as server, pytest.raises(TransportError, match="header line"):
            send(attempt("http://fc.invalid/code?Signature=s"), **by_proxy(server))
        assert "Signature" not in caplog.text

    def test_of_http_client_have_no_body_and_no_signature(self, monkeypatch, capsys):
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
        with serving(done) as server:
            send(attempt(server.url, b"secret body", Authorization="secret signature"))
        printed = capsys.readouterr().out
        assert "reply: 'HTTP/1.1 200 OK" in printed
        assert "secret" not in printed


class TestTimeLimits:
    """Through a proxy; tests of the direct way are in test_time_limits."""

    @staticmethod
    def dripping(first, again):
        def reply(exchange):
            exchange.wfile.write(first)
            while not exchange.wait(0.03):
                exchange.wfile.write(again)

        return reply

    @staticmethod
    def read(transport, request, limits, *, streamed):
        if not streamed:
            transport.send(request, limits)
            return
        with transport.stream(request, limits) as (_, chunks):
            list(chunks)

    @at_once
    @pytest.mark.parametrize(
        ("first", "again"),
        [
            (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"y"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"y"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        ],
        ids=["informational", "head", "body", "chunk extension", "trailers"],
    )
    @pytest.mark.parametrize(
        "timeout", [Timeout(total=1), Timeout(read=0.1)], ids=["total", "read"]
    )
    @pytest.mark.parametrize("streamed", [False, True])
    def test_reply_that_drips_ends_in_time(self, first, again, timeout, streamed):
        with (
            serving(self.dripping(first, again)) as server,
            closing(Transport(**by_proxy(server))) as transport,
        ):
            started = time.monotonic()
            request = attempt("http://fc.invalid", b"")
            with pytest.raises(RequestTimeoutError, match="timed out waiting for the response"):
                self.read(transport, request, timeout.limits(), streamed=streamed)
        assert time.monotonic() - started < MOST_SECONDS

    # urllib3 loses the TLS socket of a tunnel that ends before the handshake.
    @pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
    def test_tunnel_that_drips_ends_in_time(self):
        reply = self.dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y")
        with (
            serving(reply) as proxy,
            client_of("https://fc.invalid", proxies={"https": proxy.url}, retry=ONCE) as client,
        ):
            started = time.monotonic()
            with pytest.raises(RequestTimeoutError):
                client.with_options(timeout=Timeout(total=0.2)).get_service("s")
        assert time.monotonic() - started < MOST_SECONDS
        gc.collect()

    def test_proxy_that_reads_nothing_ends_in_time(self):
        with serving_connections(Exchange.wait) as server:
            started = time.monotonic()
            with pytest.raises(RequestTimeoutError):
                proxied(server, b"x" * 50_000_000, limits=Timeout(total=0.2).limits())
        assert time.monotonic() - started < MOST_SECONDS

    @pytest.mark.parametrize("limits", [Timeout(read=0.2), Timeout(total=0.2)])
    def test_waiting_for_a_connection_ends_in_time(self, limits):
        begun = threading.Event()

        def hang(exchange):
            begun.set()
            exchange.wait()
            exchange.close_connection = True

        with (
            serving(hang) as server,
            closing(Transport(pool_size=1, **by_proxy(server))) as transport,
            ThreadPoolExecutor(1) as threads,
        ):
            request = attempt("http://fc.invalid")
            first = threads.submit(transport.send, request, LIMITS)
            assert begun.wait(30)
            started = time.monotonic()
            with pytest.raises(RequestTimeoutError, match="free connection") as caught:
                transport.send(request, limits.limits())
            assert time.monotonic() - started < MOST_SECONDS
            server.stopping.set()
            assert isinstance(first.exception(30), TransportError)
        assert caught.value.request_sent is False

    def test_nothing_is_sent_after_the_deadline(self):
        with serving(done) as server, pytest.raises(RequestTimeoutError) as caught:
            proxied(server, limits=Limits(30, 30, time.monotonic()))
        assert caught.value.request_sent is False
        assert server.connections == 0


class TestFailureOf:
    @pytest.mark.parametrize(
        ("failure", "certain"),
        [
            (SSLError(ssl.SSLCertVerificationError("self-signed")), True),
            (SSLError(ssl.SSLError("bad record")), False),
            (SSLError(), False),
            (SSLError("can't connect"), False),
            (ConnectTimeoutError(), True),
            (NewConnectionError(None, "refused"), True),
            (ProxyError("m", NewConnectionError(None, "refused")), True),
            (ProxyError("m", ProtocolError("aborted")), False),
            (ProtocolError("aborted"), False),
        ],
    )
    def test_says_whether_nothing_was_sent(self, failure, certain):
        assert certainly_not_sent(failure) is certain
        assert failure_of(failure).request_sent is not certain
        wrapped = requests.ConnectionError(MaxRetryError(None, "/", failure))
        assert failure_of(wrapped).request_sent is not certain

    @pytest.mark.parametrize(
        "failure",
        [
            ReadTimeoutError(None, "/", "m"),
            ConnectTimeoutError("m"),
            requests.ReadTimeout("m"),
            requests.ConnectionError(ReadTimeoutError(None, "/", "m")),
            TimeoutError("m"),
        ],
    )
    def test_knows_timeouts(self, failure):
        assert isinstance(failure_of(failure), RequestTimeoutError)

    def test_has_the_failure_of_the_system_in_its_message(self):
        failure = NewConnectionError(None, "cannot connect")
        failure.__cause__ = OSError(111, "Connection refused")
        assert failure_of(failure).message.endswith("cannot connect: Connection refused")

    def test_without_an_argument_has_the_name_of_its_class(self):
        assert failure_of(HTTPError()).message == "HTTPError"


class TestOneTry:
    def test_message_has_no_query(self):
        with pytest.raises(MaxRetryError) as caught:
            OneTry(0).increment("GET", "/code?Signature=s", error=HTTPError("broken"))
        assert "Signature" not in str(caught.value)
        assert caught.value.url == "/code?***"
