"""Errors of InstanceExec, of both clients."""

import asyncio
import json
import socket

import pytest
from aiohttp import web
from support.exec_server import sending, serving_exec
from support.exec_sessions import OPTIONS, client_session
from support.http_server import Exchange, serving

from fc_client import (
    AsyncClient,
    FCError,
    InstanceNotFoundError,
    RequestTimeoutError,
    ResponseError,
    TransportError,
)


class TestErrors:
    def test_error_of_the_service(self, run):
        with (
            serving_exec(sending(b"\x01x", b"\x03no such program")) as server,
            run(server) as session,
            pytest.raises(FCError) as caught,
        ):
            session.wait()
        assert str(caught.value) == "InstanceExec failed: no such program"

    def test_close_that_is_not_normal(self, run):
        with (
            serving_exec(sending(code=1011, reason="broken")) as server,
            run(server) as session,
            pytest.raises(TransportError, match="1011 broken"),
        ):
            session.wait()

    def test_lost_connection(self, run):
        async def script(_server, socket):
            socket.transport.abort()

        with (
            serving_exec(script) as server,
            run(server) as session,
            pytest.raises(TransportError, match=r"^InstanceExec failed: the connection "),
        ):
            session.wait()

    def test_refusal_of_the_service(self, run):
        body = json.dumps({"ErrorCode": "InstanceNotFound", "ErrorMessage": "c-1"}).encode()

        def refuse(_):
            return web.Response(status=404, body=body, headers={"X-Fc-Request-Id": "id-1"})

        with (
            serving_exec(refuse) as server,
            pytest.raises(InstanceNotFoundError) as caught,
            run(server),
        ):
            pass
        expected = "InstanceExec failed: 404 InstanceNotFound: c-1 (request id id-1)"
        assert str(caught.value) == expected

    def test_response_that_is_no_websocket(self, run):
        with (
            serving_exec(lambda _: web.Response(body=b"hello")) as server,
            pytest.raises(ResponseError, match="the service did not open a WebSocket"),
            run(server),
        ):
            pass

    def test_redirect_is_not_followed(self, run):
        def redirect(request):
            return web.Response(status=302, headers={"Location": f"ws://{request.host}/other"})

        with (
            serving_exec(redirect) as server,
            pytest.raises(FCError, match=r"^InstanceExec failed: "),
            run(server),
        ):
            pass
        assert len(server.paths) == 1

    def test_no_server(self, run):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]

        class Nowhere:
            url = f"http://127.0.0.1:{port}"

        with (
            pytest.raises(TransportError, match=r"^InstanceExec failed: cannot connect to"),
            run(Nowhere),
        ):
            pass

    def test_server_that_does_not_answer(self, run):
        class Silent:
            url = ""

        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            Silent.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with (
                pytest.raises(RequestTimeoutError, match="timed out opening a WebSocket"),
                run(Silent, client={"timeout": 0.3}),
            ):
                pass

    def test_server_that_does_not_speak_http(self, run):
        with (
            serving(b"hello\r\n\r\n") as server,
            pytest.raises(TransportError, match="cannot open a WebSocket"),
            run(server),
        ):
            pass

    def test_closed_session(self, run):
        with serving_exec(sending(b"\x01x")) as server, run(server) as session:
            assert session.wait().stdout == b"x"
            assert session.wait().stdout == b""
            session.close()
            with pytest.raises(TransportError, match="the connection is lost or closed"):
                session.send(b"x")

    def test_session_that_is_closed_while_the_command_runs(self, run):
        async def script(server, socket):
            await server.receive(socket)

        with serving_exec(script) as server, run(server) as session:
            session.close()
            with pytest.raises(TransportError, match="the connection is lost or closed"):
                session.wait()

    def test_ping_on_a_lost_connection(self):
        arguments = ("s", "f", "c-1", ["ls"])
        with (
            serving_exec(sending()) as server,
            client_session(server.url, arguments, {}, {}) as session,
        ):
            session.close()
            with pytest.raises(TransportError, match="the connection is lost or closed"):
                session._connection._ping()

    def test_ping_of_asyncio_on_a_lost_connection(self):
        async def main(url):
            client = AsyncClient(url, **OPTIONS)
            async with client, client.exec("s", "f", "c-1", ["ls"]) as session:
                await session.close()
                await session._connection._ping()

        with (
            serving_exec(sending()) as server,
            pytest.raises(TransportError, match="the connection is lost or closed"),
        ):
            asyncio.run(main(server.url))

    def test_cancelled_opening_stays_cancelled(self):
        async def main(url):
            async with AsyncClient(url, **OPTIONS) as client:
                opening = asyncio.ensure_future(client.exec("s", "f", "c-1", ["ls"]).__aenter__())
                await asyncio.sleep(0.05)
                opening.cancel()
                await opening

        with serving(Exchange.wait) as server:
            with pytest.raises(asyncio.CancelledError):
                asyncio.run(main(server.url))
            server.stopping.set()

    def test_secrets_are_in_no_error(self, run):
        def echo(request):
            return web.Response(status=403, text=str(dict(request.headers)))

        with serving_exec(echo) as server, pytest.raises(FCError) as caught, run(server):
            pass
        [headers] = server.headers
        assert headers["Authorization"].rpartition(":")[2] not in str(caught.value)
        assert "made-up" not in str(caught.value)
