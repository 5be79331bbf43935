"""Retries, lists, downloads and many calls of AsyncClient."""

import asyncio
import io
import json
import logging

import pytest
from support.clients import aio_of, client_of, run
from support.comparison import both, without_date
from support.credentials import keys
from support.http_server import busy, done, hang_up, replying, service, serving

import fc_client
from fc_client import (
    AsyncClient,
    ChecksumMismatchError,
    HandledInvocationError,
    RetryPolicy,
    ServerError,
    TransportError,
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
                    await asyncio.wait_for(client.get_service("s"), 30)

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
