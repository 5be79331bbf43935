"""Where RAM, Log Service and API Gateway are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from fc_client._hosts import is_loopback
from fc_client.config import normalised
from fc_client.exceptions import ConfigurationError

__all__ = [
    "GATEWAY_VARIABLE",
    "RAM_VARIABLE",
    "SLS_VARIABLE",
    "gateway_endpoint",
    "gateway_region",
    "ram_endpoint",
    "sls_endpoint",
]

RAM_VARIABLE = "ALIBABA_CLOUD_RAM_ENDPOINT"
SLS_VARIABLE = "ALIBABA_CLOUD_SLS_ENDPOINT"
GATEWAY_VARIABLE = "ALIBABA_CLOUD_APIGATEWAY_ENDPOINT"

_REGIONS = ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_DEFAULT_REGION")
_FC_HOST = re.compile(r"[0-9]+\.([a-z0-9-]+?)(?:-internal)?\.fc\.aliyuncs\.com")
_GATEWAY_HOST = re.compile(r"apigateway(?:-vpc)?\.([a-z0-9-]+)\.aliyuncs\.com")


def ram_endpoint(
    given: str | None = None, *, fc_endpoint: str | None = None, environ: Mapping[str, str]
) -> str:
    """Return the endpoint of RAM as scheme, host and port.

    Args:
        given: What the user asked for; takes precedence.
        fc_endpoint: The endpoint of Function Compute. One on this machine is
            an embedded server, which serves RAM as well.
        environ: Read for ``ALIBABA_CLOUD_RAM_ENDPOINT``.

    Raises:
        ConfigurationError: the endpoint is not a URL.
    """
    chosen = given or environ.get(RAM_VARIABLE) or _embedded(fc_endpoint)
    return normalised(chosen or "ram.aliyuncs.com")


def sls_endpoint(
    given: str | None = None,
    *,
    configured: str | None = None,
    fc_endpoint: str | None = None,
    region: str | None = None,
    environ: Mapping[str, str],
) -> str:
    """Return the endpoint of Log Service as scheme, host and port.

    Args:
        given: What the user asked for; takes precedence.
        configured: ``sls_endpoint`` of a configuration file; the environment
            takes precedence.
        fc_endpoint: The endpoint of Function Compute. One on this machine is
            an embedded server, which serves Log Service as well; that of the
            cloud names the region.
        region: For example ``cn-shanghai``.
        environ: Read for ``ALIBABA_CLOUD_SLS_ENDPOINT``, and for the region if
            nothing else names it.

    Raises:
        ConfigurationError: the endpoint is not a URL, or neither endpoint nor
            region is known.
    """
    chosen = given or environ.get(SLS_VARIABLE) or configured or _embedded(fc_endpoint)
    if chosen:
        return normalised(chosen)
    found = region or _region_of(fc_endpoint) or _region_in(environ)
    if not found:
        raise _missing("Log Service", SLS_VARIABLE)
    return normalised(f"{found}.log.aliyuncs.com")


def gateway_endpoint(
    given: str | None = None,
    *,
    configured: str | None = None,
    fc_endpoint: str | None = None,
    region: str | None = None,
    environ: Mapping[str, str],
) -> str:
    """Return the endpoint of API Gateway as scheme, host and port.

    Args:
        given: What the user asked for; takes precedence.
        configured: ``endpoint`` of a configuration file; the environment and an
            embedded server take precedence.
        fc_endpoint: The endpoint of Function Compute. One on this machine is
            an embedded server, which serves API Gateway as well; that of the
            cloud names the region.
        region: For example ``cn-shanghai``.
        environ: Read for ``ALIBABA_CLOUD_APIGATEWAY_ENDPOINT``, and for the
            region if nothing else names it.

    Raises:
        ConfigurationError: the endpoint is not a URL, or neither endpoint nor
            region is known.
    """
    chosen = given or environ.get(GATEWAY_VARIABLE) or _embedded(fc_endpoint) or configured
    if chosen:
        return normalised(chosen)
    found = region or _region_of(fc_endpoint) or _region_in(environ)
    if not found:
        raise _missing("API Gateway", GATEWAY_VARIABLE)
    return normalised(f"apigateway.{found}.aliyuncs.com")


def gateway_region(endpoint: str) -> str | None:
    """Return the region of an endpoint of API Gateway, or None if it is not in the cloud."""
    match = _GATEWAY_HOST.fullmatch(urlsplit(normalised(endpoint)).hostname or "")
    return match[1] if match else None


def _region_in(environ: Mapping[str, str]) -> str | None:
    return next((environ[name] for name in _REGIONS if environ.get(name)), None)


def _missing(service: str, variable: str) -> ConfigurationError:
    return ConfigurationError(
        f"no endpoint of {service}: set it (or the environment's {variable}), or the "
        f"region (or the environment's {' or '.join(_REGIONS)})"
    )


def _embedded(fc_endpoint: str | None) -> str | None:
    """Return the endpoint if it is on this machine."""
    if fc_endpoint is None:
        return None
    endpoint = normalised(fc_endpoint)
    host = urlsplit(endpoint).hostname or ""
    return endpoint if is_loopback(host) else None


def _region_of(fc_endpoint: str | None) -> str | None:
    if fc_endpoint is None:
        return None
    match = _FC_HOST.fullmatch(urlsplit(normalised(fc_endpoint)).hostname or "")
    return match[1] if match else None
