from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from local.execution.pool_scenarios import (
    DETACH,
    ECHO,
    EXITED,
    HOLD,
    SLEEP,
    HeldCall,
    occupy,
)
from local.execution_support import (
    REQUEST_ID,
    error_of,
    invoke,
    is_running,
    printed,
    run_in_pools,
    spec_of,
    wait_until,
    write_function,
)

from fc_client.local.execution import guardian
from fc_client.local.execution.instance_pools import (
    InstancePools,
    Outcome,
    ResourceExhausted,
)
from fc_client.local.execution.process_trees import descendants


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
import threading
again = threading.Event()
def late():
    again.wait()
    print("late")
thread = threading.Thread(target=late)
def handler(event, context):
    if event == b"first":
        thread.start()
    else:
        again.set()
        thread.join()
"""
        outcomes = invoke(spec_of(write_function(tmp_path, source)), tmp_path, b"first", b"next")

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
            ("python2.7", "Python 2 functions are not supported"),
            ("java8", "Java functions are not supported"),
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
        spec = spec_of(code, initializer="index.start")
        own = set(descendants(os.getpid()))

        async def scenario(pools: InstancePools) -> tuple[Outcome, Path | None]:
            return await pools.invoke(spec, REQUEST_ID, b"0"), pools._directory

        outcome, directory = run_in_pools(tmp_path, scenario)

        assert not guardian.find_marked(f"FC_INSTANCE_ID={outcome.instance_id}")
        # Killed it is, but a busy machine takes a moment to be done with it.
        assert wait_until(lambda: not is_running(int(outcome.payload)))
        assert set(descendants(os.getpid())) == own
        assert directory is not None
        assert not directory.exists()

    def test_ends_running_calls(self, tmp_path: Path):
        spec = spec_of(write_function(tmp_path, HOLD))

        async def scenario(pools: InstancePools) -> Outcome:
            running = await HeldCall.start(pools, spec, tmp_path)
            await running.runs()
            await pools.close()
            return await running.task

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
