import signal
import threading
import time
from datetime import datetime, timezone

import pytest
from support.at_once import at_once
from support.credentials import keys
from support.http_server import free_port, serving

from fc_client import Credentials
from fc_client.credentials.metadata import from_role, from_uri, parse
from fc_client.credentials.sources import Missing

EXPIRATION = datetime(2126, 5, 8, 10, tzinfo=timezone.utc)


class TestFromUri:
    def test_credentials_and_when_they_expire(self):
        with serving(keys()) as server:
            found = from_uri(f"{server.url}/credentials?token=x")
        assert found == Credentials("STS.id-1", "secret-1", "token-1", expiration=EXPIRATION)
        assert server.paths == ["/credentials?token=x"]

    def test_proxies_of_the_environment_are_not_used(self, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        with serving(keys()) as server:
            assert isinstance(from_uri(server.url), Credentials)

    def test_redirects_are_not_followed(self):
        def redirect(handler):
            handler.send(302, Location="/elsewhere")

        with serving(redirect) as server:
            assert from_uri(server.url) == Missing("responded with status 302")
        assert server.paths == ["/"]

    def test_other_statuses_are_missing(self):
        with serving(lambda handler: handler.send(404, b"secret")) as server:
            assert from_uri(server.url) == Missing("responded with status 404")

    def test_refused_connection_is_missing(self):
        assert "refused" in from_uri(f"http://127.0.0.1:{free_port()}").reason

    def test_silent_server_times_out_after_a_second(self):
        with serving(lambda handler: handler.wait()) as server:
            started = time.monotonic()
            found = from_uri(server.url)
            waited = time.monotonic() - started
        assert found == Missing("no response: timed out waiting for the response")
        assert 0.9 < waited < 20

    def test_response_that_is_not_http_is_missing(self):
        with serving(b"SSH-2.0-OpenSSH_9.6\r\n") as server:
            found = from_uri(server.url)
        assert found.reason.startswith("no response: invalid status line: ")

    @at_once
    @pytest.mark.parametrize(
        "reply", [b"HTTP/1.1 200 OK\r\n\r\n{" + b" " * 500, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500]
    )
    def test_dripping_server_times_out_within_two_seconds(self, reply):
        with serving(lambda handler: handler.drip(reply, 0.05)) as server:
            started = time.monotonic()
            found = from_uri(server.url)
            waited = time.monotonic() - started
            server.stopping.set()
        assert found == Missing("no response: timed out waiting for the response")
        assert 0.9 < waited < 4

    @pytest.mark.parametrize("length", [{}, {"Content_Length": "99999999999"}])
    def test_endless_response_is_refused(self, length):
        def endless(handler):
            handler.send(200, **length) if length else handler.wfile.write(
                b"HTTP/1.1 200 OK\r\n\r\n"
            )
            while not handler.server.stopping.is_set():
                handler.wfile.write(b" " * 65536)

        with serving(endless) as server:
            found = from_uri(server.url)
            server.stopping.set()
        assert found == Missing("the response has more than 65536 bytes")

    def test_endless_head_is_refused(self):
        def endless(handler):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not handler.server.stopping.is_set():
                handler.wfile.write(b"X: y\r\n" * 1000)

        with serving(endless) as server:
            found = from_uri(server.url)
            server.stopping.set()
        assert found.reason.startswith("no response: ")

    def test_own_certificates_are_those_of_the_environment(self, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", "/none")
        found = from_uri("https://127.0.0.1:1/")
        assert found == Missing(
            "no response: the environment's SSL_CERT_FILE: no CA bundle at '/none'"
        )

    def test_error_of_a_signal_handler_gets_through(self):
        raised = []

        def interrupt(*_):
            if not raised:
                raised.append(TimeoutError("the task's own limit"))
                raise raised[0]

        def alarm(handler):
            # The first one may come just before the main thread begins to wait.
            while not handler.wait(0.05):
                signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)

        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            with serving(alarm) as server:
                with pytest.raises(TimeoutError, match="the task's own limit"):
                    from_uri(server.url)
                server.stopping.set()
        finally:
            signal.signal(signal.SIGALRM, before)

    @pytest.mark.parametrize(
        ("uri", "words"),
        [
            ("file:///etc/hostname", "not an http:// or https:// URL"),
            ("ftp://127.0.0.1/x", "not an http:// or https:// URL"),
            ("nonsense", "not an http:// or https:// URL"),
            ("http://127.0.0.1:secret/", "not a valid URL"),
            ("http://[::1/secret", "not a valid URL"),
            ("http://127.0.0.1:1/a b", "not a valid URL"),
            ("http://127.0.0.1:1/\r\nX: y", "not a valid URL"),
            ("http://127.0.0.1:1/é", "not a valid URL"),
            ("http:///x", "not an http:// or https:// URL"),
            ("http://127.0.0.1:0/", "not an http:// or https:// URL"),
        ],
    )
    def test_other_urls_are_refused_without_quoting_them(self, uri, words):
        assert from_uri(uri) == Missing(words)


class TestFromRole:
    def test_path_has_the_name_of_the_role(self):
        with serving(keys(2)) as server:
            found = from_role("my role/x", server.url)
        assert found.access_key_id == "STS.id-2"
        assert server.paths == ["/latest/meta-data/ram/security-credentials/my%20role%2Fx"]


class TestParse:
    def test_permanent_key(self):
        assert parse(b'{"AccessKeyId": "i", "AccessKeySecret": "s"}') == Credentials("i", "s")

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"", "the response is not a JSON object"),
            (b"\xff", "the response is not a JSON object"),
            (b"[" * 9999, "the response is not a JSON object"),
            (b'["made-up"]', "the response is not a JSON object"),
            (b'{"Code": "Failed", "AccessKeySecret": "made-up"}', "the response has Code 'Failed'"),
            (b'{"AccessKeyId": "made-up"}', "the response has no AccessKeySecret"),
            (
                b'{"AccessKeyId": "i", "AccessKeySecret": "made-up\\n"}',
                "invalid credentials in the response: access_key_secret: must be printable ASCII",
            ),
            (
                b'{"AccessKeyId": "i", "AccessKeySecret": "s", "Expiration": "made-up"}',
                "invalid credentials in the response: Expiration: not a time",
            ),
            (
                b'{"AccessKeyId": "i", "AccessKeySecret": "s", "Expiration": "2026-05-08T10:00"}',
                "invalid credentials in the response: expiration: must have a time zone",
            ),
            (
                b'{"AccessKeyId": "i", "AccessKeySecret": "s", "Expiration": 1}',
                "invalid credentials in the response: Expiration: not a time",
            ),
            (
                b'{"AccessKeyId": ["i"], "AccessKeySecret": "s"}',
                "invalid credentials in the response: access_key_id: expected a str, got list",
            ),
            (b'{"AccessKeyId": NaN, "AccessKeySecret": "s"}', "the response is not a JSON object"),
            (b'{"Code": {"a": []}}', "the response has Code {'a': []}, expected"),
            (b'{"Code": "\\u001b' + b"x" * 9999 + b'"}', "the response has Code '\\x1bxxx"),
        ],
    )
    def test_anything_else_is_missing(self, body, words):
        found = parse(body)
        assert isinstance(found, Missing)
        assert found.reason.startswith(words)
        assert found.reason.isprintable()
        assert len(found.reason) < 200
