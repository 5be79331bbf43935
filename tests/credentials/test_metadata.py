import time
from datetime import datetime, timezone

import pytest
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
        assert found == Missing("no response: timed out")
        assert 0.9 < waited < 3

    def test_response_that_is_not_http_is_missing(self):
        with serving(b"SSH-2.0-OpenSSH_9.6\r\n") as server:
            assert from_uri(server.url) == Missing("no response: BadStatusLine")

    @pytest.mark.parametrize(
        ("uri", "words"),
        [
            ("file:///etc/hostname", "not an http:// or https:// URL"),
            ("ftp://127.0.0.1/x", "not an http:// or https:// URL"),
            ("nonsense", "no response: ValueError"),
            ("http://127.0.0.1:secret/", "no response: InvalidURL"),
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
                "invalid credentials in the response: Invalid isoformat string",
            ),
            (
                b'{"AccessKeyId": "i", "AccessKeySecret": "s", "Expiration": "2026-05-08T10:00"}',
                "invalid credentials in the response: expiration: must have a time zone",
            ),
            (
                b'{"AccessKeyId": "i", "AccessKeySecret": "s", "Expiration": 1}',
                "invalid credentials in the response: 'int' object has no attribute",
            ),
        ],
    )
    def test_anything_else_is_missing(self, body, words):
        found = parse(body)
        assert isinstance(found, Missing)
        assert found.reason.startswith(words)
