"""Request signatures: the guide's "Authorization" chapter as pure functions.

Dates, headers and keys are arguments; nothing here reads a clock or sends
anything. ``_call/base.py`` signs the client's requests with this code, ``auth.py``
those of HTTP libraries, and ``local/api/authentication.py`` verifies them in the
embedded server.

    Authorization = "FC " + accessKeyID + ":" + signature
    signature     = base64(hmac-sha256(accessKeySecret, string to sign))
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import format_datetime
from functools import lru_cache

from fc_client._redaction import Secret, SecretBytes

__all__ = [
    "authorization",
    "canonicalized_fc_headers",
    "canonicalized_resource",
    "content_md5",
    "gmt_date",
    "presigned_signature",
    "signature",
    "string_to_sign",
]

FC_HEADER_PREFIX = "x-fc-"

Queries = Mapping[str, Sequence[str]]


def content_md5(body: bytes) -> str:
    """Return the Content-MD5 of *body*: base64 of the raw digest (RFC 1864)."""
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def gmt_date(moment: datetime) -> str:
    """Return *moment*, an aware datetime, as ``Mon, 08 May 2017 03:08:31 GMT``.

    Raises:
        ValueError: *moment* has no time zone, so its GMT time is unknown.
    """
    if moment.tzinfo is None:
        raise ValueError("moment: must have a time zone, for example datetime.now(timezone.utc)")
    return format_datetime(moment.astimezone(timezone.utc), usegmt=True)


def canonicalized_fc_headers(headers: Mapping[str, str]) -> str:
    """Return the ``x-fc-`` headers, lower-cased and sorted, one per line."""
    return _fc_lines({name.lower(): value for name, value in headers.items()})


def _fc_lines(lowered: Mapping[str, str]) -> str:
    names = [name for name in sorted(lowered) if name.startswith(FC_HEADER_PREFIX)]
    return "".join([f"{name}:{lowered[name]}\n" for name in names])


def canonicalized_resource(path: str, queries: Queries | None = None) -> str:
    """Return the part of the URL that is signed.

    Args:
        path: The decoded path, with the API version: ``/2016-08-15/services``.
        queries: None for an API call, whose query string is not signed. For a
            call of an HTTP trigger, the decoded query: each name with its
            values. A name without values is signed as the name alone.
    """
    if queries is None:
        return path
    return path + "\n" + "\n".join(sorted(_query_lines(queries)))


def _query_lines(queries: Queries) -> Iterator[str]:
    for name, values in queries.items():
        if not values:
            yield name
        for value in values:
            yield f"{name}={value}"


def string_to_sign(
    method: str, path: str, headers: Mapping[str, str], queries: Queries | None = None
) -> str:
    """Return the text whose HMAC is the signature.

    Args:
        method: The HTTP method in upper case.
        path: The decoded path.
        headers: All headers of the request; names in any case.
        queries: As for :func:`canonicalized_resource`.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    md5, date = lowered.get("content-md5", ""), lowered.get("date", "")
    content_type = lowered.get("content-type", "")
    resource = canonicalized_resource(path, queries)
    return f"{method}\n{md5}\n{content_type}\n{date}\n{_fc_lines(lowered)}{resource}"


def signature(access_key_secret: str, string_to_sign: str) -> str:
    """Return base64 of HMAC-SHA256 of *string_to_sign* under the key secret."""
    keyed = _keyed(access_key_secret).copy()
    # Masked, since tracebacks of interrupts may show the variables of every frame.
    keyed.update(SecretBytes(string_to_sign.encode()))
    return base64.b64encode(keyed.digest()).decode("ascii")


# Cached, since a client signs all requests with one key, which is hashed first.
@lru_cache(maxsize=8)
def _keyed(access_key_secret: str) -> hmac.HMAC:
    return hmac.new(SecretBytes(access_key_secret.encode()), digestmod="sha256")


def presigned_signature(
    access_key_secret: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    queries: Queries,
) -> str:
    """Return the value of the parameter ``x-fc-signature`` of a pre-signed URL.

    Args:
        access_key_secret: The key secret, which is not sent.
        method: The HTTP method in upper case.
        path: The decoded path.
        headers: The headers that the request must have, such as Content-Type.
        queries: The decoded query, with ``x-fc-expires``, which takes the
            place of the date, and ``x-fc-access-key-id``.
    """
    dated = {**headers, "Date": queries["x-fc-expires"][0]}
    text = Secret(string_to_sign(method, path, dated, queries))
    return signature(access_key_secret, text)


def authorization(
    access_key_id: str,
    access_key_secret: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    queries: Queries | None = None,
) -> str:
    """Return the value of the Authorization header.

    Args:
        access_key_id: The key ID, part of the header.
        access_key_secret: The key secret, which is not sent.
        method: The HTTP method in upper case.
        path: The decoded path.
        headers: All headers of the request, including Date.
        queries: As for :func:`canonicalized_resource`.
    """
    # It has the security token in it.
    text = Secret(string_to_sign(method, path, headers, queries))
    return f"FC {access_key_id}:{signature(access_key_secret, text)}"
