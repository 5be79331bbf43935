"""A store that fails for a while, as on a full or read-only disk."""

import asyncio
import logging
import time

import pytest
from local.execution_support import wait_until_async
from local.invocation_support import FUNCTION_DOCUMENT
from local.support import assert_error, failing
from support.waiting import wait_until

from fc_client.local.dispatch.invocations import RetrySettings
from fc_client.local.storage.reading import read_logs
from fc_client.local.storage.schema import FUNCTION, FunctionKey
from fc_client.local.storage.store import StoreError

QUICK = RetrySettings(base_delay=0.02, attempts=3, store_delay=0.05)


def set_read_only(store, on):
    store._db.execute(f"PRAGMA query_only = {int(on)}")


def damage(store):
    store._db.execute("UPDATE functions SET document = '{'")


class TestSync:
    def test_the_result_is_returned_and_the_loss_of_the_log_reported(self, run, pools, caplog):
        async def test(bench):
            set_read_only(bench.store, on=True)
            outcome = await bench.invocations.invoke(FunctionKey("s", "f"), "r-1", b"event")
            assert outcome.payload == b"event"

        bench = run(test)

        assert len(pools.calls) == 1
        assert read_logs(bench.path, "s") == []
        assert "the log of request r-1 of s/f is lost" in caplog.text
        assert "readonly database; make the data directory writable" in caplog.text

    def test_a_function_that_cannot_be_read_does_not_run(self, run, pools):
        async def test(bench):
            damage(bench.store)
            with pytest.raises(StoreError, match="malformed; it is damaged"):
                await bench.invocations.invoke(FunctionKey("s", "f"), "r-1", b"event")

        run(test)

        assert pools.calls == []


class TestAsync:
    def test_one_that_cannot_be_stored_is_not_accepted(self, run, pools):
        async def test(bench):
            set_read_only(bench.store, on=True)
            with pytest.raises(StoreError):
                bench.enqueue(b"1")
            set_read_only(bench.store, on=False)
            await bench.invocations.drain()

        run(test)

        assert pools.calls == []

    def test_one_that_has_succeeded_does_not_run_again(self, run, pools, caplog):
        async def test(bench):
            bench.enqueue(b"1")
            set_read_only(bench.store, on=True)
            await asyncio.sleep(0.3)
            # A look at the queue must not start it again.
            bench.invocations.start()
            await asyncio.sleep(0.1)
            assert bench.invocations.queued() == 1
            # The queue can be read.
            assert "works again" not in caplog.text
            set_read_only(bench.store, on=False)
            await bench.invocations.drain()

        run(test)

        assert len(pools.calls) == 1
        assert caplog.text.count("trying again") == 1
        assert "works again" in caplog.text

    def test_attempts_are_counted_while_they_cannot_be_stored(self, run, pools):
        pools.behaviour = failing

        async def test(bench):
            bench.enqueue(b"1")
            set_read_only(bench.store, on=True)
            assert await wait_until_async(lambda: len(pools.calls) == 3)
            await asyncio.sleep(0.2)
            assert len(pools.calls) == 3
            set_read_only(bench.store, on=False)
            await bench.invocations.drain()

        run(test, QUICK)

        assert len(pools.calls) == 3

    def test_attempts_are_counted_across_the_end_of_the_outage(self, run, pools):
        pools.behaviour = failing

        async def test(bench):
            bench.enqueue(b"1")
            set_read_only(bench.store, on=True)
            await asyncio.sleep(0.05)
            set_read_only(bench.store, on=False)
            await bench.invocations.drain()

        run(test, QUICK)

        assert len(pools.calls) == 3

    def test_a_function_that_cannot_be_read_uses_up_no_attempt(self, run, pools, caplog):
        async def test(bench):
            bench.enqueue(b"1")
            damage(bench.store)
            await asyncio.sleep(0.1)
            assert "works again" not in caplog.text
            bench.store.put(FUNCTION, ("s", "f"), FUNCTION_DOCUMENT)
            await bench.invocations.drain()

        run(test, RetrySettings(attempts=1, throttle_delay=0.02))

        assert len(pools.calls) == 1
        assert caplog.text.count("trying again") == 1
        assert "works again" in caplog.text

    def test_what_has_run_is_stored_at_the_end(self, run, pools):
        async def leave(bench):
            bench.enqueue(b"1")
            set_read_only(bench.store, on=True)
            await asyncio.sleep(0.05)
            set_read_only(bench.store, on=False)

        async def resume(bench):
            await bench.invocations.drain()

        run(leave)
        run(resume)

        assert len(pools.calls) == 1

    def test_what_cannot_be_stored_at_the_end_is_reported(self, run, caplog):
        async def test(bench):
            bench.enqueue(b"1")
            set_read_only(bench.store, on=True)
            await asyncio.sleep(0.05)

        run(test)

        assert "Async invocation r-1 has run, but the store fails" in caplog.text

    def test_the_queue_goes_on_when_the_store_can_be_read_again(self, run, pools):
        async def test(bench):
            bench.store._db.execute("ALTER TABLE async_invocations RENAME TO away")
            bench.invocations.start()
            bench.store._db.execute("ALTER TABLE away RENAME TO async_invocations")
            # As another process that has stored it before.
            bench.store.enqueue("r-1", FunctionKey("s", "f"), b"1", time.time())
            await bench.invocations.drain()

        run(test, QUICK)

        assert pools.events == [b"1"]


class TestReplies:
    def test_have_the_cause(self, server, api, caplog):
        api.create_all()
        store = server.thread._engine._store

        async def switch(*, on):
            set_read_only(store, on=on)

        server.thread._call(switch(on=True))
        with caplog.at_level(logging.ERROR, "fc_client.local"):
            created = api.create_service("other")
            accepted = api.invoke(b"1", type="Async")
        run = api.invoke(b"event")
        server.thread._call(switch(on=False))

        for reply in (created, accepted):
            assert_error(reply, 500, "InternalServerError", "readonly database", "fc.sqlite")
            assert reply.headers["X-Fc-Request-Id"] in caplog.text
        assert (run.status_code, run.content) == (200, b"event")
        assert "Traceback" not in caplog.text
        assert api.create_service("other").status_code == 200

    def test_of_a_change_that_is_stored_is_its_result(self, server, api, caplog):
        """Removing the code comes after the change, and may fail."""
        api.create_service()
        checksum = api.create_function().json()["codeChecksum"]
        archive = server.data.code / "zips" / f"{checksum}.zip"
        archive.unlink()
        archive.mkdir()

        with caplog.at_level(logging.ERROR, "fc_client.local"):
            reply = api.call("DELETE", "/services/s/functions/f")

        assert reply.status_code == 204
        assert api.call("GET", "/services/s/functions/f").status_code == 404
        assert f"unused code {checksum} stays" in caplog.text


class TestTriggers:
    def test_fire_again_after_the_outage(self, server, api, pools, caplog):
        api.create_service()
        api.create_function()
        config = {"cronExpression": "@every 1s", "payload": "tick"}
        api.create_trigger(triggerConfig=config).raise_for_status()
        store = server.thread._engine._store

        async def switch(*, on):
            set_read_only(store, on=on)

        server.thread._call(switch(on=True))
        wait_until(lambda: "timers: " in caplog.text)
        fired = len(pools.calls)
        # The next attempt fails as well.
        time.sleep(1.2)
        assert len(pools.calls) == fired
        server.thread._call(switch(on=False))
        wait_until(lambda: len(pools.calls) >= fired + 2)

        assert caplog.text.count("timers: ") == 2  # once failed, once works again
