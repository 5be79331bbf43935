"""Functions and steps that the tests of pools and workers share."""

from __future__ import annotations

import asyncio
import re
import uuid
from pathlib import Path

from local.execution_support import REQUEST_ID, printed, wait_until_async

from fc_client.local.execution.instance_pools import (
    FunctionSpec,
    InstancePools,
    Outcome,
)

ECHO = "def handler(event, context): return event"
PID = "import os\ndef handler(event, context): return os.getpid()"
# Sleeps for as many seconds as the event says.
SLEEP = """
import time
def handler(event, context):
    time.sleep(float(event))
    return event
"""
# Runs until the file that the event names exists.
HOLD = """
import os, time
def handler(event, context):
    if event:
        open(event + b".runs", "w").close()
    while event and not os.path.exists(event):
        time.sleep(0.01)
    return event
"""
# Its initializer starts a process in another session with the output open, and prints its ID.
DETACH = """
import subprocess, sys, time
def start(context):
    global child
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                             start_new_session=True, env={env})
    print(child.pid, flush=True)
def handler(event, context):
    time.sleep(float(event))
    return child.pid
"""
EXITED = re.compile(
    r"Process exited unexpectedly before completing request "
    r"\(duration: \d+ms, maxMemoryUsage: (\d+\.\d\d)MB\)"
)


def pid_in_log(outcome: Outcome) -> int:
    return int(printed(outcome).split()[0])


def directories_in(pools: InstancePools) -> list[Path]:
    """Return the directories of the instances that there are."""
    return [] if pools._directory is None else list(pools._directory.iterdir())


class HeldCall:
    """A call of HOLD, which has its instance and runs until it is released.

    Args:
        pools: Where it runs.
        spec: The function.
        directory: Where its files are.
    """

    def __init__(self, pools: InstancePools, spec: FunctionSpec, directory: Path) -> None:
        self._released = directory / f"released-{uuid.uuid4().hex}"
        event = bytes(self._released)
        self.task = asyncio.create_task(pools.invoke(spec, REQUEST_ID, event))

    @classmethod
    async def start(cls, pools: InstancePools, spec: FunctionSpec, directory: Path) -> HeldCall:
        """Start a call, and return it when it has its instance or waits for one."""
        call = cls(pools, spec, directory)
        await asyncio.sleep(0)
        return call

    async def runs(self) -> None:
        """Wait until the function runs."""
        assert await wait_until_async(Path(f"{self._released}.runs").exists)

    async def end(self) -> Outcome:
        """Let the function return."""
        self._released.touch()
        return await self.task


async def occupy(pools: InstancePools, spec: FunctionSpec, seconds: str) -> asyncio.Task[Outcome]:
    """Start a call that sleeps, and return it when it has its instance."""
    task = asyncio.create_task(pools.invoke(spec, REQUEST_ID, seconds.encode()))
    await asyncio.sleep(0)
    return task
