"""Replies of HTTP functions for AsyncClient; compare http_streams.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fc_client import models
from fc_client._call.base import BaseClient
from fc_client._call.http_streams import reply_fields
from fc_client._call.redaction import redact_error, redact_headers
from fc_client._call.responses import checked_response
from fc_client._messages import Request
from fc_client._threads import run_blocking
from fc_client.exceptions import FCError


class AsyncHttpStreams(BaseClient):
    """The streams of AsyncClient; compare HttpStreams."""

    @asynccontextmanager
    async def _stream(self, request: Request) -> AsyncIterator[models.AsyncHttpStream]:
        async with AsyncExitStack() as stack:
            attempt = await run_blocking(self._signed, request)
            try:
                received, chunks = await stack.enter_async_context(
                    self._transport.stream(attempt, self._stream_limits(request))
                )
                response = checked_response(request, redact_headers(attempt, received))
            except FCError as error:
                raise redact_error(request.operation, error, attempt.secrets)  # noqa: B904 - the same one
            parts = _once(response.body) if response.status_code >= 400 else aiter(chunks)
            yield models.AsyncHttpStream(**reply_fields(response), chunks=parts)

    async def _presign(self, request: Request, seconds: int) -> str:
        return await run_blocking(self._presigned, request, seconds)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
