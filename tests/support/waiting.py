"""Waits for what happens in other threads or tasks, however long it takes on a busy machine."""

import asyncio
import time

# A machine that stands still again and again needs some seconds; a test that fails takes longer.
LONGEST_SECONDS = 30
_PAUSE_SECONDS = 0.005


def wait_until(condition):
    """Return as soon as a condition is true."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "what is waited for has not happened"
        time.sleep(_PAUSE_SECONDS)


async def until(condition):
    """Return as soon as a condition is true, while the event loop goes on."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "what is waited for has not happened"
        await asyncio.sleep(_PAUSE_SECONDS)
