"""Reads the bodies of requests, up to a limit."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from fc_client.local.api.errors import ApiError, invalid_argument

__all__ = ["TOO_LARGE", "allow_body", "read_body"]

TOO_LARGE = "EntityTooLarge"


async def read_body(request: web.BaseRequest, headers: Mapping[str, str], limit: int) -> bytes:
    """Read a body of at most *limit* bytes.

    Raises:
        ApiError: EntityTooLarge, or InvalidArgument for a body that cannot be read.
    """
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    await allow_body(request, headers)
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
    except web.RequestPayloadError as exc:
        raise invalid_argument("body", f"cannot be read: {exc}") from exc
    return bytes(body)


async def allow_body(request: web.BaseRequest, headers: Mapping[str, str]) -> None:
    """Let a client send its body if it waits for 100 Continue.

    Sent only when the request is accepted, so that a rejected one does not send
    its body.
    """
    if headers.get("expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def _too_large(limit: int) -> ApiError:
    return ApiError(TOO_LARGE, f"the body must have at most {limit} bytes")
