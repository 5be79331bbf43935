"""The steps for services and what they have: functions, triggers, versions and aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from fc_client.client import Client
from fc_client.code import Code
from fc_client.deploy import Deployment, deploy_function, deploy_service
from fc_client.fun.deployment.invoke_configs import invoke_config_action
from fc_client.fun.deployment.releases import release_steps
from fc_client.fun.deployment.steps import Outcome, Step
from fc_client.fun.deployment.triggers import trigger_action
from fc_client.fun.project.regions import region_of
from fc_client.fun.project.schema import Function, FunctionCompute, Service

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
        replace: Delete triggers that are in the way, as :func:`trigger_action` does.
    """
    steps: list[Step] = []
    for service in sorted(section.services, key=lambda each: region_of(section, each)):
        region = region_of(section, service)
        one = _ServiceSteps(client(region), region, service, role_arn, replace)
        steps += one.steps(packages, progress)
    return steps


@dataclass(frozen=True)
class _ServiceSteps:
    """The steps for one service; the attributes are as for :func:`function_steps`."""

    client: Client
    region: str
    service: Service
    role_arn: Callable[[str], str]
    replace: bool

    @property
    def heading(self) -> str:
        return f"Function compute({self.region})"

    def steps(self, packages: Mapping[str, Code], progress: _Progress) -> list[Step]:
        """Return the steps: functions, then versions and aliases, then what refers to these."""
        service = self.service
        first = Step(
            self.heading,
            f"service {service.name}",
            # A role that cannot be named must be found before anything is changed.
            _service(self.client, service, self._role_arn(service.role)),
            full_title=f"service {self.region}/{service.name}",
        )
        steps, functions = [first], []
        for function in service.functions:
            name = _full_name(self.region, service, function)
            step = Step(
                self.heading,
                f"function {function.name}",
                _function(self.client, service, function, packages[name], progress(function.name)),
                needs=(first,),
                defaults=function.defaults,
                full_title=f"function {name}",
            )
            functions.append(step)
            steps += [step, *self._invoke_config(function, step)]
            steps += self._triggers(function, (step,), has_qualifier=False)
        released = release_steps(
            self.client, service, self.heading, self.region, (first, *functions)
        )
        steps += released
        for function, step in zip(service.functions, functions, strict=True):
            steps += self._triggers(function, (step, *released), has_qualifier=True)
        return steps

    def _invoke_config(self, function: Function, step: Step) -> Iterator[Step]:
        config = function.async_invoke_config
        if config is not None:
            name = _full_name(self.region, self.service, function)
            names = (self.service.name, function.name)
            yield Step(
                self.heading,
                f"async config {function.name}",
                invoke_config_action(self.client, names, config),
                needs=(step,),
                defaults=config.defaults,
                full_title=f"async config {name}",
            )

    def _triggers(
        self, function: Function, needs: tuple[Step, ...], *, has_qualifier: bool
    ) -> Iterator[Step]:
        """Yield the steps of the triggers with or without a qualifier."""
        names = (self.service.name, function.name)
        for trigger in function.triggers:
            if (trigger.qualifier is not None) == has_qualifier:
                role = self._role_arn(trigger.role)
                name = _full_name(self.region, self.service, function)
                yield Step(
                    self.heading,
                    f"trigger {function.name}/{trigger.name}",
                    trigger_action(self.client, names, trigger, role, replace=self.replace),
                    needs=needs,
                    defaults=trigger.defaults,
                    full_title=f"trigger {name}/{trigger.name}",
                )

    def _role_arn(self, role: str | None) -> str | None:
        return self.role_arn(role) if role else None


def _outcome(deployment: Deployment[Any], remark: str = "") -> Outcome:
    lines = [line for change in deployment.changes for line in str(change).splitlines()]
    return Outcome(deployment.action, tuple(lines), remark=remark, value=deployment.changed)


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
            layers=function.layers if "layers" in function.model_fields_set else None,
            ca_port=function.ca_port,
            instance_concurrency=function.instance_concurrency,
            instance_type=function.instance_type,
            progress=progress,
            dry_run=dry_run,
        )
        return _outcome(deployment)

    return act
