"""A download of code: to its target, with its checksum compared, again if it can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from fc_client import _arguments
from fc_client._call.progress import DownloadProgress
from fc_client._call.targets import Target, writer_for
from fc_client.code import crc64
from fc_client.exceptions import ChecksumMismatchError, FCError
from fc_client.timeouts import Limits

__all__ = ["Download", "Target"]


class Download:
    """A download to *target*, in as many attempts as it takes.

    Args:
        target: Where the code goes.
        progress: Called with the bytes that have been written.

    Attributes:
        has_own_failure: Whether the target or *progress* failed, and not the network.

    Raises:
        TypeError: an argument has a wrong type.
        ValueError: *target* cannot be written to.
    """

    def __init__(self, target: Target, progress: DownloadProgress | None) -> None:
        self._writer = writer_for(target)
        self._progress = _arguments.function("progress", progress)
        self._failure: Exception | None = None
        self.has_own_failure = False

    def receive(
        self, chunks: Iterable[bytes], total: int | None, checksum: str | None, limits: Limits
    ) -> None:
        """Write *chunks* to the target; :meth:`raise_failure` raises what went wrong.

        It does not raise itself, since futures, through which AsyncClient
        calls it, do not accept every exception.

        Args:
            chunks: The code.
            total: Its size, or None if that is unknown.
            checksum: The checksum that the service stored, or None.
            limits: The limits in time, for targets that others read.
        """
        interruptions: list[Exception] = []
        try:
            with self._writer.opened(limits) as write:
                self._copy(_noting(chunks, interruptions), write, total, checksum)
        except Exception as exc:  # noqa: BLE001 - raise_failure raises it
            self._failure = exc
            self.has_own_failure = exc not in interruptions

    def _copy(
        self,
        chunks: Iterable[bytes],
        write: Callable[[bytes], None],
        total: int | None,
        checksum: str | None,
    ) -> None:
        done = crc = 0
        for chunk in chunks:
            write(chunk)
            crc = crc64(chunk, crc)
            done += len(chunk)
            if self._progress is not None:
                self._progress(done, total)
        if checksum is not None and str(crc) != checksum:
            raise ChecksumMismatchError(
                f"the downloaded code has the checksum {crc}, the service stored {checksum}",
                operation="GetFunctionCode",
            )

    def raise_failure(self) -> None:
        """Raise what ended :meth:`receive`, if something did."""
        failure, self._failure = self._failure, None
        try:
            if failure is not None:
                raise failure
        finally:
            # A failure that its own traceback refers to would stay, and files open.
            del failure

    def start_over(self, error: FCError) -> None:
        """Prepare another attempt after *error*, or raise it.

        Raises:
            FCError: *error*, if the target cannot be written once more.
        """
        if not self._writer.start_over():
            raise error


def _noting(chunks: Iterable[bytes], failures: list[Exception]) -> Iterator[bytes]:
    """Yield *chunks*; add what they fail with to *failures*."""
    try:
        yield from chunks
    except Exception as exc:
        failures.append(exc)
        raise
