"""HTTP functions in Node.js: request, response, streams, errors."""

import hashlib
import socket

import pytest
from local.execution_support import requires_node
from local.http_support import PROXY, add_trigger, create_node, fetch
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute

pytestmark = requires_node

# Answers with what it has got.
ECHO = """
exports.h = (request, response, context) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const { method, path, queries, headers, url, clientIP } = request;
    const body = Buffer.concat(parts).toString('latin1');
    response.setHeader('content-type', 'application/json');
    response.send(JSON.stringify(
      { method, path, queries, headers, url, clientIP, body, id: context.requestId },
    ));
  });
};
"""


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
        create_node(api, source, **fields)
        add_trigger(api)

    return serve


class TestRequest:
    def test_has_the_fields_that_are_documented(self, api, serve):
        serve(ECHO)

        reply = fetch(
            api,
            "PUT",
            f"{PROXY}/a%20b/%C3%A9?x=1&x=2&y=%C3%A9&z",
            data=b"\x00body\xff",
            headers={"X-Own": "value", "X-Fc-Account-Id": "1", "Keep-Alive": "1"},
        )

        seen = reply.json()
        assert seen["method"] == "PUT"
        assert seen["path"] == "/a b/é"
        assert seen["queries"] == {"x": ["1", "2"], "y": "é", "z": ""}
        assert seen["url"] == f"{PROXY}/a%20b/%C3%A9?x=1&x=2&y=%C3%A9&z"
        assert seen["clientIP"] == "127.0.0.1"
        assert seen["headers"]["x-own"] == "value"
        assert seen["headers"]["x-fc-base-path"] == f"{PROXY}/"
        assert not seen["headers"].keys() & {"x-fc-account-id", "keep-alive", "connection"}
        assert seen["body"] == "\x00body\xff"
        assert seen["id"] == reply.headers["X-Fc-Request-Id"]

    def test_comes_after_the_initializer(self, api, serve):
        serve(
            """
            let name = null;
            exports.i = (context, callback) => { name = context.function.name; callback(); };
            exports.h = (request, response) => response.send(name);
            """,
            initializer="m.i",
        )

        assert fetch(api, "GET", f"{PROXY}/").text == "f"


class TestResponse:
    def test_has_status_and_headers(self, api, serve):
        serve(
            """
            exports.h = (request, response) => {
              response.setStatusCode(418);
              response.setHeader('Content-Type', 'text/x');
              response.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2']);
              response.setHeader('X-Gone', '1');
              response.deleteHeader('x-gone');
              response.setHeader('X-Number', 5);
              response.setHeader('X-Large', 'x'.repeat(7000));
              response.send('é');
              response.send('not any more');
            };
            """
        )

        reply = fetch(api, "GET", f"{PROXY}/")

        assert (reply.status_code, reply.content) == (418, "é".encode())
        assert reply.headers["Content-Type"] == "text/x"
        assert reply.raw.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2"]
        assert reply.headers["X-Number"] == "5"
        assert len(reply.headers["X-Large"]) == 7000
        assert "X-Gone" not in reply.headers

    @pytest.mark.parametrize(
        ("body", "content"),
        [
            ("Buffer.from([0, 255])", b"\x00\xff"),
            ("''", b""),
            ("require('stream').Readable.from([])", b""),
            ("require('stream').Readable.from(['a', Buffer.from('b')])", b"ab"),
            ("require('fs').createReadStream('m.js')", None),
        ],
    )
    def test_body_may_be_a_string_a_buffer_or_a_stream(self, api, serve, body, content):
        source = f"exports.h = (request, response) => response.send({body});"
        serve(source)

        assert fetch(api, "GET", f"{PROXY}/").content == (
            source.encode() if content is None else content
        )

    def test_may_come_from_an_async_handler(self, api, serve):
        serve(
            """
            exports.h = async (request, response) => {
              await new Promise((done) => setTimeout(done, 50));
              response.send('late');
            };
            """
        )

        assert fetch(api, "GET", f"{PROXY}/").text == "late"


class TestStreams:
    def test_arrive_while_the_function_runs(self, api, serve, tmp_path):
        seen = tmp_path / "seen"
        serve(
            f"""
            const fs = require('fs');
            const {{ PassThrough }} = require('stream');
            exports.h = (request, response) => {{
              const stream = new PassThrough();
              response.send(stream);
              stream.write('first');
              const look = () => {{
                if (fs.existsSync('{seen}')) stream.end('second'); else setTimeout(look, 10);
              }};
              look();
            }};
            """,
            timeout=20,
        )

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)
        parts = reply.iter_content(None)

        assert next(parts) == b"first"
        seen.touch()
        assert next(parts) == b"second"

    def test_of_many_bytes_are_complete(self, api, serve):
        serve("exports.h = (request, response) => response.send(request);", timeout=60)
        sent = bytes(range(256)) * 120_000

        reply = fetch(api, "POST", f"{PROXY}/", data=sent)

        assert hashlib.sha256(reply.content).digest() == hashlib.sha256(sent).digest()

    def test_that_the_function_does_not_read_are_left(self, api, serve):
        serve("exports.h = (request, response) => response.send(String(process.pid));")

        replies = [fetch(api, "POST", f"{PROXY}/", data=bytes(5_000_000)) for _ in range(2)]

        assert replies[0].content == replies[1].content

    def test_that_the_client_breaks_off_are_an_error_in_the_function(
        self, api, serve, function_compute, tmp_path
    ):
        begun = tmp_path / "begun"
        serve(
            f"""
            exports.h = (request, response) => {{
              request.on('error', (error) => {{ console.log(error.message); response.send(''); }});
              request.resume();
              require('fs').writeFileSync('{begun}', '');
            }};
            """,
            timeout=60,
        )
        host, _, port = api.endpoint.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            head = f"POST {PROXY}/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
            connection.sendall(head.encode() + b"one\n")
            wait_until(begun.exists)

        wait_until(lambda: "the client has disconnected" in function_compute.logs("s", "f"))


class TestErrors:
    @pytest.mark.parametrize(
        ("body", "kind", "words"),
        [
            ("throw new TypeError('oops');", "TypeError", ["oops"]),
            ("return Promise.reject(new Error('no'));", "Error", ["no"]),
            ("setTimeout(() => { throw new Error('late'); }, 1);", "Error", ["late"]),
            ("response.send(5);", "TypeError", ["string", "number"]),
            ("response.send(Readable.from([5]));", "TypeError", ["stream", "number"]),
            ("response.send(new Readable({ read() { this.destroy(); } }));", "Error", ["end"]),
            ("response.send();", "TypeError", ["string", "undefined"]),
            ("response.send(null);", "TypeError", ["string", "null"]),
            ("response.setStatusCode('x');", "RangeError", ["status", "x"]),
            ("response.setStatusCode(100);", "RangeError", ["status", "100"]),
            ("response.setHeader('a b', '1');", "TypeError", ["a b"]),
            ("response.setHeader('a', 'x\\ny: z');", "TypeError", ["a"]),
            (
                "response.setHeader('a', 'x'.repeat(50000)); response.send('');",
                "RangeError",
                ["headers"],
            ),
            ("process.exit(0);", None, ["Process exited unexpectedly"]),
            ("", None, ["timed out after 1 seconds"]),
        ],
    )
    def test_of_the_handler_are_a_502(self, api, serve, body, kind, words):
        head = "const { Readable } = require('stream');"
        serve(f"{head} exports.h = (request, response) => {{ {body} }};", timeout=30 if body else 1)

        reply = fetch(api, "GET", f"{PROXY}/")

        assert reply.status_code == 502
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"
        assert reply.json().get("errorType") == kind
        assert "ErrorCode" not in reply.json()
        for word in words:
            assert word in reply.json()["errorMessage"]

    def test_of_a_stream_break_the_response_off(self, api, serve):
        serve(
            """
            const { PassThrough } = require('stream');
            exports.h = (request, response) => {
              const stream = new PassThrough();
              response.send(stream);
              stream.write('first');
              setTimeout(() => stream.destroy(new Error('broken')), 100);
            };
            """
        )

        reply = fetch(api, "GET", f"{PROXY}/", stream=True)

        with pytest.raises(OSError, match=r"(?i)connection|incomplete|ended"):
            reply.content  # noqa: B018 - reads the body
