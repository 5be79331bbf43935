"""Defines the requests, replies and errors of the stand-ins, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["CloudReply", "CloudRequest", "ServiceError"]


@dataclass(frozen=True)
class CloudRequest:
    """A request to a service beside Function Compute.

    Attributes:
        method: The HTTP method.
        path: The path as sent, without the host of the service if it starts with one.
        sent_path: The path as sent.
        query: The decoded parameters of the query; the last value of a repeated one.
        headers: All headers, names in lower case.
        body: The body as received.
        request_id: The ID that the reply shows.
        host: The Host header.
        project: The Log Service project that the host names, or None.
    """

    method: str
    path: str = "/"
    sent_path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    request_id: str = ""
    host: str = ""
    project: str | None = None


@dataclass(frozen=True)
class CloudReply:
    """A reply: its status, headers and JSON, or None for an empty body."""

    status: int = 200
    content: dict[str, Any] | list[Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class ServiceError(Exception):
    """An error that the client gets as the reply, in the form of the service.

    Args:
        status: The HTTP status.
        code: The error code of the service.
        message: Says what is wrong, with which value.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
