"""What users install to watch, fake or record calls sees every one of them."""

import asyncio
import functools
import http.client
import json
import logging
import socket
import threading

import aiohttp
import httpretty
import pytest
import requests
import requests.adapters
import requests_mock
import responses
import urllib3
import urllib3.connection
import urllib3.connectionpool
import vcr
import wrapt
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.clients import CLIENTS, aio_of, client_of, get, run
from support.http_server import SERVICE, free_port, service, serving

from fc_client import ServiceNotFoundError, TransportError

URL = "http://fc.test/2016-08-15/services/s"

each_client = pytest.mark.parametrize("client_class", CLIENTS.values(), ids=list(CLIENTS))

KEYS = {"access_key_id": "i", "access_key_secret": "s"}


@pytest.fixture
def spans():
    """Yield the exporter of OpenTelemetry, and a provider that writes to it."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter, provider
    provider.shutdown()


def wrapping(owner, name, seen, monkeypatch):
    """Replace a function by one that looks like it and notes its calls, as tracers do."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def traced(*arguments, **options):
        result = original(*arguments, **options)
        # urllib3 1.26 calls getresponse with an argument first, and without if that raises.
        seen.append(name)
        return result

    monkeypatch.setattr(owner, name, traced)


def wrapping_by_wrapt(owner, name, seen, monkeypatch):
    """Do so with a proxy of the function, which says that it is of its class."""

    def traced(wrapped, _, arguments, options):
        result = wrapped(*arguments, **options)
        seen.append(name)
        return result

    monkeypatch.setattr(owner, name, wrapt.FunctionWrapper(getattr(owner, name), traced))


class TestHttpClient:
    @pytest.mark.parametrize(
        ("name", "calls"),
        [("putrequest", 3), ("endheaders", 3), ("getresponse", 3), ("send", 3)],
    )
    @pytest.mark.parametrize("wrap", [wrapping, wrapping_by_wrapt])
    def test_tracers_see_every_call(self, wrap, name, calls, monkeypatch):
        seen = []
        wrap(http.client.HTTPConnection, name, seen, monkeypatch)
        with serving(service) as server, client_of(server.url) as client:
            for _ in range(3):
                client.get_service("s")
        assert len(seen) == calls
        assert server.connections == 1

    @pytest.mark.parametrize("name", ["putrequest", "getresponse"])
    @pytest.mark.parametrize("wrap", [wrapping, wrapping_by_wrapt])
    def test_tracers_see_calls_of_a_client_that_is_connected(self, wrap, name, monkeypatch):
        seen = []
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            with monkeypatch.context() as patch:
                wrap(http.client.HTTPConnection, name, seen, patch)
                client.get_service("s")
                client.get_service("s")
            assert len(seen) == 2
            client.get_service("s")
        assert len(seen) == 2
        assert len(server.requests) == 4

    def test_replaced_class_is_used(self, monkeypatch):
        made = []

        class Replaced(http.client.HTTPResponse):
            def __init__(self, *arguments, **options):
                made.append(self)
                super().__init__(*arguments, **options)

        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            monkeypatch.setattr(http.client, "HTTPResponse", Replaced)
            monkeypatch.setattr(http.client.HTTPConnection, "response_class", Replaced)
            client.get_service("s")
        assert len(made) == 1

    def test_debuglevel_prints_every_call(self, monkeypatch, capsys):
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
            client.get_service("s")
        assert capsys.readouterr().out.count("reply: 'HTTP/1.1 200 OK") == 1


class TestUrllib3:
    def test_replaced_connection_is_used(self, monkeypatch):
        used = []

        class Replaced(urllib3.connection.HTTPConnection):
            def connect(self):
                used.append(self.host)
                super().connect()

        monkeypatch.setattr(urllib3.connectionpool.HTTPConnectionPool, "ConnectionCls", Replaced)
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
        assert used == ["127.0.0.1"]

    @pytest.mark.parametrize("early", [True, False])
    def test_wrapped_urlopen_sees_every_call(self, early, monkeypatch):
        seen = []
        with serving(service) as server, client_of(server.url) as client:
            if not early:
                client.get_service("s")
            wrapping(urllib3.connectionpool.HTTPConnectionPool, "urlopen", seen, monkeypatch)
            client.get_service("s")
            client.get_service("s")
        assert len(seen) == 2

    def test_log_has_every_call(self, caplog):
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            with caplog.at_level(logging.DEBUG, "urllib3.connectionpool"):
                client.get_service("s")
                client.get_service("s")
            client.get_service("s")
        lines = [line for line in caplog.messages if '"GET /2016-08-15/services/s' in line]
        assert len(lines) == 2
        assert len(server.requests) == 4


class TestSocket:
    def test_replaced_getaddrinfo_is_asked(self, monkeypatch):
        """As programs do that resolve names in their own way."""
        original = socket.getaddrinfo
        names = []

        def resolve(host, *arguments, **options):
            names.append(host)
            return original("127.0.0.1", *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with serving(service) as server:
            url = f"http://fc.invalid:{server.server_port}"
            with client_of(url, proxies={}) as client:
                client.get_service("s")
        assert names == ["fc.invalid"]

    def test_blocked_sockets_are_not_used(self, monkeypatch):
        """As pytest-socket does."""

        class Blocked(socket.socket):
            def __new__(cls, *_, **__):
                raise RuntimeError("blocked")

        with client_of("http://127.0.0.1:9") as client:
            monkeypatch.setattr(socket, "socket", Blocked)
            with pytest.raises(RuntimeError, match="blocked"):
                client.get_service("s")


class TestRequests:
    def test_requests_mock(self):
        with requests_mock.Mocker() as mocker, client_of("http://fc.test") as client:
            mocker.get(
                URL,
                status_code=404,
                json={"ErrorCode": "ServiceNotFound", "ErrorMessage": "no s"},
            )
            with pytest.raises(ServiceNotFoundError, match="no s"):
                client.get_service("s")
            assert mocker.last_request.headers["authorization"].startswith("FC i:")

    @responses.activate
    def test_responses_with_matchers(self):
        responses.get(
            URL,
            json={"serviceName": "s"},
            match=[
                responses.matchers.request_kwargs_matcher({"timeout": (5, 610)}),
                responses.matchers.header_matcher({"Host": "fc.test"}),
            ],
        )
        with client_of("http://fc.test", timeout=(5, 610)) as client:
            assert client.get_service("s").service_name == "s"

    @responses.activate
    def test_responses_after_a_call_that_was_not_faked(self):
        with serving(service) as server, client_of(server.url) as client:
            responses.add_passthru(server.url)
            client.get_service("s")
            responses.mock.passthru_prefixes = ()
            responses.get(f"{server.url}/2016-08-15/services/s", json={"serviceName": "fake"})
            assert client.get_service("s").service_name == "fake"
        assert len(server.requests) == 1

    def test_responses_without_a_reply_is_a_transport_error(self):
        with (
            responses.mock,
            client_of("http://fc.test") as client,
            pytest.raises(TransportError, match="Connection refused by Responses"),
        ):
            client.get_service("s")

    def test_replaced_adapter_is_used(self, monkeypatch):
        seen = []
        wrapping(requests.adapters.HTTPAdapter, "send", seen, monkeypatch)
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
        assert seen == ["send"]

    def test_opentelemetry(self, spans):
        exporter, provider = spans
        with serving(service) as server, client_of(server.url) as client:
            client.get_service("s")
            RequestsInstrumentor().instrument(tracer_provider=provider)
            try:
                client.get_service("s")
                client.get_service("s")
            finally:
                RequestsInstrumentor().uninstrument()
            client.get_service("s")
        assert [span.attributes["http.status_code"] for span in exporter.get_finished_spans()] == [
            200,
            200,
        ]
        assert ["traceparent" in request.headers for request in server.requests] == [
            False,
            True,
            True,
            False,
        ]


class TestAiohttp:
    def test_opentelemetry(self, spans):
        exporter, provider = spans

        async def main(url):
            async with aio_of(url) as client:
                await get(client)
                AioHttpClientInstrumentor().instrument(tracer_provider=provider)
                try:
                    await get(client)
                    await get(client)
                finally:
                    AioHttpClientInstrumentor().uninstrument()
                await get(client)

        with serving(service) as server:
            asyncio.run(main(server.url))
        assert len(exporter.get_finished_spans()) == 2
        assert ["traceparent" in request.headers for request in server.requests] == [
            False,
            True,
            True,
            False,
        ]

    @pytest.mark.parametrize("looks_alike", [True, False])
    def test_wrapped_requests_of_the_session_are_seen(self, looks_alike, monkeypatch):
        """As libraries do that fake or record replies."""
        seen = []
        original = aiohttp.ClientSession._request

        async def wrapped(session, method, url, **options):
            seen.append((method, url.path))
            return await original(session, method, url, **options)

        if looks_alike:
            wrapped = functools.wraps(original)(wrapped)
        monkeypatch.setattr(aiohttp.ClientSession, "_request", wrapped)
        with serving(service) as server:
            run(server.url, get, get)
        assert seen == [("GET", "/2016-08-15/services/s")] * 2

    def test_replaced_connector_is_used(self, monkeypatch):
        made = []

        class Replaced(aiohttp.TCPConnector):
            def __init__(self, *arguments, **options):
                made.append(self)
                super().__init__(*arguments, **options)

        monkeypatch.setattr(aiohttp, "TCPConnector", Replaced)
        with serving(service) as server:
            run(server.url, get)
        assert len(made) == 1


class TestVcr:
    @each_client
    @pytest.mark.parametrize("connected", [True, False])
    def test_records_and_plays(self, client_class, connected, tmp_path):
        cassette = str(tmp_path / "cassette.yaml")
        recorder = vcr.VCR(filter_headers=["authorization", "date"])
        with serving(service) as server, client_class(server.url, **KEYS) as client:
            if connected:
                client.get_service("s")
            with recorder.use_cassette(cassette) as tape:
                assert client.get_service("s").service_name == "s"
                assert len(tape) == 1
            calls = len(server.requests)
            with recorder.use_cassette(cassette, record_mode="none") as tape:
                assert client.get_service("s").service_name == "s"
                assert tape.play_count == 1
            assert len(server.requests) == calls
            client.get_service("s")
            assert len(server.requests) == calls + 1


# It calls what Python 3.12 deprecated, in a thread of its own: an error there leaves no reply.
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
class TestHttpretty:
    def test_fakes_calls_where_nothing_listens(self):
        url = f"http://127.0.0.1:{free_port()}"
        with client_of(url) as client, httpretty.enabled():
            body = json.dumps({"serviceName": "fake"})
            httpretty.register_uri("GET", f"{url}/2016-08-15/services/s", body=body)
            assert client.get_service("s").service_name == "fake"

    @pytest.mark.parametrize("connected", [True, False])
    def test_fakes_calls(self, connected):
        with serving(service) as server, client_of(server.url) as client:
            if connected:
                client.get_service("s")
            with httpretty.enabled():
                httpretty.register_uri(
                    "GET",
                    f"{server.url}/2016-08-15/services/s",
                    body=json.dumps({"serviceName": "fake"}),
                )
                assert client.get_service("s").service_name == "fake"
                [request] = httpretty.latest_requests()
                assert request.headers["Authorization"].startswith("FC i:")
            assert client.get_service("s").service_name == "s"


class TestThreads:
    def test_calls_under_way_end_while_something_is_patched(self, monkeypatch):
        begun, going_on = threading.Event(), threading.Event()

        def slowly(exchange):
            begun.set()
            assert going_on.wait(30)
            exchange.send(200, SERVICE)

        with serving(slowly, service) as server, client_of(server.url) as client:
            names = []
            thread = threading.Thread(
                target=lambda: names.append(client.get_service("s").service_name)
            )
            thread.start()
            assert begun.wait(30)
            wrapping(http.client.HTTPConnection, "putrequest", [], monkeypatch)
            client.get_service("s")
            going_on.set()
            thread.join()
        assert names == ["s"]
