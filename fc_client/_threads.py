"""Runs blocking functions beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

__all__ = ["run_blocking"]

Result = TypeVar("Result")


async def run_blocking(function: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a thread, or here if no thread can be started.

    Python starts no threads any more once the main thread has ended, but others
    may still call the server.
    """
    try:
        future = asyncio.get_running_loop().run_in_executor(None, function, *arguments)
    except RuntimeError:
        return function(*arguments)
    return await future
