"""The runtime custom: a program named bootstrap that serves HTTP."""

import hashlib
import io
import os
import sys
import textwrap
import time
import zipfile

import pytest
from local.http_support import PROXY, add_trigger, fetch
from local.support import assert_error, process_is_there, wait_until, zip_code

from fc_client.local import LocalFunctionCompute

# Serves HTTP; a test adds the methods of the class.
PROGRAM = """#!{python}
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def body(self):
        if "chunked" in self.headers.get("transfer-encoding", ""):
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("content-length", 0)))
    def reply(self, body=b"", status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def echo(self):
        seen = {{name.lower(): value for name, value in self.headers.items()}}
        line = f"{{self.command}} {{self.path}}"
        seen = {{"line": line, "body": self.body().decode("latin-1"), **seen}}
        self.reply(json.dumps(seen).encode())
    def log_message(self, *args): pass
{methods}
ThreadingHTTPServer(("127.0.0.1", int(os.environ["FC_SERVER_PORT"])), Handler).serve_forever()
"""
ECHO = "def do_POST(self): self.echo()\ndo_GET = do_PUT = do_POST\n"


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute(max_instances=2) as fc:
        yield fc


@pytest.fixture
def api(function_compute, make_api):
    """Return the API of an empty server that runs functions."""
    function_compute.reset()
    return make_api(function_compute)


def create(api, program, *, mode=0o755, name="bootstrap", **fields):
    """Create service s and function f with a program, and an HTTP trigger."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        info = zipfile.ZipInfo(name)
        info.external_attr = (0o100000 | mode) << 16
        file.writestr(info, program)
    api.create_service()
    fields = {"runtime": "custom", "handler": "unused", "memorySize": 512, **fields}
    api.create_function(code=zip_code(archive.getvalue()), **fields).raise_for_status()
    add_trigger(api).raise_for_status()


def program(methods):
    lines = textwrap.indent(textwrap.dedent(methods), "    ")
    return PROGRAM.format(python=sys.executable, methods=lines)


class TestEvents:
    def test_are_posted_with_the_context_in_headers(self, api):
        create(api, program(ECHO), timeout=7)

        reply = api.invoke(b"\x00event\xff")

        seen = reply.json()
        assert seen["line"] == "POST /invoke"
        assert seen["body"] == "\x00event\xff"
        assert seen["x-fc-request-id"] == reply.headers["X-Fc-Request-Id"]
        assert seen["x-fc-control-path"] == "/invoke"
        assert seen["x-fc-function-name"] == "f"
        assert seen["x-fc-function-timeout"] == "7"
        assert seen["x-fc-service-name"] == "s"
        assert seen["x-fc-region"] == "local"
        assert seen["x-fc-access-key-secret"] == api.key_secret
        assert seen["x-fc-instance-id"] == reply.headers["X-Fc-Instance-Id"]
        assert "X-Fc-Error-Type" not in reply.headers

    def test_use_the_same_program_again(self, api):
        create(api, program("def do_POST(self): self.reply(b'%d' % os.getpid())"))

        assert len({api.invoke().content for _ in range(3)}) == 1

    @pytest.mark.parametrize(
        "reply",
        [
            "self.reply(b'no', 500)",
            "self.reply(b'no', 404)",
            "self.reply(b'no', x_fc_status='404')",
        ],
    )
    def test_that_fail_are_errors_of_the_function(self, api, reply):
        create(api, program(f"def do_POST(self): {reply}"))

        failed = api.invoke()

        assert (failed.status_code, failed.content) == (200, b"no")
        assert failed.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"

    def test_without_an_answer_say_so(self, api):
        create(api, program("def do_POST(self): self.reply(b'', 500)"))

        assert "status 500" in api.invoke().json()["errorMessage"]

    def test_that_take_too_long_time_out(self, api):
        create(api, program("def do_POST(self): time.sleep(60)"), timeout=1)

        assert api.invoke().json()["errorMessage"] == "Task timed out after 1 seconds"

    def test_log_what_the_program_prints(self, api, function_compute):
        create(api, program("def do_POST(self): print('hello', flush=True); self.reply()"))

        api.invoke()

        assert "hello" in function_compute.logs("s", "f")

    def test_come_after_initialize(self, api):
        create(
            api,
            program(
                """
                seen = []
                def do_POST(self):
                    self.seen.append(self.path)
                    self.reply(json.dumps(self.seen).encode())
                """
            ),
            initializer="unused",
        )

        assert api.invoke().json() == ["/initialize", "/invoke"]

    def test_of_a_failed_initializer_are_not_sent(self, api):
        create(
            api,
            program(
                """
                def do_POST(self):
                    status = 500 if "init" in self.path else 200
                    self.reply(b'{"errorMessage": "not ready"}', status)
                """
            ),
            initializer="unused",
        )

        reply = api.invoke()

        assert reply.json() == {"errorMessage": "not ready"}
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"


class TestHttp:
    def test_requests_are_passed_on(self, api):
        create(api, program(ECHO))

        reply = fetch(
            api,
            "PUT",
            f"{PROXY}/a%20b?x=1&y",
            data=b"\x00body",
            headers={"X-Own": "1", "X-Fc-Own": "2"},
        )

        seen = reply.json()
        assert seen["line"] == "PUT /a%20b?x=1&y"
        assert seen["body"] == "\x00body"
        assert seen["host"] == api.endpoint.removeprefix("http://")
        assert seen["x-own"] == "1"
        assert "x-fc-own" not in seen
        assert seen["x-fc-base-path"] == f"{PROXY}/"
        assert seen["x-fc-control-path"] == "/http-invoke"
        assert seen["x-fc-request-id"] == reply.headers["X-Fc-Request-Id"]

    def test_responses_come_back_as_they_are(self, api):
        create(
            api,
            program(
                """
                def do_GET(self):
                    self.send_response(418)
                    self.send_header("Set-Cookie", "a=1")
                    self.send_header("Set-Cookie", "b=2")
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(bytes([0, 255]))
                """
            ),
        )

        reply = fetch(api, "GET", f"{PROXY}/")

        assert (reply.status_code, reply.content) == (418, b"\x00\xff")
        assert reply.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]

    def test_streams_arrive_while_the_program_runs(self, api):
        create(
            api,
            program(
                """
                def do_GET(self):
                    self.send_response(200)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    self.wfile.write(b"5\\r\\nfirst\\r\\n")
                    self.wfile.flush()
                    time.sleep(1)
                    self.wfile.write(b"6\\r\\nsecond\\r\\n0\\r\\n\\r\\n")
                """
            ),
        )

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)
        started = time.monotonic()
        parts = reply.iter_content(None)

        assert next(parts) == b"first"
        assert time.monotonic() - started < 0.9
        assert next(parts) == b"second"

    @pytest.mark.parametrize("has_length", [True, False])
    def test_large_bodies_are_complete_both_ways(self, api, has_length):
        create(api, program("def do_POST(self): self.reply(self.body())"), timeout=60)
        sent = bytes(range(256)) * 40_000
        pieces = (sent[start : start + 100_000] for start in range(0, len(sent), 100_000))

        reply = fetch(api, "POST", f"{PROXY}/", data=sent if has_length else pieces)

        assert hashlib.sha256(reply.content).digest() == hashlib.sha256(sent).digest()

    def test_a_program_may_answer_while_the_body_comes(self, api):
        """It sends back each piece as it comes, more than all buffers hold."""
        create(
            api,
            program(
                """
                def do_POST(self):
                    rest = int(self.headers["content-length"])
                    self.send_response(200)
                    self.send_header("Content-Length", str(rest))
                    self.end_headers()
                    while rest:
                        data = self.rfile.read(min(rest, 50_000))
                        self.wfile.write(data)
                        rest -= len(data)
                """
            ),
            timeout=60,
        )
        sent = bytes(range(256)) * 100_000

        reply = fetch(api, "POST", f"{PROXY}/", data=sent)

        assert hashlib.sha256(reply.content).digest() == hashlib.sha256(sent).digest()

    def test_a_body_that_is_not_read_is_left(self, api):
        create(
            api,
            program(
                """
                def do_POST(self):
                    self.reply(b'%d' % os.getpid())
                    self.close_connection = True
                """
            ),
        )

        replies = [fetch(api, "POST", f"{PROXY}/", data=bytes(5_000_000)) for _ in range(3)]

        assert len({each.content for each in replies}) == 1

    def test_head_has_no_body(self, api):
        create(
            api,
            program(
                """
                def do_HEAD(self):
                    self.send_response(200)
                    self.send_header("Content-Length", "5")
                    self.end_headers()
                """
            ),
        )

        reply = fetch(api, "HEAD", f"{PROXY}/")

        assert (reply.status_code, reply.headers["Content-Length"]) == (200, "5")


class TestHooks:
    def test_are_called_when_they_are_configured(self, api, tmp_path, function_compute):
        create(
            api,
            program(
                f"""
                def do_POST(self): self.reply()
                def do_GET(self):
                    with open({str(tmp_path / "seen")!r}, "a") as file:
                        file.write(self.path + "\\n")
                    self.reply()
                """
            ),
            instanceLifecycleConfig={
                "preFreeze": {"handler": "unused", "timeout": 3},
                "preStop": {"handler": "unused", "timeout": 3},
            },
        )

        api.invoke()
        api.invoke()
        function_compute.reset()

        assert (tmp_path / "seen").read_text() == "/pre-freeze\n/pre-freeze\n/pre-stop\n"

    def test_are_not_called_otherwise(self, api, function_compute):
        create(
            api,
            program(
                """
                def do_POST(self): self.reply()
                def do_GET(self): print("hook", self.path, flush=True); self.reply()
                """
            ),
        )

        api.invoke()
        api.invoke()

        assert "hook" not in function_compute.logs("s", "f")


class TestProgram:
    def check(self, api, code, *words):
        for reply in (api.invoke(), fetch(api, "GET", f"{PROXY}/")):
            assert_error(reply, 412, code, *words)

    def test_that_is_missing(self, api):
        create(api, "", name="other")

        self.check(api, "CAFileNotFound", "bootstrap")

    def test_that_is_not_executable(self, api):
        create(api, "#!/bin/sh\n", mode=0o644)

        self.check(api, "CAFilePermission", "chmod +x bootstrap")

    def test_whose_interpreter_is_missing(self, api):
        create(api, "#!/nowhere/sh\n")

        self.check(api, "CAFileNotFound", "interpreter")

    def test_that_is_no_program(self, api):
        create(api, "echo hello\n")

        self.check(api, "CAExited", "#!/bin/bash")

    def test_that_exits_at_once(self, api, function_compute):
        create(api, "#!/bin/sh\necho going\nexit 3\n")

        self.check(api, "CAExited", "status 3", "FC_SERVER_PORT")
        assert "going" in function_compute.logs("s", "f")

    def test_that_exits_during_a_request(self, api):
        create(api, program("def do_POST(self): os._exit(5)\ndo_GET = do_POST"))

        self.check(api, "CAExited", "status 5", "answered")

    def test_that_exits_between_requests_is_started_again(self, api):
        create(
            api,
            program(
                """
                def do_POST(self):
                    self.reply(b'%d' % os.getpid())
                    import threading
                    threading.Timer(0.2, os._exit, [0]).start()
                """
            ),
        )
        first = api.invoke()
        wait_until(lambda: not process_is_there(int(first.content)))
        time.sleep(0.2)

        second = api.invoke()

        assert second.content != first.content
        assert second.content.isdigit()

    @pytest.mark.parametrize("answer", ["b'nonsense\\r\\n\\r\\n'", "b'HTTP/1.1 101 S\\r\\n\\r\\n'"])
    def test_that_does_not_speak_http(self, api, answer):
        create(
            api,
            program(
                f"""
                def do_POST(self):
                    self.wfile.write({answer})
                    self.close_connection = True
                do_GET = do_POST
                """
            ),
        )

        for reply in (api.invoke(), fetch(api, "GET", f"{PROXY}/")):
            assert_error(reply, 502, "BadResponse")

    def test_ends_with_its_instance(self, api, function_compute):
        create(api, program("def do_POST(self): self.reply(b'%d' % os.getpid())"))
        pid = int(api.invoke().content)

        function_compute.reset()

        wait_until(lambda: not process_is_there(pid))

    def test_counts_as_failed_in_the_queue(self, api, function_compute):
        create(api, "#!/bin/sh\nexit 3\n")

        assert api.invoke(type="Async").status_code == 202

        wait_until(lambda: "has exited with status 3" in function_compute.logs("s", "f"))
        assert "Unhandled function error" in function_compute.logs("s", "f")

    def test_does_not_see_the_environment_of_the_server(self, api):
        os.environ["SECRET_OF_THE_HOST"] = "1"
        try:
            create(
                api,
                program("def do_POST(self): self.reply(json.dumps(dict(os.environ)).encode())"),
                environmentVariables={"OWN": "value"},
            )
            seen = api.invoke().json()
        finally:
            del os.environ["SECRET_OF_THE_HOST"]

        assert "SECRET_OF_THE_HOST" not in seen
        assert seen["OWN"] == "value"
        assert seen["FC_SERVER_PORT"].isdigit()


class TestContainer:
    def test_is_stored_and_says_that_it_needs_docker(self, api):
        api.create_service()
        container = {"image": "registry/image:1", "command": '["/a"]', "args": "[]"}
        made = api.create_function(runtime="custom-container", customContainerConfig=container)

        reply = api.invoke()

        assert made.json()["customContainerConfig"] == container
        assert "Docker" in reply.json()["errorMessage"]
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"
