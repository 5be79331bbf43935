"""A progress bar for uploads, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fc_client.fcli.session import Session

__all__ = ["upload_progress"]


@contextmanager
def upload_progress(session: Session, title: str) -> Iterator[Callable[[int, int], object] | None]:
    """Yield what to call as ``progress(done, total)``; None where no bar is shown.

    Args:
        session: Its terminal and its options decide.
        title: What is uploaded.
    """
    if session.options.quiet or not session.terminal.shows_progress:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    # Transient: the bar goes away at the end, and the result stays.
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
