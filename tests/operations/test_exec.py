"""InstanceExec of both clients, against a real WebSocket server."""

import asyncio
import gc
import subprocess
import sys
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import WSMsgType
from support.at_once import at_once
from support.certificates import Certificates
from support.exec_server import sending, serving_exec
from support.exec_sessions import OPTIONS, SESSIONS
from support.proxies import tunnelling

from fc_client import (
    AsyncClient,
    Client,
    ExecOutput,
    ExecResult,
    TransportError,
    signing,
)

PATH = "/2016-08-15/services/s.prod/functions/f/instances/c-1/exec"


class TestRequest:
    def test_has_the_command_and_the_options(self, run):
        with (
            serving_exec(sending()) as server,
            run(server, ["echo", "a b", ""], tty=True, stdin=False, idle_timeout=60) as session,
        ):
            session.wait()

        [target] = server.paths
        path, query = urlsplit(target).path, urlsplit(target).query
        assert path == PATH
        assert parse_qsl(query, keep_blank_values=True) == [
            ("command", "echo"),
            ("command", "a b"),
            ("command", ""),
            ("stdin", "false"),
            ("stdout", "true"),
            ("stderr", "true"),
            ("tty", "true"),
            ("idleTimeout", "60"),
        ]

    def test_is_signed_without_the_query(self, run):
        with serving_exec(sending()) as server, run(server) as session:
            session.wait()

        [headers] = server.headers
        signature = signing.authorization("i", "made-up-secret", "GET", PATH, headers)
        assert headers["Authorization"] == signature
        assert headers["Host"] == urlsplit(server.url).netloc
        assert headers["User-Agent"].startswith("aliyun-fc-client/")


class TestOutput:
    def test_is_returned_with_the_exit_code(self, run):
        script = sending(b"\x01one\n", b"\x02bad", b"\x01two", b"\x01\xff\x00", b"\x050")
        with serving_exec(script) as server, run(server) as session:
            assert session.wait() == ExecResult(b"one\ntwo\xff\x00", b"bad", 0)
            assert session.exit_code == 0

    def test_in_frames_for_text(self, run):
        with serving_exec(sending("\x01é", "\x02ß")) as server, run(server) as session:
            assert session.wait() == ExecResult("é".encode(), "ß".encode(), None)

    def test_piece_by_piece(self, run):
        script = sending(b"\x01a", b"\x02b", b"\x04later", b"", b"\x01c")
        with serving_exec(script) as server, run(server) as session:
            assert list(session) == [
                ExecOutput("stdout", b"a"),
                ExecOutput("stderr", b"b"),
                ExecOutput("stdout", b"c"),
            ]

    def test_of_any_size(self, run):
        piece = bytes(range(256)) * 40_000
        script = sending(b"\x01" + piece, b"\x01" + piece)
        with serving_exec(script) as server, run(server) as session:
            assert session.wait().stdout == 2 * piece

    def test_repr_does_not_show_it(self):
        assert repr(ExecResult(b"secret", b"", 1)) == (
            "ExecResult(exit_code=1, stdout=<6 bytes>, stderr=<0 bytes>)"
        )
        assert repr(ExecOutput("stdout", b"s")) == "ExecOutput(stream='stdout', data=<1 byte>)"


class TestInput:
    def test_is_sent_in_binary_frames(self, run):
        async def script(server, socket):
            for _ in range(3):
                await socket.send_bytes(b"\x01" + await server.receive(socket))
            await socket.close()

        with serving_exec(script) as server, run(server, ["cat"]) as session:
            session.send("é\n")
            session.send(b"\xff\x00")
            session.send(bytearray(b"x"))
            assert session.wait().stdout == b"\xc3\xa9\n\xff\x00x"
        assert {kind for kind, _ in server.received} == {WSMsgType.BINARY}

    @pytest.mark.parametrize("data", [None, 5, ["a"]])
    def test_of_other_types_is_refused(self, run, data):
        with (
            serving_exec(sending()) as server,
            run(server) as session,
            pytest.raises(TypeError, match="data: expected bytes or a str"),
        ):
            session.send(data)


class TestExitCode:
    @pytest.mark.parametrize(
        ("message", "code"),
        [
            (b"\x050", 0),
            (b"\x0517", 17),
            (b"\x05exit code: 3", 3),
            (b'\x05{"exitCode": 4}', None),
            (b"\x05", None),
            (b"\x03command terminated with exit code 2", 2),
            (b"\x03exit status 137", 137),
        ],
    )
    def test_of_a_message(self, run, message, code):
        with serving_exec(sending(b"\x01x", message)) as server, run(server) as session:
            assert session.wait() == ExecResult(b"x", b"", code)

    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            ("", None),
            ("exited with 5", 5),
            ("exit status 0", 0),
            ("killed by signal 9", -9),
            ("closed after 120 seconds without traffic", None),
        ],
    )
    def test_of_the_close(self, run, reason, code):
        with serving_exec(sending(reason=reason)) as server, run(server) as session:
            assert session.wait().exit_code == code

    def test_of_a_close_without_a_code(self, run):
        async def script(_server, socket):
            await socket.send_frame(b"", WSMsgType.CLOSE)

        with serving_exec(script) as server, run(server) as session:
            assert session.wait() == ExecResult(b"", b"", None)

    def test_is_unknown_while_the_command_runs(self, run):
        with serving_exec(sending(b"\x051")) as server, run(server) as session:
            assert session.exit_code is None


class TestConnection:
    @pytest.mark.parametrize(
        ("host", "certificate"), [("localhost", "good"), ("shop.localhost", "below localhost")]
    )
    def test_over_tls(self, tmp_path, run, host, certificate):
        certificates = Certificates(tmp_path)
        with serving_exec(sending(b"\x01x"), certificates.context(certificate)) as server:
            server.url = server.url.replace("127.0.0.1", host)
            with run(server, client={"verify": certificates.trusted}) as session:
                assert session.wait().stdout == b"x"
        # A socket that is still open warns here, and the warning fails the test.
        gc.collect()

    @pytest.mark.parametrize("certificate", ["wrong name", "unknown CA"])
    def test_certificate_that_is_not_trusted(self, tmp_path, run, certificate):
        certificates = Certificates(tmp_path)
        with serving_exec(sending(), certificates.context(certificate)) as server:
            server.url = server.url.replace("127.0.0.1", "localhost")
            with (
                pytest.raises(TransportError, match=r"(?i)certificate"),
                run(server, client={"verify": certificates.trusted}),
            ):
                pass

    def test_through_a_proxy(self, tmp_path, run):
        certificates = Certificates(tmp_path)
        with serving_exec(sending(b"\x01x"), certificates.context("good")) as server:
            server.url = server.url.replace("127.0.0.1", "localhost")
            with tunnelling(server) as proxy:
                options = {"verify": certificates.trusted, "proxies": {"https": proxy.url}}
                with run(server, client=options) as session:
                    assert session.wait().stdout == b"x"
            assert proxy.tunnels == [urlsplit(server.url).netloc]


class TestSilence:
    @at_once
    @pytest.mark.parametrize("kind", list(SESSIONS))
    def test_is_broken_by_pings(self, kind):
        async def script(server, socket):
            await server.receive(socket)
            await socket.send_bytes(b"\x01still there")
            await socket.close()

        with serving_exec(script, autoping=False) as server:
            start = SESSIONS[kind](server.url, ("s", "f", "c-1", ["ls"]), {}, {})
            with start as session:
                assert session.wait().stdout == b"still there"
        assert server.received[0][0] == WSMsgType.PING


class TestArguments:
    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    @pytest.mark.parametrize(
        ("command", "options", "error", "message"),
        [
            ("ls", {}, TypeError, "command: expected a list of str, got str"),
            ([], {}, ValueError, "command: must have at least one item"),
            (["ls", 5], {}, TypeError, "command: expected a str, got int"),
            (["ls"], {"tty": 1}, TypeError, "tty: expected a bool, got int"),
            (["ls"], {"idle_timeout": "1"}, TypeError, "idle_timeout: expected an int"),
            (["ls"], {"qualifier": "a.b"}, ValueError, "qualifier: must be a version"),
        ],
    )
    def test_are_checked_at_once(self, kind, command, options, error, message):
        client = kind("http://fc.test", **OPTIONS)
        with pytest.raises(error, match=f"^{message}"):
            client.exec("s", "f", "c-1", command, **options)


class TestContextManager:
    def test_is_needed(self):
        session = Client("http://fc.test", **OPTIONS).exec("s", "f", "c-1", ["ls"])
        with pytest.raises(TransportError, match="use exec in a with statement"):
            session.wait()

    def test_is_needed_asynchronously(self):
        session = AsyncClient("http://fc.test", **OPTIONS).exec("s", "f", "c-1", ["ls"])
        with pytest.raises(TransportError, match="use exec in an async with statement"):
            asyncio.run(session.wait())

    def test_of_asyncio_gives_the_session(self):
        async def output(url):
            client = AsyncClient(url, **OPTIONS)
            async with client, client.exec("s", "f", "c-1", ["ls"]) as session:
                return (await session.wait()).stdout

        with serving_exec(sending(b"\x01x")) as server:
            assert asyncio.run(output(server.url)) == b"x"

    def test_session_that_was_not_started_can_be_closed(self):
        Client("http://fc.test", **OPTIONS).exec("s", "f", "c-1", ["ls"]).close()
        session = AsyncClient("http://fc.test", **OPTIONS).exec("s", "f", "c-1", ["ls"])
        asyncio.run(session.close())

    def test_ends_a_command_that_still_runs(self, run):
        async def script(server, socket):
            await socket.send_bytes(b"\x01x")
            await server.receive(socket)

        with serving_exec(script) as server, run(server, ["sleep", "60"]):
            pass
        assert server.received[0][0] in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)


class TestWithoutTheLibrary:
    def test_error_says_what_to_install(self):
        program = """
import sys
sys.modules["websocket"] = None
from fc_client import Client
client = Client("http://127.0.0.1:1", access_key_id="i", access_key_secret="s")
with client.exec("s", "f", "c-1", ["ls"]):
    pass
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert 'needs websocket-client: pip install "aliyun-fc-client[exec]"' in done.stderr
