"""Runs blocking functions beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import TypeVar

__all__ = ["run_blocking"]

Result = TypeVar("Result")


async def run_blocking(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a thread, or here if no thread can be started.

    Executors take no work any more once the main thread has ended, but other
    threads may go on. Context variables are those of the caller.
    """
    call = partial(copy_context().run, function, *arguments)
    try:
        future = asyncio.get_running_loop().run_in_executor(None, call)
    except RuntimeError:
        return call()
    return await future
