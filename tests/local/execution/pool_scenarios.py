"""Functions and steps that the tests of pools and workers share."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from local.execution_support import (
    REQUEST_ID,
    printed,
)

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


def directories_in(pools: InstancePools) -> list[Path]:
    """Return the directories of the instances that there are."""
    return [] if pools._directory is None else list(pools._directory.iterdir())


async def occupy(pools: InstancePools, spec: FunctionSpec, seconds: str) -> asyncio.Task[Outcome]:
    """Start a call that sleeps, and return it when it has its instance."""
    task = asyncio.create_task(pools.invoke(spec, REQUEST_ID, seconds.encode()))
    await asyncio.sleep(0)
    return task
