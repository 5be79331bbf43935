"""AsyncClient does what Client does: both are told the same, and the wire is compared."""

import asyncio
import importlib
import inspect
import io
import json
import logging
import re
import sys
from dataclasses import replace

import pytest
from support.clients import aio_of, client_of, run
from support.credentials import keys
from support.http_server import busy, done, hang_up, service, serving
from support.operations import NAMES, NO_OPERATIONS, OPERATIONS, ROWS

import fc_client
from fc_client import (
    AsyncClient,
    ChecksumMismatchError,
    Client,
    HandledInvocationError,
    InvocationResult,
    RetryPolicy,
    ServerError,
    TransportError,
    UnhandledInvocationError,
)

PUBLIC = sorted(name for name in dir(Client) if not name.startswith("_"))


def outcome(call):
    """Return the result of a call, or its error in comparable form."""
    try:
        return without_date(call())
    except Exception as error:  # noqa: BLE001 - whatever it is, both must raise it
        return type(error), str(error)


def without_date(result):
    """Return a result without its reply's headers: the date is among them."""
    return replace(result, headers={}) if isinstance(result, InvocationResult) else result


def wire(server):
    """Return what a server has seen, but for dates and what follows from them."""
    return [
        (method, path, sorted(pairs(headers, server)), body)
        for method, path, headers, body in server.requests
    ]


def pairs(headers, server):
    for name, value in headers.items():
        hidden = name in ("Date", "Authorization")
        yield name, "" if hidden else value.replace(str(server.server_port), "port")


def both(reply, call, **options):
    """Return what each client made of a call, and what went over the wire."""
    with serving(*reply) as server, client_of(server.url, **options) as client:
        ours = outcome(lambda: call(client))
        ours = ours if not inspect.isgenerator(ours) else outcome(lambda: list(ours))
        first = ours, wire(server)
    with serving(*reply) as server:
        return first, (outcome(lambda: run(server.url, call, **options)), wire(server))


def replying(status, body=b"", **headers):
    return lambda handler: handler.send(status, body, **headers)


each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)


class TestSurface:
    def test_names_are_the_same(self):
        assert [name for name in dir(AsyncClient) if not name.startswith("_")] == PUBLIC

    @pytest.mark.parametrize("name", [*PUBLIC, "__init__"])
    def test_parameters_are_the_same(self, name):
        if name == "endpoint":
            assert aio_of("http://fc.test").endpoint == "http://fc.test"
            return
        theirs, ours = (
            inspect.signature(getattr(kind, name)).parameters for kind in (Client, AsyncClient)
        )
        assert [(each.name, each.kind, each.default) for each in ours.values()] == [
            (each.name, each.kind, each.default) for each in theirs.values()
        ]

    @pytest.mark.parametrize("name", sorted(set(PUBLIC) - NO_OPERATIONS | {"close"}))
    def test_operations_are_awaited(self, name):
        assert inspect.iscoroutinefunction(getattr(AsyncClient, name))

    @pytest.mark.parametrize("name", PUBLIC)
    def test_api_lines_are_the_same(self, name):
        theirs, ours = (
            re.findall(r"API: .*", inspect.getdoc(getattr(kind, name)), re.DOTALL)
            for kind in (Client, AsyncClient)
        )
        assert ours == theirs

    def test_missing_aiohttp_is_told(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "aiohttp", None)
        for name in ("fc_client.aio", "fc_client._transport.aiohttp_transport"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.raises(ImportError, match=r"pip install 'fc-client\[async\]'"):
            importlib.import_module("fc_client.aio")
        with pytest.raises(ImportError, match=r"AsyncClient needs aiohttp"):
            _ = fc_client.AsyncClient


class TestWire:
    @each_row
    def test_same_bytes_and_same_result(self, row):
        success = OPERATIONS[row.operation]["success"]
        body = json.dumps(row.reply).encode() if isinstance(row.reply, dict) else row.reply
        headers = {"X_Fc_Request_Id": "id-1", **dict.fromkeys(success["headers"], '"e1"')}
        first, second = both([replying(success["status"][0], body, **headers)], row.call)
        assert first == second
        assert first[1][0][1].partition("?")[0] == row.path.format(**NAMES)

    @pytest.mark.parametrize("name", ["a b/../c?x=1#f", "...", "%2e%2e", "服务", "~"])
    def test_names(self, name):
        first, second = both([service], lambda client: client.get_service(name))
        assert first == second

    @pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 1_500_000])
    def test_bytes(self, size):
        first, second = both([done], lambda client: client.invoke_function("s", "f", b"x" * size))
        assert first == second
        assert len(first[1][0][3]) == size

    @pytest.mark.parametrize(
        "payload",
        [
            lambda: None,
            lambda: "é",
            lambda: [b"a", b"b"],
            lambda: io.BytesIO(b"x" * 200_000),
            io.BytesIO,
            lambda: iter([b"ab", b"", b"c" * 100_000]),
            lambda: iter([]),
        ],
    )
    def test_payloads(self, payload):
        first, second = both([done], lambda client: client.invoke_function("s", "f", payload()))
        assert first == second

    def test_options(self):
        first, second = both(
            [service],
            lambda client: client.get_service("s"),
            account_id="1",
            security_token="t",
            user_agent="app/1",
        )
        assert first == second

    def test_code_of_a_directory(self, tmp_path):
        (tmp_path / "index.py").write_bytes(b"x = 1\n" * 50_000)
        reply = replying(200, b'{"functionName": "f"}')
        first, second = both(
            [reply],
            lambda client: client.create_function(
                "s", "f", runtime="python3", handler="i.h", code=tmp_path
            ),
        )
        assert first == second

    def test_asynchronous_payload(self):
        async def chunks():
            yield b"a"
            yield b""
            yield b"b"

        with serving(done) as server:
            run(server.url, lambda client: client.invoke_function("s", "f", chunks()))
        [(_, _, headers, body)] = server.requests
        assert (headers["Transfer-Encoding"], body) == ("chunked", b"ab")


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (400, b'{"ErrorCode": "InvalidArgument", "ErrorMessage": "no"}'),
            (403, b'{"errorCode": "AccessDenied", "errorMessage": "no"}'),
            (404, b'{"ErrorCode": "ServiceNotFound", "ErrorMessage": "no"}'),
            (409, b'{"ErrorCode": "ServiceAlreadyExists", "ErrorMessage": "no"}'),
            (412, b'{"ErrorCode": "PreconditionFailed", "ErrorMessage": "no"}'),
            (429, b""),
            (500, b'{"ErrorCode": "InternalServerError", "ErrorMessage": "no"}'),
            (502, b"<html>Bad gateway</html>"),
            (503, b'{"ErrorCode": "ResourceThrottled", "ErrorMessage": "no"}'),
            (200, b"no JSON"),
            (200, b"[]"),
            (204, b""),
        ],
    )
    def test_same_error_after_as_many_attempts(self, status, body):
        reply = replying(status, body, X_Fc_Request_Id="id-1")
        first, second = both([reply], lambda client: client.get_service("s"))
        assert first == second
        assert isinstance(first[0], tuple)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirects(self, status):
        first, second = both(
            [replying(status, Location="/elsewhere")],
            lambda client: client.invoke_function("s", "f", b"x"),
        )
        assert first == second
        assert "redirect to /elsewhere not followed" in first[0][1]

    @pytest.mark.parametrize(
        ("code", "error"),
        [
            ("HandledInvocationError", HandledInvocationError),
            ("UnhandledInvocationError", UnhandledInvocationError),
        ],
    )
    def test_failed_functions(self, code, error):
        reply = replying(200, b'{"errorMessage": "oops"}', X_Fc_Error_Type=code)
        first, second = both([reply], lambda client: client.invoke_function("s", "f"))
        assert first == second
        assert first[0][0] is error

    @pytest.mark.parametrize(
        "call",
        [
            lambda client: client.get_service(""),
            lambda client: client.get_service(5),
            lambda client: client.update_service("s", if_match="a\nb"),
            lambda client: client.invoke_function("s", "f", 5),
            lambda client: client.invoke_function("s", "f", {"a": 1}),
            lambda client: client.invoke_function("s", "f", b"", json={}),
            lambda client: client.invoke_function("s", "f", io.StringIO("x")),
            lambda client: client.create_function("s", "f", runtime="r", handler="h", code=None),
            lambda client: client.update_function("s", "f", code="/missing"),
            lambda client: client.create_trigger("s", "f", "t", trigger_type="", trigger_config={}),
            lambda client: client.download_function_code("s", "f", 5),
            lambda client: client.iter_services(page_size="x"),
            lambda client: client.map_function("s", "f", "text"),
            lambda client: client.map_function("s", "f", [], concurrency=0),
        ],
    )
    def test_bad_arguments_send_nothing(self, call):
        first, second = both([done], call)
        assert first == second
        assert first[1] == []
        assert first[0][0] in (TypeError, ValueError)

    @pytest.mark.parametrize(
        "options",
        [{"timeout": 0}, {"retry": 3}, {"pool_size": 0}, {"verify": 1}, {"proxies": "http://x"}],
    )
    def test_bad_options(self, options):
        with pytest.raises((TypeError, ValueError)) as caught:
            AsyncClient("http://fc.test", access_key_id="i", access_key_secret="s", **options)
        assert outcome(lambda: client_of("http://fc.test", **options)) == (
            caught.type,
            str(caught.value),
        )


class TestRetries:
    def test_file_is_rewound(self):
        with serving(busy, done) as server:
            run(server.url, lambda client: client.invoke_function("s", "f", io.BytesIO(b"event")))
        assert [request[3] for request in server.requests] == [b"event", b"event"]

    @pytest.mark.parametrize("options", [{}, {"timeout": 3}])
    def test_options_of_a_copy(self, options):
        once = RetryPolicy(attempts=1)
        with serving(busy) as server, pytest.raises(ServerError):
            run(
                server.url,
                lambda client: (
                    client.with_options(retry=once).with_options(**options).get_service("s")
                ),
            )
        assert len(server.requests) == 1

    def test_attempts_are_logged_alike(self, caplog):
        with caplog.at_level(logging.DEBUG, "fc_client"), serving(busy, service) as server:
            run(server.url, lambda client: client.get_service("s"))
        lines = [record.getMessage() for record in caplog.records if record.name == "fc_client"]
        assert [line.partition(" in ")[0] for line in lines] == [
            "GetService attempt 1: 503 (request id None)",
            "GetService attempt 2: 200 (request id None)",
        ]


class TestLists:
    PAGES = (
        replying(200, b'{"services": [{"serviceName": "a"}], "nextToken": "t"}'),
        replying(200, b'{"services": [{"serviceName": "b"}]}'),
    )

    @pytest.mark.parametrize("method", ["services", "functions", "triggers"])
    def test_all_pages(self, method):
        names = {"services": (), "functions": ("s",), "triggers": ("s", "f")}[method]
        key = {"services": "service", "functions": "function", "triggers": "trigger"}[method]
        pages = [
            replying(200, f'{{"{method}": [{{"{key}Name": "{name}"}}], {token}}}'.encode())
            for name, token in (("a", '"nextToken": "t"'), ("b", '"nextToken": null'))
        ]
        first, second = both(
            pages, lambda client: getattr(client, f"iter_{method}")(*names, prefix="p")
        )
        assert first == second
        assert len(first[0]) == 2

    def test_token_that_comes_again(self):
        first, second = both(self.PAGES[:1], lambda client: client.iter_services())
        assert first == second
        assert "nextToken repeated" in first[0][1]


class TestDownload:
    CONTENT = bytes(range(256)) * 4000

    def replies(self, server_url, content, checksum):
        place = json.dumps({"url": f"{server_url}/code", "checksum": checksum}).encode()
        return [replying(200, place), replying(200, content)]

    def fetch(self, target, checksum, *, content=CONTENT, status=200, **options):
        with serving(done) as server:
            server.replies[:] = self.replies(server.url, content, checksum)
            server.replies[1] = replying(status, content)
            return run(
                server.url,
                lambda client: client.download_function_code("s", "f", target, **options),
            )

    def test_to_a_path_with_progress(self, tmp_path):
        told = []
        checksum = str(fc_client.code.crc64(self.CONTENT))
        self.fetch(
            tmp_path / "code.zip", checksum, progress=lambda done, total: told.append((done, total))
        )
        assert (tmp_path / "code.zip").read_bytes() == self.CONTENT
        assert told[-1] == (len(self.CONTENT), len(self.CONTENT))

    def test_damage_leaves_nothing(self, tmp_path):
        with pytest.raises(ChecksumMismatchError):
            self.fetch(tmp_path / "code.zip", "1")
        assert list(tmp_path.iterdir()) == []

    def test_error_of_the_store_is_typed(self, tmp_path):
        with pytest.raises(fc_client.PermissionDeniedError, match="<Error/>"):
            self.fetch(tmp_path / "code.zip", "1", content=b"<Error/>", status=403)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("url", ["http://a..b/", "http://[v1.x]/", "http://a\\b/"])
    def test_url_that_is_none_is_an_error_like_any(self, tmp_path, url):
        with serving(done) as server:
            server.replies[:] = [replying(200, json.dumps({"url": url}).encode())]
            with pytest.raises(TransportError, match=r"^GetFunctionCode failed: "):
                run(
                    server.url,
                    lambda client: client.download_function_code("s", "f", tmp_path / "code.zip"),
                )
        assert list(tmp_path.iterdir()) == []


class TestMapFunction:
    @staticmethod
    def fail(handler):
        handler.send(200, b"ok", X_Fc_Error_Type="HandledInvocationError")

    def test_results_of_both(self):
        payloads = [b"%d" % number for number in range(50)]
        first, second = both(
            [done], lambda client: client.map_function("s", "f", payloads, concurrency=4)
        )
        assert [len(results) for results, _ in (first, second)] == [50, 50]
        sent = [sorted(request[3] for request in requests) for _, requests in (first, second)]
        assert sent == [sorted(payloads)] * 2

    @pytest.mark.parametrize("check", [True, False])
    def test_failures_of_both(self, check):
        first, second = both(
            [self.fail],
            lambda client: client.map_function("s", "f", [b"a", b"b"], concurrency=1, check=check),
        )
        if not check:
            first, second = (
                ([without_date(each) for each in results], sent)
                for results, sent in (first, second)
            )
        assert first[0] == second[0]
        assert (first[0][0] is HandledInvocationError) == check

    def test_leaving_early_gives_the_connections_back(self):
        async def main(url):
            async with aio_of(url, pool_size=2) as client:
                async for _ in client.map_function("s", "f", iter(lambda: b"x", None)):
                    break
                for _ in range(3):
                    await asyncio.wait_for(client.get_service("s"), 5)

        with serving(service) as server:
            asyncio.run(main(server.url))

    def test_leaving_early_gives_the_connections_of_threads_back(self):
        with serving(service) as server, client_of(server.url, pool_size=2) as client:
            for _ in client.map_function("s", "f", iter(lambda: b"x", None)):
                break
            for _ in range(3):
                client.get_service("s")


def refused(code):
    body = json.dumps({"ErrorCode": code}).encode()
    return lambda handler: handler.send(409 if "Already" in code else 404, body)


class TestLostReplies:
    """What an attempt whose reply was lost has done, the next one finds."""

    def test_of_a_creation(self):
        with serving(hang_up, refused("ServiceAlreadyExists"), service) as server:
            made = run(server.url, lambda client: client.create_service("s"))

        assert made.service_name == "s"

    def test_of_a_creation_that_somebody_elses_came_before(self):
        with (
            serving(hang_up, refused("ServiceAlreadyExists"), service) as server,
            pytest.raises(fc_client.ServiceAlreadyExistsError),
        ):
            run(server.url, lambda client: client.create_service("s", description="d"))

    def test_of_a_deletion(self):
        with serving(hang_up, refused("ServiceNotFound")) as server:
            assert run(server.url, lambda client: client.delete_service("s")) is None


class TestCredentialsThatExpire:
    def test_are_replaced_before_an_attempt(self, monkeypatch):
        async def main(url):
            async with AsyncClient(url) as client:
                await client.get_service("s")

        with (
            serving(keys(1, Expiration="2026-05-08T10:00:00Z"), keys(2)) as source,
            serving(service) as server,
        ):
            monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", f"{source.url}/keys")
            asyncio.run(main(server.url))

        _, _, headers, _ = server.requests[0]
        assert headers["Authorization"].startswith("FC STS.id-2:")
