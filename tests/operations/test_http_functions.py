"""Calls of HTTP functions: what both clients send, and what becomes of the replies."""

import asyncio
import gzip
import threading
import traceback
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from support.clients import CLIENTS, aio_of, client_of
from support.http_messages import reply_of
from support.http_server import serving
from support.ways import each_way

from fc_client import FCError, RetryPolicy, TransportError, TriggerNotFoundError, signing

each_client = pytest.mark.parametrize("make", CLIENTS.values(), ids=list(CLIENTS))


@contextmanager
def opened(make, url, **options):
    """Yield a client that repeats at once."""
    values = {"access_key_id": "i", "access_key_secret": "s", "timeout": 30, "account_id": "1"}
    with make(url, retry=RetryPolicy(base_delay=0), **{**values, **options}) as client:
        yield client


def check_signature(request, secret="s"):
    """Check the signature of a request as the service does: over the decoded path and query."""
    parts = urlsplit(request.path)
    queries = parse_qs(parts.query, keep_blank_values=True)
    headers = dict(request.headers.items())
    wanted = signing.authorization(
        "i", secret, request.method, unquote(parts.path), headers, queries
    )
    assert headers["Authorization"] == wanted


@each_client
class TestWhatIsSent:
    def test_everything(self, make):
        with serving(reply_of(200)) as server, opened(make, server.url) as client:
            client.request(
                "patch",
                "s",
                "f",
                "/caf\N{LATIN SMALL LETTER E WITH ACUTE}/a b%2F",
                qualifier="prod",
                params={"b": ["2", "1"], "a": 7, "empty": "", "\N{SNOWMAN}": "&="},
                headers={"X-Own": "1", "x-fc-trace-id": "t"},
                json={"k": None},
            )
        [request] = server.requests
        path, _, query = request.path.partition("?")
        assert request.method == "PATCH"
        assert path == "/2016-08-15/proxy/s.prod/f/caf%C3%A9/a%20b%252F"
        assert query == "b=2&b=1&a=7&empty=&%E2%98%83=%26%3D"
        assert request.body == b'{"k": null}'
        assert (request.headers["X-Own"], request.headers["Content-Type"]) == (
            "1",
            "application/json",
        )
        check_signature(request)

    def test_nothing_but_the_names(self, make):
        with serving(reply_of(200)) as server, opened(make, server.url) as client:
            client.request("GET", "s", "f")
        [request] = server.requests
        assert request.path == "/2016-08-15/proxy/s/f/"
        check_signature(request)

    @each_way
    @pytest.mark.parametrize("body", [None, b"x", [b"x", b"y"]])
    def test_no_content_type_of_its_own(self, make, way, body):
        with serving(reply_of(200)) as server:
            url, options = way(server)
            with opened(make, url, **options) as client:
                client.request("POST", "s", "f", body=body)
        [request] = server.requests
        assert request.headers["Content-Type"] is None

    def test_a_custom_domain(self, make):
        with serving(reply_of(200)) as server, opened(make, "http://fc.invalid") as client:
            client.request("GET", path="/x", domain=server.url, params=[("a", "1"), ("a", "2")])
        [request] = server.requests
        assert request.path == "/x?a=1&a=2"
        assert request.headers["Host"] == server.url.removeprefix("http://")
        check_signature(request)

    def test_a_parameter_without_values_is_left_out(self, make):
        with serving(reply_of(200)) as server, opened(make, server.url) as client:
            client.request("GET", "s", "f", params={"a": [], "b": "1"})
        [request] = server.requests
        assert request.path == "/2016-08-15/proxy/s/f/?b=1"
        check_signature(request)

    def test_anonymous(self, make):
        options = {"access_key_id": "i", "access_key_secret": "s", "security_token": "token"}
        with serving(reply_of(200)) as server, opened(make, server.url, **options) as client:
            client.request("POST", "s", "f", body=b"x", auth=False)
        [request] = server.requests
        names = {name.lower() for name in request.headers}
        assert names & {"authorization", "x-fc-security-token", "x-fc-account-id"} == set()
        assert request.body == b"x"

    def test_body_of_unknown_length(self, make):
        with serving(reply_of(200)) as server, opened(make, server.url) as client:
            client.request("PUT", "s", "f", body=iter([b"a", b"b"]), headers={"content-type": "x"})
        [request] = server.requests
        assert (request.body, request.headers["Transfer-Encoding"]) == (b"ab", "chunked")
        check_signature(request)


ANSWERS = {
    "a page that is missing": (404, b"<h1>no</h1>", []),
    "a redirect": (302, b"", [("Location", "/elsewhere")]),
    "an error in JSON": (500, b'{"error": "mine"}', [("Content-Type", "application/json")]),
    "the function has died": (502, b'{"errorMessage": "x"}', [("X-Fc-Error-Type", "U")]),
    "too many requests, says the function": (429, b"slow down", []),
    "compressed": (200, gzip.compress(b"x" * 99), [("Content-Encoding", "gzip")]),
    "compressed error": (400, gzip.compress(b"x" * 99), [("Content-Encoding", "gzip")]),
    "cookies": (200, b"", [("Set-Cookie", "a=1, 2"), ("Set-Cookie", "b=3")]),
    "not text": (200, bytes(range(256)), []),
    "many headers": (200, b"", [(f"X-{n}", "v" * 70) for n in range(90)]),
}


def raw_reply(status, body, headers):
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@each_way
@each_client
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
class TestWhatComesBack:
    def test_request(self, make, way, answer):
        status, body, headers = answer
        with serving(raw_reply(*answer)) as server:
            url, options = way(server)
            with opened(make, url, **options) as client:
                reply = client.request("GET", "s", "f")
        assert (reply.status_code, reply.body) == (status, body)
        assert fields(reply) == lowered(headers)
        assert len(server.requests) == 1

    def test_stream(self, make, way, answer):
        status, body, headers = answer
        with serving(raw_reply(*answer)) as server:
            url, options = way(server)
            found = streamed(make, url, "GET", "s", "f", **options)
        assert found == (status, lowered(headers), body)


def lowered(headers):
    return [(name.lower(), value) for name, value in headers]


def fields(reply):
    """Return the headers of a reply as they came, without its length."""
    pairs = lowered(reply.received_headers)
    return [pair for pair in pairs if pair[0] != "content-length"]


def streamed(make, url, *arguments, body=None, **options):
    """Return status, headers and body of a streamed reply."""
    if make is CLIENTS["Client"]:
        with (
            client_of(url, **options) as client,
            client.stream(*arguments, body=body) as reply,
        ):
            return reply.status_code, fields(reply), reply.read()

    async def main():
        async with (
            aio_of(url, **options) as client,
            client.stream(*arguments, body=body) as reply,
        ):
            return reply.status_code, fields(reply), await reply.read()

    return asyncio.run(main())


@each_way
@each_client
def test_signature_that_comes_back_is_masked(make, way):
    def echo(exchange):
        exchange.send(200, b"x", X_Echo=exchange.headers["Authorization"])

    with serving(echo) as server:
        url, options = way(server)
        with opened(make, url, **options) as client:
            assert client.request("GET", "s", "f").headers["x-echo"] == "FC i:***"
        _, headers, _ = streamed(make, url, "GET", "s", "f", **options)
    assert dict(headers)["x-echo"] == "FC i:***"


SERVICE_ERROR = b'{"ErrorCode": "TriggerNotFound", "ErrorMessage": "no http trigger"}'


@each_client
class TestErrors:
    def test_of_the_service_is_raised(self, make):
        with serving(reply_of(404, SERVICE_ERROR)) as server, opened(make, server.url) as client:
            with pytest.raises(TriggerNotFoundError, match="no http trigger") as caught:
                client.request("GET", "s", "f")
            with pytest.raises(TriggerNotFoundError, match="no http trigger"):
                streamed(make, server.url, "GET", "s", "f")
        assert caught.value.operation == "HTTPInvokeFunction"

    @pytest.mark.parametrize(("method", "attempts"), [("GET", 3), ("HEAD", 3), ("POST", 1)])
    def test_lost_connection_is_retried_if_the_method_is_safe(self, make, method, attempts):
        with (
            serving(lambda exchange: exchange.hang_up()) as server,
            opened(make, server.url) as client,
            pytest.raises(TransportError),
        ):
            client.request(method, "s", "f")
        assert len(server.requests) == attempts

    def test_lost_connection_is_retried_if_the_caller_says_so(self, make):
        with (
            serving(lambda exchange: exchange.hang_up(), reply_of(200, b"x")) as server,
            opened(make, server.url) as client,
        ):
            reply = client.request("POST", "s", "f", idempotent=True)
        assert (reply.body, len(server.requests)) == (b"x", 2)

    @pytest.mark.parametrize(
        ("arguments", "options", "message"),
        [
            (("FETCH", "s", "f"), {}, "method: must be one of DELETE, "),
            (("GET", "", "f"), {}, "service_name: must not be empty"),
            (("GET", "s"), {}, "function_name: must not be empty"),
            (("GET", "s", "f", "x"), {}, "path: must start with '/'"),
            (("GET", "s", "f", "/x?a=1"), {}, r"path: .*pass params="),
            (("GET", "s", "f", "/../x"), {}, r"path: must not have the segments '\.'"),
            (("GET", "s", "f"), {"qualifier": "a.b"}, "qualifier: must be a version"),
            (("GET", "s", "f"), {"domain": "http://x"}, "domain: its routes name the function"),
            (("GET",), {"domain": "example.com"}, "domain: must be a scheme and a host"),
            (("GET",), {"domain": "http://a/b"}, "domain: must be a scheme and a host"),
            (("GET",), {"domain": "http://a?b"}, "domain: must be a scheme and a host"),
            (("GET",), {"domain": "http://a:99999"}, "domain: must be a scheme and a host"),
            (("GET",), {"domain": "http://é.com"}, "domain: must be a scheme and a host"),
            (("GET",), {"domain": "http://u:word@a"}, r"domain: .*'http://\*\*\*@a'"),
            (("GET", "s", "f"), {"headers": {"a b": "c"}}, "headers: 'a b' is not a valid"),
            (("GET", "s", "f"), {"headers": {"a": "1", "A": "2"}}, "headers: 'A' is given twice"),
            (("GET", "s", "f"), {"params": "a=1"}, "params: expected a mapping"),
            (("GET", "s", "f"), {"params": {"a": None}}, r"params\['a'\]: expected a str"),
            (("GET", "s", "f"), {"headers": {"Host": "x"}}, "headers: 'Host' is set by the client"),
            (("GET", "s", "f"), {"headers": {"a": "b\n"}}, r"headers\['a'\]: "),
        ],
    )
    def test_bad_arguments_are_named(self, make, arguments, options, message):
        with (
            opened(make, "http://127.0.0.1:1") as client,
            pytest.raises((ValueError, TypeError), match=f"^{message}"),
        ):
            client.request(*arguments, **options)

    def test_bad_bodies_are_named(self, make):
        with opened(make, "http://127.0.0.1:1") as client:
            with pytest.raises(TypeError, match=r"^body: expected bytes, got a mapping"):
                client.request("POST", "s", "f", body={})
            with pytest.raises(ValueError, match=r"^body: cannot be combined with json"):
                client.request("POST", "s", "f", body=b"", json=1)


class TestStreams:
    def test_part_comes_before_the_end(self):
        seen = threading.Event()

        def slowly(exchange):
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
            assert seen.wait(30)
            exchange.wfile.write(b"b")

        with (
            serving(slowly) as server,
            client_of(server.url) as client,
            client.stream("GET", "s", "f") as reply,
        ):
            parts = reply.iter_bytes()
            assert next(parts) == b"a"
            seen.set()
            assert list(parts) == [b"b"]

    @each_way
    @each_client
    def test_body_is_sent_as_it_is_read(self, make, way):
        with serving(reply_of(200, b"x")) as server:
            url, options = way(server)
            found = streamed(make, url, "POST", "s", "f", body=iter([b"a", b"b"]), **options)
        assert found == (200, [], b"x")
        assert server.requests[0].body == b"ab"

    @each_way
    @each_client
    def test_body_that_raises_ends_the_call(self, make, way):
        def body():
            yield b"a"
            raise KeyError("mine")

        with serving(reply_of(200, b"x")) as server:
            url, options = way(server)
            with pytest.raises(KeyError, match="mine"):
                streamed(make, url, "POST", "s", "f", body=body(), **options)

    def test_part_comes_before_the_end_to_a_task(self):
        async def main(url, seen):
            async with aio_of(url) as client, client.stream("GET", "s", "f") as reply:
                parts = reply.iter_bytes()
                first = await anext(parts)
                seen.set()
                return [first, *[part async for part in parts]]

        seen = threading.Event()

        def slowly(exchange):
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
            assert seen.wait(30)
            exchange.wfile.write(b"b")

        with serving(slowly) as server:
            assert asyncio.run(main(server.url, seen)) == [b"a", b"b"]

    def test_leaving_early_closes_the_connection(self):
        replies = [b"x" * 10_000_000, b"next"]

        def answer(exchange):
            exchange.send(200, replies.pop(0))

        with serving(answer) as server, client_of(server.url, pool_size=1) as client:
            with client.stream("GET", "s", "f") as reply:
                assert next(reply.iter_bytes())
            assert client.request("GET", "s", "f").body == b"next"
        assert server.connections == 2

    def test_what_the_caller_raises_is_left_as_it_is(self):
        mine = FCError("mine")
        with (
            serving(reply_of(200, b"x")) as server,
            client_of(server.url) as client,
            pytest.raises(FCError) as caught,
            client.stream("GET", "s", "f"),
        ):
            raise mine
        assert caught.value is mine
        assert traceback.extract_tb(mine.__traceback__)[-1].line == "raise mine"


@each_client
class TestPresign:
    def test_url_has_a_signature_of_all_that_it_says(self, make):
        options = {"security_token": "tok/en="}
        with opened(make, "http://fc.test", **options) as client:
            url = client.presign(
                "post",
                "s",
                "f",
                "/a b",
                qualifier="1",
                params={"x": ["2", "1"]},
                headers={"Content-Type": "text/plain", "x-fc-trace-id": "t"},
                expires_in=60,
            )
        parts = urlsplit(url)
        queries = parse_qs(parts.query)
        assert (parts.netloc, parts.path) == ("fc.test", "/2016-08-15/proxy/s.1/f/a%20b")
        [signature] = queries.pop("x-fc-signature")
        assert queries["x-fc-security-token"] == ["tok/en="]
        lines = sorted(f"{name}={value}" for name, values in queries.items() for value in values)
        expires = queries["x-fc-expires"][0]
        text = f"POST\n\ntext/plain\n{expires}\nx-fc-trace-id:t\n/2016-08-15/proxy/s.1/f/a b\n"
        assert signature == signing.signature("s", text + "\n".join(lines))

    @pytest.mark.parametrize("seconds", [0, -1, None])
    def test_needs_some_time(self, make, seconds):
        with (
            opened(make, "http://fc.test") as client,
            pytest.raises(ValueError, match=r"^expires_in: must be at least 1 second"),
        ):
            client.presign("GET", "s", "f", expires_in=seconds)

    def test_parameters_of_the_signature_are_refused(self, make):
        with (
            opened(make, "http://127.0.0.1:1") as client,
            pytest.raises(ValueError, match=r"^params: 'x-fc-expires' is set by presign"),
        ):
            client.presign("GET", "s", "f", params=iter([("x-fc-expires", 1)]))
