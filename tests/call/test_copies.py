"""Clients that others copy or pickle, and clients that are closed."""

import copy
import io
import json
import multiprocessing
import pickle
from dataclasses import asdict, dataclass

import pytest
from support.clients import CLIENTS, aio_of, client_of, run
from support.http_server import service, serving

from fc_client import (
    APIError,
    Client,
    Code,
    Credentials,
    Function,
    FunctionCode,
    FunctionError,
    InvocationResult,
    LogConfig,
    Page,
    RetryPolicy,
    Service,
    TransportError,
    Trigger,
    VPCConfig,
)
from fc_client.timeouts import Timeout

KEYS = {"access_key_id": "made-up-id", "access_key_secret": "made-up-secret"}


@dataclass
class Settings:
    client: Client


class TestCopies:
    @pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
    def test_work_over_connections_of_their_own(self, make):
        with serving(service) as server:
            with client_of(server.url) as client:
                client.get_service("s")
                copied = make(client)
                assert copied.get_service("s").service_name == "s"
            # The first one is closed now.
            assert copied.get_service("s").service_name == "s"
            copied.close()
        assert server.connections == 2

    @pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
    def test_of_async_clients_work(self, make):
        async def main(client):
            await client.get_service("s")
            async with make(client) as copied:
                return await copied.get_service("s")

        with serving(service) as server:
            assert run(server.url, main).service_name == "s"
        assert server.connections == 2

    def test_are_made_of_what_holds_a_client(self):
        with serving(service) as server, client_of(server.url) as client:
            copied = asdict(Settings(client))["client"]
            assert copied is not client
            assert copied.get_service("s").service_name == "s"
            copied.close()

    @pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
    def test_keep_options_and_what_a_subclass_adds(self, make):
        class Own(Client):
            pass

        client = Own("http://fc.test", **KEYS, retry=RetryPolicy(attempts=7))
        client.names = ["a"]
        copied = make(client.with_options(timeout=3))
        assert (type(copied), copied.endpoint) == (Own, "http://fc.test")
        assert copied.names == ["a"]
        assert (copied.names is client.names) is (make is copy.copy)
        assert "attempts=7" in repr(vars(copied))
        assert "connect=3" in repr(vars(copied))

    def test_in_one_structure_are_one(self):
        client = Client("http://fc.test", **KEYS)
        first, second = copy.deepcopy([client, client])
        assert first is second

    def test_of_credentials_are_the_same(self):
        credentials = Credentials("i", "s")
        assert copy.copy(credentials) is credentials
        assert copy.deepcopy([credentials]) == [credentials]


class TestPickles:
    @pytest.mark.parametrize("make", [client_of, aio_of])
    def test_of_clients_are_refused(self, make):
        client = make("http://fc.test")
        with pytest.raises(TypeError, match=r"Client cannot be pickled: .* in each process"):
            pickle.dumps(client)

    def test_of_credentials_are_refused(self):
        with pytest.raises(TypeError, match=r"^Credentials cannot be pickled: .* in each process"):
            pickle.dumps(Credentials("i", "s"))

    def test_for_processes_are_refused_at_once(self):
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=print, args=(client_of("http://fc.test"),))
        with pytest.raises(TypeError, match="make one in each process"):
            process.start()

    @pytest.mark.parametrize("name", ["iter_services", "iter_functions"])
    def test_of_iterators_are_refused(self, name):
        arguments = ["s"] if name == "iter_functions" else []
        items = getattr(client_of("http://fc.test"), name)(*arguments)
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(items)

    @pytest.mark.parametrize(
        "thing",
        [
            Service("s", log_config=LogConfig("p", "l"), vpc_config=VPCConfig("v", ("a",))),
            Function("f", environment_variables={"a": "b"}, raw={"a": [{"b": None}]}),
            FunctionCode("http://x/?a=b"),
            Trigger("t", trigger_config={"a": 1}),
            InvocationResult(b"x", 200, headers={"a": "b"}),
            Page((Service("s"),), "next"),
            RetryPolicy(),
            Timeout(),
            Code.from_oss("bucket", "key"),
            FunctionError("m", result=InvocationResult(b"x", 200)),
            APIError("m", status_code=404, retry_after=1.0),
        ],
    )
    @pytest.mark.parametrize("make", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy])
    def test_of_values_have_all_they_hold(self, thing, make):
        made = make(thing)
        assert type(made) is type(thing)
        assert repr(made) == repr(thing)
        if isinstance(thing, Exception):
            assert vars(made) == vars(thing)
        else:
            assert made == thing
        json.dumps([str(made), repr(made)])


CALLS = {
    "get_service": ("s",),
    "invoke_function": ("s", "f", b"x"),
    "download_function_code": ("s", "f", io.BytesIO()),
    "list_services": (),
}


class TestClosed:
    @pytest.mark.parametrize("kind", CLIENTS)
    @pytest.mark.parametrize("name", CALLS)
    def test_refuse_every_call(self, name, kind):
        with serving(service) as server, CLIENTS[kind](server.url, **KEYS) as client:
            client.get_service("s")
            client.close()
            with pytest.raises(
                TransportError, match="the client is closed; make another"
            ) as caught:
                getattr(client, name)(*CALLS[name])
            client.close()
        assert (caught.value.client_closed, caught.value.request_sent) == (True, False)
        assert caught.value.attempts == 1
        assert len(server.requests) == 1

    @pytest.mark.parametrize("closed", [0, 1, 2])
    def test_close_copies_by_with_options_too(self, closed):
        client = client_of("http://fc.test")
        clients = [client, client.with_options(timeout=3), client.with_options().with_options()]
        clients[closed].close()
        for each in clients:
            with pytest.raises(TransportError, match="is closed"):
                each.get_service("s")

    @pytest.mark.parametrize("kind", CLIENTS)
    def test_refuse_to_iterate(self, kind):
        with CLIENTS[kind]("http://fc.test", **KEYS) as client:
            client.close()
            with pytest.raises(TransportError, match="is closed"):
                client.list_functions("s")

    def test_have_copies_that_are_open(self):
        with serving(service) as server:
            client = client_of(server.url)
            client.close()
            with copy.copy(client) as copied:
                assert copied.get_service("s").service_name == "s"
