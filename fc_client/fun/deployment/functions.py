"""The steps for services, functions and triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from fc_client.client import Client
from fc_client.code import Code
from fc_client.deploy import Deployment, deploy_function, deploy_service, deploy_trigger
from fc_client.exceptions import DeploymentError
from fc_client.fun.deployment.steps import Outcome, Step
from fc_client.fun.errors import FunError
from fc_client.fun.project.regions import region_of
from fc_client.fun.project.schema import Function, FunctionCompute, Service, Trigger

__all__ = ["function_names", "function_steps"]

_Progress = Callable[[str], Callable[[int, int], object] | None]


def function_names(section: FunctionCompute) -> Iterator[tuple[str, Function]]:
    """Yield region, service and name of each function as one name, and the function."""
    for service in section.services:
        for function in service.functions:
            yield _full_name(region_of(section, service), service, function), function


def _full_name(region: str, service: Service, function: Function) -> str:
    return f"{region}/{service.name}/{function.name}"


def function_steps(
    section: FunctionCompute,
    client: Callable[[str], Client],
    packages: Mapping[str, Code],
    role_arn: Callable[[str], str],
    progress: _Progress,
    *,
    replace: bool,
) -> list[Step]:
    """Return the steps for all services, by region.

    Args:
        section: The section function-compute of the file.
        client: Returns the client of a region.
        packages: The packages of the functions, by :func:`function_names`.
        role_arn: Returns the ARN of a role by its name.
        progress: Returns what is called while the package of a function is sent.
        replace: Delete and create triggers whose type or source differ.
    """
    steps: list[Step] = []
    for service in sorted(section.services, key=lambda each: region_of(section, each)):
        region = region_of(section, service)
        heading, api = f"Function compute({region})", client(region)
        first = Step(
            heading,
            f"service {service.name}",
            # A role that cannot be named must be found before anything is changed.
            _service(api, service, role_arn(service.role) if service.role else None),
            full_title=f"service {region}/{service.name}",
        )
        steps.append(first)
        for function in service.functions:
            name = _full_name(region, service, function)
            step = Step(
                heading,
                f"function {function.name}",
                _function(api, service, function, packages[name], progress(function.name)),
                needs=(first,),
                defaults=function.defaults,
                full_title=f"function {name}",
            )
            steps.append(step)
            steps += [
                Step(
                    heading,
                    f"trigger {function.name}/{trigger.name}",
                    _trigger(
                        api,
                        (service.name, function.name),
                        trigger,
                        role_arn(trigger.role) if trigger.role else None,
                        replace=replace,
                    ),
                    needs=(step,),
                    defaults=trigger.defaults,
                    full_title=f"trigger {name}/{trigger.name}",
                )
                for trigger in function.triggers
            ]
    return steps


def _outcome(deployment: Deployment[Any], remark: str = "") -> Outcome:
    lines = [line for change in deployment.changes for line in str(change).splitlines()]
    return Outcome(deployment.action, tuple(lines), remark=remark)


def _json(model: BaseModel | None) -> dict[str, Any] | None:
    return None if model is None else model.model_dump(mode="json", by_alias=True)


def _service(client: Client, service: Service, role: str | None) -> Callable[[bool], Outcome]:
    def act(dry_run: bool) -> Outcome:
        deployment = deploy_service(
            client,
            service.name,
            description=service.description,
            internet_access=service.internet_access,
            log_config=_json(service.log_config),
            role=role,
            vpc_config=_json(service.vpc_config),
            dry_run=dry_run,
        )
        # Updates leave what the service has.
        is_default = deployment.action == "created" and service.internet_access is None
        return _outcome(deployment, remark="internetAccess true" if is_default else "")

    return act


def _function(
    client: Client,
    service: Service,
    function: Function,
    code: Code,
    progress: Callable[[int, int], object] | None,
) -> Callable[[bool], Outcome]:
    has_variables = "environment_variables" in function.model_fields_set

    def act(dry_run: bool) -> Outcome:
        deployment = deploy_function(
            client,
            service.name,
            function.name,
            runtime=function.runtime,
            handler=function.handler,
            code=code,
            description=function.description,
            memory_size=function.memory_size,
            timeout=function.timeout,
            environment_variables=function.environment_variables if has_variables else None,
            initializer=function.initializer,
            initialization_timeout=function.initialization_timeout,
            progress=progress,
            dry_run=dry_run,
        )
        return _outcome(deployment)

    return act


def _trigger(
    client: Client,
    names: tuple[str, str],
    trigger: Trigger,
    role: str | None,
    *,
    replace: bool,
) -> Callable[[bool], Outcome]:
    def act(dry_run: bool) -> Outcome:
        try:
            deployment = deploy_trigger(
                client,
                *names,
                trigger.name,
                trigger_type=trigger.type,
                trigger_config=trigger.api_config,
                source_arn=trigger.source_arn,
                invocation_role=role,
                replace=replace,
                dry_run=dry_run,
            )
        except DeploymentError as exc:
            if exc.deleted is not None:
                raise
            raise FunError(
                f"type and source of trigger {trigger.name} cannot be updated; pass --replace to "
                "delete the trigger and create it again"
            ) from exc
        return _outcome(deployment)

    return act
