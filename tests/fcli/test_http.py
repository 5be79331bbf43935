import json
import subprocess
import sys
from urllib.request import urlopen

import pytest
from fcli.support import done, process, run
from support.http_messages import reply_of
from support.http_server import serving

SOURCE = """
import json

def handler(environ, start_response):
    if environ["PATH_INFO"].endswith("/fails"):
        raise KeyError("made up")
    body = environ["wsgi.input"].read()
    seen = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "colour": environ.get("HTTP_X_COLOUR"),
        "body": body.decode("latin-1"),
        "signed": bool(environ["fc.context"].credentials),
    }
    status = "404 Not Found" if environ["PATH_INFO"].endswith("/none") else "200 OK"
    start_response(status, [("Content-Type", "application/json"), ("X-Made", "here")])
    return [json.dumps(seen).encode()]
"""


def with_trigger(client, folder, auth_type):
    (folder / "code" / "index.py").write_text(SOURCE)
    done("upf", "demo/hello", "-d", "code")
    client.create_trigger(
        "demo", "hello", "web", trigger_type="http",
        trigger_config={"authType": auth_type, "methods": ["GET", "POST"]},
    )  # fmt: skip
    return client


@pytest.fixture
def web(demo, folder):
    """Return a client of a server whose function demo/hello is an HTTP function."""
    return with_trigger(demo, folder, "function")


class TestCall:
    def test_prints_the_body_and_the_head_apart(self, web):
        result = done("call", "demo/hello")
        assert result.json()["method"] == "GET"
        assert result.err.startswith("HTTP 200 OK\n")
        assert "\nx-made: here\n" in result.err.lower()
        assert web

    def test_sends_what_is_given(self, web):
        seen = done(
            "call", "demo/hello", "-X", "post", "-p", "/a b", "--param", "x=1=2", "--param", "y=",
            "-H", "X-Colour: red", "-b", "text",
        ).json()  # fmt: skip
        assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/a b", "x=1%3D2&y=")
        assert (seen["colour"], seen["body"]) == ("red", "text")
        assert web

    def test_body_of_a_file_and_of_stdin(self, web, folder):
        (folder / "body").write_bytes(b"\x00\xff")
        words = ("call", "demo/hello", "-X", "POST", "-f")
        assert done(*words, "body").json()["body"] == "\x00\xff"
        assert process(*words, "-", stdin=b"piped").json()["body"] == "piped"
        assert web

    def test_into_a_file(self, web, folder):
        assert done("call", "demo/hello", "-o", "out").out == ""
        assert json.loads((folder / "out").read_text())["method"] == "GET"
        result = run("call", "demo/hello", "-o", "none/out")
        assert result.code == 1
        assert "none/out: No such file or directory" in result.err
        assert web

    def test_whole_reply_as_a_document(self, web):
        reply = done("call", "demo/hello", "-p", "/none", "--output", "json").json()
        assert reply["statusCode"] == 404
        assert ["x-made", "here"] in [[name.lower(), value] for name, value in reply["headers"]]
        assert json.loads(reply["body"])["method"] == "GET"
        assert done("call", "demo/hello", "--query", "statusCode").out == "200\n"
        result = run("call", "demo/hello", "--query", "statusCode", "-o", "out")
        assert result.code == 2
        assert "--output-file cannot be used with --output or --query" in result.err
        assert web

    def test_whole_reply_with_bytes_that_are_no_text(self, web):
        with serving(reply_of(200, b"\xff\x00")) as service:
            words = ("call", "--domain", service.url, "--query", "bodyBase64")
            assert done(*words).out == "/wA=\n"
        assert web

    def test_quiet_prints_the_body_only(self, web):
        assert done("call", "demo/hello", "--quiet").err == ""
        assert web

    def test_by_the_noun(self, web):
        words = ("function", "call", "-s", "demo", "-f", "hello", "--path", "/x")
        assert done(*words).json()["path"] == "/x"
        assert web

    def test_version(self, web):
        web.publish_service_version("demo")
        web.create_trigger(
            "demo", "hello", "old", trigger_type="http", qualifier="1",
            trigger_config={"authType": "anonymous", "methods": ["GET"]},
        )  # fmt: skip
        words = ("call", "demo/hello", "--qualifier", "1")
        assert done(*words, "--no-auth").json()["method"] == "GET"

    def test_status_is_an_answer(self, web):
        result = done("call", "demo/hello", "-p", "/none")
        assert result.err.startswith("HTTP 404 Not Found\n")
        assert result.json()["path"] == "/none"
        result = run("call", "demo/hello", "-p", "/none", "--fail")
        assert result.code == 1
        assert result.json()["path"] == "/none"
        assert result.err.endswith("Error: the status is 404\n")
        assert web

    def test_failure_of_the_function(self, web):
        result = run("call", "demo/hello", "-p", "/fails")
        assert result.code == 1
        assert "Error: the function failed: UnhandledInvocationError" in result.err
        assert "made up" in result.out
        assert web

    def test_without_credentials(self, web):
        result = run("call", "demo/hello", "--no-auth")
        assert result.code == 1
        assert "403" in result.err
        assert "the trigger is not anonymous: leave out --no-auth" in result.err
        assert web

    def test_custom_domain(self, server):
        with serving(reply_of(200, b"from the domain")) as domain:
            result = done("call", "--domain", domain.url, "-p", "/x", "--param", "a=1")
        [request] = domain.requests
        assert result.out == "from the domain"
        assert request.path == "/x?a=1"
        assert request.headers["Authorization"].startswith(f"FC {server.access_key_id}:")


class TestPresign:
    def test_url_can_be_called(self, web):
        url = done("presign", "demo/hello", "-p", "/x", "--param", "a=1").out.strip()
        with urlopen(url) as reply:
            assert json.load(reply)["path"] == "/x"
        assert done("presign", "demo/hello", "--query", "url").out.startswith("http://")
        assert web

    def test_expires(self, web):
        url = done("presign", "demo/hello", "--expires", "1").out.strip()
        program = f"import time, urllib.request; time.sleep(2.1); urllib.request.urlopen({url!r})"
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert b"403" in ended.stderr
        assert web


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("call",), "pass either SERVICE/FUNCTION or --domain"),
            (("presign",), "pass either SERVICE/FUNCTION or --domain"),
            (("call", "demo/hello", "--domain", "http://x"), "either SERVICE/FUNCTION or --domain"),
            (("call", "demo/hello", "-H", "secret"), "--header: expected name:value"),
            (("call", "demo/hello", "--param", "=x"), "--param: expected name=value"),
            (("call", "demo/hello", "-f", "nope"), "--body-file nope: cannot be read"),
            (("call", "demo/hello", "-X", "BREW"), "BREW"),
            (("presign", "demo/hello", "--expires", "0"), "'--expires'"),
        ],
    )
    def test_is_not_sent(self, server, words, problem):
        result = run(*words)
        assert result.code == 2
        assert problem in result.err
        assert server
