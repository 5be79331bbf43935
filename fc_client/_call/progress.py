"""Report the progress of uploads and downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

# The size of a download may be unknown.
UploadProgress = Callable[[int, int], object]
DownloadProgress = Callable[[int, int | None], object]

Total = TypeVar("Total", int, int | None)


def with_progress(
    chunks: Iterable[bytes], total: Total, progress: Callable[[int, Total], object] | None
) -> Iterator[bytes]:
    """Yield *chunks* and call ``progress(done, total)`` once each has been consumed."""
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        if progress is not None:
            progress(done, total)
