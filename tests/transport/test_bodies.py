"""What arrives of the bodies of requests."""

import base64
import io
import json
import random
from zipfile import ZipFile

import pytest
from support.clients import client_of
from support.http_server import busy, done, service, serving, serving_connections
from urllib3.exceptions import HTTPError

from fc_client import EntityTooLargeError, ServerError


class TestBodies:
    PATH = "/2016-08-15/services/s/functions/f/invocations"

    @pytest.mark.parametrize(
        ("payload", "length", "body"),
        [
            (None, "0", b""),
            (b"\xff" * 5, "5", b"\xff" * 5),
            ("é", "2", b"\xc3\xa9"),
            ([b"a", b"b"], "2", b"ab"),
            (io.BytesIO(b"x" * 200_000), "200000", b"x" * 200_000),
            (io.BytesIO(), "0", b""),
        ],
    )
    def test_known_length(self, payload, length, body):
        with serving(done) as server, client_of(server.url) as client:
            client.invoke_function("s", "f", payload)
        [(method, path, headers, received)] = server.requests
        assert (method, path, received) == ("POST", self.PATH, body)
        assert headers.get_all("Content-Length") == [length]
        assert headers["Transfer-Encoding"] is None

    @pytest.mark.parametrize(
        ("chunks", "body"), [([b"ab", b"", b"c" * 100_000], b"ab" + b"c" * 100_000), ([], b"")]
    )
    def test_unknown_length(self, chunks, body):
        with serving(done) as server, client_of(server.url) as client:
            client.invoke_function("s", "f", iter(chunks))
        [(_, _, headers, received)] = server.requests
        assert received == body
        assert headers["Transfer-Encoding"] == "chunked"
        assert headers["Content-Length"] is None

    def test_file_is_rewound_for_another_attempt(self):
        with serving(busy, done) as server, client_of(server.url) as client:
            client.invoke_function("s", "f", io.BytesIO(b"event"))
        assert [request.body for request in server.requests] == [b"event", b"event"]

    def test_iterable_is_not_sent_a_second_time(self):
        with (
            serving(busy) as server,
            client_of(server.url) as client,
            pytest.raises(ServerError),
        ):
            client.invoke_function("s", "f", iter([b"event"]))
        assert len(server.requests) == 1

    def test_failure_of_an_iterable_reaches_the_caller(self):
        def chunks():
            yield b"a"
            raise LookupError("mine")

        with serving(service) as server, client_of(server.url) as client:
            with pytest.raises(LookupError, match="mine"):
                client.invoke_function("s", "f", chunks())
            assert client.get_service("s").service_name == "s"

    @pytest.mark.parametrize(
        "failure",
        [OSError("disk"), BrokenPipeError("pipe"), TimeoutError("late"), HTTPError("mine")],
        ids=lambda failure: type(failure).__name__,
    )
    def test_failure_of_an_iterable_is_not_taken_for_one_of_the_connection(self, failure):
        def chunks():
            yield b"a"
            raise failure

        with serving(service) as server, client_of(server.url, pool_size=1) as client:
            with pytest.raises(type(failure)) as caught:
                client.invoke_function("s", "f", chunks())
            assert client.get_service("s").service_name == "s"
        assert caught.value is failure
        assert caught.value.__context__ is None

    def test_only_what_was_set_is_sent(self):
        with serving(service) as server, client_of(server.url, user_agent="app/1") as client:
            client.update_service("s", description="x", if_match='"e"')
        [(_, _, headers, _)] = server.requests
        assert sorted(name.lower() for name in headers) == [
            "accept",
            "accept-encoding",
            "authorization",
            "content-length",
            "content-md5",
            "content-type",
            "date",
            "host",
            "if-match",
            "user-agent",
        ]
        assert headers["User-Agent"] == "app/1"
        assert headers["Host"] == server.url.removeprefix("http://")


class TestCode:
    """A zip of 5 MB of noise, in a temporary file."""

    CODE = random.Random(5).randbytes(5_000_000)

    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "data").write_bytes(self.CODE)
        return tmp_path / "code"

    @staticmethod
    def function(handler):
        handler.send(200, b'{"functionName": "f"}')

    def test_is_sent_in_one_body_of_known_length(self, folder):
        with serving(self.function) as server, client_of(server.url) as client:
            client.create_function("s", "f", runtime="r", handler="h", code=folder)
        [(method, _, headers, body)] = server.requests
        with ZipFile(io.BytesIO(base64.b64decode(json.loads(body)["code"]["zipFile"]))) as archive:
            assert archive.read("data") == self.CODE
        assert (method, headers["Transfer-Encoding"]) == ("POST", None)
        assert headers.get_all("Content-Length") == [str(len(body))]
        assert headers["Content-MD5"] is None

    def test_is_sent_again_by_another_attempt(self, folder):
        calls = []
        with serving(busy, self.function) as server, client_of(server.url) as client:
            client.update_function(
                "s", "f", code=folder, progress=lambda *numbers: calls.append(numbers)
            )
        first, second = (request.body for request in server.requests)
        assert first == second
        assert calls.count(calls[-1]) == 2
        assert calls[-1][0] == calls[-1][1] > len(self.CODE)
        half = len(calls) // 2
        assert calls[:half] == calls[half:] == sorted(calls[:half])

    @pytest.mark.parametrize("failure", [LookupError("mine"), BrokenPipeError("mine")])
    def test_progress_that_raises_ends_the_call(self, folder, failure):
        def progress(done, _):
            if done > 1_000_000:
                raise failure

        with serving(self.function) as server, client_of(server.url, pool_size=1) as client:
            with pytest.raises(type(failure), match="mine"):
                client.update_function("s", "f", code=folder, progress=progress)
            assert client.get_function("s", "f").function_name == "f"

    def test_that_is_too_large_is_refused_with_the_services_error(self, folder):
        """The refusal comes, and the connection goes, before the body has been read."""

        def refuse(exchange):
            exchange.receive_head()
            exchange.send(400, b'{"ErrorCode": "EntityTooLarge", "ErrorMessage": "no"}')

        with (
            serving_connections(refuse) as server,
            client_of(server.url) as client,
            pytest.raises(EntityTooLargeError),
        ):
            client.update_function("s", "f", code=folder)
