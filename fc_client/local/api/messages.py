"""A request and a reply of the API, without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ApiReply", "ApiRequest"]


@dataclass(frozen=True)
class ApiRequest:
    """What an operation sees of a request.

    Attributes:
        names: The path's parameters, decoded: serviceName and so on.
        query: The query's parameters, decoded; of a repeated one the last.
        headers: All headers, names in lower case.
        body: The body as it came.
        request_id: The id under which the reply and the log can be found.
        base_url: Scheme and host as the caller wrote them.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    request_id: str = ""
    base_url: str = ""


@dataclass(frozen=True)
class ApiReply:
    """What an operation answers.

    Attributes:
        status: The HTTP status.
        content: A JSON document, bytes to send as they are, a file to
            stream, or None for an empty body.
        headers: Headers besides those that every reply has.
    """

    status: int = 200
    content: dict[str, Any] | bytes | Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
