"""Turns what a function returned into the reply of its API."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from fc_client.local.cloud.gateway.errors import GatewayError
from fc_client.local.cloud.messages import CloudReply

__all__ = ["reply_of"]

_DEFAULT_TYPE = "application/json; charset=utf-8"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
# Those of the connection, which is not that of the function.
_OWN_HEADERS = ("connection", "content-length", "keep-alive", "transfer-encoding", "upgrade")


def reply_of(payload: bytes) -> CloudReply:
    """Return the reply for the result of a function.

    Raises:
        GatewayError: it is not a JSON object with statusCode, and perhaps headers,
            body and isBase64Encoded.
    """
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as exc:
        raise _malformed(f"is not JSON: {payload[:80]!r}") from exc
    if not isinstance(document, dict):
        raise _malformed(f"must be a JSON object, got {payload[:80]!r}")
    status = _status(document.get("statusCode"))
    return CloudReply(status, _body(document), _headers(document.get("headers")))


def _malformed(problem: str) -> GatewayError:
    return GatewayError(503, f"The result of the function {problem}", "D502FC")


def _status(value: Any) -> int:
    # Texts are in samples of the cloud's documents.
    number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{3}", value) else value
    if type(number) is not int or not 200 <= number <= 599:
        raise _malformed(f"must have a statusCode, 200 to 599, got {value!r}")
    return number


def _headers(given: Any) -> dict[str, str]:
    """Return the headers; of two names that differ in case, the later one counts."""
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise _malformed(f"must have headers as an object, got {given!r}")
    headers = {"content-type": ("Content-Type", _DEFAULT_TYPE)}
    for name, value in given.items():
        text = value if isinstance(value, str) else json.dumps(value)
        if isinstance(value, (dict, list)) or not _is_header(name, text):
            raise _malformed(f"has an invalid header: {name!r}: {value!r}")
        headers[name.lower()] = (name, text)
    return {name: text for key, (name, text) in headers.items() if key not in _OWN_HEADERS}


def _is_header(name: str, value: str) -> bool:
    return bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value))


def _body(document: dict[str, Any]) -> bytes:
    body = document.get("body")
    if body is None:
        return b""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    # Half of a surrogate pair can be in JSON, but not in UTF-8.
    content = text.encode("utf-8", "replace")
    if document.get("isBase64Encoded") not in (True, "true"):
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as exc:
        raise _malformed(f"has a body that is not Base64: {text[:80]!r}") from exc
