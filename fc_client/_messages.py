"""Requests and responses as frozen values, and the paths and bodies in them.

No I/O and no clock: a :class:`Request` has everything but what each attempt
adds (Date, Authorization); a :class:`Response` has been read to its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import (
    AsyncIterator,
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    ValuesView,
)
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from fc_client._json import read_json
from fc_client._redaction import Secret
from fc_client.exceptions import FCError

API_VERSION = "2016-08-15"

JSON = "application/json"
OCTETS = "application/octet-stream"

_IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})

# The service's are UUIDs. Whatever else comes there may be anything, a secret for one.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Headers(Mapping[str, str]):
    """Read-only, case-insensitive headers; values of the same name are joined by commas.

    Attributes:
        lowered: The values by name in lower case; quick to look up, not to be changed.
        received: Names and values as they came, one pair per line.
    """

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        found: dict[str, str] = {}
        self.received = tuple(items)
        for name, value in self.received:
            lowered = name.lower()
            found[lowered] = f"{found[lowered]}, {value}" if lowered in found else value
        self.lowered = found

    def __getitem__(self, name: str) -> str:
        return self.lowered[name.lower()]

    # Mapping's own of these three look up each name again.
    def get(self, name: str, default: Any = None) -> Any:
        return self.lowered.get(name.lower(), default)

    def items(self) -> ItemsView[str, str]:
        return self.lowered.items()

    def values(self) -> ValuesView[str]:
        return self.lowered.values()

    def __iter__(self) -> Iterator[str]:
        return iter(self.lowered)

    def __len__(self) -> int:
        return len(self.lowered)

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"

    @property
    def content_coding(self) -> str | None:
        """The coding of the body; None without one, which is what every request asks for."""
        coding = self.lowered.get("content-encoding", "")
        return None if coding.strip().lower() in ("", "identity") else coding


@dataclass(frozen=True)
class Stream:
    """A body that is read while it is sent.

    Attributes:
        open: Returns the chunks; called once per attempt. Only AsyncClient
            takes an asynchronous iterator.
        length: Number of bytes, or None if it is unknown.
        replayable: Whether a second call of *open* returns the same bytes.
    """

    open: Callable[[], Iterator[bytes] | AsyncIterator[bytes]]
    length: int | None = None
    replayable: bool = False


@dataclass(frozen=True)
class LostReplyCheck:
    """How to find out whether an attempt ran whose reply was lost.

    If the next attempt fails with the error *code*, the lost attempt may be
    the reason: it has created the resource, for example.

    Attributes:
        code: The error code.
        operation: The guide's name of the operation that reads the resource;
            empty if *code* alone is proof.
        path: Path of the resource; empty likewise.
        fields: The fields that the resource has if the lost attempt ran.
        other_codes: Error codes that mean the same as *code*.
    """

    code: str
    operation: str = ""
    path: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    other_codes: tuple[str, ...] = ()

    def applies_to(self, error: FCError) -> bool:
        """Return whether *error* may be due to the lost attempt."""
        codes = (self.code, *self.other_codes)
        return (error.code or "").lower() in [code.lower() for code in codes]

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Return whether *document* has all fields that were sent."""
        return _has_all(without_none(self.fields), document)


def _matches(wanted: Any, found: Any) -> bool:
    # An empty value clears a field, and a response may leave out what is empty.
    if _is_empty(wanted):
        return _is_empty(found)
    if isinstance(wanted, dict) and isinstance(found, dict):
        return _has_all(wanted, found)
    return bool(wanted == found)


def _has_all(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    # Fields that the service added do not count.
    return all(_matches(value, found.get(name)) for name, value in wanted.items())


def _is_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_empty, value.values()))
    return value in ("", [], None)


@dataclass(frozen=True)
class HttpCall:
    """What the call of an HTTP function has beyond that of an API operation.

    Attributes:
        queries: The decoded query: each name with its values. It is signed.
        origin: Scheme, host and port of a custom domain; empty for the
            client's endpoint.
        signed: Whether the request is signed; anonymous triggers need no
            signature.
    """

    queries: Mapping[str, Sequence[str]] = field(default_factory=dict)
    origin: str = ""
    signed: bool = True


@dataclass(frozen=True)
class Request:
    """The request of a call, without what each attempt adds (Date, Authorization).

    Attributes:
        operation: The guide's name of the operation.
        method: The HTTP method in capitals.
        path: The percent-encoded path, with the API version.
        query: The query with its ``?``; empty without a query.
        idempotent: Whether it is safe to run it twice.
        lost_reply_check: How to find out whether a lost attempt ran, or None.
        signs_encoded_path: Whether the path is signed as it is sent; all paths
            but one are signed decoded.
        http: For the call of an HTTP function; None for an API operation.
    """

    operation: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Stream = field(default=b"", repr=False)
    idempotent: bool = False
    lost_reply_check: LostReplyCheck | None = None
    signs_encoded_path: bool = False
    http: HttpCall | None = None

    @property
    def signed_path(self) -> str:
        """The path that is signed, without the query."""
        return self.path if self.signs_encoded_path else unquote(self.path)

    @property
    def replayable(self) -> bool:
        """Whether the body can be sent a second time."""
        return isinstance(self.body, bytes) or self.body.replayable


@dataclass(frozen=True)
class Attempt:
    """A request with its URL, dated and signed.

    Attributes:
        secrets: What must not be shown of it, wherever it is repeated.
        is_callers: Whether the caller's own code raised an exception.
    """

    operation: str
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Stream = field(default=b"", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    is_callers: Callable[[Exception], bool] = field(default=lambda _: False, repr=False)


@dataclass(frozen=True)
class Response:
    """A response that has been read to its end."""

    status_code: int
    headers: Headers
    body: bytes = field(default=b"", repr=False)

    @property
    def request_id(self) -> str | None:
        """The service's ID of the request, or None."""
        request_id = self.headers.lowered.get("x-fc-request-id", "")
        return request_id if _REQUEST_ID.fullmatch(request_id) else None

    def json_object(self) -> dict[str, Any]:
        """Return the body, a JSON object; ValueError if it is anything else."""
        document = read_json(self.body)
        if not isinstance(document, dict):
            raise ValueError("not a JSON object")
        return document

    @property
    def content_length(self) -> int | None:
        """The number of bytes in the body, or None if the headers do not say."""
        length = self.headers.lowered.get("content-length", "")
        # A number of 20 digits is not a length.
        return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None


class Closed(NamedTuple):
    """The end of a connection.

    Attributes:
        code: The code of the WebSocket's close frame; 1005 if it had none.
        reason: Its text.
    """

    code: int
    reason: str


_ORIGIN = re.compile(r"[^/?#]*//[^/?#]*")


def origin_of(url: str) -> str:
    """Return the scheme, host and port of a URL, as they are written."""
    found = _ORIGIN.match(url)
    return found[0] if found else url


def target_of(url: str) -> str:
    """Return what the request line names for a URL: path and query, which may be a secret."""
    target = url[len(origin_of(url)) :].partition("#")[0]
    return Secret(target if target.startswith("/") else f"/{target}")


def path(template: str, *, qualifier: str | None = None, **names: str) -> str:
    """Return the API path with *names* filled in, percent-encoded.

    Args:
        template: The path below the API's version, with names in braces.
        qualifier: A version, an alias or ``LATEST`` of the service; None leaves
            it out, which means LATEST.
        names: The names in the template.

    Raises:
        TypeError: a name or the qualifier is not a str.
        ValueError: a name is not valid Unicode, empty, ``.`` or ``..``; HTTP
            libraries normalise those away. The qualifier is empty, or has a
            dot or a slash.
    """
    for name, value in names.items():
        names[name] = _segment(name, value)
    if qualifier is not None:
        names["service_name"] += f".{_qualifier(qualifier)}"
    return f"/{API_VERSION}" + template.format_map(names)


def checked_qualifier(value: str | None) -> str | None:
    """Return a qualifier for a body or a query, after the checks of one in a path."""
    if value is not None:
        _qualifier(value)
    return value


def _qualifier(value: str) -> str:
    segment = _segment("qualifier", value)
    if "." in value or "/" in value:
        raise ValueError(
            f"qualifier: must be a version such as '1', an alias or 'LATEST', got {value!r}"
        )
    return segment


def _segment(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
    if value in ("", ".", ".."):
        raise ValueError(f"{name}: {value!r} cannot be part of a path")
    try:
        return _quoted(value)
    except UnicodeEncodeError as exc:
        raise ValueError(f"{name}: {value!r} is not valid Unicode text") from exc


# Cached, since a program uses few names.
@lru_cache
def _quoted(value: str) -> str:
    return quote(value, safe="")


def build(
    operation: str,
    method: str,
    encoded_path: str,
    *,
    query: Mapping[str, str | int | Sequence[str] | None] | None = None,
    headers: Mapping[str, str | None] | None = None,
    fields: Mapping[str, Any] | None = None,
    body: bytes | Stream = b"",
    idempotent: bool = False,
    lost_reply_check: LostReplyCheck | None = None,
    signs_encoded_path: bool = False,
) -> Request:
    """Return a request; a parameter, header or field that is None is left out.

    Args:
        operation: The guide's name of the operation.
        method: The HTTP method in capitals.
        encoded_path: As from :func:`path`.
        query: Parameters of the URL; a list is sent as one parameter per item.
        headers: Headers besides those that every request has.
        fields: Fields of a JSON body, in place of *body*.
        body: The body.
        idempotent: Whether it is safe to run a POST twice; GET, PUT and
            DELETE are always idempotent.
        lost_reply_check: How to find out whether a lost attempt ran.
        signs_encoded_path: Whether the path is signed as it is sent.
    """
    parameters = urlencode(without_none(query), doseq=True, quote_via=quote) if query else ""
    return Request(
        operation,
        method,
        encoded_path,
        query=f"?{parameters}" if parameters else "",
        headers=without_none(headers),
        body=body if fields is None else json_body(fields),
        idempotent=idempotent or method in _IDEMPOTENT,
        lost_reply_check=lost_reply_check,
        signs_encoded_path=signs_encoded_path,
    )


def query_of(queries: Mapping[str, Sequence[str]]) -> str:
    """Return the query of a URL with its ``?``, percent-encoded; empty without parameters."""
    encoded = urlencode(queries, doseq=True, quote_via=quote, safe="")
    return f"?{encoded}" if encoded else ""


def json_body(fields: Mapping[str, Any]) -> bytes:
    """Return *fields* as a JSON body; a field that is None is left out."""
    return json.dumps(without_none(fields)).encode("ascii")


def without_none(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the items of *values* whose value is not None."""
    return {name: value for name, value in (values or {}).items() if value is not None}
