"""Checks the two signatures of RPC-style requests.

Older clients sign the parameters with HMAC-SHA1, newer ones sign the request
with ACS3-HMAC-SHA256. The functions are pure: the key and the time are
arguments.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

from fc_client.local.cloud.messages import CloudRequest, ServiceError

__all__ = [
    "MAX_SKEW_SECONDS",
    "Call",
    "check_time",
    "parse_acs3",
    "parse_signed_parameters",
    "required",
    "string_to_sign",
]

MAX_SKEW_SECONDS = 15 * 60

_ACS3 = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{_ACS3} +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=(.+)"
)
_ACS3_REQUIRED = (
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)


@dataclass(frozen=True)
class Call:
    """What a request says about itself, and how to verify that.

    Attributes:
        access_key_id: The key that signed it.
        timestamp: When it was signed, as sent.
        nonce: Its number used once.
        is_signed_with: Returns whether a secret made the signature.
    """

    access_key_id: str
    timestamp: str
    nonce: str
    is_signed_with: Callable[[str], bool]


def parse_signed_parameters(method: str, parameters: Mapping[str, str]) -> Call:
    """Return the call of a request whose parameters are signed with HMAC-SHA1.

    Raises:
        ServiceError: a parameter is missing, or asks for another signature.
    """
    signature = required(parameters, "Signature")
    for name, expected in (("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0")):
        value = required(parameters, name)
        if value != expected:
            raise ServiceError(
                400, f"InvalidParameter.{name}", f"{name} must be {expected}, got {value!r}."
            )
    text = string_to_sign(method, parameters)

    def is_signed_with(secret: str) -> bool:
        digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
        return hmac.compare_digest(base64.b64encode(digest), signature.encode())

    return Call(
        required(parameters, "AccessKeyId"),
        required(parameters, "Timestamp"),
        required(parameters, "SignatureNonce"),
        is_signed_with,
    )


def string_to_sign(method: str, parameters: Mapping[str, str]) -> str:
    """Return the text that HMAC-SHA1 signs: the method and all parameters but Signature."""
    pairs = sorted((name, value) for name, value in parameters.items() if name != "Signature")
    canonical = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)
    return f"{method}&%2F&{_encoded(canonical)}"


def parse_acs3(request: CloudRequest) -> Call:
    """Return the call of a request with an Authorization header of ACS3-HMAC-SHA256.

    Raises:
        ServiceError: a header is missing, not signed or malformed, or the body has
            another hash than the one that was signed.
    """
    match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise ServiceError(
            400,
            "IncompleteSignature",
            f"The Authorization header must be '{_ACS3} Credential=...,SignedHeaders=...,"
            "Signature=...'.",
        )
    key_id, signed, signature = match.groups()
    names = signed.split(";")
    for name in _ACS3_REQUIRED:
        if name not in names or not request.headers.get(name):
            raise ServiceError(
                400, "IncompleteSignature", f"The header {name} is required and must be signed."
            )
    if request.headers["x-acs-content-sha256"] != hashlib.sha256(request.body).hexdigest():
        raise ServiceError(
            400, "InvalidDigest", "x-acs-content-sha256 is not the SHA-256 of the body."
        )
    text = _acs3_text(request, names)

    def is_signed_with(secret: str) -> bool:
        expected = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.encode())

    headers = request.headers
    return Call(key_id, headers["x-acs-date"], headers["x-acs-signature-nonce"], is_signed_with)


def _acs3_text(request: CloudRequest, names: list[str]) -> str:
    query = "&".join(f"{name}={_encoded(value)}" for name, value in sorted(request.query.items()))
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
    canonical = "\n".join(
        (
            request.method,
            request.sent_path,
            query,
            headers,
            ";".join(names),
            request.headers["x-acs-content-sha256"],
        )
    )
    return f"{_ACS3}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def _encoded(text: str) -> str:
    """Encode as RFC 3986 has it: only letters, digits, and -_.~ remain."""
    return quote(text, safe="~")


def check_time(timestamp: str, now: float, is_frozen: Callable[[], bool]) -> None:
    """Raise ServiceError unless a request was signed within 15 minutes of *now*."""
    try:
        moment = datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError as exc:
        raise ServiceError(
            400,
            "InvalidTimeStamp.Format",
            f"The time must have the form YYYY-MM-DDTHH:MM:SSZ, got {timestamp!r}.",
        ) from exc
    if abs(moment.timestamp() - now) > MAX_SKEW_SECONDS and not is_frozen():
        raise ServiceError(
            400,
            "InvalidTimeStamp.Expired",
            f"The time {timestamp} differs from the server's by more than 15 minutes; "
            "check your clock.",
        )


def required(parameters: Mapping[str, str], name: str) -> str:
    """Return a parameter.

    Raises:
        ServiceError: MissingParameter.
    """
    value = parameters.get(name, "")
    if not value:
        raise ServiceError(
            400,
            "MissingParameter",
            f'The input parameter "{name}" that is mandatory for processing this request is '
            "not supplied.",
        )
    return value
