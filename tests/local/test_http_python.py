"""HTTP functions in Python: WSGI, errors, instances."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from local.http_support import ECHO, PROXY, add_trigger, create_python, fetch

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


class TestEnviron:
    def test_is_that_of_wsgi(self, api, serve):
        serve(ECHO)

        seen = fetch(
            api,
            "PUT",
            f"{PROXY}/a%20b/%C3%A9%2Fc?x=1&y=%202",
            data=b"\x00body\xff",
            headers={"Content-Type": "text/x", "X-Own": "value", "Cookie": "a=1; b=2"},
        ).json()

        assert seen["REQUEST_METHOD"] == "PUT"
        assert seen["SCRIPT_NAME"] == ""
        assert seen["PATH_INFO"].encode("latin-1").decode() == "/a b/é/c"
        assert seen["QUERY_STRING"] == "x=1&y=%202"
        assert seen["CONTENT_TYPE"] == "text/x"
        assert seen["CONTENT_LENGTH"] == "6"
        assert seen["HTTP_X_OWN"] == "value"
        assert seen["HTTP_COOKIE"] == "a=1; b=2"
        assert seen["SERVER_PROTOCOL"] == "HTTP/1.1"
        assert f"{seen['SERVER_NAME']}:{seen['SERVER_PORT']}" == seen["HTTP_HOST"]
        assert seen["REMOTE_ADDR"] == "127.0.0.1"
        assert seen["wsgi.url_scheme"] == "http"
        assert seen["fc.request_uri"] == f"{PROXY}/a%20b/%C3%A9%2Fc?x=1&y=%202"
        assert seen["body"] == "\x00body\xff"

    def test_has_the_base_path_and_not_the_headers_of_the_service(self, api, serve):
        serve(ECHO)
        headers = {"X-Fc-Account-Id": "1", "Keep-Alive": "timeout=5", "X-Fcd": "stays"}

        seen = fetch(api, "GET", f"{PROXY}/", headers=headers).json()

        assert seen["HTTP_X_FC_BASE_PATH"] == f"{PROXY}/"
        assert seen["HTTP_X_FCD"] == "stays"
        assert not seen.keys() & {"HTTP_X_FC_ACCOUNT_ID", "HTTP_KEEP_ALIVE", "HTTP_CONNECTION"}

    def test_does_not_mix_up_headers_with_underscores(self, api, serve):
        serve(ECHO)
        headers = {"X_Fc_Base_Path": "other", "X_Fc_Own": "1", "Content_Length": "99"}

        seen = fetch(api, "POST", f"{PROXY}/", headers=headers, data=b"body").json()

        assert seen["HTTP_X_FC_BASE_PATH"] == f"{PROXY}/"
        assert (seen["CONTENT_LENGTH"], seen["body"]) == ("4", "body")
        assert "HTTP_X_FC_OWN" not in seen

    def test_passes_the_validator_of_wsgi(self, api, serve):
        serve(
            """
            from wsgiref.validate import validator
            @validator
            def h(environ, start_response):
                body = environ["wsgi.input"].read(100)
                environ["wsgi.errors"].write("a line for the log\\n")
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [body, b"!"]
            """
        )

        assert fetch(api, "POST", f"{PROXY}/", data=b"body").content == b"body!"

    def test_has_the_context(self, api, serve):
        serve(
            """
            import json
            ready = []
            def prepare(context):
                ready.append(context.function.name)
            def h(environ, start_response):
                context = environ["fc.context"]
                start_response("200 OK", [])
                seen = [context.request_id, context.service.name, context.account_id, ready]
                return [json.dumps(seen).encode()]
            """,
            initializer="m.prepare",
        )

        reply = fetch(api, "GET", f"{PROXY}/")

        assert reply.json()[:2] == [reply.headers["X-Fc-Request-Id"], "s"]
        assert reply.json()[3] == ["f"]

    def test_reads_the_body_by_lines_and_in_pieces(self, api, serve):
        serve(
            """
            def h(environ, start_response):
                body = environ["wsgi.input"]
                seen = [body.readline(), body.read(3), next(iter(body))]
                seen += [*body.readlines(), body.read()]
                start_response("200 OK", [])
                return [repr(seen).encode()]
            """
        )

        reply = fetch(api, "POST", f"{PROXY}/", data=iter([b"one\ntw", b"o, three\nfour", b"\n5"]))

        assert (
            reply.content == repr([b"one\n", b"two", b", three\n", b"four\n", b"5", b""]).encode()
        )


class TestResponse:
    def test_comes_back_as_it_is(self, api, serve):
        serve(
            """
            def h(environ, start_response):
                start_response("418 I am a teapot", [
                    ("Content-Type", "text/x; charset=latin-1"), ("Set-Cookie", "a=1; Path=/"),
                    ("Set-Cookie", "b=2"), ("X-Large", "x" * 7000), ("X-Text", "\\xc3\\xa9"),
                    ("X-Fc-Own", "dropped"), ("Connection", "close"), ("Content-Encoding", "own")])
                return [b"\\x00\\xff", b"", b"end"]
            """
        )

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)

        assert reply.status_code == 418
        assert reply.raw.read() == b"\x00\xffend"
        assert reply.raw.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2"]
        assert reply.headers["Content-Type"] == "text/x; charset=latin-1"
        assert reply.headers["Content-Length"] == "5"
        assert reply.headers["Content-Encoding"] == "own"
        assert len(reply.headers["X-Large"]) == 7000
        assert reply.headers["X-Text"].encode("latin-1").decode() == "é"
        assert "X-Fc-Own" not in reply.headers
        assert reply.headers["X-Fc-Invocation-Service-Version"] == "LATEST"

    @pytest.mark.parametrize("status", [204, 304])
    def test_may_have_no_body(self, api, serve, status):
        serve(
            f"""
            def h(environ, start_response):
                start_response("{status} Nothing", [("X-A", "1")])
                return [b"not sent"]
            """
        )

        replies = [fetch(api, "GET", f"{PROXY}/") for _ in range(2)]

        assert [(each.status_code, each.content) for each in replies] == [(status, b"")] * 2

    @pytest.mark.parametrize("result", ["[b'four']", "iter([b'fo', b'ur'])", "iter([])"])
    def test_to_head_has_no_body(self, api, serve, result):
        serve(
            f"""
            def h(environ, start_response):
                start_response("200 OK", [("Content-Length", "4")])
                return {result}
            """
        )

        replies = [fetch(api, "HEAD", f"{PROXY}/") for _ in range(2)]

        assert [(r.status_code, r.headers["Content-Length"]) for r in replies] == [(200, "4")] * 2

    def test_is_closed_as_wsgi_wants_it(self, api, serve):
        serve(
            """
            class Result:
                def __iter__(self):
                    yield b"body"
                def close(self):
                    print("was closed")
            def h(environ, start_response):
                write = start_response("200 OK", [])
                write(b"written ")
                return Result()
            """
        )

        reply = fetch(api, "GET", f"{PROXY}/")

        assert reply.content == b"written body"

    def test_can_be_a_file(self, api, serve):
        serve(
            """
            def h(environ, start_response):
                start_response("200 OK", [])
                return environ["wsgi.file_wrapper"](open("m.py", "rb"), 10)
            """
        )

        assert b"wsgi.file_wrapper" in fetch(api, "GET", f"{PROXY}/").content

    def test_can_be_replaced_until_it_is_sent(self, api, serve):
        serve(
            """
            import sys
            def h(environ, start_response):
                start_response("200 OK", [("X-A", "1")])
                try:
                    1 / 0
                except ZeroDivisionError:
                    start_response("500 Oops", [("X-B", "2")], sys.exc_info())
                return [b"sorry"]
            """
        )

        reply = fetch(api, "GET", f"{PROXY}/")

        assert (reply.status_code, reply.headers["X-B"], reply.content) == (500, "2", b"sorry")
        assert "X-A" not in reply.headers

    @pytest.mark.parametrize("result", ["[b'four']", "iter([b'fo', b'ur'])"])
    def test_may_announce_a_length_that_is_not_one(self, api, serve, result):
        serve(
            f"""
            def h(environ, start_response):
                start_response("200 OK", [("Content-Length", "9" * 5000)])
                return {result}
            """
        )

        replies = [fetch(api, method, f"{PROXY}/") for method in ("GET", "HEAD")]

        assert [(r.status_code, r.content) for r in replies] == [(200, b"four"), (200, b"")]


class TestErrors:
    def check(self, api, kind, *words):
        reply = fetch(api, "GET", f"{PROXY}/")

        assert reply.status_code == 502
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.json().get("errorType") == kind
        assert "ErrorCode" not in reply.json()
        for word in words:
            assert word in reply.json()["errorMessage"]

    @pytest.mark.parametrize(
        ("body", "kind", "words"),
        [
            ("raise KeyError('x')", "KeyError", ["x"]),
            ("return [b'']", "RuntimeError", ["start_response"]),
            ("start_response('200 OK', []); return ['text']", "TypeError", ["bytes", "str"]),
            ("start_response('200 OK', []); return 'text'", "TypeError", ["list", "str"]),
            ("start_response('200 OK', []); return b'text'", "TypeError", ["list", "bytes"]),
            ("start_response('200 OK', []); return 5", "TypeError", ["list", "int"]),
            ("start_response(200, [])", "ValueError", ["status", "200"]),
            ("start_response('100 Continue', [])", "ValueError", ["status", "100"]),
            ("start_response('200 OK', [('A b', '1')])", "ValueError", ["'A b'"]),
            ("start_response('200 OK', [('A', 1)])", "ValueError", ["A", "1"]),
            ("start_response('200 OK', [('A', 'x\\ny: z')])", "ValueError", ["line breaks"]),
            ("start_response('200 OK', [('A', 'x\x7f')])", "ValueError", ["control characters"]),
            ("start_response('200 OK', [])('text')", "TypeError", ["bytes", "str"]),
            ("start_response('200 OK', [('A', 'x' * 50000)])", "ValueError", ["headers"]),
            ("start_response('200 OK', []); start_response('200 OK', [])", "AssertionError", []),
        ],
    )
    def test_of_the_handler_are_a_502(self, api, serve, body, kind, words):
        serve(f"def h(environ, start_response):\n    {body}\n")

        self.check(api, kind, *words)

    def test_of_loading_are_too(self, api, serve):
        serve("import nowhere\n")

        self.check(api, "ModuleNotFoundError", "nowhere")

    def test_of_an_initializer_are_too(self, api, serve):
        serve("def i(context):\n    1 / 0\ndef h(e, s):\n    pass\n", initializer="m.i")

        self.check(api, "ZeroDivisionError")

    def test_a_process_that_dies_is_too(self, api, serve):
        serve("import os\ndef h(environ, start_response):\n    os._exit(3)\n")

        self.check(api, None, "Process exited unexpectedly")

    def test_a_timeout_is_too(self, api, serve):
        serve("import time\ndef h(environ, start_response):\n    time.sleep(60)\n", timeout=1)

        self.check(api, None, "timed out after 1 seconds")

    @pytest.mark.parametrize("failure", ["1 / 0", "os._exit(3)", "time.sleep(60)"])
    def test_in_the_middle_of_a_response_break_it_off(self, api, serve, failure):
        serve(
            f"""
            import os, time
            def h(environ, start_response):
                start_response("200 OK", [])
                yield b"first"
                if environ["PATH_INFO"] != "/warm":
                    {failure}
            """,
            timeout=1 if "sleep" in failure else 30,
        )
        # Else loading would take a part of the second.
        assert fetch(api, "GET", f"{PROXY}/warm").content == b"first"

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)

        assert reply.status_code == 200
        with pytest.raises(OSError, match=r"(?i)connection|incomplete|ended"):
            reply.content  # noqa: B018 - reads the body

    def test_a_response_that_is_shorter_than_announced_is_broken_off(self, api, serve):
        serve(
            """
            def h(environ, start_response):
                start_response("200 OK", [("Content-Length", "10")])
                yield b"short"
            """
        )

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)
        # urllib3 2 does so by default.
        reply.raw.enforce_content_length = True

        with pytest.raises(OSError, match=r"(?i)connection|incomplete|ended"):
            reply.content  # noqa: B018 - reads the body


class TestInstances:
    def test_serve_one_request_at_a_time(self, api, serve, tmp_path):
        # Each waits until all have begun.
        serve(
            f"""
            import os, time
            def h(environ, start_response):
                open(os.path.join({str(tmp_path)!r}, str(os.getpid())), "w").close()
                while len(os.listdir({str(tmp_path)!r})) < 3:
                    time.sleep(0.01)
                start_response("200 OK", [])
                return [b"%d" % os.getpid()]
            """,
            timeout=20,
        )
        with ThreadPoolExecutor(3) as threads:
            pids = {
                each.content
                for each in threads.map(lambda _: fetch(api, "GET", f"{PROXY}/"), range(3))
            }

        assert len(pids) == 3
        assert fetch(api, "GET", f"{PROXY}/").content in pids

    def test_serve_events_as_well(self, api, serve):
        serve("def h(*given):\n    return str(type(given[0]).__name__)\n")

        assert api.invoke(b"event").content == b"bytes"
