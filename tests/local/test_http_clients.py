"""HTTP functions and the clients of this library, which sign, stream and presign."""

import asyncio

import pytest
import requests
from local.http_support import ECHO, PROXY, add_trigger, create_python

import fc_client
from fc_client.local import LocalFunctionCompute

# Sends back each part as it comes; fails if it is told to.
BACK = """
def h(environ, start_response):
    if environ["PATH_INFO"] == "/fail":
        raise KeyError("asked to")
    start_response("200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return iter(lambda: environ["wsgi.input"].read(50_000), b"")
"""


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as fc:
        yield fc


@pytest.fixture(autouse=True)
def _functions(function_compute, make_api):
    """Create the functions f, which echoes, and back; their triggers demand a signature."""
    function_compute.reset()
    api = make_api(function_compute)
    for name, source in (("f", ECHO), ("back", BACK)):
        create_python(api, source, name)
        add_trigger(api, name, auth="function").raise_for_status()


@pytest.fixture
def client(function_compute):
    with function_compute.client() as client:
        yield client


class TestClient:
    def test_request(self, client):
        reply = client.request(
            "PUT", "s", "f", "/a b/é", params={"x": ["2", "1"], "y": "ü z"}, json={"a": 1}
        )

        seen = reply.json()
        assert reply.status_code == 200
        assert seen["PATH_INFO"].encode("latin-1").decode() == "/a b/é"
        assert seen["QUERY_STRING"] == "x=2&x=1&y=%C3%BC%20z"
        assert (seen["CONTENT_TYPE"], seen["body"]) == ("application/json", '{"a": 1}')

    def test_request_with_a_qualifier(self, client):
        assert client.request("GET", "s", "f", qualifier="LATEST").status_code == 200

    def test_an_error_of_the_function_is_a_reply(self, client):
        reply = client.request("GET", "s", "back", "/fail")

        assert reply.status_code == 502
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"

    def test_an_error_of_the_service_is_raised(self, client):
        with pytest.raises(fc_client.FunctionNotFoundError):
            client.request("GET", "s", "missing")

    def test_stream(self, client):
        parts = [b"x" * 30_000] * 20

        with client.stream("POST", "s", "back", body=iter(parts)) as reply:
            received = b"".join(reply.chunks)

        assert received == b"".join(parts)
        assert ("Set-Cookie", "a=1") in reply.received_headers
        assert ("Set-Cookie", "b=2") in reply.received_headers

    def test_presign(self, client):
        url = client.presign("GET", "s", "f", "/q é", params={"z": "1 2"})

        assert requests.get(url, timeout=20).json()["PATH_INFO"] == "/q \xc3\xa9"
        assert requests.post(url, timeout=20).status_code == 403


class TestAsyncClient:
    def test_request_and_stream(self, function_compute):
        async def scenario():
            async with function_compute.async_client() as client:
                reply = await client.request("POST", "s", "f", "/a", body=b"body")
                async with client.stream("POST", "s", "back", body=b"x" * 600_000) as streamed:
                    received = b"".join([part async for part in streamed.chunks])
                return reply.json()["body"], received

        assert asyncio.run(scenario()) == ("body", b"x" * 600_000)


class TestDomains:
    """The server is asked as a proxy is, since the domain's name leads nowhere."""

    @pytest.fixture(autouse=True)
    def _domain(self, client):
        route = {"path": "/*", "serviceName": "s", "functionName": "f"}
        client.create_custom_domain("www.example.com", route_config={"routes": [route]})

    def test_request(self, function_compute):
        with function_compute.client(proxies={"http": function_compute.endpoint}) as client:
            reply = client.request("GET", path="/a b", domain="http://www.example.com")

        assert reply.json()["PATH_INFO"] == "/a b"

    def test_request_by_async_client(self, function_compute):
        async def scenario():
            proxies = {"http": function_compute.endpoint}
            async with function_compute.async_client(proxies=proxies) as client:
                return await client.request("GET", path="/a b", domain="http://www.example.com")

        assert asyncio.run(scenario()).json()["PATH_INFO"] == "/a b"

    def test_presigned_url(self, function_compute, client):
        url = client.presign("GET", path="/q", domain="http://www.example.com")

        reply = requests.get(url, proxies={"http": function_compute.endpoint}, timeout=20)

        assert reply.json()["PATH_INFO"] == "/q"


class TestRequests:
    def test_with_the_signature_as_its_auth(self, function_compute):
        auth = fc_client.signing.FunctionComputeAuth(
            function_compute.access_key_id, function_compute.access_key_secret
        )
        url = f"{function_compute.endpoint}{PROXY}/a%20b"

        reply = requests.post(url, params={"q": "ü"}, data=b"body", auth=auth, timeout=20)

        assert reply.json()["body"] == "body"
