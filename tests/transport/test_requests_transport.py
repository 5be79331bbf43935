"""Over real connections: what the wire sees, and what its failures become."""

import base64
import io
import json
import random
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from urllib3.exceptions import HTTPError, SSLError

from fc_client import (
    Client,
    ConfigurationError,
    EntityTooLargeError,
    NotFoundError,
    RequestTimeoutError,
    ResponseError,
    RetryPolicy,
    ServerError,
    TransportError,
)
from fc_client._messages import Attempt
from fc_client._transport.requests_transport import Transport
from fc_client._transport.urllib3_pool import certainly_not_sent as _certainly_not_sent

SERVICE = b'{"serviceName": "s"}'

NEGATIVE_CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections += 1

    def answer(self):
        body = self.chunked() if self.headers["Transfer-Encoding"] else self.plain()
        self.server.requests.append((self.command, self.path, self.headers, body))
        replies = self.server.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        reply(self)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the base's names

    def plain(self):
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def chunked(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    def __init__(self, replies):
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies = replies
        self.connections = 0
        self.requests = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(*replies):
    """Run a server that gives one reply after the other, the last one for ever."""
    with Server(list(replies)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def service(handler):
    handler.send(200, SERVICE)


def done(handler):
    handler.send(200)


def busy(handler):
    handler.send(503)


def hang_up(handler):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def client_of(url, **options):
    options = {"retry": RetryPolicy(base_delay=0), "timeout": 5, **options}
    return Client(url, access_key_id="i", access_key_secret="s", **options)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class TestConnections:
    def test_ten_calls_share_one(self):
        with serving(service) as server, client_of(server.url) as client:
            for _ in range(10):
                client.get_service("s")
        assert (server.connections, len(server.requests)) == (1, 10)

    def test_errors_keep_it(self):
        with serving(lambda handler: handler.send(404, b"x" * 100_000)) as server:
            client = client_of(server.url, retry=RetryPolicy(attempts=1))
            for _ in range(3):
                with pytest.raises(NotFoundError):
                    client.get_service("s")
            client.close()
        assert server.connections == 1

    def test_copies_share_it(self):
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            client.with_options(timeout=1).get_service("s")
        assert server.connections == 1

    def test_threads_may_share_a_client(self):
        with serving(service) as server, client_of(server.url) as client:
            names = []
            threads = [
                threading.Thread(target=lambda: names.append(client.get_service("s").service_name))
                for _ in range(16)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert names == ["s"] * 16

    def test_closing_the_client_ends_it(self):
        with serving(service) as server:
            client = client_of(server.url)
            client.get_service("s")
            client.close()
            client.get_service("s")
            client.close()
        assert server.connections == 2

    def test_one_that_was_closed_is_opened_anew(self):
        def once(handler):
            handler.send(200, SERVICE)
            hang_up(handler)

        with serving(once) as server, client_of(server.url) as client:
            client.get_service("s")
            time.sleep(0.05)
            client.invoke_function("s", "f", b"x")
        assert (server.connections, len(server.requests)) == (2, 2)


class TestConveniencesThatAreOff:
    def test_netrc(self, tmp_path, monkeypatch):
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password secret\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
        assert server.requests[0][2]["Authorization"].startswith("FC i:")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirects(self, status):
        def reply(handler):
            handler.send(status, Location="/elsewhere")

        with (
            serving(reply) as server,
            client_of(server.url) as client,
            pytest.raises(ResponseError, match="redirect to /elsewhere not followed"),
        ):
            client.invoke_function("s", "f", b"x")
        assert [request[:2] for request in server.requests] == [
            ("POST", "/2016-08-15/services/s/functions/f/invocations")
        ]

    def test_cookies(self):
        def reply(handler):
            handler.send(200, SERVICE, Set_Cookie="a=b; Path=/")

        with serving(reply) as server, client_of(server.url) as client:
            client.get_service("s")
            client.get_service("s")
        assert [request[2]["Cookie"] for request in server.requests] == [None, None]


class TestProxies:
    """The server takes the proxy's part: it sees a whole URL where a path would be."""

    URL = "http://fc.invalid/2016-08-15/services/s"

    @pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
    def test_environment_names_one(self, monkeypatch, name):
        with serving(service) as server:
            monkeypatch.setenv(name, server.url)
            with client_of("http://fc.invalid") as client:
                client.get_service("s")
        assert server.requests[0][1] == self.URL

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
        assert server.requests[0][1] == self.URL

    def test_empty_argument_is_none_at_all(self, monkeypatch):
        with serving(service) as server:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
            with client_of(server.url, proxies={}) as client:
                client.get_service("s")
        assert server.requests[0][1] == "/2016-08-15/services/s"

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_this_machine_is_called_directly(self, monkeypatch, host):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        with (
            serving(service) as server,
            client_of(f"http://{host}:{server.server_port}") as client,
        ):
            client.get_service("s")
        assert server.requests[0][1] == "/2016-08-15/services/s"

    def test_no_proxy_counts(self, monkeypatch):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv("no_proxy", ".invalid")
        with (
            client_of("http://fc.invalid", retry=RetryPolicy(attempts=1)) as client,
            pytest.raises(TransportError, match="resolve"),
        ):
            client.get_service("s")

    def test_one_that_is_not_there_got_nothing(self):
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
    def test_nonsense_is_refused(self, proxies):
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
                client = client_of(f"http://127.0.0.1:{port}", timeout=(0.1, 5))
                with pytest.raises(RequestTimeoutError) as caught:
                    client.with_options(retry=RetryPolicy(attempts=1)).invoke_function("s", "f")
                client.close()
        assert caught.value.request_sent is False

    @pytest.mark.parametrize("call", ["get_service", "delete_service"])
    def test_reply_that_does_not_come_in_time_is_not_awaited_again(self, call):
        release = threading.Event()
        with serving(lambda _: release.wait(5)) as server:
            with (
                client_of(server.url, timeout=(5, 0.1)) as client,
                pytest.raises(RequestTimeoutError) as caught,
            ):
                getattr(client, call)("s")
            release.set()
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    def test_body_that_does_not_come_in_time_is_not_awaited_again(self):
        release = threading.Event()

        def begin(handler):
            handler.send(200, b"{", Content_Length="100")
            release.wait(5)

        with serving(begin) as server:
            with (
                client_of(server.url, timeout=(5, 0.1)) as client,
                pytest.raises(RequestTimeoutError) as caught,
            ):
                client.get_service("s")
            release.set()
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        ("reply", "message"),
        [
            (lambda handler: handler.send(200, b"{", Content_Length="100"), "IncompleteRead"),
            (lambda _: None, "closed connection without response"),
            (lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), "BadStatusLine"),
            (
                lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nA: b"),
                "in the reply's head",
            ),
            (lambda handler: handler.wfile.write(NEGATIVE_CHUNK), "read length"),
        ],
    )
    def test_broken_reply_is_asked_for_again_if_that_does_no_harm(self, reply, message):
        def break_off(handler):
            reply(handler)
            hang_up(handler)

        with serving(break_off) as server, client_of(server.url) as client:
            with pytest.raises(TransportError, match=message) as caught:
                client.get_service("s")
            assert caught.value.request_sent is True
            assert len(server.requests) == 3
            with pytest.raises(TransportError, match=message):
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
            pytest.raises(TransportError, match="should the endpoint begin with http://") as caught,
        ):
            client.invoke_function("s", "f")
        assert caught.value.operation == "InvokeFunction"

    @pytest.mark.parametrize(
        ("failure", "certain"),
        [
            (SSLError(ssl.SSLCertVerificationError("self-signed")), True),
            (SSLError(ssl.SSLError("bad record")), False),
            (SSLError(), False),
            (SSLError("can't connect"), False),
        ],
    )
    def test_certificate_that_is_refused_carried_nothing(self, failure, certain):
        assert _certainly_not_sent(Exception(failure)) is certain


class TestBodies:
    PATH = "/2016-08-15/services/s/functions/f/invocations"

    @pytest.mark.parametrize(
        ("payload", "length", "body"),
        [
            (None, "0", b""),
            (b"\xff" * 5, "5", b"\xff" * 5),
            ("é", "2", b"\xc3\xa9"),
            ([b"a", b"b"], "2", b"ab"),
            (io.BytesIO(b"x" * 200_000), "200000", b"x" * 200_000),
            (io.BytesIO(), "0", b""),
        ],
    )
    def test_known_length(self, payload, length, body):
        with serving(done) as server, client_of(server.url) as client:
            client.invoke_function("s", "f", payload)
        [(method, path, headers, received)] = server.requests
        assert (method, path, received) == ("POST", self.PATH, body)
        assert headers.get_all("Content-Length") == [length]
        assert headers["Transfer-Encoding"] is None

    @pytest.mark.parametrize(
        ("chunks", "body"), [([b"ab", b"", b"c" * 100_000], b"ab" + b"c" * 100_000), ([], b"")]
    )
    def test_unknown_length(self, chunks, body):
        with serving(done) as server, client_of(server.url) as client:
            client.invoke_function("s", "f", iter(chunks))
        [(_, _, headers, received)] = server.requests
        assert received == body
        assert headers["Transfer-Encoding"] == "chunked"
        assert headers["Content-Length"] is None

    def test_file_is_rewound_for_another_attempt(self):
        with serving(busy, done) as server, client_of(server.url) as client:
            client.invoke_function("s", "f", io.BytesIO(b"event"))
        assert [request[3] for request in server.requests] == [b"event", b"event"]

    def test_iterable_is_gone_after_an_attempt(self):
        with (
            serving(busy) as server,
            client_of(server.url) as client,
            pytest.raises(ServerError),
        ):
            client.invoke_function("s", "f", iter([b"event"]))
        assert len(server.requests) == 1

    def test_iterable_that_fails_says_so_and_spoils_no_connection(self):
        def chunks():
            yield b"a"
            raise LookupError("mine")

        with serving(service) as server, client_of(server.url) as client:
            with pytest.raises(LookupError, match="mine"):
                client.invoke_function("s", "f", chunks())
            assert client.get_service("s").service_name == "s"

    @pytest.mark.parametrize(
        "failure",
        [OSError("disk"), BrokenPipeError("pipe"), TimeoutError("late"), HTTPError("mine")],
        ids=lambda failure: type(failure).__name__,
    )
    def test_failure_of_an_iterable_is_not_taken_for_the_connections(self, failure):
        def chunks():
            yield b"a"
            raise failure

        with serving(service) as server, client_of(server.url, pool_size=1) as client:
            with pytest.raises(type(failure)) as caught:
                client.invoke_function("s", "f", chunks())
            assert client.get_service("s").service_name == "s"
        assert caught.value is failure
        assert caught.value.__context__ is None

    def test_only_what_was_set_is_sent(self):
        with serving(service) as server, client_of(server.url, user_agent="app/1") as client:
            client.update_service("s", description="x", if_match='"e"')
        [(_, _, headers, _)] = server.requests
        assert sorted(name.lower() for name in headers) == [
            "accept",
            "accept-encoding",
            "authorization",
            "content-length",
            "content-md5",
            "content-type",
            "date",
            "host",
            "if-match",
            "user-agent",
        ]
        assert headers["User-Agent"] == "app/1"
        assert headers["Host"] == server.url.removeprefix("http://")


class TestCode:
    """A zip of 5 MB of noise, in a temporary file."""

    CODE = random.Random(5).randbytes(5_000_000)

    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "data").write_bytes(self.CODE)
        return tmp_path / "code"

    @staticmethod
    def function(handler):
        handler.send(200, b'{"functionName": "f"}')

    def test_is_sent_in_one_body_of_known_length(self, folder):
        with serving(self.function) as server, client_of(server.url) as client:
            client.create_function("s", "f", runtime="r", handler="h", code=folder)
        [(method, _, headers, body)] = server.requests
        with ZipFile(io.BytesIO(base64.b64decode(json.loads(body)["code"]["zipFile"]))) as archive:
            assert archive.read("data") == self.CODE
        assert (method, headers["Transfer-Encoding"]) == ("POST", None)
        assert headers.get_all("Content-Length") == [str(len(body))]
        assert headers["Content-MD5"] is None

    def test_is_sent_again_by_another_attempt(self, folder):
        told = []
        with serving(busy, self.function) as server, client_of(server.url) as client:
            client.update_function(
                "s", "f", code=folder, progress=lambda *numbers: told.append(numbers)
            )
        first, second = (request[3] for request in server.requests)
        assert first == second
        assert told.count(told[-1]) == 2
        assert told[-1][0] == told[-1][1] > len(self.CODE)
        assert told[: len(told) // 2] == told[len(told) // 2 :] == sorted(told[: len(told) // 2])

    @pytest.mark.parametrize("failure", [LookupError("mine"), BrokenPipeError("mine")])
    def test_progress_that_raises_ends_the_call(self, folder, failure):
        def progress(done, _):
            if done > 1_000_000:
                raise failure

        with serving(self.function) as server, client_of(server.url, pool_size=1) as client:
            with pytest.raises(type(failure), match="mine"):
                client.update_function("s", "f", code=folder, progress=progress)
            assert client.get_function("s", "f").function_name == "f"

    def test_that_is_too_large_is_refused_with_the_services_error(self, folder):
        """The refusal comes, and the connection goes, before the body has been read."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self.refuse, args=(listener,))
            thread.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with client_of(url) as client, pytest.raises(EntityTooLargeError):
                client.update_function("s", "f", code=folder)
            thread.join()

    @staticmethod
    def refuse(listener):
        body = b'{"ErrorCode": "EntityTooLarge", "ErrorMessage": "no"}'
        with listener.accept()[0] as connection:
            connection.recv(65536)
            head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)


class TestPaths:
    @pytest.mark.parametrize("name", ["a b/../c?x=1#f", "...", "%2e%2e", "服务", "~"])
    def test_name_reaches_the_service_as_it_was_meant(self, name):
        with serving(service) as server, client_of(server.url) as client:
            client.get_service(name)
        path = server.requests[0][1]
        assert path.count("/") == 3
        assert unquote(path) == f"/2016-08-15/services/{name}"


class TestReplies:
    def test_headers_are_found_in_any_case(self):
        def reply(handler):
            handler.send(200, SERVICE, eTAG="e1", X_fc_REQUEST_id="id-1")

        with serving(reply) as server, client_of(server.url) as client:
            found = client.get_service("s")
        assert (found.etag, found.request_id) == ("e1", "id-1")

    def test_deletion_has_no_body(self):
        def reply(handler):
            handler.send_response(204)
            handler.end_headers()

        with serving(reply) as server, client_of(server.url) as client:
            assert client.delete_service("s") is None
            assert client.delete_service("s") is None
        assert server.connections == 1

    def test_result_is_any_bytes(self):
        result = bytes(range(256)) * 1000
        with (
            serving(lambda handler: handler.send(200, result)) as server,
            client_of(server.url) as client,
        ):
            assert client.invoke_function("s", "f").payload == result


class TestStream:
    def test_body_comes_in_chunks(self):
        with serving(lambda handler: handler.send(200, b"x" * 1_000_000)) as server:
            transport = Transport()
            attempt = Attempt("GetFunctionCode", "GET", server.url, {})
            with transport.stream(attempt, (5, 5)) as (reply, chunks):
                sizes = [len(chunk) for chunk in chunks]
            transport.close()
        assert (reply.status_code, reply.body) == (200, b"")
        assert sum(sizes) == 1_000_000
        assert max(sizes) <= 256 * 1024

    def test_body_of_an_error_is_read(self):
        with serving(lambda handler: handler.send(403, b"<Error/>")) as server:
            transport = Transport()
            attempt = Attempt("GetFunctionCode", "GET", server.url, {})
            with transport.stream(attempt, (5, 5)) as (reply, _):
                assert (reply.status_code, reply.body) == (403, b"<Error/>")
            transport.close()

    def test_body_that_breaks_off_is_typed(self):
        def begin(handler):
            handler.send(200, b"x", Content_Length="100")
            hang_up(handler)

        with serving(begin) as server:
            transport = Transport()
            attempt = Attempt("GetFunctionCode", "GET", server.url, {})
            with (
                transport.stream(attempt, (5, 5)) as (_, chunks),
                pytest.raises(TransportError, match=r"^GetFunctionCode failed: "),
            ):
                list(chunks)
            transport.close()

    def test_no_connection_is_typed(self):
        attempt = Attempt("GetFunctionCode", "GET", f"http://127.0.0.1:{free_port()}", {})
        with (
            pytest.raises(TransportError, match=r"^GetFunctionCode failed: "),
            Transport().stream(attempt, (5, 5)),
        ):
            pytest.fail("there is no reply")


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
    def test_nothing_but_false_switches_the_check_off(self, verify):
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


class TestAbsurdReplies:
    @pytest.mark.parametrize("length", ["99999999999999", "9" * 30])
    def test_of_a_length_that_nobody_can_take_are_typed(self, length):
        def promise(handler):
            handler.send(200, b"{}", Content_Length=length)
            hang_up(handler)

        with (
            serving(promise) as server,
            client_of(server.url) as client,
            pytest.raises(TransportError),
        ):
            client.get_service("s")

    def test_do_not_keep_their_connection(self):
        def garbled(handler):
            handler.send(200, b"no gzip", Content_Encoding="gzip", Content_Length="7")

        with serving(garbled, service) as server, client_of(server.url, pool_size=1) as client:
            with pytest.raises(TransportError) as caught:
                client.invoke_function("s", "f")
            assert client.get_service("s").service_name == "s"

        assert caught.value.request_sent
