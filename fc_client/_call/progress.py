"""Telling callers how far a transfer is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

# Of what comes in, the size may be unknown.
UploadProgress = Callable[[int, int], object]
DownloadProgress = Callable[[int, int | None], object]

Total = TypeVar("Total", int, int | None)


def with_progress(
    chunks: Iterable[bytes], total: Total, progress: Callable[[int, Total], object] | None
) -> Iterator[bytes]:
    """Yield *chunks*; tell of each once the next is asked for, so once it is done."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        if progress is not None:
            progress(done, total)
