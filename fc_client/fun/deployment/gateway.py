"""The steps for the role of the API gateway, groups and apis."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from fc_client._disclosure import shown
from fc_client.cloud import (
    Api,
    ApiDefinition,
    ApiFunction,
    ApiGroup,
    ApiParameter,
    CloudError,
    ConstantParameter,
    GatewayClient,
    OpenId,
    RamClient,
    Role,
    Steps,
    SystemParameter,
    grant,
    trusts,
)
from fc_client.fun.deployment.api_changes import api_changes
from fc_client.fun.deployment.removal import delete_api
from fc_client.fun.deployment.steps import Outcome, Step
from fc_client.fun.errors import FunError
from fc_client.fun.project.checks import request_of
from fc_client.fun.project.gateway_schema import Api as ApiSettings
from fc_client.fun.project.gateway_schema import ApiGateway, Group, OpenIdConfig, Parameter
from fc_client.fun.project.schema import Role as RoleSettings

__all__ = ["api_lines", "gateway_steps"]

_Result = TypeVar("_Result")

_SERVICE = "apigateway.aliyuncs.com"
_POLICY = "AliyunFCInvocationAccess"


def gateway_steps(
    section: ApiGateway,
    role: RoleSettings,
    role_arn: str | None,
    heading: str,
    ram: RamClient,
    gateway: GatewayClient,
    stage: str,
    needs: tuple[Step, ...],
    *,
    replace: bool,
) -> list[Step]:
    """Return the steps for the role, the groups and the apis.

    Args:
        section: The section api-gateway of the file.
        role: The role by which the gateway calls functions.
        role_arn: The ARN that it gets if it is created, or None if the account is not known.
        heading: What the steps are printed under.
        ram: The client of RAM.
        gateway: The client of the gateway.
        stage: The stage that apis are deployed to.
        needs: What must be done before: the functions.
        replace: Delete apis of other names that have the method and path of one of the file.
    """
    role_step = Step(
        heading,
        f"role {role.name}",
        _role(ram, role.name, role_arn),
        needs=needs,
        defaults=role.defaults,
    )
    steps = [role_step]
    for group in section.groups:
        group_step = Step(heading, f"group {group.name}", _group(gateway, group), needs=needs)
        steps.append(group_step)
        last = group_step
        for api in group.apis:
            # One after the other: the gateway refuses changes of a group at the same time.
            last = Step(
                heading,
                f"api {api.name}",
                _api(gateway, api, role_step, group_step, stage, replace=replace),
                needs=(role_step, group_step, last),
                defaults=api.defaults,
                full_title=f"api {group.name}/{api.name}",
            )
            steps.append(last)
    return steps


def _role(ram: RamClient, name: str, arn: str | None) -> Callable[[bool], Outcome]:
    def act(dry_run: bool) -> Outcome:
        found = _find_role(ram, name)
        if found is None:
            if dry_run:
                lines = [] if arn is None else [f"+ arn: {arn}"]
                return Outcome("created", (*lines, f"+ policy: {_POLICY}"), value=arn)
            return Outcome("created", value=_grant(ram, name).arn)
        _check_trust(found)
        policies = {policy.name for policy in ram.list_policies_for_role(name)}
        if _POLICY in policies:
            return Outcome("unchanged", value=found.arn)
        if not dry_run:
            _grant(ram, name)
        return Outcome("updated", (f"+ policy: {_POLICY}",), value=found.arn)

    return act


def _find_role(ram: RamClient, name: str) -> Role | None:
    try:
        return ram.get_role(name)
    except CloudError as exc:
        if exc.is_missing:
            return None
        raise


def _grant(ram: RamClient, name: str) -> Role:
    return grant(
        ram,
        role=name,
        policy=_POLICY,
        service=_SERVICE,
        actions=(),
        resources=(),
        policy_type="System",
    )


def _check_trust(role: Role) -> None:
    """Check that the gateway may assume a role that exists.

    Raises:
        FunError: it may not; its document may have been written for something else.
    """
    if trusts(role.trust_document, _SERVICE):
        return
    raise FunError(
        f"role {role.name} does not let {_SERVICE} assume it; add a statement to the role's trust "
        "document that allows sts:AssumeRole to that service, or name another role in the file"
    )


def _group(gateway: GatewayClient, group: Group) -> Callable[[bool], Outcome]:
    def act(dry_run: bool) -> Outcome:
        found = gateway.find_group(group.name)
        if found is None:
            remark = "description empty" if group.description is None else ""
            if dry_run:
                return Outcome("created", remark=remark)
            created = gateway.create_group(group.name, description=group.description)
            return Outcome("created", remark=remark, value=created)
        if group.description is None or group.description == found.description:
            return Outcome("unchanged", value=found)
        if not dry_run:
            gateway.update_group(found.group_id, description=group.description)
        change = f"~ description: {shown(found.description)!r} -> {shown(group.description)!r}"
        return Outcome("updated", (change,), value=found)

    return act


def _api(
    gateway: GatewayClient,
    api: ApiSettings,
    role: Step,
    group: Step,
    stage: str,
    *,
    replace: bool,
) -> Callable[[bool], Outcome]:
    def act(dry_run: bool) -> Outcome:
        where: ApiGroup | None = _value(group)
        wanted = definition(api, _value(role) or "")
        found = None if where is None else gateway.find_api(where.group_id, api.name)
        action, changes = _compared(gateway, found, wanted, stage)
        if where is None or dry_run:
            return Outcome(action, tuple(changes))
        if action == "unchanged" and found is not None:
            return Outcome(action, (), api_lines(where, api, found))
        lines = _applied(gateway, where, api, found, wanted, stage, replace=replace)
        return Outcome(action, tuple(changes), lines)

    return act


def _value(step: Step) -> Any:
    return None if step.outcome is None else step.outcome.value


def _compared(
    gateway: GatewayClient, found: Api | None, wanted: ApiDefinition, stage: str
) -> tuple[str, list[str]]:
    """Return what is to be done with an api, and what differs in it or in the stage."""
    if found is None:
        return "created", list(api_changes(None, wanted))
    changes = list(api_changes(found.definition, wanted))
    deployment = found.deployment(stage)
    if deployment is None or not deployment.is_deployed:
        changes.append(f"+ stage: {stage}")
    elif not changes:
        deployed = gateway.get_deployed_api(found.group_id, found.api_id, stage)
        changes = [
            f"{line} (in stage {stage})" for line in api_changes(deployed.definition, wanted)
        ]
    return ("updated" if changes else "unchanged"), changes


def _applied(
    gateway: GatewayClient,
    group: ApiGroup,
    api: ApiSettings,
    found: Api | None,
    wanted: ApiDefinition,
    stage: str,
    *,
    replace: bool,
) -> tuple[str, ...]:
    """Create or update an api if it differs, deploy it, and return the lines to print.

    Raises:
        StepError: a call failed; it says what was done before.
    """
    steps, name, group_id = Steps(), wanted.name, group.group_id
    api_id = _stored(gateway, group_id, found, wanted, steps, replace=replace)
    steps.run(
        f"deploy api {name} to stage {stage}",
        f"api {name} deployed to stage {stage}",
        lambda: gateway.deploy_api(group_id, api_id, stage, description="deployed by fun"),
    )
    deployed = steps.run_quietly(f"get api {name}", lambda: gateway.get_api(group_id, api_id))
    return api_lines(group, api, deployed)


def _stored(
    gateway: GatewayClient,
    group_id: str,
    found: Api | None,
    wanted: ApiDefinition,
    steps: Steps,
    *,
    replace: bool,
) -> str:
    """Create or update an api if it differs, and return its ID."""
    name, make_way = wanted.name, partial(_made_way, gateway, group_id, wanted, replace=replace)
    if found is None:
        return steps.run(
            f"create api {name}",
            f"api {name} created",
            lambda: make_way(lambda: gateway.create_api(group_id, wanted)),
        )
    if found.definition != wanted:
        steps.run(
            f"update api {name}",
            f"api {name} updated",
            lambda: make_way(lambda: gateway.update_api(group_id, found.api_id, wanted)),
        )
    return found.api_id


def _made_way(
    gateway: GatewayClient,
    group_id: str,
    wanted: ApiDefinition,
    call: Callable[[], _Result],
    *,
    replace: bool,
) -> _Result:
    """Create or update an api; delete the one of another name that has its method and path.

    Raises:
        FunError: there is one, and *replace* is false.
    """
    try:
        return call()
    except CloudError as exc:
        other = _api_in_the_way(gateway, group_id, wanted)
        if other is None:
            raise
        if not replace:
            raise FunError(
                f"api {shown(other.definition.name)} of the group has {wanted.method} "
                f"{shown(wanted.path)} already; pass --replace to delete that api"
            ) from exc
        delete_api(gateway, group_id, other.api_id)
    return call()


def _api_in_the_way(gateway: GatewayClient, group_id: str, wanted: ApiDefinition) -> Api | None:
    """Return the api of another name that has the method and path of an api, or None."""
    for each in gateway.iter_apis(group_id):
        if each.name != wanted.name:
            other = gateway.get_api(group_id, each.api_id)
            has = request_of(other.definition.method, other.definition.path)
            if has == request_of(wanted.method, wanted.path):
                return other
    return None


def api_lines(group: ApiGroup, settings: ApiSettings, api: Api) -> tuple[str, ...]:
    """Return URL and stages as the guide prints them."""
    scheme = "https" if settings.protocol == "HTTPS" else "http"
    url = group.url(settings.path, scheme=scheme)
    lines = [f"URL: {settings.method} {url}", f"    => {settings.function}"]
    for each in api.deployments:
        state = f"deployed, version: {each.version}" if each.is_deployed else "undeployed"
        lines.append(f"    stage: {each.stage}, {state}")
    return tuple(lines)


def definition(api: ApiSettings, role_arn: str) -> ApiDefinition:
    """Return an api of the file as the gateway has it."""
    region, service, function = api.function.split("/")
    return ApiDefinition(
        name=api.name,
        function=ApiFunction(region, service, function, role_arn),
        path=api.path,
        method=api.method,
        description=api.description,
        visibility=api.visibility,
        auth_type=api.auth_type,
        body_format=api.body_format,
        request_mode=api.request_mode,
        timeout=api.timeout,
        result_type=api.result_type,
        result_sample=api.result_sample,
        protocol=api.protocol,
        parameters=tuple(map(_parameter, api.parameters)),
        constants=tuple(
            ConstantParameter(each.name, each.value, each.location)
            for each in api.constant_parameters
        ),
        system_parameters=tuple(
            SystemParameter(each.name, each.service_name, each.location)
            for each in api.system_parameters
        ),
        openid=_openid(api.openid_connect_config) if api.auth_type == "OPENID" else None,
    )


def _parameter(each: Parameter) -> ApiParameter:
    return ApiParameter(
        name=each.name,
        location=each.location,
        type=each.type,
        required=each.required == "REQUIRED",
        default=each.default,
        description=each.description,
    )


def _openid(config: OpenIdConfig) -> OpenId:
    return OpenId(
        token_parameter=config.id_token_param_name,
        api_type=config.openid_api_type,
        key_id=config.public_key_id or "",
        public_key=config.public_key or "",
    )
