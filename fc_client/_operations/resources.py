"""What operations on resources have in common: requests, and parsers of responses.

Every resource is created, read, updated, deleted and listed in the same way;
these functions differ only in the names and fields that they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from fc_client._arguments import header, integer, structure, text
from fc_client._call.progress import UploadProgress
from fc_client._messages import Headers, LostReplyCheck, Request, Response, build
from fc_client._operations.bodies import body_with_code
from fc_client.code import Code
from fc_client.pagination import Page

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# A JSON object of a response, and what makes a model of it and of its headers.
Raw = Mapping[str, Any]
ParseItem = Callable[[Raw, Headers], T]


def create_request(
    kind: str,
    parent: str,
    stored: str,
    fields: Mapping[str, Any],
    *,
    headers: Mapping[str, str | None] | None = None,
    error_name: str | None = None,
    stored_fields: Mapping[str, Any] | None = None,
    code: Code | None = None,
    progress: UploadProgress | None = None,
) -> Request:
    """Return the request that creates a resource.

    If the response is lost and the next attempt finds that the resource
    exists, the lost attempt created it, provided that all fields match.

    Args:
        kind: The operation's name without its verb, such as Service.
        parent: Path of the list that the resource is added to.
        stored: Path of the resource once it exists.
        fields: All fields but the code.
        headers: Headers of this operation.
        error_name: What error codes call the kind; default: *kind*.
        stored_fields: The fields as the service returns them, if they differ.
        code: The code of a function.
        progress: As for :func:`body_with_code`.
    """
    checksum = code.checksum if code else None
    return build(
        f"Create{kind}",
        "POST",
        parent,
        headers={"x-fc-code-checksum": checksum, **(headers or {})},
        body=body_with_code(fields, code, progress),
        lost_reply_check=LostReplyCheck(
            f"{error_name or kind}AlreadyExists",
            f"Get{kind}",
            stored,
            {**(stored_fields or fields), "codeChecksum": checksum},
        ),
    )


def get_request(
    kind: str, stored: str, *, headers: Mapping[str, str | None] | None = None
) -> Request:
    """Return the request that reads a resource.

    Args:
        kind: The operation's name without its verb, such as Service.
        stored: Path of the resource.
        headers: Headers of this operation.
    """
    return build(f"Get{kind}", "GET", stored, headers=headers)


def update_request(
    kind: str,
    stored: str,
    fields: Mapping[str, Any],
    if_match: str | None,
    *,
    headers: Mapping[str, str | None] | None = None,
    code: Code | None = None,
    progress: UploadProgress | None = None,
) -> Request:
    """Return the request that updates a resource.

    If the response is lost and the next attempt finds another ETag, the lost
    attempt made the update, provided that all fields match.

    Args:
        kind: The operation's name without its verb, such as Service.
        stored: Path of the resource.
        fields: The fields to change but the code.
        if_match: ETag that the resource must still have.
        headers: Headers of this operation.
        code: The code of a function.
        progress: As for :func:`body_with_code`.
    """
    checksum = code.checksum if code else None
    return build(
        f"Update{kind}",
        "PUT",
        stored,
        headers={
            "If-Match": header("if_match", if_match),
            "x-fc-code-checksum": checksum,
            **(headers or {}),
        },
        body=body_with_code(fields, code, progress),
        lost_reply_check=LostReplyCheck(
            "PreconditionFailed", f"Get{kind}", stored, {**fields, "codeChecksum": checksum}
        ),
    )


def put_request(
    kind: str,
    stored: str,
    fields: Mapping[str, Any],
    if_match: str | None = None,
) -> Request:
    """Return the request that creates a configuration or replaces it.

    If the response is lost and the next attempt finds another ETag, the lost
    attempt made the change, provided that all fields match.

    Args:
        kind: The operation's name without its verb, such as ProvisionConfig.
        stored: Path of the configuration.
        fields: Its fields.
        if_match: ETag that it must still have.
    """
    return build(
        f"Put{kind}",
        "PUT",
        stored,
        headers={"If-Match": header("if_match", if_match)},
        fields=fields,
        lost_reply_check=LostReplyCheck("PreconditionFailed", f"Get{kind}", stored, fields),
    )


def delete_request(
    kind: str,
    stored: str,
    if_match: str | None = None,
    *,
    headers: Mapping[str, str | None] | None = None,
    error_name: str | None = None,
    other_codes: tuple[str, ...] = (),
) -> Request:
    """Return the request that deletes a resource.

    If the response is lost, a 404 for the next attempt is a success.

    Args:
        kind: The operation's name without its verb, such as Service.
        stored: Path of the resource.
        if_match: ETag that the resource must still have.
        headers: Headers of this operation.
        error_name: What error codes call the kind; default: *kind*.
        other_codes: Codes of other 404s that the deletion itself may lead to.
    """
    return build(
        f"Delete{kind}",
        "DELETE",
        stored,
        headers={"If-Match": header("if_match", if_match), **(headers or {})},
        lost_reply_check=LostReplyCheck(f"{error_name or kind}NotFound", other_codes=other_codes),
    )


def list_request(
    kinds: str,
    parent: str,
    limit: int | None,
    next_token: str | None,
    prefix: str | None = None,
    start_key: str | None = None,
    *,
    headers: Mapping[str, str | None] | None = None,
    query: Mapping[str, str | int | Sequence[str] | None] | None = None,
) -> Request:
    """Return the request for one page of a list.

    Args:
        kinds: The operation's name without List, such as Services.
        parent: Path of the list.
        limit: Maximum number of items on the page.
        next_token: From the previous page; None for the first page.
        prefix: Only names that start with this.
        start_key: The first name to return.
        headers: Headers of this operation.
        query: Parameters of this operation besides those above.
    """
    return build(
        f"List{kinds}",
        "GET",
        parent,
        headers=headers,
        query={
            "limit": integer("limit", limit),
            "nextToken": text("next_token", next_token),
            "prefix": text("prefix", prefix),
            "startKey": text("start_key", start_key),
            **(query or {}),
        },
    )


def with_extra(fields: Mapping[str, Any], extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return *fields* with those of *extra*, which this version of the library does not know.

    Raises:
        TypeError: *extra* is not a mapping that JSON can encode.
        ValueError: *extra* has a field that an argument gives as well.
    """
    added = structure("extra", extra) or {}
    for name in added:
        if not isinstance(name, str):
            raise TypeError(f"extra: {name!r} must be a str, got {type(name).__name__}")
        if fields.get(name) is not None:
            raise ValueError(f"extra: {name!r} is given by an argument as well; give it once")
    return {**fields, **added}


def item_of(parse_item: ParseItem[T]) -> Callable[[Response], T]:
    """Return the parser of a response that describes one resource."""
    return lambda response: parse_item(response.json_object(), response.headers)


def page_of(key: str, parse_item: ParseItem[T]) -> Callable[[Response], Page[T]]:
    """Return the parser of a page of a list, which has its items under *key*."""

    def parse(response: Response) -> Page[T]:
        raw = response.json_object()
        # If a gateway adds an ETag to a list, it is not that of the items.
        headers = Headers([("x-fc-request-id", response.request_id)] if response.request_id else [])
        items = list_of(raw, key, lambda item: parse_item(item, headers))
        token = raw.get("nextToken")
        return Page(items, None if token == "" else token, response.request_id, raw)

    return parse


def list_of(raw: Raw, key: str, parse: Callable[[Any], T]) -> tuple[T, ...]:
    """Return the items of the list under *key*; null and a missing list are empty.

    Raises:
        ValueError: the value is not a list.
    """
    found = raw.get(key)
    if not isinstance(found, list) and found is not None:
        raise ValueError(f"{key}: expected a list, got {type(found).__name__}")
    return tuple(parse(item) for item in found or ())


def no_result(response: Response) -> None:
    """Return None: the response to a delete has nothing but its status."""


def tuple_of(values: Any) -> Any:
    """Return a JSON list as a tuple, which cannot be changed; any other value as it is."""
    return tuple(values) if isinstance(values, list) else values


def parse_time(text: str | None) -> datetime | None:
    """Return a time of the API as an aware datetime; None for an empty one."""
    # Imported late: only responses with times need dateutil.
    from dateutil.parser import isoparse

    if not text:
        return None
    moment = isoparse(text)
    # The API's times are UTC, with or without an offset.
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def parse_milliseconds(number: int | None) -> datetime | None:
    """Return a time of the API in milliseconds since 1970; None for none, or for 0."""
    return _EPOCH + timedelta(milliseconds=number) if number else None
