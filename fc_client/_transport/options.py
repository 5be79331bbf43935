"""What both transports make of the options of connections. Pure but for the environment."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from types import FunctionType, ModuleType
from urllib.parse import urlsplit

from fc_client import _arguments
from fc_client.exceptions import ConfigurationError

# The service hangs up after 90 seconds of silence. A request that is sent just
# then is lost, and nobody knows whether it ran.
LONGEST_IDLE = 50.0


def checked_pool_size(pool_size: int) -> int:
    """Return *pool_size*, which is a number from 1 on."""
    size = _arguments.integer("pool_size", pool_size)
    if size is None or size < 1:
        raise ValueError(f"pool_size: {size} is no number of connections from 1 on")
    return size


def ca_bundle(verify: bool | str) -> bool | str:
    """Return *verify*, with True replaced by the bundle that the environment names."""
    if not isinstance(verify, (bool, str)):
        raise TypeError(
            f"verify: expected a bool or the path of a CA bundle, got {type(verify).__name__}"
        )
    bundle = verify
    if bundle is True:
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    # requests takes an empty path for: do not verify.
    if isinstance(bundle, str) and not (bundle and Path(bundle).exists()):
        raise ConfigurationError(f"verify: no CA bundle at {bundle!r}")
    return bundle


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL, as they stand there."""
    end = url.find("/", len("https://"))
    return url if end < 0 else url[:end]


def explained(words: str) -> str:
    """Return what an HTTP library says of a failure, with a hint where that helps nobody."""
    if "WRONG_VERSION_NUMBER" in words:
        return f"{words}: no TLS is spoken there; should the endpoint begin with http://?"
    return words


def is_own(module: ModuleType, function: object) -> bool:
    """Tell whether *function* is *module*'s own, and not what a tracer or a test put in its place.

    Those may look like the original in all but where their code comes from.
    """
    return type(function) is FunctionType and function.__code__.co_filename == module.__file__


def environment_proxies(url: str) -> dict[str, str]:
    """Return the proxies that the environment names for *url*, by scheme."""
    # Imported late: it is large, and a client may be told its proxies.
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    networks = [entry.strip() for entry in proxies.get("no", "").split(",") if "/" in entry]
    # No proxy can reach this machine for us.
    if host == "localhost" or _is_inside(host, ["127.0.0.0/8", "::1/128", *networks]):
        return {}
    return {} if proxy_bypass(parts.netloc) else proxies


def _is_inside(host: str, networks: list[str]) -> bool:
    try:
        address = ipaddress.ip_address(host)
        return any(address in ipaddress.ip_network(each, strict=False) for each in networks)
    except ValueError:
        return False


def proxy_for(url: str, proxies: dict[str, str]) -> str | None:
    """Return which of *proxies* serves *url*; the keys are those of requests."""
    parts = urlsplit(url)
    keys = (f"{parts.scheme}://{parts.hostname}", parts.scheme, f"all://{parts.hostname}", "all")
    proxy = next((proxies[key] for key in keys if proxies.get(key)), None)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
