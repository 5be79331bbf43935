"""What of a project is deployed, as lines to print."""

from __future__ import annotations

from collections.abc import Iterator

from fc_client.cloud import gateway_region
from fc_client.exceptions import NotFoundError
from fc_client.fun.deployment.custom_domains import domain_lines
from fc_client.fun.deployment.gateway import api_lines
from fc_client.fun.deployment.invoke_configs import invoke_config_state
from fc_client.fun.deployment.releases import alias_text
from fc_client.fun.deployment.triggers import http_lines
from fc_client.fun.project.regions import region_of
from fc_client.fun.project.schema import ApiGateway, Function, FunctionCompute, Service
from fc_client.fun.session import Session

__all__ = ["deployed_lines", "gateway_heading"]

_INDENT = "    "


def deployed_lines(session: Session) -> Iterator[str]:
    """Yield the lines of ``fun info``.

    Args:
        session: The session with the project.
    """
    content = session.project.content
    if content.function_compute is not None:
        yield from _functions(session, content.function_compute)
    if content.api_gateway is not None:
        yield f"{gateway_heading(session, content.api_gateway)}:"
        yield from _apis(session, content.api_gateway)


def gateway_heading(session: Session, section: ApiGateway) -> str:
    """Return the heading of the gateway's part of the output."""
    # The embedded server stands for the gateway of any region.
    url = session.clouds.gateway_url
    region = gateway_region(url) or gateway_region(section.endpoint or "")
    return f"API gateway({region or 'local'})"


def _functions(session: Session, section: FunctionCompute) -> Iterator[str]:
    heading = ""
    for service in sorted(section.services, key=lambda each: region_of(section, each)):
        region = region_of(section, service)
        if region != heading:
            heading = region
            yield f"Function compute({region}):"
        yield f"{_INDENT}service {service.name} {_service_state(session, region, service)}"
        yield from _releases(session, region, service)
        for function in service.functions:
            yield from _function(session, region, service, function)
    yield from _domains(session, section, heading)


def _service_state(session: Session, region: str, service: Service) -> str:
    try:
        found = session.client(region).get_service(service.name)
    except NotFoundError:
        return "is not deployed."
    return f"is deployed, last changed {found.last_modified_time:%Y-%m-%d %H:%M:%S} UTC."


def _releases(session: Session, region: str, service: Service) -> Iterator[str]:
    """Yield the newest version and the aliases; nothing if there are none."""
    client = session.client(region)
    try:
        versions = client.list_service_versions(service.name, limit=1).items
        aliases = list(client.iter_aliases(service.name))
    except NotFoundError:
        return
    for version in versions:
        yield f"{_INDENT}version {version.version_id} of {service.name} is the newest one."
    for alias in aliases:
        yield f"{_INDENT}alias {service.name}/{alias.alias_name} is deployed."
        yield f"{_INDENT}=> {alias_text(alias)}"


def _function(session: Session, region: str, service: Service, function: Function) -> Iterator[str]:
    client = session.client(region)
    try:
        found = client.get_function(service.name, function.name)
    except NotFoundError:
        yield f"{_INDENT}function {function.name} is not deployed."
        return
    yield (
        f"{_INDENT}function {function.name} is deployed, {found.runtime}, {found.code_size} bytes, "
        f"last changed {found.last_modified_time:%Y-%m-%d %H:%M:%S} UTC."
    )
    if function.async_invoke_config is not None:
        state = invoke_config_state(client, (service.name, function.name))
        yield f"{_INDENT}async config {function.name} {state}"
    for trigger in client.iter_triggers(service.name, function.name):
        yield (
            f"{_INDENT}trigger {function.name}/{trigger.trigger_name} is deployed, "
            f"{trigger.trigger_type}."
        )
        lines = http_lines(client, (service.name, function.name), trigger)
        yield from (f"{_INDENT}{line}" for line in lines)


def _domains(session: Session, section: FunctionCompute, heading: str) -> Iterator[str]:
    client = session.client(section.region)
    if section.custom_domains and heading != section.region:
        yield f"Function compute({section.region}):"
    for domain in section.custom_domains:
        try:
            client.get_custom_domain(domain.name)
        except NotFoundError:
            yield f"{_INDENT}custom domain {domain.name} is not deployed."
            continue
        yield f"{_INDENT}custom domain {domain.name} is deployed."
        yield from (f"{_INDENT}{line}" for line in domain_lines(client, domain))


def _apis(session: Session, section: ApiGateway) -> Iterator[str]:
    gateway = session.clouds.gateway
    for group in section.groups:
        found = gateway.find_group(group.name)
        state = "is not deployed." if found is None else "is deployed."
        yield f"{_INDENT}group {group.name} {state}"
        for settings in group.apis:
            api = None if found is None else gateway.find_api(found.group_id, settings.name)
            if found is None or api is None:
                yield f"{_INDENT}api {settings.name} is not deployed."
                continue
            yield f"{_INDENT}api {settings.name} is deployed."
            yield from (f"{_INDENT}{line}" for line in api_lines(found, settings, api))
