"""Defines the requests and replies that operations work with, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fc_client.local.dispatch.invocations import Outcome

__all__ = ["ApiReply", "ApiRequest", "Invocation"]


@dataclass(frozen=True)
class ApiRequest:
    """A request to an operation.

    Attributes:
        names: The decoded parameters of the path: serviceName and so on.
        query: The decoded parameters of the query; the last value of a repeated one.
        headers: All headers, names in lower case.
        body: The body as received.
        request_id: The ID that the reply and the log show.
        base_url: Scheme and host as the client sent them.
        pairs: All parameters of the query, in order.
        http: The request of HTTP, for what answers by itself.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    request_id: str = ""
    base_url: str = ""
    pairs: Sequence[tuple[str, str]] = ()
    http: object = None

    def values(self, name: str) -> list[str]:
        """Return all values of a parameter of the query that may be repeated."""
        return [value for key, value in self.pairs if key == name]


@dataclass(frozen=True)
class Invocation:
    """An accepted invocation, for the log: its event, and its outcome unless it runs later."""

    event: bytes
    outcome: Outcome | None = None


@dataclass(frozen=True)
class ApiReply:
    """The reply of an operation.

    Attributes:
        status: The HTTP status.
        content: A JSON document, bytes to send as they are, a file to
            stream, or None for an empty body.
        headers: Headers in addition to those of every reply.
        invocation: What has been invoked, if anything.
        id_header: The header that has the ID of the request.
        operation: For the log, unless the route names it.
        target: For the log: what the request was about, if it has an operation.
        problem: For the log: what is wrong with the request, if anything.
        sent: The response of HTTP, if it is made or even sent already: that of
            an HTTP function.
    """

    status: int = 200
    content: dict[str, Any] | bytes | Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    invocation: Invocation | None = None
    id_header: str = "X-Fc-Request-Id"
    operation: str = ""
    target: str = ""
    problem: str = ""
    sent: object = None
