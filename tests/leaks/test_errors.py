"""Secrets in the errors of calls."""

import asyncio

import pytest
from support.http_server import free_port, hang_up, refuse, serving
from support.leaks import (
    KEYS,
    SIGNED,
    check,
    check_shown,
    failing,
    leaks,
)

from fc_client import (
    AsyncClient,
    ResponseError,
    TransportError,
)


def cut_short(handler):
    handler.send(200, b"{", Content_Length="1000")
    handler.hang_up()


def silent(handler):
    handler.wait()


def no_http(handler):
    handler.wfile.write(b"\x00\x01 nonsense\r\n\r\n")
    handler.hang_up()


def html(handler):
    handler.send(502, b"<html>Bad Gateway</html>")


def not_json(handler):
    handler.send(200, b"<html>")


# Seconds; for a service that is silent.
SOON = (10, 0.3)

FAULTS = [refuse, hang_up, cut_short, no_http, html, not_json]


class TestErrors:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_of_calls(self, fault, client_of):
        with serving(fault) as server, client_of(server.url) as client:
            errors = [
                failing(lambda: client.get_service("s")),
                failing(lambda: client.create_service("s", description="d" * 200_000)),
            ]
        for error in errors:
            check(error)

    @pytest.mark.parametrize("fault", [*FAULTS, silent])
    def test_of_calls_over_an_open_connection(self, fault, client_of):
        def answer(handler):
            if handler.path.endswith("/first"):
                return handler.send(200, b'{"serviceName": "first"}')
            return fault(handler)

        with serving(answer) as server, client_of(server.url) as client:
            client.get_service("first")
            calling = client.with_options(timeout=SOON) if fault is silent else client
            errors = [
                failing(lambda: calling.get_service("s")),
                failing(lambda: calling.update_service("s", description="d")),
            ]
            server.stopping.set()
        for error in errors:
            check(error)

    def test_of_a_call_without_a_reply(self, client_of):
        with serving(silent) as server, client_of(server.url, timeout=SOON) as client:
            error = failing(lambda: client.get_service("s"))
            server.stopping.set()
        check(error)

    def test_of_a_call_without_a_connection(self, client_of):
        with client_of(f"http://127.0.0.1:{free_port()}") as client:
            check(failing(lambda: client.get_service("s")))

    def test_of_a_call_without_tls(self, client_of):
        with (
            serving(refuse) as server,
            client_of(server.url.replace("http", "https")) as client,
        ):
            error = failing(lambda: client.get_service("s"))
        check(error)
        assert isinstance(error.__cause__, Exception)

    def test_of_a_call_through_a_proxy_that_is_gone(self, client_of):
        with client_of("http://fc.test", proxies={"http": "http://127.0.0.1:1"}) as client:
            check(failing(lambda: client.get_service("s")))

    def test_of_a_body_that_breaks(self, client_of):
        def chunks():
            yield b"a"
            raise LookupError("gone")

        with serving(refuse) as server, client_of(server.url) as client:
            error = failing(lambda: client.invoke_function("s", "f", chunks()), LookupError)
        check(error)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_of_a_download_from_a_signed_url(self, fault, tmp_path, client_of):
        def code(handler):
            if SIGNED in handler.path:
                return fault(handler)
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}", "checksum": "1"}}'.encode())

        with serving(code) as server, client_of(server.url) as client:
            call = lambda: client.download_function_code("s", "f", tmp_path / "c.zip")  # noqa: E731
            error = failing(call)
            assert leaks(client) == []
        check(error)

    @pytest.mark.parametrize("host", ["127.0.0.1:1", "fc.invalid", "fc..invalid"])
    def test_of_a_download_that_cannot_connect(self, host, tmp_path, client_of):
        url = f"http://{host}/code.zip?{SIGNED}"
        with (
            serving(lambda handler: handler.send(200, f'{{"url": "{url}"}}'.encode())) as server,
            client_of(server.url) as client,
        ):
            call = lambda: client.download_function_code("s", "f", tmp_path / "c.zip")  # noqa: E731
            check(failing(call, TransportError))

    @pytest.mark.parametrize(
        "reply",
        [
            '{"url": "http://fc.test/code.zip?%s',
            '{"url": "http://fc.test:x/code.zip?%s"}',
            '{"url": "http://[::1/code.zip?%s"}',
            '{"url": "http:///code.zip?%s"}',
            '{"url": "/code.zip?%s"}',
        ],
    )
    def test_of_a_signed_url_that_is_not_understood(self, reply, client_of):
        body = (reply % SIGNED).encode()
        with (
            serving(lambda handler: handler.send(200, body)) as server,
            client_of(server.url) as client,
        ):
            error = failing(lambda: client.get_function_code("s", "f"), ResponseError)
        check_shown(error)
        assert "?***" in str(error)

    @pytest.mark.parametrize("path", ["/2016-08-15/services/s/functions/f/code", "/code.zip"])
    @pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
    def test_of_a_download_that_is_cancelled(self, path, begun, tmp_path):
        def code(handler):
            if handler.path.startswith(path):
                handler.wfile.write(begun)
                return handler.wait()
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}"}}'.encode())

        async def main(url):
            async with AsyncClient(url, **KEYS) as client:
                call = client.download_function_code("s", "f", tmp_path / "c.zip")
                await asyncio.wait_for(call, 0.3)

        with serving(code) as server:
            error = failing(lambda: asyncio.run(main(server.url)), asyncio.TimeoutError)
            server.stopping.set()
        check(error)

    def test_of_a_download_that_is_told_its_signed_url(self, tmp_path, client_of):
        def code(handler):
            if SIGNED in handler.path:
                return handler.send(403, f"<p>GET {handler.path}</p>".encode())
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}"}}'.encode())

        with serving(code) as server, client_of(server.url) as client:
            call = lambda: client.download_function_code("s", "f", tmp_path / "c.zip")  # noqa: E731
            error = failing(call)
        check_shown(error)
        assert "<p>GET /code.zip?***</p>" in str(error)

    def test_that_are_no_failure_of_a_call(self, client_of):
        def broken():
            raise LookupError("the vault is sealed")

        with client_of("http://127.0.0.1:1", credentials=broken, **dict.fromkeys(KEYS)) as client:
            check(failing(lambda: client.get_service("s"), LookupError))
