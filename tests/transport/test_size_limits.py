"""No reply fills the memory: limits on bodies, on every way to the service."""

import asyncio
import io
import json
import logging

import aiohttp
import pytest
import responses
from support.clients import CLIENTS
from support.http_server import serving

from fc_client import (
    AsyncClient,
    BadRequestError,
    Client,
    ResponseError,
    RetryPolicy,
    TransportError,
)
from fc_client._transport.http1 import MAX_ERROR_BYTES, BodyLimit, TooLargeError

KEYS = {"access_key_id": "i", "access_key_secret": "s", "retry": RetryPolicy(base_delay=0)}
LIMIT = 100_000


def announced(size, status=200):
    return lambda exchange: exchange.send(status, b"x" * size)


def chunked(size, status=200):
    def reply(exchange):
        exchange.wfile.write(b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n\r\n" % status)
        for _ in range(size // 1000):
            exchange.wfile.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        exchange.wfile.write(b"0\r\n\r\n")

    return reply


def to_the_end(size, status=200):
    def reply(exchange):
        exchange.wfile.write(b"HTTP/1.1 %d X\r\n\r\n" % status + b"x" * size)
        exchange.finish_sending()

    return reply


FRAMINGS = [announced, chunked, to_the_end]


@pytest.fixture(params=["directly", "another way"])
def way(request, caplog, monkeypatch):
    """Take the way over connections of this library, then that over urllib3 or aiohttp."""
    if request.param == "another way":
        caplog.set_level(logging.DEBUG, "urllib3.connectionpool")
        # What replaces a method of aiohttp sees all calls.
        request_method = aiohttp.ClientSession._request

        async def seen(*arguments, **options):
            return await request_method(*arguments, **options)

        monkeypatch.setattr(aiohttp.ClientSession, "_request", seen)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("framed", FRAMINGS)
class TestBodies:
    def called(self, client, reply, **options):
        with (
            serving(reply) as server,
            CLIENTS[client](server.url, **{**KEYS, **options}) as called,
        ):
            try:
                return called.invoke_function("s", "f"), server
            except (ResponseError, BadRequestError, TransportError) as error:
                return error, server

    def test_up_to_the_limit_are_read(self, client, framed):
        result, _ = self.called(client, framed(LIMIT), max_response_size=LIMIT)
        assert len(result.payload) == LIMIT

    def test_beyond_the_limit_are_an_error_that_is_not_retried(self, client, framed):
        error, server = self.called(client, framed(LIMIT + 1000), max_response_size=LIMIT)
        assert isinstance(error, ResponseError)
        assert str(error) == (f"InvokeFunction failed: the response has more than {LIMIT} bytes")
        assert len(server.requests) == 1

    def test_of_errors_have_a_limit_of_their_own(self, client, framed):
        error, _ = self.called(client, framed(MAX_ERROR_BYTES // 1000 * 1000, 400))
        assert isinstance(error, BadRequestError)
        error, _ = self.called(client, framed(MAX_ERROR_BYTES + 1000, 400))
        assert isinstance(error, ResponseError)

    def test_of_errors_of_a_download_too(self, client, framed):
        def reply(exchange):
            if exchange.path != "/code":
                body = json.dumps({"url": f"{exchange.server.url}/code"})
                return exchange.send(200, body.encode())
            return framed(MAX_ERROR_BYTES + 1000, 400)(exchange)

        with (
            serving(reply) as server,
            CLIENTS[client](server.url, **KEYS) as called,
            pytest.raises(ResponseError, match="more than 1048576 bytes") as caught,
        ):
            called.download_function_code("s", "f", io.BytesIO())
        assert caught.value.operation == "GetFunctionCode"

    def test_of_a_download_may_be_longer(self, client, framed):
        def reply(exchange):
            if exchange.path != "/code":
                body = json.dumps({"url": f"{exchange.server.url}/code"})
                return exchange.send(200, body.encode())
            return framed(LIMIT + 1000)(exchange)

        target = io.BytesIO()
        with (
            serving(reply) as server,
            CLIENTS[client](server.url, **KEYS, max_response_size=LIMIT) as called,
        ):
            called.download_function_code("s", "f", target)
        assert len(target.getvalue()) == LIMIT + 1000


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("client", CLIENTS)
class TestAnnouncedLength:
    def test_of_too_many_bytes_is_refused_before_they_come(self, client):
        def reply(exchange):
            exchange.send(200, Content_Length=str(10**15))
            exchange.wait()

        with serving(reply) as server:
            with (
                CLIENTS[client](server.url, **KEYS, timeout=60) as called,
                pytest.raises(ResponseError, match="more than 1073741824 bytes"),
            ):
                called.get_service("s")
            server.stopping.set()


class TestFakedReplies:
    @responses.activate
    def test_of_client_have_the_limit(self):
        responses.get("http://fc.test/2016-08-15/services/s", body=b"x" * 11)
        with (
            Client("http://fc.test", **KEYS, max_response_size=10) as client,
            pytest.raises(ResponseError, match="more than 10 bytes"),
        ):
            client.get_service("s")

    def test_of_async_client_have_the_limit_of_errors(self, monkeypatch):
        class Replaced(aiohttp.TCPConnector):
            pass

        async def main(url):
            async with AsyncClient(url, **KEYS) as client, client.stream("GET", "s", "f"):
                pass

        monkeypatch.setattr(aiohttp, "TCPConnector", Replaced)
        with (
            serving(announced(MAX_ERROR_BYTES + 1, 404)) as server,
            pytest.raises(ResponseError, match="more than 1048576 bytes"),
        ):
            asyncio.run(main(server.url))


class TestOption:
    @pytest.mark.parametrize("client", [Client, AsyncClient])
    @pytest.mark.parametrize(
        ("value", "kind", "message"),
        [
            (0, ValueError, "must be at least 1 byte, got 0"),
            (-1, ValueError, "must be at least 1 byte, got -1"),
            (None, ValueError, "must be at least 1 byte, got None"),
            (1.5, TypeError, "expected an int, got float"),
            (True, TypeError, "expected an int, got bool"),
        ],
    )
    def test_of_another_kind_is_refused(self, client, value, kind, message):
        with pytest.raises(kind, match=f"^max_response_size: {message}"):
            client("http://fc.test", **KEYS, max_response_size=value)


class TestBodyLimit:
    def test_counts_what_comes_and_not_what_is_announced(self):
        limit = BodyLimit(200, 10, announced=10)
        limit.count(10)
        with pytest.raises(TooLargeError, match="more than 10 bytes"):
            limit.count(1)

    @pytest.mark.parametrize("status", [300, 302, 400, 500])
    def test_of_an_error_is_the_smaller_one(self, status):
        for max_bytes, wanted in ((None, MAX_ERROR_BYTES), (2**40, MAX_ERROR_BYTES), (5, 5)):
            BodyLimit(status, max_bytes).count(wanted)
            with pytest.raises(TooLargeError):
                BodyLimit(status, max_bytes).count(wanted + 1)

    def test_may_be_none(self):
        BodyLimit(200, None, announced=10**18).count(10**18)
