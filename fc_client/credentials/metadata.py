"""Credentials that a service near by hands out over HTTP.

Proxies and redirects are not followed: both would show the credentials to
somebody else. What goes wrong is told in words, as the result: an error would
carry the reply, secrets and all, in the frames of its traceback.
"""

from __future__ import annotations

import json
from datetime import datetime
from http.client import HTTPException
from urllib.parse import quote
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector

from fc_client._redaction import as_secret
from fc_client.credentials import Credentials

# The service of an ECS instance's own metadata, on a link-local network.
METADATA = "http://100.100.100.200"

_ROLES = "/latest/meta-data/ram/security-credentials/"

# Seconds to connect, and to wait for bytes of the reply.
_TIMEOUT = 1.0

_LARGEST = 64 * 1024


def from_uri(uri: str) -> Credentials | str:
    """Return the credentials that a URL answers with, or why there are none."""
    body = _fetched(uri)
    return body if isinstance(body, str) else parsed(body)


def from_role(role: str, base: str = METADATA) -> Credentials | str:
    """Return the credentials of the ECS instance's role, or why there are none.

    Args:
        role: Name of the RAM role.
        base: URL of the metadata service.
    """
    return from_uri(f"{base}{_ROLES}{quote(role, safe='')}")


def _fetched(url: str) -> bytes | str:
    opener = OpenerDirector()
    for handler in (HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    try:
        reply = opener.open(url, timeout=_TIMEOUT)
        if reply is None:
            return "is no http or https URL"
        with reply:
            return reply.read(_LARGEST) if reply.status == 200 else f"answered {reply.status}"
    except OSError as exc:
        # Of a URLError the reason is the failure itself.
        return f"no reply: {getattr(exc, 'reason', exc)}"
    except (HTTPException, ValueError) as exc:
        # The text of these may hold the URL, and that a token.
        return f"no reply: {type(exc).__name__}"


def parsed(body: bytes) -> Credentials | str:
    """Return the credentials that a reply holds, or why it holds none."""
    try:
        document = json.loads(body)
        code = document.get("Code", "Success")
    except (ValueError, AttributeError, RecursionError):
        return "the reply is no JSON object"
    if code != "Success":
        return f"the reply says {code!r}"
    try:
        return Credentials(
            document["AccessKeyId"],
            as_secret(document["AccessKeySecret"]),
            as_secret(document.get("SecurityToken") or None),
            expiration=_moment(document.get("Expiration")),
        )
    except KeyError as exc:
        return f"the reply has no {exc.args[0]}"
    except (TypeError, ValueError, AttributeError) as exc:
        return f"the reply cannot be used: {exc}"


def _moment(text: str | None) -> datetime | None:
    # Python 3.10 does not know that Z is UTC.
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
