"""Secrets in clients, and in errors of their configuration."""

import pytest
from support.clients import CLIENTS
from support.credentials import aliyun, fcli, keys
from support.http_server import refuse, serving
from support.leaks import KEYS, SECRET, SIGNED, TOKEN, check, failing, leaks

from fc_client import (
    AsyncClient,
    Client,
    Credentials,
    FCError,
)
from fc_client.credentials.chain import find_credentials


class TestClient:
    def test_crawled_before_and_after_calls(self, client_of):
        with serving(refuse) as server, client_of(server.url) as client:
            before = leaks(client)
            failing(lambda: client.get_service("s"))
            assert before + leaks(client) == []

    @pytest.mark.parametrize("client", CLIENTS)
    def test_crawled_with_credentials_that_are_refreshed(self, client, monkeypatch):
        answer = keys(AccessKeySecret=SECRET, SecurityToken=TOKEN)
        with serving(answer) as uri, serving(refuse) as server:
            monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", uri.url)
            with CLIENTS[client](server.url) as refreshing:
                error = failing(lambda: refreshing.get_service("s"))
                assert leaks(refreshing) == []
        check(error)


class TestConfiguration:
    @pytest.mark.parametrize("client", [Client, AsyncClient])
    @pytest.mark.parametrize(
        ("arguments", "kind"),
        [
            ({}, FCError),
            ({"endpoint": "nonsense://"}, FCError),
            ({"endpoint": "http://fc.test", "access_key_id": None}, FCError),
            ({"endpoint": "http://fc.test", "access_key_secret": f"{SECRET}\n"}, ValueError),
            ({"endpoint": "http://fc.test", "security_token": f"{TOKEN} é"}, ValueError),
            ({"endpoint": "http://fc.test", "pool_size": 0}, ValueError),
            ({"endpoint": "http://fc.test", "timeout": "x"}, TypeError),
        ],
    )
    def test_of_arguments(self, arguments, kind, client):
        check(failing(lambda: client(**{**KEYS, **arguments}), kind))

    @pytest.mark.parametrize(
        "set_to",
        [
            {"FC_ENDPOINT": "http://fc.test", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET},
            {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET, "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN},
        ],
    )
    def test_of_the_environment(self, set_to, monkeypatch):
        for name, value in set_to.items():
            monkeypatch.setenv(name, value)
        check(failing(Client))

    @pytest.mark.parametrize(
        "text",
        [
            f"access_key_id: i\naccess_key_secret: {SECRET} é\n",
            f"access_key_id: i\naccess_key_secret: {{{SECRET}}}\n",
            f"access_key_secret: {SECRET}\nsecurity_token: {TOKEN}\n",
        ],
    )
    def test_of_files(self, text):
        fcli(text)
        aliyun({"name": "x", "mode": "AK", "access_key_secret": SECRET}, current="x")
        check(failing(lambda: Client("http://fc.test")))

    @pytest.mark.parametrize(
        "body",
        [
            f'{{"AccessKeySecret": "{SECRET}",',
            f'{{"AccessKeySecret": "{SECRET}"}}',
            f'{{"AccessKeyId": "i", "AccessKeySecret": "{SECRET} é"}}',
            f'{{"AccessKeyId": "i", "AccessKeySecret": "{SECRET}", "Expiration": "x"}}',
        ],
    )
    def test_of_a_service(self, body, monkeypatch):
        with serving(lambda handler: handler.send(200, body.encode())) as uri:
            monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", f"{uri.url}/?{SIGNED}")
            check(failing(lambda: Client("http://fc.test")))

    @pytest.mark.parametrize("given", [(f"{SECRET}\n", None), ("s", f" {TOKEN}")])
    def test_of_credentials(self, given):
        check(failing(lambda: Credentials("i", *given), ValueError))

    def test_of_credentials_that_cannot_be_refreshed(self):
        answers = (
            keys(AccessKeySecret=SECRET, SecurityToken=TOKEN, Expiration="2026-05-08T10:00:00Z"),
            keys(AccessKeySecret=SECRET, SecurityToken=f"{TOKEN}\n"),
        )
        with serving(*answers) as uri:
            provider = find_credentials(
                credentials=None,
                access_key_id=None,
                access_key_secret=None,
                security_token=None,
                environ={"ALIBABA_CLOUD_CREDENTIALS_URI": uri.url},
            )
            check(failing(provider))
