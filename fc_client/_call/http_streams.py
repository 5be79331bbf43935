"""Replies of HTTP functions that are given while they are received, and URLs to call them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from fc_client import models
from fc_client._call.base import BaseClient
from fc_client._call.redaction import redact_error, redact_headers
from fc_client._call.responses import checked_response
from fc_client._messages import Request, Response
from fc_client.exceptions import FCError


def reply_fields(response: Response) -> dict[str, Any]:
    """Return what a reply has before its body, as the models of replies take it."""
    return {
        "status_code": response.status_code,
        "headers": response.headers,
        "received_headers": response.headers.received,
        "request_id": response.request_id,
    }


class HttpStreams(BaseClient):
    """The streams of Client. A stream is one attempt: what has been read cannot be read again."""

    @contextmanager
    def _stream(self, request: Request) -> Iterator[models.HttpStream]:
        with ExitStack() as stack:
            attempt = self._signed(request)
            try:
                received, chunks = stack.enter_context(
                    self._transport.stream(attempt, self._stream_limits(request))
                )
                response = checked_response(request, redact_headers(attempt, received))
            except FCError as error:
                raise redact_error(request.operation, error, attempt.secrets)  # noqa: B904 - the same one
            # The transport has read the body of an error.
            parts = iter([response.body]) if response.status_code >= 400 else chunks
            yield models.HttpStream(**reply_fields(response), chunks=parts)

    def _presign(self, request: Request, seconds: int) -> str:
        return self._presigned(request, seconds)
