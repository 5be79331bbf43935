"""Takes the directories that instances run in, and gives them back, in threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fc_client._threads import run_blocking
from fc_client.local.execution.function_spec import Code

__all__ = ["CodeDirectories", "LinkedCode"]


class LinkedCode:
    """Runs instances in the directory of the code itself."""

    def hold(self, code_dir: Path) -> None:
        """Do nothing."""

    def let_go(self, code_dir: Path) -> None:
        """Do nothing."""

    def take(self, code_dir: Path) -> Path:
        """Return *code_dir*."""
        return code_dir

    def give_back(self, code_dir: Path, taken: Path) -> None:
        """Do nothing."""

    def open_layers(self, tree: Path) -> None:
        """Do nothing."""


class CodeDirectories:
    """Calls a Code from the event loop, which it would block."""

    def __init__(self, code: Code) -> None:
        self._code = code
        # Directories that cancelled callers no longer need.
        self._returning: set[asyncio.Task[None]] = set()

    @contextmanager
    def held(self, code_dir: Path) -> Iterator[None]:
        """Keep the code for a call, which may still have to start an instance."""
        self._code.hold(code_dir)
        try:
            yield
        finally:
            self._code.let_go(code_dir)

    async def take(self, code_dir: Path) -> Path:
        """Return the directory for one instance, without symbolic links in its path.

        Raises:
            OSError: the code is missing or damaged.
        """
        taking = asyncio.ensure_future(run_blocking(self._take, code_dir))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            task = asyncio.create_task(self._return(code_dir, taking))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)
            raise

    async def open_layers(self, tree: Path | None) -> None:
        """Make the directory of merged layers, if there are any.

        Raises:
            OSError: a layer is missing.
        """
        if tree is not None:
            await run_blocking(self._code.open_layers, tree)

    async def give_back(self, code_dir: Path, taken: Path) -> None:
        """Take back the directory of an instance that has ended."""
        await run_blocking(self._code.give_back, code_dir, taken)

    async def close(self) -> None:
        """Wait until all directories have been given back."""
        await asyncio.gather(*self._returning)

    def _take(self, code_dir: Path) -> Path:
        return Path(os.path.realpath(self._code.take(code_dir)))

    async def _return(self, code_dir: Path, taking: asyncio.Future[Path]) -> None:
        try:
            taken = await taking
        except OSError:
            return
        await self.give_back(code_dir, taken)
