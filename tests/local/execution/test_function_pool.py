from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from local.execution.pool_scenarios import (
    EXITED,
    HOLD,
    PID,
    SLEEP,
    HeldCall,
    directories_in,
    occupy,
)
from local.execution_support import (
    REQUEST_ID,
    error_of,
    has_ended,
    invoke,
    is_running,
    run_in_pools,
    spec_of,
    wait_until,
    wait_until_async,
    write_function,
)

from fc_client.local.execution.instance_pools import (
    InstancePools,
    Outcome,
    ResourceExhausted,
)


class TestWarmInstances:
    def test_instance_is_used_again(self, tmp_path: Path):
        source = "calls = []\ndef handler(event, context):\n calls.append(1)\n return len(calls)"

        outcomes = invoke(spec_of(write_function(tmp_path, source)), tmp_path, b"", b"", b"")

        assert [outcome.payload for outcome in outcomes] == [b"1", b"2", b"3"]
        assert len({outcome.instance_id for outcome in outcomes}) == 1

    def test_one_event_at_a_time(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> list[Outcome]:
            calls = (pools.invoke(spec, REQUEST_ID, b"0") for _ in range(3))
            return await asyncio.gather(*calls)

        outcomes = run_in_pools(tmp_path, scenario)

        assert len({outcome.instance_id for outcome in outcomes}) == 3

    def test_instance_used_last_is_used_first(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, HOLD))

        async def scenario(pools: InstancePools) -> list[str]:
            slow = await HeldCall.start(pools, spec, tmp_path)
            other = await pools.invoke(spec, REQUEST_ID, b"")
            last = await slow.end()
            used = await pools.invoke(spec, REQUEST_ID, b"")
            return [outcome.instance_id for outcome in (other, last, used)]

        other, last, used = run_in_pools(tmp_path, scenario)

        assert used == last != other

    def test_idle_instance_ends_with_its_files(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, PID))

        async def scenario(pools: InstancePools) -> bool:
            pid = int((await pools.invoke(spec, REQUEST_ID, b"")).payload)
            assert len(directories_in(pools)) == 1
            return await wait_until_async(lambda: not is_running(pid) and not directories_in(pools))

        assert run_in_pools(tmp_path, scenario, idle_seconds=0.05)

    def test_busy_instance_is_not_idle(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        outcomes = invoke(spec, tmp_path, b"0", b"0.2", b"0.2", idle_seconds=0.05)

        assert len({outcome.instance_id for outcome in outcomes}) == 1

    def test_instance_that_died_while_idle_is_not_used(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, PID))

        async def scenario(pools: InstancePools) -> Outcome:
            first = await pools.invoke(spec, REQUEST_ID, b"")
            os.kill(int(first.payload), signal.SIGKILL)
            # Without a turn of the event loop, which would see the channel's end.
            assert wait_until(lambda: has_ended(int(first.payload)))
            return await pools.invoke(spec, REQUEST_ID, b"")

        assert run_in_pools(tmp_path, scenario).error_type is None

    def test_instance_that_died_while_idle_leaves_its_place(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, PID))

        async def scenario(pools: InstancePools) -> bool:
            first = await pools.invoke(spec, REQUEST_ID, b"")
            os.kill(int(first.payload), signal.SIGKILL)
            return await wait_until_async(lambda: not directories_in(pools))

        assert run_in_pools(tmp_path, scenario)

    def test_crash_costs_one_event(self, tmp_path: Path):
        source = "import os\ndef handler(event, context):\n if event: os._exit(3)\n return 'fine'"
        spec = spec_of(write_function(tmp_path, source))

        good, crashed, next_one = invoke(spec, tmp_path, b"", b"crash", b"")

        assert (good.payload, next_one.payload) == (b"fine", b"fine")
        assert EXITED.fullmatch(error_of(crashed)["errorMessage"])
        assert next_one.instance_id != good.instance_id == crashed.instance_id


class TestLimit:
    def test_callers_wait_in_their_order(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))
        served: list[int] = []

        async def call(pools: InstancePools, number: int) -> None:
            await pools.invoke(spec, REQUEST_ID, b"0.01")
            served.append(number)

        async def scenario(pools: InstancePools) -> None:
            await asyncio.gather(*(call(pools, number) for number in range(8)))

        run_in_pools(tmp_path, scenario, max_instances=1)

        assert served == list(range(8))

    def test_waiting_ends(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, HOLD))

        async def scenario(pools: InstancePools) -> Outcome:
            slow = await HeldCall.start(pools, spec, tmp_path)
            with pytest.raises(ResourceExhausted, match="all 1 instances of service/function were"):
                await pools.invoke(spec, REQUEST_ID, b"")
            return await slow.end()

        outcome = run_in_pools(tmp_path, scenario, max_instances=1, wait_seconds=0.1)

        assert outcome.error_type is None

    def test_other_functions_do_not_wait(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, HOLD))
        other = spec_of(spec.code_dir, function_name="other")

        async def scenario(pools: InstancePools) -> list[Outcome]:
            slow = await HeldCall.start(pools, spec, tmp_path)
            quick = await pools.invoke(other, REQUEST_ID, b"")
            return [quick, await slow.end()]

        outcomes = run_in_pools(tmp_path, scenario, max_instances=1)

        assert [outcome.error_type for outcome in outcomes] == [None, None]

    @pytest.mark.parametrize("crash", [b"", b"crash"], ids=["result", "crash"])
    def test_place_is_free_after(self, tmp_path: Path, crash: bytes):
        source = "import os\ndef handler(event, context):\n if event: os._exit(3)"
        spec = spec_of(write_function(tmp_path, source))

        async def scenario(pools: InstancePools) -> list[Outcome]:
            calls = (pools.invoke(spec, REQUEST_ID, event) for event in (crash, b"", b""))
            return await asyncio.gather(*calls)

        outcomes = run_in_pools(tmp_path, scenario, max_instances=1)

        assert [outcome.payload for outcome in outcomes[1:]] == [b"null", b"null"]

    def test_caller_that_gives_up_leaves_the_queue(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> Outcome:
            slow = await occupy(pools, spec, "0")
            waiting = await occupy(pools, spec, "0")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await slow
            return await pools.invoke(spec, REQUEST_ID, b"0")

        assert run_in_pools(tmp_path, scenario, max_instances=1).payload == b"0"

    def test_instance_of_a_caller_that_gives_up_is_not_used_again(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, HOLD))

        async def scenario(pools: InstancePools) -> tuple[str, Outcome]:
            first = await pools.invoke(spec, REQUEST_ID, b"")
            running = await HeldCall.start(pools, spec, tmp_path)
            await running.runs()
            running.task.cancel()
            return first.instance_id, await pools.invoke(spec, REQUEST_ID, b"")

        instance_id, outcome = run_in_pools(tmp_path, scenario, max_instances=1)

        assert outcome.error_type is None
        assert outcome.instance_id != instance_id

    def test_many_callers_that_give_up_do_not_block_others(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> Outcome:
            calls = [await occupy(pools, spec, "0.05") for _ in range(9)]
            await asyncio.sleep(0.15)
            for call in calls:
                call.cancel()
            await asyncio.wait(calls)
            return await pools.invoke(spec, REQUEST_ID, b"0")

        assert run_in_pools(tmp_path, scenario, max_instances=3).payload == b"0"


class TestChanges:
    def test_new_version_gets_a_new_instance(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, PID))
        changed = spec_of(spec.code_dir, version="2")

        async def scenario(pools: InstancePools) -> tuple[int, int, bool]:
            old = int((await pools.invoke(spec, REQUEST_ID, b"")).payload)
            new = int((await pools.invoke(changed, REQUEST_ID, b"")).payload)
            return old, new, await wait_until_async(lambda: not is_running(old))

        old, new, ended = run_in_pools(tmp_path, scenario)

        assert ended
        assert new != old

    @pytest.mark.parametrize("how", ["new version", "retire"])
    def test_running_call_comes_to_its_end(self, tmp_path: Path, how: str):
        spec = spec_of(write_function(tmp_path, HOLD))

        async def scenario(pools: InstancePools) -> tuple[Outcome, Outcome]:
            running = await HeldCall.start(pools, spec, tmp_path)
            await running.runs()
            if how == "retire":
                pools.retire(("service", "function", ""))
            changed = spec_of(spec.code_dir, version="2")
            other = await pools.invoke(changed, REQUEST_ID, b"")
            return await running.end(), other

        running, other = run_in_pools(tmp_path, scenario)

        assert running.error_type is None
        assert other.instance_id != running.instance_id

    def test_callers_that_wait_are_served(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> list[Outcome]:
            calls = [await occupy(pools, spec, "0.01") for _ in range(3)]
            pools.retire(("service", "function", ""))
            return await asyncio.gather(*calls)

        outcomes = run_in_pools(tmp_path, scenario, max_instances=1)

        assert [outcome.payload for outcome in outcomes] == [b"0.01"] * 3
        assert len({outcome.instance_id for outcome in outcomes}) == 3

    def test_instance_may_clean_up_when_it_is_not_needed(self, tmp_path: Path):
        source = f"""
import pathlib, signal, sys
def leave(*_):
    pathlib.Path({str(tmp_path / "left")!r}).write_text("cleanly")
    sys.exit()
signal.signal(signal.SIGTERM, leave)
def handler(event, context): pass
"""
        invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert (tmp_path / "left").read_text() == "cleanly"

    def test_each_version_of_the_service_has_instances_of_its_own(self, tmp_path: Path):
        latest = spec_of(write_function(tmp_path, PID))
        first = spec_of(latest.code_dir, service_version="1")

        async def scenario(pools: InstancePools) -> list[int]:
            specs = (latest, first, latest, first)
            pids = [int((await pools.invoke(spec, REQUEST_ID, b"")).payload) for spec in specs]
            pools.retire(first.key)
            assert await wait_until_async(lambda: not is_running(pids[1]))
            return [*pids, int((await pools.invoke(latest, REQUEST_ID, b"")).payload)]

        new, old, new_again, old_again, new_at_last = run_in_pools(tmp_path, scenario)

        assert new == new_again == new_at_last
        assert old == old_again != new

    def test_the_message_names_the_version(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, HOLD), service_version="1")

        async def scenario(pools: InstancePools) -> None:
            running = await HeldCall.start(pools, spec, tmp_path)
            with pytest.raises(ResourceExhausted, match=r"instances of service\.1/function"):
                await pools.invoke(spec, REQUEST_ID, b"")
            await running.end()

        run_in_pools(tmp_path, scenario, max_instances=1, wait_seconds=0.05)

    def test_retiring_the_unknown_does_nothing(self, tmp_path: Path):
        async def scenario(pools: InstancePools) -> None:
            pools.retire(("no-service", "no-function", ""))

        run_in_pools(tmp_path, scenario)
