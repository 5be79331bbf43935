"""Defines the requests, replies and errors of the stand-ins, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fc_client.local.dispatch.invocations import Outcome

__all__ = ["CloudReply", "CloudRequest", "ServiceError", "shortened"]

_MAX_MESSAGE = 1000


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
        client: The IP address of the client.
        url_length: How many characters the path and the query have, as sent.
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
    client: str = ""
    url_length: int = 0


@dataclass(frozen=True)
class CloudReply:
    """A reply.

    Attributes:
        status: The HTTP status.
        content: JSON, bytes to send as they are, or None for an empty body.
        headers: The headers.
        operation: For the log: the name of the action, or the method.
        target: For the log: what the request was about.
        problem: For the log: what is wrong with the request, if anything.
        event: The event of the function that was run, if one was.
        outcome: How that function ended.
    """

    status: int = 200
    content: dict[str, Any] | list[Any] | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    target: str = ""
    problem: str = ""
    event: bytes = b""
    outcome: Outcome | None = None


class ServiceError(Exception):
    """An error that the client gets as the reply, in the form of the service.

    Args:
        status: The HTTP status.
        code: The error code of the service.
        message: Says what is wrong, with which value; the start of a long one is kept.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = shortened(message)


def shortened(message: str) -> str:
    """Return a message, which quotes what the client sent, as short as a log line should be."""
    return message if len(message) <= _MAX_MESSAGE else f"{message[:_MAX_MESSAGE]}..."
