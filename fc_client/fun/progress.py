"""Progress bars of uploads, on terminals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

__all__ = ["upload_bars"]

_Progress = Callable[[str], Callable[[int, int], object] | None]

# Smaller packages are sent before a bar can be seen.
_MIN_BYTES = 256 * 1024


@contextmanager
def upload_bars(environ: Mapping[str, str], *, quiet: bool) -> Iterator[_Progress]:
    """Yield a function that returns what is called while the package of a function is sent.

    Args:
        environ: Read for TERM.
        quiet: Show no bars.
    """
    if quiet or not sys.stderr.isatty() or environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    # Imported here, since most runs have no terminal or no time for it.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield lambda name: _bar(bars.add_task(name, total=None, visible=False), bars.update)


def _bar(task: int, update: Callable[..., None]) -> Callable[[int, int], object]:
    def report(done: int, total: int) -> None:
        update(task, completed=done, total=total, visible=done < total > _MIN_BYTES)

    return report
