"""The runtime custom: a program named bootstrap that serves HTTP."""

import hashlib

import pytest
from local.custom_support import create, program
from local.http_support import PROXY, fetch
from local.support import assert_error

CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"
ECHO = "def do_POST(self): self.echo()\ndo_GET = do_PUT = do_POST\n"


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

    def test_streams_arrive_while_the_program_runs(self, api, tmp_path):
        received = tmp_path / "received"
        create(
            api,
            program(
                f"""
                def do_GET(self):
                    self.send_response(200)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    self.wfile.write(b"5\\r\\nfirst\\r\\n")
                    self.wfile.flush()
                    while not os.path.exists({str(received)!r}):
                        time.sleep(0.01)
                    self.wfile.write(b"6\\r\\nsecond\\r\\n0\\r\\n\\r\\n")
                """
            ),
            timeout=60,
        )

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)
        parts = reply.iter_content(None)

        assert next(parts) == b"first"
        received.touch()
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

    def test_an_empty_body_in_chunks_is_complete(self, api):
        """Also if all of it came before the program had started."""
        create(api, program("do_POST = echo"), timeout=5)

        reply = fetch(api, "POST", f"{PROXY}/", data=iter([]))

        assert (reply.status_code, reply.json()["body"]) == (200, "")

    @pytest.mark.parametrize(
        ("response", "body"),
        [
            (
                b"103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                b"ok",
            ),
            (
                b"200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n" + CHUNKS,
                b"hello",
            ),
        ],
    )
    def test_responses_are_read_as_http_says(self, api, response, body):
        create(api, program(f"def do_GET(self): self.wfile.write({b'HTTP/1.1 ' + response!r})"))

        reply = fetch(api, "GET", f"{PROXY}/")

        assert (reply.status_code, reply.content) == (200, body)

    def test_a_header_with_control_characters_is_refused(self, api):
        answer = b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 2\r\n\r\nok"
        create(api, program(f"def do_GET(self): self.wfile.write({answer!r})"))

        assert_error(fetch(api, "GET", f"{PROXY}/"), 502, "BadResponse", "X")

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
