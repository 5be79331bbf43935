"""The steps for custom domains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fc_client.client import Client
from fc_client.deploy import Change
from fc_client.exceptions import DomainNameNotFoundError
from fc_client.fun.account import is_loopback
from fc_client.fun.deployment.steps import Outcome, Step
from fc_client.fun.errors import PackageError
from fc_client.fun.project.schema import CustomDomain, FunctionCompute
from fc_client.models import CustomDomain as StoredDomain

__all__ = ["domain_lines", "domain_steps"]

# What the service never returns.
_PRIVATE_KEY = "privateKey"


def domain_steps(
    section: FunctionCompute, client: Callable[[str], Client], root: Path, needs: tuple[Step, ...]
) -> list[Step]:
    """Return the steps for custom domains, which are in the region of the file.

    Args:
        section: The section function-compute of the file.
        client: Returns the client of a region.
        root: The folder of the project.
        needs: The steps of the services.

    Raises:
        PackageError: the file of a certificate cannot be read.
    """
    return [
        Step(
            f"Function compute({section.region})",
            f"custom domain {domain.name}",
            partial(_deploy, client(section.region), domain, _settings(domain, root)),
            needs=needs,
            defaults=domain.defaults,
        )
        for domain in section.custom_domains
    ]


def _settings(domain: CustomDomain, root: Path) -> dict[str, Any]:
    """Return the arguments for the client."""
    settings: dict[str, Any] = {
        "protocol": domain.protocol,
        "route_config": {"routes": [route.fields for route in domain.routes]},
    }
    if domain.cert_config is not None:
        settings["cert_config"] = {
            "certName": domain.cert_config.name,
            "certificate": _content(root / domain.cert_config.certificate),
            _PRIVATE_KEY: _content(root / domain.cert_config.private_key),
        }
    return settings


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as exc:
        raise PackageError(f"{path.name} cannot be read as a file in PEM: {exc}") from exc


def _deploy(
    client: Client,
    domain: CustomDomain,
    settings: Mapping[str, Any],
    dry_run: bool,
) -> Outcome:
    try:
        stored = client.get_custom_domain(domain.name)
    except DomainNameNotFoundError:
        lines = _lines({}, settings)
        if not dry_run:
            client.create_custom_domain(domain.name, **settings)
        return Outcome("created", lines, _urls(client, domain, dry_run=dry_run))
    before = _stored_settings(stored)
    changed = {key: value for key, value in settings.items() if _differs(before[key], value)}
    if not changed:
        return Outcome("unchanged", (), _urls(client, domain, dry_run=dry_run))
    if not dry_run:
        client.update_custom_domain(domain.name, **changed)
    return Outcome("updated", _lines(before, changed), _urls(client, domain, dry_run=dry_run))


def _stored_settings(stored: StoredDomain) -> dict[str, Any]:
    """Return what the service has, in the form of the settings."""
    routes = (stored.route_config or {}).get("routes") or ()
    return {
        "protocol": stored.protocol or "HTTP",
        "route_config": {"routes": [_without_empty(route) for route in routes]},
        "cert_config": _without_empty(stored.cert_config or {}),
    }


def _without_empty(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value not in (None, "", [], {})}


def _differs(before: Any, after: Any) -> bool:
    if isinstance(after, Mapping) and _PRIVATE_KEY in after:
        # A new key has a new certificate.
        return any(before.get(key) != after[key] for key in after.keys() - {_PRIVATE_KEY})
    return bool(before != after)


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a line for each setting that differs, without the text of certificates."""
    lines: list[str] = []
    for key, value in after.items():
        old = before.get(key)
        sides = (_by_path(old), _by_path(value)) if key == "route_config" else (old, value)
        if key == "cert_config":
            sides = ((old or {}).get("certName"), value["certName"])
        lines += str(Change(key, *sides)).splitlines()
        if key == "cert_config" and old and sides[0] == sides[1]:
            lines.append("~ cert_config.certificate: another one")
    return tuple(lines)


def _by_path(config: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return what each path leads to, as the file has it."""
    if config is None:
        return None
    return {str(route.get("path")): _target(route) for route in config["routes"]}


def _target(route: Mapping[str, Any]) -> str:
    service = ".".join(filter(None, (route.get("serviceName"), route.get("qualifier"))))
    methods = ",".join(route.get("methods") or ())
    return f"{service}/{route.get('functionName')}{f' ({methods})' if methods else ''}"


def _urls(client: Client, domain: CustomDomain, *, dry_run: bool) -> tuple[str, ...]:
    if dry_run:
        return ()
    return tuple(domain_lines(client, domain))


def domain_lines(client: Client, domain: CustomDomain) -> Iterator[str]:
    """Yield the URL of each route, and the function that it leads to."""
    base = f"{'https' if domain.protocol == 'HTTPS' else 'http'}://{domain.name}"
    if is_loopback(client.endpoint):
        # The embedded server also answers to this name, which browsers and curl resolve.
        base = f"http://{domain.name}.localhost:{urlsplit(client.endpoint).port}"
    for route in domain.routes:
        yield f"URL: {base}{route.path} => {_target(route.fields)}"
