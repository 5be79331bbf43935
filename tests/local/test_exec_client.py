"""client.exec, of both clients, in the instances of the embedded server."""

from __future__ import annotations

import asyncio

import pytest
from local.support import zipped

from fc_client import Code
from fc_client.local import LocalFunctionCompute


@pytest.fixture(scope="module")
def fc():
    """Start a server with the function s/f, which has run once."""
    with LocalFunctionCompute() as running, running.client() as client:
        client.create_service("s")
        code = Code.from_zip(zipped())
        client.create_function("s", "f", runtime="python3", handler="m.h", code=code)
        client.invoke_function("s", "f", b"")
        yield running


@pytest.fixture
def instance(fc):
    with fc.client() as client:
        return client.list_instances("s", "f").items[0].instance_id


class TestClient:
    def test_output_and_exit_code(self, fc, instance):
        with (
            fc.client() as client,
            client.exec("s", "f", instance, ["sh", "-c", "echo out; echo err >&2; exit 3"]) as run,
        ):
            result = run.wait()

        assert (result.stdout, result.stderr, result.exit_code) == (b"out\n", b"err\n", 3)

    def test_input(self, fc, instance):
        command = ["sh", "-c", "read line; echo got $line"]
        with fc.client() as client, client.exec("s", "f", instance, command) as run:
            run.send("héllo\n")
            result = run.wait()

        assert (result.stdout, result.exit_code) == ("got héllo\n".encode(), 0)

    def test_a_signal(self, fc, instance):
        command = ["sh", "-c", "kill -9 $$"]
        with fc.client() as client, client.exec("s", "f", instance, command) as run:
            assert run.wait().exit_code == -9


class TestAsyncClient:
    def test_output_and_exit_code(self, fc, instance):
        async def main():
            command = ["sh", "-c", "echo out; exit 3"]
            async with (
                fc.async_client() as client,
                client.exec("s", "f", instance, command) as run,
            ):
                return await run.wait()

        result = asyncio.run(main())

        assert (result.stdout, result.exit_code) == (b"out\n", 3)
