"""What the caller's own code raises reaches the caller as it is, after one attempt."""

import random

import pytest
from support.clients import CLIENTS
from support.http_server import SERVICE, service, serving
from support.ways import each_way

from fc_client import (
    Credentials,
    ResponseError,
    RetryPolicy,
    ServerError,
    TransportError,
)

each_client = pytest.mark.parametrize("client_class", CLIENTS.values(), ids=list(CLIENTS))
each_error = pytest.mark.parametrize(
    "make",
    [
        lambda: TransportError("mine", request_sent=False),
        lambda: ServerError("mine", status_code=503, code="X", operation="Mine", request_id="r"),
        lambda: ResponseError("mine", operation="Mine"),
        lambda: OSError("mine"),
        lambda: TimeoutError("mine"),
        lambda: ConnectionResetError("mine"),
        lambda: ValueError("mine"),
    ],
    ids=["transport", "server", "response", "OSError", "timeout", "reset", "ValueError"],
)


class Raising:
    """A function that counts its calls and raises one exception."""

    def __init__(self, error):
        self.error = error
        self.calls = 0

    def __call__(self, *_):
        self.calls += 1
        raise self.error


class File:
    """A binary file of unknown size that cannot be read."""

    def __init__(self, failing):
        self.read = failing


def chunks(failing):
    yield b"x"
    failing()


async def async_chunks(failing):
    yield b"x"
    failing()


def fails_with(failing, call):
    before = str(failing.error), dict(vars(failing.error))
    with pytest.raises(type(failing.error)) as caught:
        call()
    assert caught.value is failing.error
    assert (str(failing.error), vars(failing.error)) == before
    assert failing.calls == 1


@each_way
@each_error
@each_client
class TestErrors:
    @pytest.fixture
    def failing(self, make):
        return Raising(make())

    @pytest.fixture
    def client(self, client_class, way):
        with serving(service) as server:
            url, options = way(server)
            keys = {"access_key_id": "i", "access_key_secret": "s"}
            with client_class(url, retry=RetryPolicy(base_delay=0), **keys, **options) as client:
                yield client
                # The pool has lost nothing.
                assert client.get_service("s").service_name == "s"

    def test_of_an_iterable(self, client, failing):
        fails_with(failing, lambda: client.invoke_function("s", "f", chunks(failing)))

    def test_of_an_iterable_that_may_run_twice(self, client, failing):
        payload = chunks(failing)
        fails_with(failing, lambda: client.invoke_function("s", "f", payload, idempotent=True))

    def test_of_a_file(self, client, failing):
        fails_with(failing, lambda: client.invoke_function("s", "f", File(failing)))

    def test_of_progress(self, client, failing, tmp_path):
        (tmp_path / "data").write_bytes(random.Random(5).randbytes(300_000))
        fails_with(
            failing,
            lambda: client.update_function("s", "f", code=tmp_path, progress=failing),
        )


@each_error
@each_client
class TestElsewhere:
    @pytest.fixture
    def failing(self, make):
        return Raising(make())

    def test_of_credentials(self, client_class, failing):
        with (
            serving(service) as server,
            client_class(server.url, credentials=failing) as client,
        ):
            fails_with(failing, lambda: client.get_service("s"))
        assert server.requests == []

    @pytest.mark.parametrize("of", ["progress", "target"])
    def test_of_a_download(self, client_class, failing, of, tmp_path):
        def reply(exchange):
            if exchange.path == "/code":
                exchange.send(200, b"code")
            else:
                exchange.send(200, b'{"url": "%s/code"}' % exchange.server.url.encode())

        class Target:
            write = failing

        target = Target() if of == "target" else tmp_path / "code.zip"
        progress = failing if of == "progress" else None
        with (
            serving(reply) as server,
            client_class(server.url, access_key_id="i", access_key_secret="s") as client,
        ):
            fails_with(
                failing,
                lambda: client.download_function_code("s", "f", target, progress=progress),
            )


@each_error
def test_of_an_asynchronous_iterable(make):
    failing = Raising(make())
    with (
        serving(service) as server,
        CLIENTS["AsyncClient"](server.url, access_key_id="i", access_key_secret="s") as client,
    ):
        fails_with(failing, lambda: client.invoke_function("s", "f", async_chunks(failing)))


@each_client
def test_credentials_are_asked_again_by_the_next_call(client_class):
    answers = [TransportError("mine", request_sent=False), None]

    def credentials():
        error = answers.pop(0)
        if error is not None:
            raise error
        return Credentials("i", "s")

    with (
        serving(service) as server,
        client_class(server.url, credentials=credentials) as client,
    ):
        with pytest.raises(TransportError, match="mine"):
            client.get_service("s")
        assert client.get_service("s").raw == {"serviceName": "s"}
    assert SERVICE == b'{"serviceName": "s"}'
