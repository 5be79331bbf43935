"""What goes over the wire, as frozen values: paths, bodies, requests, replies.

No I/O and no clock: a :class:`Request` is complete but for what every attempt
adds anew (Date, Authorization), and a :class:`Response` is what came back.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fc_client._redaction import SecretBytes
from fc_client.exceptions import FCError

API_VERSION = "2016-08-15"

JSON = "application/json"
OCTETS = "application/octet-stream"

_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})

# Enough of a gateway's page to recognise it, little enough for one log line.
_EXCERPT_BYTES = 300

# The query of a pre-signed URL opens what it names to whoever reads it.
_QUERY = re.compile(r"""\?[^\s"'<>]*=[^\s"'<>]*""")


class Headers(Mapping[str, str]):
    """Read-only headers, found by name in any case; those of one name are joined by commas."""

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        found: dict[str, str] = {}
        for name, value in items:
            lowered = name.lower()
            found[lowered] = f"{found[lowered]}, {value}" if lowered in found else value
        self._items = found

    def __getitem__(self, name: str) -> str:
        return self._items[name.lower()]

    # Mapping's own asks by way of a KeyError, which takes long.
    def get(self, name: str, default: Any = None) -> Any:
        return self._items.get(name.lower(), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Headers({list(self._items.items())!r})"


@dataclass(frozen=True)
class Stream:
    """A body that is read while it is sent.

    Attributes:
        open: Returns the chunks; called once per attempt. Only AsyncClient
            takes an asynchronous iterator.
        length: Bytes in all, or None where nobody knows.
        replayable: Whether a second call of *open* gives the same bytes.
    """

    open: Callable[[], Iterator[bytes] | AsyncIterator[bytes]]
    length: int | None = None
    replayable: bool = False


@dataclass(frozen=True)
class LostReplyCheck:
    """How to see that a refused request was carried out by an earlier attempt.

    Attributes:
        code: The error code of the refusal.
        operation: The guide's name of what shows the result; empty where
            there is nothing to look at.
        path: Where the result stands.
        fields: What it has to have.
    """

    code: str
    operation: str = ""
    path: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def applies_to(self, error: FCError) -> bool:
        """Tell whether *error* is the refusal."""
        return (error.code or "").lower() == self.code.lower()

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Tell whether *document* is what was asked for."""
        return _matches(without_none(self.fields), document)


def _matches(wanted: Any, found: Any) -> bool:
    # The service adds fields that were not sent.
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_matches(value, found.get(name)) for name, value in wanted.items())
    return bool(wanted == found)


@dataclass(frozen=True)
class Request:
    """One call, without what each attempt adds (Date, Authorization).

    Attributes:
        operation: The guide's name of the operation.
        method: The HTTP method in capitals.
        path: The percent-encoded path, with the API version.
        query: What follows the path, ``?`` included; empty without a query.
        idempotent: Whether a second time does no harm.
        lost_reply_check: How to see that an earlier attempt did it, or None.
    """

    operation: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Stream = field(default=b"", repr=False)
    idempotent: bool = False
    lost_reply_check: LostReplyCheck | None = None

    @property
    def signed_path(self) -> str:
        """The path as it is signed: decoded, without the query."""
        return unquote(self.path)

    @property
    def replayable(self) -> bool:
        """Whether the body can be sent a second time."""
        return isinstance(self.body, bytes) or self.body.replayable


@dataclass(frozen=True)
class Attempt:
    """A request as it is sent: addressed, dated and signed."""

    operation: str
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Stream = field(default=b"", repr=False)


@dataclass(frozen=True)
class Response:
    """A reply, read to its end."""

    status_code: int
    headers: Headers
    body: bytes = field(default=b"", repr=False)

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, or None where it sent none."""
        request_id: str | None = self.headers.get("x-fc-request-id")
        return request_id

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object; ValueError where it is none."""
        try:
            document = json.loads(self.body)
        except json.JSONDecodeError as exc:
            # It would keep the whole reply, secrets included.
            exc.doc = ""
            raise
        except RecursionError as exc:
            raise ValueError("JSON nested too deeply") from exc
        if not isinstance(document, dict):
            raise ValueError("not a JSON object")
        return document

    @property
    def content_length(self) -> int | None:
        """How many bytes the body has, as far as the headers tell."""
        length = self.headers.get("content-length", "")
        # No body is as long as a number of 20 digits. Of one that is encoded the
        # headers tell another length.
        number = length.isascii() and length.isdigit() and len(length) < 20
        return int(length) if number and "content-encoding" not in self.headers else None


def excerpt(body: bytes) -> str:
    """Return the start of a body as text, without the queries of URLs."""
    return _QUERY.sub("?***", body[:_EXCERPT_BYTES].decode("utf-8", "replace"))


def serialize_request(
    method: str, target: str, headers: Mapping[str, str], body: bytes
) -> SecretBytes | None:
    """Return a request as it is sent; None if that takes more than joining.

    Args:
        method: The HTTP method in capitals.
        target: The percent-encoded path and query.
        headers: All of them, Host included; hooks may have added some of theirs.
        body: Its length is told by the headers.
    """
    try:
        text = "".join(headers) + "".join(headers.values())
    except TypeError:
        # http.client takes bytes and numbers, too.
        return None
    if not text.isascii() or "\r" in text or "\n" in text:
        return None
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    head = f"{method} {target} HTTP/1.1\r\n{lines}\r\n"
    return SecretBytes(head.encode("ascii") + body)


def path(template: str, **names: str) -> str:
    """Return the API path with *names* filled in, percent-encoded.

    Raises:
        TypeError: a name is no str.
        ValueError: a name is empty, ``.`` or ``..``, which a URL would lose
            or follow, or holds what UTF-8 cannot.
    """
    for name, value in names.items():
        names[name] = _segment(name, value)
    return f"/{API_VERSION}" + template.format_map(names)


def _segment(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ValueError(f"{name}: {value!r} cannot be part of a path")
    try:
        return _quoted(value)
    except UnicodeEncodeError as exc:
        raise ValueError(f"{name}: {value!r} is no valid Unicode text") from exc


# The names in the paths of a program are few.
@lru_cache
def _quoted(value: str) -> str:
    return quote(value, safe="")


def build(
    operation: str,
    method: str,
    encoded_path: str,
    *,
    query: Mapping[str, str | int | None] | None = None,
    headers: Mapping[str, str | None] | None = None,
    fields: Mapping[str, Any] | None = None,
    body: bytes | Stream = b"",
    idempotent: bool = False,
    lost_reply_check: LostReplyCheck | None = None,
) -> Request:
    """Return a request; None leaves a parameter, header or field out.

    Args:
        operation: The guide's name of the operation.
        method: The HTTP method in capitals.
        encoded_path: As from :func:`path`.
        query: Parameters of the URL.
        headers: Headers beyond those that every request carries.
        fields: Fields of a JSON body, in place of *body*.
        body: The body as it is.
        idempotent: The caller's word that a second time does no harm; GET,
            PUT and DELETE never do.
        lost_reply_check: How to see that an earlier attempt did it.
    """
    parameters = urlencode(without_none(query), quote_via=quote) if query else ""
    return Request(
        operation,
        method,
        encoded_path,
        query=f"?{parameters}" if parameters else "",
        headers=without_none(headers),
        body=body if fields is None else json_body(fields),
        idempotent=idempotent or method in _IDEMPOTENT,
        lost_reply_check=lost_reply_check,
    )


def json_body(fields: Mapping[str, Any]) -> bytes:
    """Return *fields* as a JSON body; None leaves a field out."""
    return json.dumps(without_none(fields)).encode("ascii")


def without_none(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (values or {}).items() if value is not None}
