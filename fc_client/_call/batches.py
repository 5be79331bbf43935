"""The results of a batch: each knows its event, and failures of single events are results."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sized
from contextlib import aclosing, closing
from dataclasses import replace
from typing import Any, TypeVar

from fc_client import models
from fc_client._call.progress import DownloadProgress
from fc_client.exceptions import (
    AliasNotFoundError,
    ConfigurationError,
    FCError,
    FunctionError,
    FunctionNotFoundError,
    PermissionDeniedError,
    ServiceNotFoundError,
    TransportError,
    VersionNotFoundError,
)

R = TypeVar("R")

# Every other event of the batch would fail in the same way.
_FAIL_ALL = (
    AliasNotFoundError,
    ConfigurationError,
    FunctionNotFoundError,
    PermissionDeniedError,
    ServiceNotFoundError,
    VersionNotFoundError,
)


def succeeded(index: int, event: Any, result: models.InvocationResult) -> models.InvocationResult:
    """Return *result* with the event that it belongs to."""
    return replace(result, index=index, event=event)


def failed(index: int, event: Any, error: Exception) -> models.InvocationResult:
    """Return the failure of an event as its result.

    Raises:
        FCError: *error*, if all other events would fail as well.
    """
    closed = isinstance(error, TransportError) and error.client_closed
    if closed or isinstance(error, _FAIL_ALL):
        raise error
    result = error.result if isinstance(error, FunctionError) else None
    if result is None:
        result = models.InvocationResult(payload=b"", status_code=0)
        if isinstance(error, FCError):
            result = replace(
                result, status_code=error.status_code or 0, request_id=error.request_id
            )
    return replace(result, index=index, event=event, error=error)


def reported(
    results: Generator[R, None, None], events: object, progress: DownloadProgress | None
) -> Generator[R, None, None]:
    """Return *results*; *progress* is called before each with its number and that of the events."""
    return results if progress is None else _reported(results, _total(events), progress)


def _reported(
    results: Generator[R, None, None], total: int | None, progress: DownloadProgress
) -> Generator[R, None, None]:
    with closing(results):
        for done, result in enumerate(results, 1):
            progress(done, total)
            yield result


def async_reported(
    results: AsyncGenerator[R, None], events: object, progress: DownloadProgress | None
) -> AsyncGenerator[R, None]:
    """Do the same as :func:`reported`."""
    return results if progress is None else _async_reported(results, _total(events), progress)


async def _async_reported(
    results: AsyncGenerator[R, None], total: int | None, progress: DownloadProgress
) -> AsyncGenerator[R, None]:
    async with aclosing(results):
        done = 0
        async for result in results:
            done += 1
            progress(done, total)
            yield result


def _total(events: object) -> int | None:
    try:
        return len(events) if isinstance(events, Sized) else None
    except (TypeError, NotImplementedError):
        # Wrappers of iterators, such as progress bars, only seem to have a length.
        return None
