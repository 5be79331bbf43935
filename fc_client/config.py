"""The endpoint and the account, from arguments, environment or configuration files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from fc_client.credentials import member, profiles
from fc_client.exceptions import ConfigurationError

__all__ = ["Settings", "resolve"]

_ENDPOINT = "FC_ENDPOINT"
# As DNS has it.
_MAX_HOST = 253

# The last ones are those of functions, which the runtime sets.
_ACCOUNTS = ("ALIBABA_CLOUD_ACCOUNT_ID", "FC_ACCOUNT_ID")
_REGIONS = ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_DEFAULT_REGION", "FC_REGION")


class Settings(NamedTuple):
    """The endpoint and the account of a client.

    Attributes:
        endpoint: Scheme, host and port, without a trailing slash.
        account_id: The account to send, or None if the endpoint's host names it.
    """

    endpoint: str
    account_id: str | None


def resolve(
    *,
    endpoint: str | None,
    account_id: str | None,
    region: str | None,
    internal: bool,
    environ: Mapping[str, str],
) -> Settings:
    """Return the settings; arguments take precedence over *environ*, and that over files.

    Args:
        endpoint: A URL, or a host name, which is called over HTTPS.
        account_id: With *region*, builds the endpoint. With *endpoint*, is
            sent as a header, so that the host may be an IP address.
        region: For example ``cn-shanghai``.
        internal: Use the region's internal network.
        environ: Read for ``FC_ENDPOINT``, ``ALIBABA_CLOUD_ACCOUNT_ID`` and
            ``ALIBABA_CLOUD_REGION_ID``, or, in a function, ``FC_ACCOUNT_ID``
            and ``FC_REGION``. Next come the region of the aliyun CLI's
            profile and fcli's endpoint.

    Raises:
        ConfigurationError: a value is missing or invalid.
    """
    account = account_id or _first(environ, _ACCOUNTS)
    given = endpoint or (None if region else environ.get(_ENDPOINT))
    if given:
        # The environment's account only builds endpoints, so it is not sent to this one.
        return Settings(normalised(given), account_id)
    found = region or _region(environ)
    if account is None or found is None:
        stored = None if region else profiles.fcli_endpoint()
        if stored:
            return Settings(normalised(stored), account_id)
        raise ConfigurationError(_missing(account, found))
    network = "-internal" if internal else ""
    return Settings(normalised(f"{account}.{found}{network}.fc.aliyuncs.com"), account_id)


def _region(environ: Mapping[str, str]) -> str | None:
    return _first(environ, _REGIONS) or profiles.aliyun_region(environ)


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _missing(account: str | None, region: str | None) -> str:
    parts = []
    if account is None:
        parts.append(f"account_id (or the environment's {' or '.join(_ACCOUNTS)})")
    if region is None:
        names = " or ".join(_REGIONS)
        parts.append(f"region (or the environment's {names}, or region_id in {profiles.ALIYUN})")
    return (
        f"no endpoint: set endpoint (or the environment's {_ENDPOINT}, or endpoint in "
        f"{profiles.FCLI}), or {' and '.join(parts)}"
    )


def of_context(context: object, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return the arguments of :func:`resolve` for a client in a function.

    Args:
        context: The context of the invocation.
        environ: Read for ``FC_ENDPOINT``, which the embedded Function Compute
            sets: its functions call it, and not the cloud.
    """
    if environ.get(_ENDPOINT):
        return {}
    names = {"account_id": "accountId", "region": "region"}
    return {name: member(context, name, other) or None for name, other in names.items()}


def normalised(endpoint: str) -> str:
    """Return *endpoint* as scheme, host and port.

    Raises:
        TypeError: *endpoint* is not a str.
        ConfigurationError: *endpoint* is not an HTTP URL, or has a path, query
            or user: the client adds the paths of the API.
    """
    if not isinstance(endpoint, str):
        raise TypeError(f"endpoint: expected a str, got {type(endpoint).__name__}")
    url = endpoint if "://" in endpoint else f"https://{endpoint}"
    shown = _without_user(endpoint)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        reason = _without_user(str(exc))
        raise ConfigurationError(f"endpoint: {shown!r} is not a valid URL: {reason}") from None
    if parts.scheme not in ("http", "https") or not _is_host(parts.hostname):
        raise ConfigurationError(f"endpoint: {shown!r} is not an http:// or https:// URL")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError(f"endpoint: {shown!r} must have only scheme, host and port")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def _without_user(text: str) -> str:
    """Return *text* without user and password, which messages must not repeat."""
    parts = (part.rpartition("@") for part in text.split("/"))
    return "/".join(f"***@{host}" if at else host for _, at, host in parts)


def _is_host(host: str | None) -> bool:
    return bool(host and re.fullmatch(rf"[A-Za-z0-9._\-:]{{1,{_MAX_HOST}}}", host))
