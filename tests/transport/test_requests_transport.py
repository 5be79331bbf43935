"""Client over real connections: what the wire sees, and what its failures become."""

import socket
from contextlib import closing, contextmanager
from urllib.parse import unquote

import pytest
from support.attempts import LIMITS, attempt
from support.clients import client_of
from support.http_server import (
    SERVICE,
    Exchange,
    free_port,
    hang_up,
    replying,
    service,
    serving,
)

from fc_client import (
    ConfigurationError,
    RequestTimeoutError,
    ResponseError,
    RetryPolicy,
    TransportError,
)
from fc_client._transport.requests_transport import Transport


class TestConveniencesThatAreOff:
    def test_netrc(self, tmp_path, monkeypatch):
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password secret\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
        assert server.requests[0].headers["Authorization"].startswith("FC i:")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirects(self, status):
        with (
            serving(replying(status, Location="/elsewhere")) as server,
            client_of(server.url) as client,
            pytest.raises(ResponseError, match="redirect to /elsewhere not followed"),
        ):
            client.invoke_function("s", "f", b"x")
        assert [(request.method, request.path) for request in server.requests] == [
            ("POST", "/2016-08-15/services/s/functions/f/invocations")
        ]

    def test_cookies(self):
        reply = replying(200, SERVICE, Set_Cookie="a=b; Path=/")
        with serving(reply) as server, client_of(server.url) as client:
            client.get_service("s")
            client.get_service("s")
        assert [request.headers["Cookie"] for request in server.requests] == [None, None]


class TestProxies:
    """The server takes the proxy's part: it sees a whole URL where a path would be."""

    URL = "http://fc.invalid/2016-08-15/services/s"

    @pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
    def test_environment_names_one(self, monkeypatch, name):
        with serving(service) as server:
            monkeypatch.setenv(name, server.url)
            with client_of("http://fc.invalid") as client:
                client.get_service("s")
        assert server.requests[0].path == self.URL

    def test_environment_is_read_once(self, monkeypatch):
        with serving(service) as server:
            monkeypatch.setenv("http_proxy", server.url)
            with client_of("http://fc.invalid") as client:
                client.get_service("s")
                monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
                client.get_service("s")
        assert len(server.requests) == 2

    def test_argument_wins(self, monkeypatch):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        with (
            serving(service) as server,
            client_of("http://fc.invalid", proxies={"http": server.url}) as client,
        ):
            client.get_service("s")
        assert server.requests[0].path == self.URL

    def test_empty_argument_turns_them_off(self, monkeypatch):
        with serving(service) as server:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
            with client_of(server.url, proxies={}) as client:
                client.get_service("s")
        assert server.requests[0].path == "/2016-08-15/services/s"

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "shop.localhost"])
    def test_this_machine_is_called_directly(self, monkeypatch, host):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        with (
            serving(service) as server,
            client_of(f"http://{host}:{server.server_port}") as client,
        ):
            client.get_service("s")
        assert server.requests[0].path == "/2016-08-15/services/s"

    def test_no_proxy_counts(self, monkeypatch):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv("no_proxy", ".invalid")
        with (
            client_of("http://fc.invalid", retry=RetryPolicy(attempts=1)) as client,
            pytest.raises(TransportError, match="resolve"),
        ):
            client.get_service("s")

    def test_unreachable_one_got_nothing(self):
        proxies = {"http": f"http://127.0.0.1:{free_port()}"}
        with (
            client_of("http://fc.invalid", proxies=proxies) as client,
            pytest.raises(TransportError, match="proxy") as caught,
        ):
            client.invoke_function("s", "f")
        assert caught.value.request_sent is False

    def test_one_that_hangs_up_may_have_passed_it_on(self):
        """An invocation would run a second time."""
        with (
            serving(hang_up) as server,
            client_of("http://fc.invalid", proxies={"http": server.url}) as client,
            pytest.raises(TransportError) as caught,
        ):
            client.invoke_function("s", "f")
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    @pytest.mark.parametrize("proxies", ["http://proxy.test", {"http": 5}, [("http", "x")]])
    def test_wrong_types_are_refused(self, proxies):
        with pytest.raises(TypeError, match=r"^proxies"):
            client_of("http://fc.test", proxies=proxies)


class TestFailures:
    def test_refused_connection_carried_nothing(self):
        with (
            client_of(f"http://127.0.0.1:{free_port()}") as client,
            pytest.raises(TransportError, match=r"^GetService failed: .*refused") as caught,
        ):
            client.get_service("s")
        assert caught.value.request_sent is False
        assert not isinstance(caught.value, RequestTimeoutError)
        assert caught.value.__cause__ is not None

    def test_unknown_host_carried_nothing(self):
        with (
            client_of("http://fc.invalid", proxies={}) as client,
            pytest.raises(TransportError) as caught,
        ):
            client.get_service("s")
        assert caught.value.request_sent is False

    def test_connection_that_is_not_taken_in_time_carried_nothing(self):
        """A full backlog lets further connections hang."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)), socket.socket() as filler:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
                client = client_of(f"http://127.0.0.1:{port}", timeout=(0.1, 30))
                with pytest.raises(RequestTimeoutError) as caught:
                    client.with_options(retry=RetryPolicy(attempts=1)).invoke_function("s", "f")
                client.close()
        assert caught.value.request_sent is False

    @pytest.mark.parametrize("call", ["get_service", "delete_service"])
    def test_reply_that_does_not_come_in_time_is_not_requested_again(self, call):
        with (
            serving(Exchange.wait) as server,
            client_of(server.url, timeout=(30, 0.1)) as client,
            pytest.raises(RequestTimeoutError) as caught,
        ):
            getattr(client, call)("s")
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    def test_body_that_does_not_come_in_time_is_not_requested_again(self):
        def begin(exchange):
            exchange.send(200, b"{", Content_Length="100")
            exchange.wait()

        with (
            serving(begin) as server,
            client_of(server.url, timeout=(30, 0.1)) as client,
            pytest.raises(RequestTimeoutError) as caught,
        ):
            client.get_service("s")
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    def test_broken_reply_is_requested_again_if_the_call_is_idempotent(self):
        with serving(b"HTTP/1.1 200 OK\r\nA: b") as server, client_of(server.url) as client:
            with pytest.raises(TransportError, match="in the middle of the head") as caught:
                client.get_service("s")
            assert caught.value.request_sent is True
            assert len(server.requests) == 3
            with pytest.raises(TransportError, match="in the middle of the head"):
                client.invoke_function("s", "f")
            assert len(server.requests) == 4

    def test_a_call_after_a_failure_works(self):
        with serving(hang_up, service) as server, client_of(server.url) as client:
            assert client.get_service("s").service_name == "s"
        assert len(server.requests) == 2

    def test_plain_text_where_tls_is_meant(self):
        with (
            serving(service) as server,
            client_of(server.url.replace("http:", "https:")) as client,
            pytest.raises(TransportError, match="did you mean http://") as caught,
        ):
            client.invoke_function("s", "f")
        assert caught.value.operation == "InvokeFunction"


class TestPaths:
    @pytest.mark.parametrize("name", ["a b/../c?x=1#f", "...", "%2e%2e", "服务", "~"])
    def test_name_reaches_the_service_unchanged(self, name):
        with serving(service) as server, client_of(server.url) as client:
            client.get_service(name)
        path = server.requests[0].path
        assert path.count("/") == 3
        assert unquote(path) == f"/2016-08-15/services/{name}"


class TestReplies:
    def test_headers_are_found_in_any_case(self):
        reply = replying(200, SERVICE, eTAG="e1", X_fc_REQUEST_id="id-1")
        with serving(reply) as server, client_of(server.url) as client:
            found = client.get_service("s")
        assert (found.etag, found.request_id) == ("e1", "id-1")

    def test_deletion_has_no_body(self):
        with serving(replying(204)) as server, client_of(server.url) as client:
            assert client.delete_service("s") is None
            assert client.delete_service("s") is None
        assert server.connections == 1

    def test_result_is_any_bytes(self):
        result = bytes(range(256)) * 1000
        with serving(replying(200, result)) as server, client_of(server.url) as client:
            assert client.invoke_function("s", "f").payload == result


class TestStream:
    @staticmethod
    @contextmanager
    def streaming(url):
        with (
            closing(Transport()) as transport,
            transport.stream(attempt(url, b"", method="GET"), LIMITS) as (reply, chunks),
        ):
            yield reply, chunks

    def test_body_comes_in_chunks(self):
        with (
            serving(replying(200, b"x" * 1_000_000)) as server,
            self.streaming(server.url) as (reply, chunks),
        ):
            sizes = [len(chunk) for chunk in chunks]
        assert (reply.status_code, reply.body) == (200, b"")
        assert sum(sizes) == 1_000_000
        assert max(sizes) <= 256 * 1024

    def test_body_of_an_error_is_read(self):
        with (
            serving(replying(403, b"<Error/>")) as server,
            self.streaming(server.url) as (reply, _),
        ):
            assert (reply.status_code, reply.body) == (403, b"<Error/>")

    def test_body_that_breaks_off_is_a_transport_error(self):
        reply = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx"
        with (
            serving(reply) as server,
            self.streaming(server.url) as (_, chunks),
            pytest.raises(TransportError, match=r"^InvokeFunction failed: .*middle of the body"),
        ):
            list(chunks)

    def test_missing_connection_is_a_transport_error(self):
        with (
            pytest.raises(TransportError, match=r"^InvokeFunction failed: ") as caught,
            self.streaming(f"http://127.0.0.1:{free_port()}"),
        ):
            pytest.fail("there is no reply")
        assert caught.value.request_sent is False

    def test_body_that_is_not_read_ends_its_connection(self):
        """The rest of it would pass for the next reply."""
        with (
            serving(replying(200, b"x" * 1_000_000), service) as server,
            closing(Transport(pool_size=1)) as transport,
        ):
            with transport.stream(attempt(server.url, b""), LIMITS) as (reply, chunks):
                assert reply.status_code == 200
                next(chunks)
            assert transport.send(attempt(server.url), LIMITS).body == SERVICE
        assert server.connections == 2


class TestOptions:
    @pytest.mark.parametrize("verify", ["missing.pem", ""])
    def test_missing_bundle_is_refused(self, verify):
        with pytest.raises(ConfigurationError, match=f"^verify: no CA bundle at '{verify}'"):
            Transport(verify=verify)

    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_missing_bundle_of_the_environment_is_refused(self, monkeypatch, name):
        monkeypatch.setenv(name, "missing.pem")
        with pytest.raises(ConfigurationError, match=r"no CA bundle at 'missing.pem'"):
            Transport()
        Transport(verify=False).close()

    @pytest.mark.parametrize("verify", [None, 0, 1, b"ca.pem"])
    def test_only_false_turns_verification_off(self, verify):
        with pytest.raises(TypeError, match=r"^verify: expected a bool or the path"):
            Transport(verify=verify)

    def test_bundle_that_is_there_is_taken(self, tmp_path):
        (tmp_path / "ca.pem").touch()
        Transport(verify=str(tmp_path / "ca.pem")).close()

    @pytest.mark.parametrize(
        ("size", "error"),
        [("5", TypeError), (True, TypeError), (0, ValueError), (None, ValueError)],
    )
    def test_pool_size_is_checked(self, size, error):
        with pytest.raises(error, match=r"^pool_size: "):
            Transport(pool_size=size)
