"""Secrets in logs and debug output."""

import http.client
import logging

import pytest
from support.clients import CLIENTS
from support.http_server import refuse, serving
from support.leaks import KEYS, SECRETS, SIGNED, failing, leaks

from fc_client import (
    Client,
    RetryPolicy,
)


class TestDebugging:
    def test_of_http_client_shows_calls_and_no_secrets(self, monkeypatch, capsys):
        """As people switch it on who want to see what is sent."""
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
        with serving(refuse) as server, Client(server.url, **KEYS) as client:
            for _ in range(2):
                failing(lambda: client.get_service("s"))

        printed = capsys.readouterr().out
        assert printed.count("reply: 'HTTP/1.1 403 Forbidden") == 2
        assert not SECRETS.search(printed)


class TestLogs:
    @pytest.mark.parametrize(
        ("client", "logger", "line"),
        [
            ("Client", "urllib3.connectionpool", '"GET /code.zip?*** HTTP/1.1" 200'),
            ("AsyncClient", "asyncio", "Executing <Task finished"),
        ],
    )
    def test_of_all_libraries_at_debug(self, client, logger, line, caplog, tmp_path, monkeypatch):
        caplog.set_level(logging.DEBUG)
        monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")

        def made(url):
            made = CLIENTS[client](url, **KEYS, retry=RetryPolicy(1))
            if client == "AsyncClient":
                # Then it writes a line about every step of every task.
                made.loop.slow_callback_duration = 0
            return made

        def answer(handler):
            if handler.path.startswith("/code.zip"):
                return handler.send(200, b"made-up body")
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}", "serviceName": "s"}}'.encode())

        with serving(answer) as server, made(server.url) as called:
            called.get_service("s")
            called.download_function_code("s", "f", tmp_path / "c.zip")
        with made("http://127.0.0.1:1") as called:
            failing(lambda: called.get_service("s"))

        assert {record.name for record in caplog.records} >= {"fc_client", logger}
        assert line in caplog.text
        assert not SECRETS.search(caplog.text)
        assert leaks([vars(record) for record in caplog.records]) == []
        # asyncio shows results of tasks.
        ours = [record.getMessage() for record in caplog.records if record.name == "fc_client"]
        assert "made-up body" not in "".join(ours)

    def test_signed_url_is_asked_for_as_it_is(self, tmp_path, client_of):
        def answer(handler):
            if handler.path.startswith("/code.zip"):
                return handler.send(200, b"zip")
            url = f"{handler.server.url}/code.zip?a=b&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}"}}'.encode())

        with serving(answer) as server, client_of(server.url) as client:
            client.download_function_code("s", "f", tmp_path / "c.zip")

        assert server.paths[-1] == f"/code.zip?a=b&{SIGNED}"
