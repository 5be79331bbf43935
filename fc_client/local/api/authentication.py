"""Checks signatures, dates, Host headers and the pre-signed URLs of code.

The functions are pure: keys and the time are arguments.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

from fc_client import signing
from fc_client.local.api.errors import ApiError, invalid_argument

__all__ = [
    "Keys",
    "check_browser",
    "check_content_md5",
    "check_host",
    "check_presigned",
    "check_presigned_call",
    "check_signature",
    "check_token",
    "host_of",
    "host_problem",
    "is_address",
    "machine_names",
    "presign",
]

# Guide, "Authorization": the service rejects a difference of 15 minutes.
_MAX_SKEW_SECONDS = 15 * 60

_SIGNATURE_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your access key and signing method."
)


# A name or an IPv4 address; service names of docker-compose may have underscores.
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,254}}$){_LABEL}(?:\.{_LABEL})*\.?")
_PORT = re.compile(r":[0-9]{1,5}")

# Names in the services' own domains, which no web page can point at this machine.
_SERVICE_NAME = re.compile(
    rf"[0-9]+\.[a-z0-9-]+\.fc\.aliyuncs\.com|{_LABEL}-[a-z0-9-]+\.alicloudapi\.com"
    rf"|ram\.aliyuncs\.com|apigateway\.[a-z0-9-]+\.aliyuncs\.com|(?:{_LABEL}\.)?[a-z0-9-]+\.(?:log|sls)\.aliyuncs\.com"
)


@dataclass(frozen=True)
class Keys:
    """The only access key that the server accepts."""

    access_key_id: str
    access_key_secret: str


def check_signature(
    keys: Keys,
    method: str,
    path: str,
    target: str,
    headers: Mapping[str, str],
    now: float,
    is_frozen: Callable[[], bool] = lambda: False,
    queries: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Raise ApiError unless the Authorization header is valid.

    Args:
        keys: The access key that the server accepts.
        method: The HTTP method.
        path: The decoded path.
        target: Path and query as sent. Signing these is accepted as well, since
            the guide's example of a resource includes the query.
        headers: All headers, names in lower case.
        now: Seconds since the epoch.
        is_frozen: Whether a test has frozen the time of this process, and so
            the dates of its clients; asked only if the date is wrong.
        queries: The decoded query of a call of an HTTP function, which is signed.
    """
    key_id, given = _authorization(headers.get("authorization", ""))
    if key_id != keys.access_key_id:
        raise ApiError("InvalidAccessKeyID", f"invalid access key ID {key_id!r}")
    _check_date(headers.get("date"), now, is_frozen)
    # Both are always compared, so that the time says nothing about either.
    matches = [
        _is_signature(given, keys, signing.string_to_sign(method, resource, headers, queries))
        for resource in (path, target)
    ]
    if not any(matches):
        raise ApiError("SignatureNotMatch", _SIGNATURE_MISMATCH)


def _authorization(value: str) -> tuple[str, str]:
    """Return the access key ID and the signature of an Authorization header."""
    scheme, _, credentials = value.partition(" ")
    key_id, _, given = credentials.strip().partition(":")
    if scheme != "FC" or not key_id or not given:
        raise ApiError(
            "AccessDenied",
            "the Authorization header must be 'FC <access key id>:<signature>'",
        )
    return key_id, given


def _check_date(value: str | None, now: float, is_frozen: Callable[[], bool]) -> None:
    if not value:
        raise ApiError("MissingRequiredHeader", "the Date header is required")
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError) as exc:
        raise ApiError(
            "AccessDenied", f"the Date header must be an RFC 1123 date, got {value!r}"
        ) from exc
    # A date without a zone counts as GMT, the zone of all dates in the guide.
    moment = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    if abs(moment.timestamp() - now) > _MAX_SKEW_SECONDS and not is_frozen():
        raise ApiError(
            "RequestTimeTooSkewed",
            f"the Date {value!r} differs from the server's time by more than 15 minutes; "
            "check your clock",
        )


def _is_signature(given: str, keys: Keys, text: str) -> bool:
    expected = signing.signature(keys.access_key_secret, text)
    return hmac.compare_digest(given.encode(), expected.encode())


def check_content_md5(value: str | None, body: bytes) -> None:
    """Raise ApiError if Content-MD5 is given and is not that of the body.

    SDKs encode it in different ways: base64 of the raw digest (RFC 1864),
    base64 of the hex digest, or the hex digest.
    """
    if not value:
        return
    digest = hashlib.md5(body, usedforsecurity=False)
    in_hex = digest.hexdigest()
    forms = (signing.content_md5(body), base64.b64encode(in_hex.encode()).decode(), in_hex)
    if value not in forms:
        raise invalid_argument("Content-MD5", "is not the MD5 of the body")


def check_browser(headers: Mapping[str, str]) -> None:
    """Raise ApiError for a request that a web page has sent.

    A page cannot read replies, but a browser sends some requests of any page,
    with the headers checked here, which the page cannot change.

    Args:
        headers: All headers, names in lower case.
    """
    if "origin" in headers and not _is_own_websocket(headers):
        raise ApiError(
            "AccessDenied", f"requests of web pages are refused, got Origin {headers['origin']!r}"
        )
    # "none": the user has typed the address.
    site = headers.get("sec-fetch-site", "none").lower()
    if site != "none":
        raise ApiError(
            "AccessDenied", f"requests of web pages are refused, got Sec-Fetch-Site {site!r}"
        )


def _is_own_websocket(headers: Mapping[str, str]) -> bool:
    """Return whether the origin is this server itself, as some WebSocket libraries write it."""
    own = headers.get("host", "")
    return headers.get("upgrade", "").lower() == "websocket" and headers["origin"] in (
        f"http://{own}",
        f"https://{own}",
    )


def machine_names() -> frozenset[str]:
    """Return the names of this machine, in lower case: with and without its domain."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0]})


def host_problem(host: str) -> str | None:
    """Return what is wrong with a host name or address without a port; None if nothing is."""
    if _address(host) is None and _NAME.fullmatch(host.lower()) is None:
        return f"must be a host name or an address, without a port, got {host!r}"
    return None


def check_host(header: str, bound_host: str, allowed: Collection[str] = ()) -> None:
    """Raise ApiError unless the Host header names this machine.

    This stops DNS rebinding: a web page may resolve its own name to 127.0.0.1,
    but the Host header then still has that name. An address cannot be rebound,
    so a server that listens on all addresses accepts any address.

    Args:
        header: The Host header.
        bound_host: The host that the server was configured to listen on.
        allowed: Further names, in lower case.
    """
    host = host_of(header)
    if host is not None and (
        _is_own(host, bound_host) or host in allowed or _has_project(host, bound_host, allowed)
    ):
        return
    raise ApiError(
        "AccessDenied",
        f"the Host header must name this server, got {header!r}; "
        "allow another name with allow_hosts (--allow-host)",
    )


def _is_own(host: str, bound_host: str) -> bool:
    if host in ("localhost", bound_host.lower()) or host.endswith(".localhost"):
        return True
    address, bound = _address(host), _address(bound_host)
    if address is None:
        return _SERVICE_NAME.fullmatch(host) is not None
    return address.is_loopback or (bound is not None and bound.is_unspecified)


def _has_project(host: str, bound_host: str, allowed: Collection[str]) -> bool:
    """Return whether a host is one of this server with a project of Log Service in front.

    DNS has no names below an address, and those below an allowed name belong
    to the owner of that name.
    """
    rest = host.partition(".")[2]
    return rest in (bound_host.lower(), *allowed) or (
        _address(rest) is not None and _is_own(rest, bound_host)
    )


def host_of(header: str) -> str | None:
    """Return the host in a Host header, in lower case; None if the header is malformed."""
    host, colon, port = header.lower().rpartition(":")
    if not colon or port.endswith("]"):
        host, port = header.lower(), "0"
    if _PORT.fullmatch(f":{port}") is None or int(port) > 65535:
        return None
    if host.startswith("[") and host.endswith("]"):
        address = _address(host[1:-1])
        return host[1:-1] if isinstance(address, ipaddress.IPv6Address) else None
    return host.removesuffix(".") if _NAME.fullmatch(host) else None


def is_address(host: str) -> bool:
    """Return whether a host is an IP address."""
    return _address(host) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def check_token(token: str, headers: Mapping[str, str]) -> None:
    """Raise ApiError unless the Authorization header has *token*."""
    given = headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise ApiError("AccessDenied", "only the commands of fc-local may call this path")


def presign(keys: Keys, path: str, expires: int) -> str:
    """Return *path* with a signed query that allows unauthenticated GETs until it expires.

    Args:
        keys: The access key that signs.
        path: A path that needs no encoding.
        expires: When it expires, in seconds since the epoch.
    """
    queries = {"x-fc-access-key-id": keys.access_key_id, "x-fc-expires": str(expires)}
    given = signing.signature(keys.access_key_secret, _presigned_text(path, str(expires)))
    return f"{path}?{urlencode({**queries, 'x-fc-signature': given})}"


def check_presigned(keys: Keys, path: str, query: Mapping[str, str], now: float) -> None:
    """Raise ApiError unless *query* is one made by :func:`presign` and not expired."""
    expires = query.get("x-fc-expires", "")
    if not _is_signature(query.get("x-fc-signature", ""), keys, _presigned_text(path, expires)):
        raise ApiError("AccessDenied", "the URL's signature does not match")
    _check_expiry(expires, now)


def check_presigned_call(
    keys: Keys,
    method: str,
    path: str,
    queries: Mapping[str, Sequence[str]],
    headers: Mapping[str, str],
    now: float,
) -> None:
    """Raise ApiError unless the query of a call of an HTTP function is signed and not expired.

    Args:
        keys: The access key that the server accepts.
        method: The HTTP method.
        path: The decoded path.
        queries: The decoded query.
        headers: All headers, names in lower case.
        now: Seconds since the epoch.
    """
    key_id = "".join(queries.get("x-fc-access-key-id", ()))
    if key_id != keys.access_key_id:
        raise ApiError("InvalidAccessKeyID", f"invalid access key ID {key_id!r}")
    signed = {name: values for name, values in queries.items() if name != "x-fc-signature"}
    expires = "".join(queries.get("x-fc-expires", ()))
    text = signing.string_to_sign(method, path, {**headers, "date": expires}, signed)
    if not _is_signature("".join(queries["x-fc-signature"]), keys, text):
        raise ApiError("SignatureNotMatch", _SIGNATURE_MISMATCH)
    _check_expiry(expires, now)


def _check_expiry(expires: str, now: float) -> None:
    if re.fullmatch("[0-9]{1,15}", expires) is None:
        # Signed with the key, but not by presign().
        raise invalid_argument(
            "x-fc-expires", f"must be seconds since the epoch, as an integer, got {expires!r}"
        )
    if int(expires) < now:
        raise ApiError("AccessDenied", "the URL has expired")


def _presigned_text(path: str, expires: str) -> str:
    # x-fc-expires takes the place of Date, as in the service's own URLs.
    return signing.string_to_sign("GET", path, {"Date": expires})
