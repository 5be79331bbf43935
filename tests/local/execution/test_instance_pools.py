from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from local.execution_support import (
    REQUEST_ID,
    error_of,
    has_ended,
    invoke,
    is_running,
    printed,
    run_in_pools,
    spec_of,
    wait_until,
    wait_until_async,
    write_function,
)

from fc_client.local.execution import guardian
from fc_client.local.execution.instance_pools import (
    FunctionSpec,
    InstancePools,
    Outcome,
    ResourceExhausted,
)
from fc_client.local.execution.processes import descendants, peak_mb, tree_mb

ECHO = "def handler(event, context): return event"
PID = "import os\ndef handler(event, context): return os.getpid()"
# Sleeps for as many seconds as the event says.
SLEEP = """
import time
def handler(event, context):
    time.sleep(float(event))
    return event
"""
# Starts a process in another session with the output open, and returns its ID.
DETACH = """
import subprocess, sys, time
def handler(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                             start_new_session=True, env={env})
    print(child.pid, flush=True)
    time.sleep(float(event))
    return child.pid
"""
EXITED = re.compile(
    r"Process exited unexpectedly before completing request "
    r"\(duration: \d+ms, maxMemoryUsage: (\d+\.\d\d)MB\)"
)


def pid_in_log(outcome: Outcome) -> int:
    return int(printed(outcome).split()[0])


def directories_in(directory: Path) -> list[Path]:
    """Return the directories of the instances that there are."""
    return list(directory.glob("work/instances-*/c-*"))


async def occupy(pools: InstancePools, spec: FunctionSpec, seconds: str) -> asyncio.Task[Outcome]:
    """Start a call that sleeps, and return it when it has its instance."""
    task = asyncio.create_task(pools.invoke(spec, REQUEST_ID, seconds.encode()))
    await asyncio.sleep(0)
    return task


class TestWarmInstances:
    def test_instance_is_used_again(self, tmp_path: Path):
        source = "calls = []\ndef handler(event, context):\n calls.append(1)\n return len(calls)"

        outcomes = invoke(spec_of(write_function(tmp_path, source)), tmp_path, b"", b"", b"")

        assert [outcome.payload for outcome in outcomes] == [b"1", b"2", b"3"]
        assert len({outcome.instance_id for outcome in outcomes}) == 1

    def test_one_event_at_a_time(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> list[Outcome]:
            calls = (pools.invoke(spec, REQUEST_ID, b"0.3") for _ in range(3))
            return await asyncio.gather(*calls)

        outcomes = run_in_pools(tmp_path, scenario)

        assert len({outcome.instance_id for outcome in outcomes}) == 3

    def test_instance_used_last_is_used_first(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> tuple[str, str]:
            slow = await occupy(pools, spec, "0.4")
            await pools.invoke(spec, REQUEST_ID, b"0")
            last = (await slow).instance_id
            return last, (await pools.invoke(spec, REQUEST_ID, b"0")).instance_id

        last, used = run_in_pools(tmp_path, scenario)

        assert used == last

    def test_idle_instance_ends_with_its_files(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, PID))

        async def scenario(pools: InstancePools) -> bool:
            pid = int((await pools.invoke(spec, REQUEST_ID, b"")).payload)
            assert len(directories_in(tmp_path)) == 1
            return await wait_until_async(
                lambda: not is_running(pid) and not directories_in(tmp_path)
            )

        assert run_in_pools(tmp_path, scenario, idle_seconds=0.05)

    def test_busy_instance_is_not_idle(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        outcomes = invoke(spec, tmp_path, b"0", b"0.4", b"0.4", idle_seconds=0.2)

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
            return await wait_until_async(lambda: not directories_in(tmp_path))

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
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> Outcome:
            slow = await occupy(pools, spec, "0.5")
            with pytest.raises(ResourceExhausted, match="all 1 instances of service/function were"):
                await pools.invoke(spec, REQUEST_ID, b"0")
            return await slow

        outcome = run_in_pools(tmp_path, scenario, max_instances=1, wait_seconds=0.1)

        assert outcome.payload == b"0.5"

    def test_other_functions_do_not_wait(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))
        other = spec_of(spec.code_dir, function_name="other")

        async def scenario(pools: InstancePools) -> bool:
            slow = await occupy(pools, spec, "0.5")
            await pools.invoke(other, REQUEST_ID, b"0")
            return slow.done()

        assert not run_in_pools(tmp_path, scenario, max_instances=1)

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
            slow = await occupy(pools, spec, "0.2")
            waiting = await occupy(pools, spec, "0")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await slow
            return await pools.invoke(spec, REQUEST_ID, b"0")

        assert run_in_pools(tmp_path, scenario, max_instances=1).payload == b"0"

    def test_instance_of_a_caller_that_gives_up_is_not_used_again(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> tuple[str, Outcome]:
            first = await pools.invoke(spec, REQUEST_ID, b"0")
            running = await occupy(pools, spec, "5")
            await asyncio.sleep(0.05)
            running.cancel()
            return first.instance_id, await pools.invoke(spec, REQUEST_ID, b"0.01")

        instance_id, outcome = run_in_pools(tmp_path, scenario, max_instances=1)

        assert outcome.payload == b"0.01"
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
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> tuple[Outcome, Outcome]:
            running = await occupy(pools, spec, "0.5")
            await asyncio.sleep(0.2)
            if how == "retire":
                pools.retire("service", "function")
            changed = spec_of(spec.code_dir, version="2")
            other = await pools.invoke(changed, REQUEST_ID, b"0")
            return await running, other

        running, other = run_in_pools(tmp_path, scenario)

        assert running.payload == b"0.5"
        assert other.instance_id != running.instance_id

    def test_callers_that_wait_are_served(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> list[Outcome]:
            calls = [await occupy(pools, spec, "0.1") for _ in range(3)]
            pools.retire("service", "function")
            return await asyncio.gather(*calls)

        outcomes = run_in_pools(tmp_path, scenario, max_instances=1)

        assert [outcome.payload for outcome in outcomes] == [b"0.1"] * 3
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

    def test_retiring_the_unknown_does_nothing(self, tmp_path: Path):
        async def scenario(pools: InstancePools) -> None:
            pools.retire("no-service", "no-function")

        run_in_pools(tmp_path, scenario)


class TestEnvironment:
    SOURCE = """
import os, sys
def handler(event, context):
    return {"environment": dict(os.environ), "cwd": os.getcwd(), "path": sys.path,
            "argv": sys.argv, "tmp": os.path.isdir(os.environ["TMPDIR"])}
"""

    def test_has_the_function_s_variables_and_none_of_the_host_s(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "a real key")
        monkeypatch.setenv("PYTHONPATH", "/host/packages")
        monkeypatch.setenv("SOMETHING_ELSE", "of the host")
        code = write_function(tmp_path, self.SOURCE)
        variables = {"MINE": "ä=b", "HOME": "/elsewhere", "FC_REGION": "not mine to say"}

        (outcome,) = invoke(spec_of(code, environment_variables=variables), tmp_path)

        seen = json.loads(outcome.payload)["environment"]
        assert seen == {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": "/elsewhere",
            "TMPDIR": seen["TMPDIR"],
            "MINE": "ä=b",
            "FC_FUNC_CODE_PATH": str(code),
            "FC_FUNCTION_NAME": "function",
            "FC_FUNCTION_HANDLER": "index.handler",
            "FC_FUNCTION_MEMORY_SIZE": "128",
            "FC_SERVICE_NAME": "service",
            "FC_ACCOUNT_ID": "1234567890",
            "FC_REGION": "cn-local",
            "FC_INSTANCE_ID": outcome.instance_id,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "key-id",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "key-secret",
            "ALIBABA_CLOUD_SECURITY_TOKEN": "token",
        }

    def test_places(self, tmp_path: Path):
        code = write_function(tmp_path, self.SOURCE)

        (outcome,) = invoke(spec_of(code), tmp_path)

        seen = json.loads(outcome.payload)
        assert seen["cwd"] == seen["path"][0] == str(code)
        assert not any("site-packages" in entry for entry in seen["path"])
        assert len(seen["argv"]) == 1
        assert seen["tmp"]
        assert not Path(seen["environment"]["TMPDIR"]).exists()

    def test_code_directory_stays_clean(self, tmp_path: Path):
        code = write_function(tmp_path, "import helper\nhandler = helper.handler")
        write_function(tmp_path, ECHO, "helper.py")

        invoke(spec_of(code), tmp_path)

        assert sorted(path.name for path in code.iterdir()) == ["helper.py", "index.py"]

    def test_inherits_no_descriptors(self, tmp_path: Path):
        source = "import os\ndef handler(event, context): return sorted(os.listdir('/dev/fd'))"
        secret = os.open(tmp_path, os.O_RDONLY)
        os.set_inheritable(secret, True)
        try:
            (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)
        finally:
            os.close(secret)

        # Standard streams, the channel, the log's, and the listing's own.
        assert len(json.loads(outcome.payload)) == 6


class TestTimeout:
    def test_message(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, "def handler(e, c):\n while True: pass"), timeout=1)

        (outcome,) = invoke(spec, tmp_path)

        assert outcome.error_type == "UnhandledInvocationError"
        assert error_of(outcome) == {"errorMessage": "Task timed out after 1 seconds"}
        assert 1000 <= outcome.duration_ms < 2000
        assert "[ERROR] Task timed out after 1 seconds\n" in printed(outcome)

    @pytest.mark.parametrize("env", ["None", "{}"], ids=["with the marker", "without the marker"])
    def test_kills_what_left_the_session(self, tmp_path: Path, env: str):
        spec = spec_of(write_function(tmp_path, DETACH.replace("{env}", env)), timeout=1)

        async def scenario(pools: InstancePools) -> tuple[float, bool]:
            started = time.monotonic()
            outcome = await pools.invoke(spec, REQUEST_ID, b"30")
            taken = time.monotonic() - started
            assert error_of(outcome)["errorMessage"] == "Task timed out after 1 seconds"
            pid = pid_in_log(outcome)
            return taken, await wait_until_async(lambda: not is_running(pid), 2)

        taken, gone = run_in_pools(tmp_path, scenario)

        assert gone
        assert taken < 2.5

    def test_kills_a_daemon(self, tmp_path: Path):
        source = """
import os, time
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            print(os.getpid(), flush=True)
            time.sleep(60)
        os._exit(0)
    os.wait()
    time.sleep(60)
"""
        spec = spec_of(write_function(tmp_path, source), timeout=1)

        async def scenario(pools: InstancePools) -> bool:
            pid = pid_in_log(await pools.invoke(spec, REQUEST_ID, b""))
            return await wait_until_async(lambda: not is_running(pid), 2)

        assert run_in_pools(tmp_path, scenario)

    def test_covers_loading(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, "import time\ntime.sleep(60)"), timeout=1)

        (outcome,) = invoke(spec, tmp_path)

        assert error_of(outcome) == {"errorMessage": "Task timed out after 1 seconds"}

    def test_of_the_initializer_is_its_own(self, tmp_path: Path):
        source = "import time\ndef start(context): time.sleep(60)\ndef handler(e, c): pass"
        code = write_function(tmp_path, source)
        spec = spec_of(code, initializer="index.start", initialization_timeout=1)

        (outcome,) = invoke(spec, tmp_path)

        assert error_of(outcome) == {"errorMessage": "Task timed out after 1 seconds"}

    def test_instance_is_new_after_it(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP), timeout=1)

        late, good = invoke(spec, tmp_path, b"9", b"0.1")

        assert good.payload == b"0.1"
        assert good.instance_id != late.instance_id


class TestMemory:
    @pytest.mark.parametrize(
        "source",
        [
            "def handler(e, c):\n kept = []\n while True: kept.append(bytearray(1 << 20))",
            "def handler(e, c): len(bytearray(b'x') * (200 << 20))",
            (
                "import subprocess, sys\ndef handler(e, c): subprocess.run([sys.executable, '-c',"
                " 'import time; x = bytearray(b\"x\") * (200 << 20); time.sleep(9)'])"
            ),
        ],
        ids=["growing", "freed before the result", "of a child"],
    )
    def test_over_the_limit_ends_the_instance(self, tmp_path: Path, source: str):
        spec = spec_of(write_function(tmp_path, source))

        (outcome,) = invoke(spec, tmp_path)

        found = EXITED.fullmatch(error_of(outcome)["errorMessage"])
        assert found
        assert outcome.error_type == "UnhandledInvocationError"
        assert float(found[1]) == pytest.approx(outcome.max_memory_mb, abs=0.01)
        assert outcome.max_memory_mb > 128
        assert "memory limit of 128 MB exceeded" in printed(outcome)

    def test_shared_pages_count_once(self, tmp_path: Path):
        source = """
import os, time
kept = bytearray(b"x") * (60 << 20)
def handler(event, context):
    children = [os.fork() for _ in range(2)]
    time.sleep(0.3)
    if 0 in children:
        os._exit(0)
    return len(children)
"""
        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert outcome.payload == b"2"

    def test_is_measured(self, tmp_path: Path):
        source = "def handler(e, c): len(bytearray(b'x') * (60 << 20))"

        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert outcome.error_type is None
        assert 60 < outcome.max_memory_mb < 100
        assert f"Max Memory Used: {outcome.max_memory_mb:.2f} MB" in outcome.log.decode()

    def test_of_an_ended_process_is_zero(self):
        assert (peak_mb(2**30), tree_mb(2**30, 1), descendants(2**30)) == (0, 0, [])


class TestLog:
    def test_has_all_output_before_the_result(self, tmp_path: Path):
        source = "def handler(event, context):\n for n in range(20000): print('line', n)"

        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert printed(outcome) == "".join(f"line {n}\n" for n in range(20000))

    def test_is_of_one_invocation(self, tmp_path: Path):
        source = "def handler(event, context): print(event.decode(), end='')"

        outcomes = invoke(spec_of(write_function(tmp_path, source)), tmp_path, b"one", b"two")

        assert [printed(outcome) for outcome in outcomes] == ["one\n", "two\n"]

    def test_is_bounded(self, tmp_path: Path):
        source = """
def handler(event, context):
    print("begin")
    for _ in range(300): print("x" * 9999)
    print("end")
"""
        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert outcome.error_type is None
        assert printed(outcome).startswith("begin\n")
        assert printed(outcome).endswith("end\n")
        assert len(outcome.log) < 1100 * 1024

    def test_of_a_process_that_prints_for_ever_ends(self, tmp_path: Path):
        source = """
import subprocess
def handler(event, context):
    subprocess.Popen(["yes"])
    return "done"
"""
        outcomes = invoke(spec_of(write_function(tmp_path, source)), tmp_path, b"", b"")

        assert [outcome.payload for outcome in outcomes] == [b"done", b"done"]

    def test_late_output_is_of_the_next_invocation(self, tmp_path: Path):
        source = """
import threading, time
def late():
    time.sleep(0.1)
    print("late")
def handler(event, context):
    threading.Thread(target=late).start()
    time.sleep(float(event))
"""
        outcomes = invoke(spec_of(write_function(tmp_path, source)), tmp_path, b"0", b"0.3")

        assert [outcome.error_type for outcome in outcomes] == [None, None]
        assert "late" not in printed(outcomes[0])
        assert "late" in printed(outcomes[1])


class TestEvent:
    def test_of_32_mb_survives_unchanged(self, tmp_path: Path):
        event = os.urandom(1 << 20) * 32

        (outcome,) = invoke(spec_of(write_function(tmp_path, ECHO)), tmp_path, event)

        assert outcome.payload == event

    def test_is_not_sent_twice_where_the_function_does_not_end(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, "def handler(e, c):\n while True: pass"), timeout=1)

        (outcome,) = invoke(spec, tmp_path, bytes(4 << 20))

        assert error_of(outcome)["errorMessage"] == "Task timed out after 1 seconds"


class TestRuntimes:
    @pytest.mark.parametrize(
        ("runtime", "said"),
        [
            ("python2.7", "a Python 2 interpreter is missing"),
            ("java8", "a Java interpreter is missing"),
            ("cobol", "no interpreter is known for it"),
        ],
    )
    def test_that_are_not_served(self, tmp_path: Path, runtime: str, said: str):
        spec = spec_of(write_function(tmp_path, ECHO), runtime=runtime)

        (outcome,) = invoke(spec, tmp_path)

        message = error_of(outcome)["errorMessage"]
        assert message.startswith(f"Runtime {runtime} is not available: {said}")
        assert outcome.instance_id == ""
        assert message in printed(outcome)

    def test_missing_node(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        spec = spec_of(write_function(tmp_path, ECHO), runtime="nodejs8")

        (outcome,) = invoke(spec, tmp_path)

        assert error_of(outcome)["errorMessage"] == (
            'Runtime nodejs8 is not available: "node" not found on PATH. '
            "Install Node.js or pass --runtime nodejs8=/path/to/node"
        )

    def test_interpreter_that_was_given(self, tmp_path: Path):
        interpreter = tmp_path / "another python"
        interpreter.write_text(f'#!/bin/sh\nMINE=yes exec {sys.executable} "$@"\n')
        interpreter.chmod(0o755)
        source = "import os\ndef handler(event, context): return os.environ.get('MINE', 'no')"
        spec = spec_of(write_function(tmp_path, source))

        (given,) = invoke(spec, tmp_path, interpreters={"python3": str(interpreter)})
        (default,) = invoke(spec, tmp_path, interpreters={"python3.9": str(interpreter)})

        assert (given.payload, default.payload) == (b"yes", b"no")

    @pytest.mark.parametrize("content", [None, "not executable"])
    def test_interpreter_that_cannot_be_run(self, tmp_path: Path, content: str | None):
        interpreter = tmp_path / "python"
        if content is not None:
            interpreter.write_text(content)
        spec = spec_of(write_function(tmp_path, ECHO))

        (outcome,) = invoke(spec, tmp_path, interpreters={"python3": str(interpreter)})

        assert f'"{interpreter}" is missing' in error_of(outcome)["errorMessage"]

    def test_interpreter_that_ends_at_once(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, ECHO))

        (outcome,) = invoke(spec, tmp_path, interpreters={"python3": "true"})

        assert EXITED.fullmatch(error_of(outcome)["errorMessage"])

    @pytest.mark.parametrize(
        "changes",
        [{"code_dir": Path("/no/such/code")}, {"environment_variables": {"A": "nul \0"}}],
        ids=["no code", "bad variable"],
    )
    def test_what_cannot_be_started(self, tmp_path: Path, changes: dict[str, object]):
        spec = spec_of(**{"code_dir": write_function(tmp_path, ECHO), **changes})

        outcomes = invoke(spec, tmp_path, b"", b"", max_instances=1)

        for outcome in outcomes:
            assert "Runtime python3 cannot be started" in error_of(outcome)["errorMessage"]


class TestClose:
    def test_leaves_no_process_and_no_file(self, tmp_path: Path):
        code = write_function(tmp_path, DETACH.replace("{env}", "None"))
        own = set(descendants(os.getpid()))

        (outcome,) = invoke(spec_of(code), tmp_path, b"0")

        assert not guardian.find_marked(f"FC_INSTANCE_ID={outcome.instance_id}")
        # Killed it is, but a busy machine takes a moment to be done with it.
        assert wait_until(lambda: not is_running(int(outcome.payload)))
        assert set(descendants(os.getpid())) == own
        assert list((tmp_path / "work").iterdir()) == []

    def test_ends_running_calls(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> Outcome:
            running = await occupy(pools, spec, "9")
            await asyncio.sleep(0.3)
            await pools.close()
            return await running

        assert EXITED.match(error_of(run_in_pools(tmp_path, scenario))["errorMessage"])

    def test_rejects_calls_from_then_on(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, ECHO))

        async def scenario(pools: InstancePools) -> None:
            await pools.close()
            with pytest.raises(ResourceExhausted, match="shutting down"):
                await pools.invoke(spec, REQUEST_ID, b"")

        run_in_pools(tmp_path, scenario)

    def test_rejects_calls_that_wait_for_their_start(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, SLEEP))

        async def scenario(pools: InstancePools) -> list[BaseException | Outcome]:
            calls = [await occupy(pools, spec, "9") for _ in range(9)]
            await pools.close()
            return await asyncio.gather(*calls, return_exceptions=True)

        results = run_in_pools(tmp_path, scenario, max_instances=5)

        assert any(isinstance(result, ResourceExhausted) for result in results)
        assert all(isinstance(result, ResourceExhausted | Outcome) for result in results)

    def test_stubborn_instance_is_killed(self, tmp_path: Path):
        source = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def handler(event, context): return os.getpid()
"""
        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        assert wait_until(lambda: not is_running(int(outcome.payload)))
