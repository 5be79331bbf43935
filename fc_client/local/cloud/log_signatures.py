"""Checks the signatures of Log Service: v1 with HMAC-SHA1 or HMAC-SHA256, and v4.

The functions are pure: the key and the time are arguments.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote

from fc_client.local.cloud.messages import CloudRequest, ServiceError

__all__ = ["check_signature"]

_MAX_SKEW_SECONDS = 15 * 60
_DIGESTS = {"hmac-sha1": hashlib.sha1, "hmac-sha256": hashlib.sha256}
# Log Service answers to both words.
_V1 = re.compile(r"(?:LOG|SLS) ([^:]+):(.+)")
_V4 = re.compile(
    r"SLS4-HMAC-SHA256 Credential=([^/,]+)/([0-9]{8})/([^/,]*)/sls/aliyun_v4_request,"
    r" *Signature=([0-9a-f]+)"
)


def check_signature(
    request: CloudRequest, key: tuple[str, str], now: float, is_frozen: Callable[[], bool]
) -> None:
    """Raise ServiceError unless the Authorization header is valid.

    Args:
        request: The request.
        key: The ID and the secret of the only access key.
        now: Seconds since the epoch.
        is_frozen: Returns whether a test has frozen the time of this process.
    """
    signed = _parse(request, key[1])
    if signed.access_key_id != key[0]:
        raise ServiceError(401, "Unauthorized", f"AccessKeyId not found: {signed.access_key_id}")
    # All are compared, so that the time says nothing about any of them.
    given = signed.given.encode()
    matches = [hmac.compare_digest(given, each.encode()) for each in signed.expected]
    if not any(matches):
        raise ServiceError(401, "SignatureNotMatch", f"signature {signed.given} not match")
    if abs(signed.moment.timestamp() - now) > _MAX_SKEW_SECONDS and not is_frozen():
        raise ServiceError(
            400,
            "RequestTimeExpired",
            "The date of the request differs from the server's time by more than 15 minutes; "
            "check your clock",
        )


@dataclass(frozen=True)
class _Signed:
    """Who signed a request and when, the signature, and those that a secret makes."""

    access_key_id: str
    moment: datetime
    given: str
    expected: list[str]


def _parse(request: CloudRequest, secret: str) -> _Signed:
    value = request.headers.get("authorization", "")
    if match := _V1.fullmatch(value):
        key_id, given = match.groups()
        return _Signed(key_id, _http_date(request.headers), given, _v1_signatures(request, secret))
    if match := _V4.fullmatch(value):
        key_id, day, region, given = match.groups()
        moment = _compact_date(request.headers.get("x-log-date", ""))
        return _Signed(key_id, moment, given, [_v4_signature(request, secret, day, region)])
    raise ServiceError(
        401, "Unauthorized", "The Authorization header must be 'LOG <access key id>:<signature>'."
    )


def _v1_signatures(request: CloudRequest, secret: str) -> list[str]:
    """Return the signatures to accept: some clients add x-log-date after they have signed."""
    method = request.headers.get("x-log-signaturemethod", "")
    if method not in _DIGESTS:
        raise ServiceError(
            400,
            "InvalidSignatureMethod",
            f"x-log-signaturemethod must be hmac-sha1 or hmac-sha256, got {method!r}",
        )
    md5 = request.headers.get("content-md5", "")
    if request.body and md5.upper() != _md5(request.body):
        raise ServiceError(400, "PostBodyInvalid", "Content-MD5 is not the MD5 of the body")
    signed = sorted(name for name in request.headers if name.startswith(("x-log-", "x-acs-")))
    choices = {tuple(signed), tuple(name for name in signed if name != "x-log-date")}
    texts = [_v1_text(request, names).encode() for names in choices]
    digests = [hmac.new(secret.encode(), text, _DIGESTS[method]).digest() for text in texts]
    return [base64.b64encode(digest).decode() for digest in digests]


def _v1_text(request: CloudRequest, names: tuple[str, ...]) -> str:
    headers = request.headers
    return "\n".join(
        (
            request.method,
            headers.get("content-md5", ""),
            headers.get("content-type", ""),
            headers.get("date", ""),
            *(f"{name}:{headers[name]}" for name in names),
            _v1_resource(request),
        )
    )


def _v1_resource(request: CloudRequest) -> str:
    query = "&".join(f"{name}={value}" for name, value in sorted(request.query.items()))
    path = unquote(request.path)
    return f"{path}?{query}" if query else path


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest().upper()


def _v4_signature(request: CloudRequest, secret: str, day: str, region: str) -> str:
    payload = request.headers.get("x-log-content-sha256", "")
    if payload != hashlib.sha256(request.body).hexdigest():
        raise ServiceError(
            400, "PostBodyInvalid", "x-log-content-sha256 is not the SHA-256 of the body"
        )
    signed = sorted(name for name in request.headers if _is_signed_v4(name))
    query = "&".join(
        f"{name}={quote(value, safe='~')}" if value else name
        for name, value in sorted(request.query.items())
    )
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed)
    canonical = "\n".join(
        (request.method, unquote(request.path), query, headers, ";".join(signed), payload)
    )
    scope = f"{day}/{region}/sls/aliyun_v4_request"
    text = "\n".join(
        (
            "SLS4-HMAC-SHA256",
            request.headers.get("x-log-date", ""),
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    key = f"aliyun_v4{secret}".encode()
    for part in (day, region, "sls", "aliyun_v4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _is_signed_v4(name: str) -> bool:
    return name in ("content-type", "host") or name.startswith(("x-log-", "x-acs-"))


def _http_date(headers: Mapping[str, str]) -> datetime:
    value = headers.get("date", "")
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError) as exc:
        raise ServiceError(
            400, "InvalidDateFormat", f"The Date header must be an RFC 1123 date, got {value!r}"
        ) from exc
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def _compact_date(value: str) -> datetime:
    try:
        return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError as exc:
        raise ServiceError(
            400, "InvalidDateFormat", f"x-log-date must be YYYYMMDDTHHMMSSZ, got {value!r}"
        ) from exc
