"""HTTP functions in Python: bodies of requests and responses as streams."""

import hashlib
import json
import socket
import time

import pytest
from local.http_support import ECHO, PROXY, add_trigger, create_python, fetch
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute(max_instances=3) as fc:
        yield fc


@pytest.fixture
def api(function_compute, make_api):
    """Return the API of an empty server that runs functions."""
    function_compute.reset()
    return make_api(function_compute)


@pytest.fixture
def serve(api):
    """Return a way to make an HTTP function from its source."""

    def serve(source, **fields):
        create_python(api, source, **fields)
        add_trigger(api)

    return serve


class TestStreams:
    def test_arrive_while_the_function_runs(self, api, serve, tmp_path):
        seen = tmp_path / "seen"
        serve(
            f"""
            import os, time
            def h(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/event-stream")])
                yield b"first"
                while not os.path.exists({str(seen)!r}):
                    time.sleep(0.01)
                yield b"second"
            """,
            timeout=20,
        )

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)
        parts = reply.iter_content(None)

        assert next(parts) == b"first"
        seen.touch()
        assert next(parts) == b"second"

    def test_of_both_directions_meet(self, api, serve):
        """The function answers what has come before the client sends the rest."""
        serve(
            """
            def h(environ, start_response):
                start_response("200 OK", [])
                for line in environ["wsgi.input"]:
                    yield line.upper()
            """,
            timeout=60,
        )
        host, _, port = api.endpoint.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            head = f"POST {PROXY}/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
            connection.sendall(head.encode() + b"one\n")
            received = b""
            while b"ONE" not in received:
                received += connection.recv(4096)
            connection.sendall(b"x" * 999_995 + b"\n")
            while not received.endswith(b"0\r\n\r\n"):
                received += connection.recv(65536)

        assert received.count(b"X") >= 999_995

    def test_of_many_bytes_are_complete(self, api, serve):
        serve(
            """
            def h(environ, start_response):
                start_response("200 OK", [])
                return iter(lambda: environ["wsgi.input"].read(70000), b"")
            """,
            timeout=60,
        )
        sent = bytes(range(256)) * 120_000

        reply = fetch(api, "POST", f"{PROXY}/", data=sent)

        assert hashlib.sha256(reply.content).digest() == hashlib.sha256(sent).digest()

    def test_that_nobody_reads_do_not_fill_the_memory(self, api, serve, function_compute):
        """The function waits; when the client has gone, it goes on, and its instance is free."""
        serve(
            """
            import os, time
            def h(environ, start_response):
                start_response("200 OK", [])
                if environ["PATH_INFO"] == "/pid":
                    yield b"%d" % os.getpid()
                    return
                for number in range(200):
                    yield bytes(100_000)
                    print("sent", number, flush=True)
            """,
            timeout=60,
        )
        pid = fetch(api, "GET", f"{PROXY}/pid").content
        reply = fetch(api, "GET", f"{PROXY}/", stream=True)
        time.sleep(0.5)
        assert not function_compute.logs("s", "f", reply.headers["X-Fc-Request-Id"])

        reply.close()

        wait_until(
            lambda: "sent 199" in function_compute.logs("s", "f", reply.headers["X-Fc-Request-Id"])
        )
        assert fetch(api, "GET", f"{PROXY}/pid").content == pid

    def test_that_the_function_does_not_read_are_left(self, api, serve):
        serve(
            """
            def h(environ, start_response):
                start_response("200 OK", [])
                return [environ["wsgi.input"].read(5)]
            """
        )

        replies = [fetch(api, "POST", f"{PROXY}/", data=bytes([n]) * 5_000_000) for n in (65, 66)]

        assert [each.content for each in replies] == [b"AAAAA", b"BBBBB"]

    def test_that_the_client_breaks_off_are_an_error_in_the_function(
        self, api, serve, function_compute, tmp_path
    ):
        begun = tmp_path / "begun"
        serve(
            f"""
            def h(environ, start_response):
                open({str(begun)!r}, "w").close()
                start_response("200 OK", [])
                return [environ["wsgi.input"].read()]
            """,
            timeout=60,
        )
        host, _, port = api.endpoint.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            head = f"POST {PROXY}/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
            connection.sendall(head.encode() + b"one\n")
            wait_until(begun.exists)

        wait_until(lambda: "the client has disconnected" in function_compute.logs("s", "f"))
        assert fetch(api, "GET", f"{PROXY}/").status_code == 200

    def test_with_100_continue(self, api, serve):
        serve(ECHO)
        host, _, port = api.endpoint.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            head = (
                f"POST {PROXY}/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                "Expect: 100-continue\r\nConnection: close\r\n\r\n"
            )
            connection.sendall(head.encode())
            begun = b""
            while not begun.endswith(b"\r\n\r\n"):
                begun += connection.recv(4096)
            assert begun == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"later")
            received = b"".join(iter(lambda: connection.recv(65536), b""))

        assert json.loads(received.partition(b"\r\n\r\n")[2])["body"] == "later"
