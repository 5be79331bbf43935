"""What the tests of the execution side share: functions written on the spot, and runs of them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from fc_client.local.execution.instance_pools import FunctionSpec, InstancePools, Outcome

Result = TypeVar("Result")

REQUEST_ID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"

# A machine without Node.js may skip its tests; continuous integration may not.
requires_node = pytest.mark.skipif(
    shutil.which("node") is None and "CI" not in os.environ, reason="node is not on PATH"
)


def write_function(directory: Path, source: str, name: str = "index.py") -> Path:
    """Write a function's source below *directory* and return the code's directory."""
    code = directory / "function code"
    path = code / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    return code


def spec_of(code_dir: Path, **changes: Any) -> FunctionSpec:
    """Return the description of a function with ordinary settings."""
    settings: dict[str, Any] = {
        "service_name": "service",
        "function_name": "function",
        "version": "1",
        "runtime": "python3",
        "handler": "index.handler",
        "code_dir": code_dir,
        "memory_size": 128,
        "timeout": 60,
        "initializer": None,
        "initialization_timeout": 60,
        "environment_variables": {},
        "log_project": "a-project",
        "log_store": "a-store",
        "account_id": "1234567890",
        "region": "cn-local",
        "access_key_id": "key-id",
        "access_key_secret": "key-secret",
        "security_token": "token",
    }
    return FunctionSpec(**{**settings, **changes})


def run_in_pools(
    directory: Path, scenario: Callable[[InstancePools], Awaitable[Result]], **settings: Any
) -> Result:
    """Run *scenario* with pools that are closed behind it."""

    async def main() -> Result:
        pools = InstancePools(work_dir=directory / "work", **settings)
        try:
            return await scenario(pools)
        finally:
            await pools.close()

    return asyncio.run(main())


def invoke(spec: FunctionSpec, directory: Path, *events: bytes, **settings: Any) -> list[Outcome]:
    """Run *events* one after the other (one empty event if there are none)."""

    async def scenario(pools: InstancePools) -> list[Outcome]:
        return [await pools.invoke(spec, REQUEST_ID, event) for event in events or (b"",)]

    return run_in_pools(directory, scenario, **settings)


def error_of(outcome: Outcome) -> Any:
    """Return the JSON of an outcome that is an error."""
    assert outcome.error_type is not None, outcome
    return json.loads(outcome.payload)


def printed(outcome: Outcome) -> str:
    """Return what is between the first and the last two lines of the log."""
    return "".join(outcome.log.decode().splitlines(keepends=True)[1:-2])


def is_running(pid: int) -> bool:
    """Return whether the process *pid* is there, and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        # It has ended since, or this machine has no /proc.
        return not Path("/proc/self").exists()


def has_ended(pid: int) -> bool:
    """Return whether a child process has ended, with all its threads."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, pid, options) is not None


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Wait until *condition* is true, and return whether it is."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


async def wait_until_async(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Wait like wait_until(), without blocking the event loop."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110 - no event to wait for
        await asyncio.sleep(0.01)
    return condition()
