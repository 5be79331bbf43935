"""Credentials from an HTTP service on or near this machine.

Proxies are not used and redirects are not followed: both would send the
credentials through a third party.
"""

from __future__ import annotations

import json
from datetime import datetime
from http.client import HTTPException
from urllib.parse import quote
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector

from fc_client._redaction import as_secret
from fc_client.credentials import Credentials
from fc_client.credentials.sources import Missing

# The metadata service of an ECS instance, on a link-local address.
METADATA_URL = "http://100.100.100.200"

_ROLES = "/latest/meta-data/ram/security-credentials/"

# Seconds to connect, and to wait for bytes of the response.
_TIMEOUT = 1.0

_MAX_RESPONSE_BYTES = 64 * 1024


def from_uri(uri: str) -> Credentials | Missing:
    """Return the credentials that a URL responds with, or why there are none."""
    body = _fetch(uri)
    return body if isinstance(body, Missing) else parse(body)


def from_role(role: str, base: str = METADATA_URL) -> Credentials | Missing:
    """Return the credentials of the ECS instance's role, or why there are none.

    Args:
        role: Name of the RAM role.
        base: URL of the metadata service.
    """
    return from_uri(f"{base}{_ROLES}{quote(role, safe='')}")


def _fetch(url: str) -> bytes | Missing:
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    try:
        response = opener.open(url, timeout=_TIMEOUT)
        if response is None:
            return Missing("not an http:// or https:// URL")
        with response:
            if response.status != 200:
                return Missing(f"responded with status {response.status}")
            return bytes(response.read(_MAX_RESPONSE_BYTES))
    except OSError as exc:
        # urllib wraps the failure in a URLError.
        return Missing(f"no response: {getattr(exc, 'reason', exc)}")
    except (HTTPException, ValueError) as exc:
        # Their text may quote the URL, which may contain a token.
        return Missing(f"no response: {type(exc).__name__}")


def parse(body: bytes) -> Credentials | Missing:
    """Return the credentials in the body of a response, or why there are none."""
    try:
        document = json.loads(body)
        code = document.get("Code", "Success")
    except (ValueError, AttributeError, RecursionError):
        return Missing("the response is not a JSON object")
    if code != "Success":
        return Missing(f"the response has Code {code!r}, expected 'Success'")
    try:
        return Credentials(
            document["AccessKeyId"],
            as_secret(document["AccessKeySecret"]),
            as_secret(document.get("SecurityToken") or None),
            expiration=_time(document.get("Expiration")),
        )
    except KeyError as exc:
        return Missing(f"the response has no {exc.args[0]}")
    except (TypeError, ValueError, AttributeError) as exc:
        return Missing(f"invalid credentials in the response: {exc}")


def _time(text: str | None) -> datetime | None:
    # Python 3.10's fromisoformat does not accept Z for UTC.
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
