"""Requests of other HTTP libraries, signed by FunctionComputeAuth."""

import asyncio
from urllib.parse import parse_qs, unquote, urlsplit

import aiohttp
import httpx
import pytest
import requests
from support.http_messages import reply_of
from support.http_server import serving

from fc_client import ConfigurationError, Credentials, signing
from fc_client.signing import FunctionComputeAuth


def by_requests(method, url, auth, **options):
    requests.request(method, url, auth=auth, timeout=30, **options)


def by_httpx(method, url, auth, **options):
    if "data" in options:
        options["content"] = options.pop("data")
    httpx.request(method, url, auth=auth, timeout=30, **options)


def by_aiohttp(method, url, auth, **options):
    async def main():
        async with aiohttp.ClientSession(middlewares=[auth.middleware]) as session:
            await (await session.request(method, url, **options)).read()

    asyncio.run(main())


SENDERS = {"requests": by_requests, "httpx": by_httpx, "aiohttp": by_aiohttp}
each_library = pytest.mark.parametrize("send", SENDERS.values(), ids=list(SENDERS))

HTTP_CALLS = [
    ("GET", "/2016-08-15/proxy/s.1/f/a%20b?x=2&x=1&e=&%E2%98%83=%26", {}),
    ("POST", "/2016-08-15/proxy/s/f/", {"json": {"a": 1}}),
    ("PUT", "/a/custom/domain?q=a%20b", {"data": b"body", "headers": {"x-fc-trace-id": "t"}}),
    ("DELETE", "/", {}),
]


def wanted(request, queries):
    return signing.authorization(
        "i",
        "s",
        request.method,
        unquote(urlsplit(request.path).path),
        dict(request.headers.items()),
        queries,
    )


@each_library
class TestLibraries:
    @pytest.mark.parametrize(("method", "target", "options"), HTTP_CALLS)
    def test_call_of_an_http_function_is_signed_with_its_query(self, send, method, target, options):
        with serving(reply_of(200)) as server:
            send(method, server.url + target, FunctionComputeAuth("i", "s"), **options)
        [request] = server.requests
        queries = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
        assert request.headers["Authorization"] == wanted(request, queries)

    def test_operation_of_the_api_is_signed_without_its_query(self, send):
        with serving(reply_of(200)) as server:
            url = f"{server.url}/2016-08-15/services?limit=1"
            send("GET", url, FunctionComputeAuth("i", "s"))
        [request] = server.requests
        assert request.headers["Authorization"] == wanted(request, None)

    def test_token_is_sent_and_signed(self, send):
        auth = FunctionComputeAuth(credentials=lambda: Credentials("i", "s", "token"))
        with serving(reply_of(200)) as server:
            send("GET", server.url, auth)
        [request] = server.requests
        assert request.headers["x-fc-security-token"] == "token"
        assert request.headers["Authorization"] == wanted(request, {})


class TestParameters:
    def test_one_without_a_value_is_signed_alone(self):
        with serving(reply_of(200)) as server:
            url = f"{server.url}/2016-08-15/proxy/s/f/?b&a=1"
            by_requests("GET", url, FunctionComputeAuth("i", "s"))
        [request] = server.requests
        assert request.headers["Authorization"] == wanted(request, {"b": [], "a": ["1"]})

    def test_half_a_key_is_refused(self):
        with pytest.raises(ConfigurationError, match="access_key_secret"):
            FunctionComputeAuth("i")
