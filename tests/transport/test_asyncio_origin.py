"""Small calls of AsyncClient, which go past aiohttp's ClientSession."""

import asyncio
import time

import aiohttp
import pytest
from fc_client._transport.aiohttp_direct import KNOWN
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.clients import aio_of, get, invoke, run
from support.http_server import service, serving

from fc_client import RequestTimeoutError, ResponseError
from fc_client._messages import Attempt
from fc_client._transport.aiohttp_transport import Transport


class TestPastTheSession:
    """A small call goes past aiohttp's ClientSession, unless somebody looks on there."""

    def test_this_aiohttp_is_known(self):
        """If not, AsyncClient is slow: test it with this one, and widen _aio_direct's bounds."""
        assert KNOWN

    def test_tracing_sees_every_call(self):
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        AioHttpClientInstrumentor().instrument(tracer_provider=provider)
        try:
            with serving(service) as server:
                run(server.url, get, get)
        finally:
            AioHttpClientInstrumentor().uninstrument()

        assert len(exporter.get_finished_spans()) == 2
        assert all(headers["traceparent"] for _, _, headers, _ in server.requests)

    def test_what_wraps_requests_of_the_session_sees_every_call(self, monkeypatch):
        """As libraries that fake or record replies do."""
        seen = []
        original = aiohttp.ClientSession._request

        async def wrapped(session, method, url, **options):
            seen.append((method, url.path))
            return await original(session, method, url, **options)

        monkeypatch.setattr(aiohttp.ClientSession, "_request", wrapped)
        with serving(service) as server:
            run(server.url, get, get)

        assert seen == [("GET", "/2016-08-15/services/s")] * 2

    def test_reply_that_was_announced_is_waited_for(self):
        def announce(handler):
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            service(handler)

        with serving(announce) as server:
            assert run(server.url, get).service_name == "s"

    @pytest.mark.parametrize(
        "call", [get, lambda client: client.invoke_function("s", "f", iter([b"x"]))]
    )
    @pytest.mark.parametrize("status", [100, 102, 103])
    def test_reply_that_is_announced_and_does_not_come_is_a_timeout(self, status, call):
        def announce(handler):
            handler.wfile.write(b"HTTP/1.1 %d X\r\n\r\n" % status)
            time.sleep(0.3)
            handler.close_connection = True

        with serving(announce) as server, pytest.raises(RequestTimeoutError):
            run(server.url, call, timeout=(5, 0.1))

    def test_change_of_the_protocol_is_no_reply(self):
        def switch(handler):
            handler.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")

        with serving(switch) as server, pytest.raises(ResponseError, match="101"):
            run(server.url, get, timeout=(5, 1))

    def test_header_that_is_no_plain_text_is_refused_by_http(self):
        async def main(url):
            transport = Transport()
            host = url.removeprefix("http://")
            attempt = Attempt("GetService", "GET", url, {"Host": host, "x-fc-a": "a\r\nb: c"})
            try:
                await transport.send(attempt, (5, 5))
            finally:
                await transport.close()

        with serving(service) as server, pytest.raises(ValueError, match="header"):
            asyncio.run(main(server.url))
        assert server.requests == []


class TestStrayReplies:
    def test_what_nobody_asked_for_is_nobodys_reply(self):
        def twice(handler):
            handler.send(200, b"first")
            handler.wfile.flush()
            handler.send(200, b"stray")

        async def main(url):
            async with aio_of(url) as client:
                payloads = []
                for _ in range(3):
                    payloads.append((await invoke(client)).payload)
                    # Time for what comes late.
                    await asyncio.sleep(0.05)
                return payloads

        with serving(twice, lambda handler: handler.send(200, b"next")) as server:
            assert asyncio.run(main(server.url)) == [b"first", b"next", b"next"]
        assert server.connections == 2
