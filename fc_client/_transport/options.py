"""The options of connections, checked: pool size, CA bundle, proxies."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fc_client import _arguments
from fc_client._files import named_kind
from fc_client._hosts import is_loopback
from fc_client.exceptions import ConfigurationError

if TYPE_CHECKING:
    import ssl

# The service closes connections that were idle for 90 seconds. A request that is
# sent just then is lost, and whether it ran is not known.
MAX_IDLE_SECONDS = 50.0

HTTP_SCHEMES = ("http", "https")
SOCKS_SCHEMES = ("socks4", "socks4a", "socks5", "socks5h")

Verify = bool | str | os.PathLike[str]

# The variables that name a CA bundle: those of requests and curl, then those of OpenSSL.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def checked_pool_size(pool_size: int) -> int:
    """Return *pool_size*, which must be at least 1."""
    size = _arguments.integer("pool_size", pool_size)
    if size is None or size < 1:
        raise ValueError(f"pool_size: must be at least 1, got {size}")
    return size


def ca_bundle(verify: Verify) -> bool | str:
    """Return *verify*, with True replaced by what the environment names.

    Raises:
        TypeError: *verify* is neither a bool nor a path.
        ConfigurationError: there is no CA bundle at the path.
    """
    if isinstance(verify, bool):
        name = next((name for name in _BUNDLES if os.environ.get(name)), "")
        if not verify or not name:
            return verify
        # Only SSL_CERT_DIR may name several.
        paths = os.environ[name].split(os.pathsep if name == "SSL_CERT_DIR" else "\0")
        return _existing(next(filter(os.path.exists, paths), paths[0]), f"the environment's {name}")
    path = os.fspath(verify) if isinstance(verify, (str, os.PathLike)) else verify
    if not isinstance(path, str):
        raise TypeError(
            f"verify: expected a bool or the path of a CA bundle, got {type(verify).__name__}"
        )
    return _existing(path, "verify")


def _existing(path: str, origin: str) -> str:
    # requests takes an empty path for: do not verify.
    # Reading a FIFO would wait for a process that writes.
    if not (path and (Path(path).is_file() or Path(path).is_dir())):
        raise ConfigurationError(f"{origin}: no CA bundle at {named_kind(path)}")
    # A plain str: what a subclass makes of itself does not count.
    return str.__str__(path)


def tls_context(verify: bool | str) -> ssl.SSLContext:
    """Return how certificates are checked.

    Args:
        verify: False, the path of a CA bundle, or True for certifi's.

    Raises:
        ConfigurationError: there is no CA bundle at the path.
    """
    import ssl

    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    # Imported late: only a client with connections needs it.
    import certifi

    bundle = certifi.where() if verify is True else verify
    kind = "capath" if Path(bundle).is_dir() else "cafile"
    try:
        return ssl.create_default_context(**{kind: bundle})  # type: ignore[arg-type]
    except OSError as exc:
        raise ConfigurationError(f"verify: no CA bundle at {bundle!r}") from exc


def checked_proxies(
    proxies: Mapping[str, str] | None, schemes: tuple[str, ...]
) -> dict[str, str] | None:
    """Return the argument *proxies*; None stays None.

    Args:
        proxies: URLs by scheme, as requests takes them; empty ones stand for no proxy.
        schemes: The schemes of proxies that work.

    Raises:
        TypeError: it has a wrong type.
        ConfigurationError: a proxy does not work.
    """
    found = _arguments.string_map("proxies", proxies)
    for name, proxy in (found or {}).items():
        if proxy:
            _check_proxy(f"proxies[{name!r}]", proxy, schemes)
    return found


def _check_proxy(origin: str, proxy: str, schemes: tuple[str, ...]) -> None:
    scheme, host = _scheme_and_host(proxy if "://" in proxy else f"http://{proxy}")
    if scheme not in schemes:
        known = ", ".join(f"{each}://" for each in schemes)
        raise ConfigurationError(
            f"{origin}: a proxy cannot have the scheme {scheme[:20]!r}; use one of {known}"
        )
    if host is None:
        # The message does not quote it: it may have a password.
        raise ConfigurationError(
            f"{origin}: not the URL of a proxy, such as {scheme}://proxy.example:8080"
        )
    if scheme in SOCKS_SCHEMES and importlib.util.find_spec("socks") is None:
        raise ConfigurationError(
            f"{origin}: {scheme}:// needs PySocks; pip install 'requests[socks]'"
        )


def _scheme_and_host(url: str) -> tuple[str, str | None]:
    """Return scheme and host of a URL; None for the host if the URL is not valid."""
    scheme = url.partition("://")[0].lower()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return scheme, None
    bare = url.isascii() and url.isprintable() and " " not in url
    return scheme, parts.hostname if bare and port != 0 else None


def environment_proxies(url: str, schemes: tuple[str, ...]) -> dict[str, str]:
    """Return the proxies that the environment names for *url*, by scheme.

    Args:
        url: What is called.
        schemes: The schemes of proxies that work.

    Raises:
        ConfigurationError: the proxy for *url* does not work; the message names its variable.
    """
    # Imported late: it is large, and a client may be given its proxies.
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    networks = [entry.strip() for entry in proxies.get("no", "").split(",") if "/" in entry]
    # This machine is called directly: a proxy could not reach it.
    if is_loopback(host) or _is_inside(host, networks):
        return {}
    if proxy_bypass(parts.netloc):
        return {}
    name = next((name for name in _proxy_keys(url) if proxies.get(name)), None)
    if name is not None:
        variables = (each for each in os.environ if each.lower() == f"{name}_proxy")
        origin = f"the environment's {next(variables, f'{name}_proxy')}"
        _check_proxy(origin, proxies[name], schemes)
    return proxies


def _is_inside(host: str, networks: list[str]) -> bool:
    try:
        address = ipaddress.ip_address(host)
        return any(address in ipaddress.ip_network(each, strict=False) for each in networks)
    except ValueError:
        return False


def proxy_of(url: str, proxies: Mapping[str, str] | None, schemes: tuple[str, ...]) -> str | None:
    """Return the proxy for *url*, or None.

    Args:
        url: What is called.
        proxies: URLs by scheme; None takes the environment's.
        schemes: The schemes of proxies that work.

    Raises:
        ConfigurationError: a proxy does not work.
    """
    found = checked_proxies(proxies, schemes)
    return proxy_for(url, environment_proxies(url, schemes) if found is None else found)


def proxy_for(url: str, proxies: dict[str, str]) -> str | None:
    """Return which of *proxies* serves *url*; the keys are those of requests."""
    proxy = next((proxies[key] for key in _proxy_keys(url) if proxies.get(key)), None)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _proxy_keys(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}", parts.scheme, f"all://{parts.hostname}", "all"
