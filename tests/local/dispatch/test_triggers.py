import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from local.trigger_support import (
    ARN,
    EVERY_SECOND,
    SCANS_SECONDS,
    UPLOADS,
    Clock,
    Queue,
    add,
    run,
    triggers_of,
)
from support.at_once import at_once

from fc_client.local.storage.schema import TRIGGER, FunctionKey
from fc_client.local.storage.store import Store, StoreError


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "state.sqlite")
    yield store
    store.close()


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def make(store, queue, tmp_path):
    def make(clock=time.time, oss_root=tmp_path):
        return triggers_of(store, queue, oss_root, clock)

    return make


class TestTimers:
    def test_fires_with_the_event_of_the_service(self, store, queue, make):
        add(store, config={"cronExpression": "0 50 * * * *", "payload": "awesome-fc"})
        clock = Clock()
        triggers = make(clock)

        async def scenario():
            assert queue.fired == []
            clock.now += 60
            await triggers.refresh()
            return await queue.wait_for(1)

        (event,) = run(triggers, scenario())
        (function, request_id, _), *_ = queue.fired
        assert function == FunctionKey("s", "f")
        assert len(request_id) == 36
        assert event == {
            "triggerTime": "2018-02-09T05:50:00Z",
            "triggerName": "t",
            "payload": "awesome-fc",
        }

    def test_fires_again_and_again(self, store, queue, make):
        add(store)

        events = run(make(), queue.wait_for(2))

        first, second = (event["triggerTime"] for event in events[:2])
        assert first < second

    def test_does_not_fire_while_it_is_off(self, store, queue, make):
        add(store, config={**EVERY_SECOND, "enable": False})
        clock = Clock()
        triggers = make(clock)

        async def scenario():
            clock.now += 3600
            await triggers.refresh()
            await asyncio.sleep(0.05)

        run(triggers, scenario())
        assert queue.fired == []

    def test_a_refresh_keeps_what_is_due(self, store, queue, make):
        add(store, config={"cronExpression": "@every 1m"})
        clock = Clock()
        triggers = make(clock)

        async def scenario():
            clock.now += 40
            add(store, "another", config={"cronExpression": "@every 1h"})
            await triggers.refresh()
            clock.now += 20
            await triggers.refresh()
            return await queue.wait_for(1)

        (event,) = run(triggers, scenario())
        assert event["triggerTime"] == "2018-02-09T05:50:00Z"

    def test_does_not_make_up_for_what_was_missed(self, store, queue, make):
        add(store)
        clock = Clock()
        triggers = make(clock)

        async def scenario():
            clock.now += 3600
            await triggers.refresh()
            await queue.wait_for(1)
            await asyncio.sleep(0.1)

        run(triggers, scenario())
        assert len(queue.fired) == 1

    def test_a_deleted_timer_is_forgotten(self, store, queue, make):
        add(store, config={"cronExpression": "@every 1m"})
        clock = Clock()
        triggers = make(clock)

        async def scenario():
            store.delete(TRIGGER, ("s", "f", "t"))
            await triggers.refresh()
            clock.now += 60
            await triggers.refresh()
            await asyncio.sleep(0.05)

        run(triggers, scenario())
        assert queue.fired == []


class TestBuckets:
    @pytest.fixture
    def bucket(self, tmp_path, store):
        add(store, "on-upload", "oss", UPLOADS, ARN)
        folder = tmp_path / "pictures"
        (folder / "in").mkdir(parents=True)
        (folder / "in" / "old.jpg").write_bytes(b"old")
        return folder

    def test_fires_for_what_is_written_changed_and_removed(self, bucket, queue, make):
        async def scenario():
            file = bucket / "in" / "a.jpg"
            file.write_bytes(b"12345")
            await queue.wait_for(1)
            file.write_bytes(b"1234567")
            await queue.wait_for(2)
            file.unlink()
            return await queue.wait_for(3)

        events = [event["events"][0] for event in run(make(), scenario())]
        assert [(event["eventName"], event["oss"]["object"]["size"]) for event in events] == [
            ("ObjectCreated:PutObject", 5),
            ("ObjectCreated:PutObject", 7),
            ("ObjectRemoved:DeleteObject", 0),
        ]
        assert {event["oss"]["bucket"]["name"] for event in events} == {"pictures"}
        assert {event["oss"]["object"]["key"] for event in events} == {"in/a.jpg"}

    def test_what_the_filter_leaves_out_fires_nothing(self, bucket, queue, make):
        async def scenario():
            (bucket / "in" / "a.png").write_bytes(b"x")
            (bucket / "b.jpg").write_bytes(b"x")
            (bucket / "in" / "c.jpg").write_bytes(b"x")
            await queue.wait_for(1)
            await asyncio.sleep(SCANS_SECONDS)

        run(make(), scenario())
        (event,) = (event["events"][0] for _, _, event in queue.fired)
        assert event["oss"]["object"]["key"] == "in/c.jpg"

    def test_a_file_is_reported_once_it_no_longer_changes(self, bucket, queue, make):
        async def scenario():
            with (bucket / "in" / "slow.jpg").open("wb") as file:
                for _ in range(10):
                    file.write(b"x" * 1000)
                    file.flush()
                    await asyncio.sleep(0.02)
            await queue.wait_for(1)
            await asyncio.sleep(SCANS_SECONDS)

        run(make(), scenario())
        (event,) = (event["events"][0] for _, _, event in queue.fired)
        assert event["oss"]["object"]["size"] == 10_000

    def test_a_deleted_trigger_does_not_fire(self, bucket, store, queue, make):
        triggers = make()

        async def scenario():
            store.delete(TRIGGER, ("s", "f", "on-upload"))
            await triggers.refresh()
            (bucket / "in" / "a.jpg").write_bytes(b"x")
            await asyncio.sleep(SCANS_SECONDS)

        run(triggers, scenario())
        assert queue.fired == []

    def test_without_a_root_nothing_is_watched(self, bucket, queue, make):
        async def scenario():
            (bucket / "in" / "a.jpg").write_bytes(b"x")
            await asyncio.sleep(SCANS_SECONDS)

        run(make(oss_root=None), scenario())
        assert queue.fired == []


class FailingQueue(Queue):
    """Fails some times, as a store on a full disk, before it keeps what is fired."""

    def __init__(self, failures):
        super().__init__()
        self.failures = failures

    def enqueue(self, function, request_id, event):
        if self.failures and self.failures.pop(0):
            raise StoreError("database or disk is full")
        super().enqueue(function, request_id, event)


class TestFailures:
    @pytest.fixture
    def make_failing(self, store, tmp_path):
        def make(*failures, clock=time.time):
            queue = FailingQueue(list(failures))
            return queue, triggers_of(store, queue, tmp_path, clock)

        return make

    def test_timers_go_on(self, store, make_failing):
        add(store)
        clock = Clock()
        queue, triggers = make_failing(True, True, clock=clock)

        async def scenario():
            for count in (1, 2):
                clock.now += 1
                await triggers.refresh()
                await queue.wait_for(count)

        run(triggers, scenario())

        assert len(queue.fired) == 2

    def test_an_event_of_a_bucket_is_not_lost(self, store, make_failing, tmp_path):
        add(store, "on-upload", "oss", UPLOADS, ARN)
        (tmp_path / "pictures" / "in").mkdir(parents=True)
        queue, triggers = make_failing(True)

        async def scenario():
            (tmp_path / "pictures" / "in" / "a.jpg").write_bytes(b"x")
            await queue.wait_for(1)

        run(triggers, scenario())

        assert len(queue.fired) == 1

    def test_a_trigger_that_has_fired_does_not_fire_again_for_another_that_failed(
        self, store, make_failing, tmp_path
    ):
        for name in ("one", "two", "three"):
            add(store, name, "oss", UPLOADS, ARN)
        (tmp_path / "pictures" / "in").mkdir(parents=True)
        queue, triggers = make_failing(False, True)

        async def scenario():
            (tmp_path / "pictures" / "in" / "a.jpg").write_bytes(b"x")
            await queue.wait_for(3)
            await asyncio.sleep(SCANS_SECONDS)

        run(triggers, scenario())

        assert len(queue.fired) == 3

    def test_a_damaged_trigger_does_not_end_the_task(self, store, make_failing, caplog):
        add(store)
        clock = Clock()
        queue, triggers = make_failing(clock=clock)

        async def scenario():
            clock.now += 1
            await triggers.refresh()
            await queue.wait_for(1)
            store._db.execute("UPDATE triggers SET document = '{'")
            await triggers.refresh()
            # Longer than after an error.
            await asyncio.sleep(0.2)
            add(store)
            await triggers.refresh()
            clock.now += 1
            await triggers.refresh()
            await queue.wait_for(2)

        run(triggers, scenario())

        assert "it is damaged" in caplog.text

    def test_a_folder_that_cannot_be_read_does_not_silence_the_bucket(
        self, store, make_failing, tmp_path, caplog
    ):
        add(store, "on-upload", "oss", UPLOADS, ARN)
        inside = tmp_path / "pictures" / "in"
        inside.mkdir(parents=True)
        (inside / "known.jpg").write_bytes(b"x")
        queue, triggers = make_failing()
        # Deeper than the system takes: not readable, even for root.
        deep = inside / "deep"
        deepest = make_too_deep(deep)

        async def scenario():
            (inside / "a.jpg").write_bytes(b"x")
            await queue.wait_for(1)
            await asyncio.sleep(SCANS_SECONDS)

        try:
            run(triggers, scenario())
        finally:
            shutil.rmtree(deep)

        assert deepest > 4096
        (event,) = (event["events"][0] for _, _, event in queue.fired)
        assert event["oss"]["object"]["key"] == "in/a.jpg"
        assert caplog.text.count("it fires no events") == 1


def make_too_deep(folder):
    """Make folders whose path is longer than the system takes; return its length."""
    folder.mkdir()
    descriptor = os.open(folder, os.O_RDONLY)
    length = len(str(folder))
    while length <= 4096:
        os.mkdir("x" * 200, dir_fd=descriptor)
        deeper = os.open("x" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
        length += 201
    os.close(descriptor)
    return length


class TestClockSetBack:
    @at_once
    @pytest.mark.parametrize("expression", ["@every 1s", "* * * * * *"])
    def test_timers_fire_on(self, expression):
        offset = 0.0

        async def scenario(queue):
            nonlocal offset
            await queue.wait_for(1)
            offset = -3600.0
            await queue.wait_for(len(queue.fired) + 2, 20)

        with tempfile.TemporaryDirectory() as folder:
            store, queue = Store(Path(folder) / "state.sqlite"), Queue()
            try:
                add(store, config={"cronExpression": expression})
                triggers = triggers_of(store, queue, None, lambda: time.time() + offset)
                run(triggers, scenario(queue))
            finally:
                store.close()
