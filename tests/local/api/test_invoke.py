from __future__ import annotations

import asyncio
import base64

import pytest
from local.support import FakePools, Server, failing, outcome

from fc_client.local.engine import Settings
from fc_client.local.execution.function_spec import ResourceExhausted


async def exhausted(_spec, _event):
    raise ResourceExhausted("all instances are busy")


class TestSyncReply:
    def test_headers_describe_the_run(self, api):
        api.create_service()
        checksum = api.create_function().json()["codeChecksum"]

        reply = api.invoke(b"\x00\xffevent")

        assert (reply.status_code, reply.content) == (200, b"\x00\xffevent")
        assert reply.headers["Content-Type"] == "application/octet-stream"
        assert reply.headers["X-Fc-Invocation-Duration"] == "13"
        assert reply.headers["X-Fc-Max-Memory-Usage"] == "30.99"
        assert reply.headers["X-Fc-Code-Checksum"] == checksum
        assert reply.headers["X-Fc-Instance-Id"] == "i-1"
        assert reply.headers["X-Fc-Invocation-Service-Version"] == "LATEST"
        assert "X-Fc-Error-Type" not in reply.headers
        assert "X-Fc-Log-Result" not in reply.headers

    def test_the_function_gets_the_replys_request_id(self, api, pools):
        api.create_all()

        reply = api.invoke()

        assert pools.calls[0][1] == reply.headers["X-Fc-Request-Id"]

    def test_a_function_error_has_status_200_and_its_type(self, api, pools):
        pools.behaviour = failing
        api.create_all()

        reply = api.invoke()

        assert reply.status_code == 200
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"
        assert reply.json() == {"errorMessage": "oops"}

    def test_tail_gives_the_last_4_kb_of_the_log(self, api, pools):
        log = b"".join(b"line %d\n" % number for number in range(1000))

        async def chatty(_spec, _event):
            return outcome(log=log)

        pools.behaviour = chatty
        api.create_all()

        reply = api.invoke(log="Tail")

        assert base64.b64decode(reply.headers["X-Fc-Log-Result"]) == log[-4096:]

    def test_no_free_instance_is_429(self, api, pools):
        pools.behaviour = exhausted
        api.create_all()

        reply = api.invoke()

        assert reply.status_code == 429
        assert reply.json() == {
            "ErrorCode": "ResourceExhausted",
            "ErrorMessage": "all instances are busy",
        }

    @pytest.mark.parametrize(
        ("headers", "name"),
        [
            ({"type": "sync"}, "X-Fc-Invocation-Type"),
            ({"type": ""}, "X-Fc-Invocation-Type"),
            ({"log": "All"}, "X-Fc-Log-Type"),
            ({"type": "Async", "delay": "3601"}, "X-Fc-Async-Delay"),
            ({"type": "Async", "delay": "-1"}, "X-Fc-Async-Delay"),
            ({"type": "Async", "delay": "1.5"}, "X-Fc-Async-Delay"),
        ],
    )
    def test_a_bad_header_is_named(self, api, pools, headers, name):
        api.create_all()

        reply = api.invoke(**headers)

        assert (reply.status_code, reply.json()["ErrorCode"]) == (400, "InvalidArgument")
        assert name in reply.json()["ErrorMessage"]
        assert pools.calls == []


class TestAsyncReply:
    def test_it_is_202_and_empty_and_the_function_runs(self, api, pools, server):
        api.create_all()

        reply = api.invoke(b"event", type="Async")
        server.thread.drain(30)

        assert (reply.status_code, reply.content) == (202, b"")
        assert pools.calls[0][1:] == (reply.headers["X-Fc-Request-Id"], b"event")

    def test_it_does_not_wait_for_the_function(self, api, pools):
        async def endless(_spec, _event):
            await asyncio.sleep(60)
            return outcome()

        pools.behaviour = endless
        api.create_all()

        assert api.invoke(type="Async").status_code == 202

    def test_the_payload_may_have_128_kb(self, api):
        api.create_all()

        assert api.invoke(bytes(128 * 1024), type="Async").status_code == 202
        refused = api.invoke(bytes(128 * 1024 + 1), type="Async")

        assert (refused.status_code, refused.json()["ErrorCode"]) == (400, "EntityTooLarge")

    def test_a_delayed_one_is_not_due_yet(self, api, pools, server):
        api.create_all()
        api.invoke(type="Async", delay="3600")

        with pytest.raises(TimeoutError, match="1 asynchronous invocations"):
            server.thread.drain(0.05)
        assert pools.calls == []

    def test_deleting_the_function_cancels_it(self, api, pools, server):
        api.create_service()
        api.create_function()
        api.invoke(type="Async", delay="3600")

        assert api.call("DELETE", "/services/s/functions/f").status_code == 204

        server.thread.drain(30)
        assert pools.calls == []

    def test_what_was_accepted_before_a_restart_runs_after_it(self, tmp_path):
        async def endless(_spec, _event):
            await asyncio.sleep(60)
            return outcome()

        # Does not end it, should it be due before the end.
        first, second = FakePools(behaviour=endless), FakePools()
        with Server(Settings(make_pools=lambda _: first), tmp_path) as server:
            server.api.create_all()
            server.api.invoke(b"later", type="Async", delay="1")

        with Server(Settings(make_pools=lambda _: second), tmp_path) as server:
            server.thread.drain(30)

        assert second.events == [b"later"]
