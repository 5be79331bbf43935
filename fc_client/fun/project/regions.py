"""The regions of a project, and whether one endpoint can have all of them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from fc_client.exceptions import ConfigurationError
from fc_client.fun.project.schema import FunctionCompute, ProjectFile, Service

__all__ = ["account_and_region", "check_regions", "region_of"]

_CLOUD_HOST = re.compile(r"([0-9]+)\.([a-z0-9-]+?)(?:-internal)?\.fc\.aliyuncs\.com")


def account_and_region(endpoint: str) -> tuple[str, str] | None:
    """Return what an endpoint of the cloud names, or None for any other endpoint."""
    match = _CLOUD_HOST.fullmatch(urlsplit(endpoint).hostname or "")
    return (match[1], match[2]) if match else None


def region_of(section: FunctionCompute, service: Service) -> str:
    """Return the region of a service: its own, or that of the file."""
    return service.region or section.region


def check_regions(file: ProjectFile, endpoint: str | None, *, is_local: bool) -> None:
    """Check that an endpoint can have the services of all regions of a file.

    Args:
        file: The project's file.
        endpoint: The only endpoint to call; None for that of each region.
        is_local: Whether it is an embedded server, for which all regions are one.

    Raises:
        ConfigurationError: it cannot.
    """
    section = file.function_compute
    if section is None or endpoint is None:
        return
    if is_local:
        _check_names(section)
        return
    regions = sorted({region_of(section, service) for service in section.services})
    named = account_and_region(endpoint)
    # Which region another host is in is not known, but it is one.
    if len(regions) > 1 or (named and regions not in ([], [named[1]])):
        where = f"region {named[1]}" if named else "one region"
        raise ConfigurationError(
            f"FC_ENDPOINT is of {where}, but the file deploys to {', '.join(regions)}; unset "
            "FC_ENDPOINT, and fun calls the endpoint of each region"
        )


def _check_names(section: FunctionCompute) -> None:
    regions: dict[str, str] = {}
    for service in section.services:
        region = region_of(section, service)
        other = regions.setdefault(service.name, region)
        if other != region:
            raise ConfigurationError(
                f"service {service.name} is in {other} and {region}: for the embedded server all "
                "regions are one; give the services different names to run them here"
            )
