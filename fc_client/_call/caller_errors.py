"""Exceptions of the caller's own code: of payloads, progress, credentials.

They may be of any class, also of this library's: they are neither retried nor
changed, as the errors of a call are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

from fc_client._messages import Attempt, Stream

__all__ = ["CallerErrors"]


class CallerErrors:
    """The exceptions that the caller's code has raised in one call."""

    def __init__(self) -> None:
        self._errors: list[Exception] = []

    def __contains__(self, error: Exception) -> bool:
        return any(error is each for each in self._errors)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Return a context in which the caller's code runs."""
        try:
            yield
        except Exception as exc:
            self._errors.append(exc)
            raise

    def noting_body(self, attempt: Attempt) -> Attempt:
        """Return *attempt* with a body whose exceptions are noted."""
        body = attempt.body
        if not isinstance(body, Stream):
            return attempt
        noted = replace(body, open=lambda: self._noted(body.open()))
        return replace(attempt, body=noted, is_callers=self.__contains__)

    def _noted(
        self, chunks: Iterator[bytes] | AsyncIterator[bytes]
    ) -> Iterator[bytes] | AsyncIterator[bytes]:
        if isinstance(chunks, AsyncIterator):
            return self._noted_async(chunks)
        return self._noted_sync(chunks)

    def _noted_sync(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        with self.noting():
            yield from chunks

    async def _noted_async(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        with self.noting():
            async for chunk in chunks:
                yield chunk
