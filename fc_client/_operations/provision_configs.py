"""Provisioned instances: their path, their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fc_client import models
from fc_client._arguments import boolean, integer, required_integer, required_text, structures, text
from fc_client._call.engine import Engine
from fc_client._messages import Headers, checked_qualifier, path
from fc_client._operations.functions import function_path
from fc_client._operations.resources import (
    Raw,
    get_request,
    item_of,
    list_of,
    list_request,
    page_of,
    parse_time,
    put_request,
    with_extra,
)
from fc_client.pagination import Page


def provision_config_path(service_name: str, function_name: str, qualifier: str) -> str:
    """Return the path of the configuration of a function's provisioned instances."""
    return function_path(
        service_name,
        function_name,
        "/provision-config",
        qualifier=required_text("qualifier", qualifier),
    )


def parse_provision_config(raw: Raw, headers: Headers) -> models.ProvisionConfig:
    """Return the configuration of the API's ProvisionConfig."""
    return models.ProvisionConfig(
        resource=raw.get("resource"),
        target=raw.get("target"),
        current=raw.get("current"),
        scheduled_actions=list_of(raw, "scheduledActions", _parse_action),
        target_tracking_policies=list_of(raw, "targetTrackingPolicies", _parse_policy),
        always_allocate_cpu=raw.get("alwaysAllocateCPU"),
        current_error=raw.get("currentError"),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


def _parse_action(raw: Raw) -> models.ScheduledAction:
    return models.ScheduledAction(
        name=raw["name"],
        schedule_expression=raw.get("scheduleExpression"),
        target=raw.get("target"),
        start_time=parse_time(raw.get("startTime")),
        end_time=parse_time(raw.get("endTime")),
    )


def _parse_policy(raw: Raw) -> models.TargetTrackingPolicy:
    return models.TargetTrackingPolicy(
        name=raw["name"],
        metric_type=raw.get("metricType"),
        metric_target=raw.get("metricTarget"),
        min_capacity=raw.get("minCapacity"),
        max_capacity=raw.get("maxCapacity"),
        start_time=parse_time(raw.get("startTime")),
        end_time=parse_time(raw.get("endTime")),
    )


def provision_filter(service_name: str | None, qualifier: str | None) -> dict[str, str | None]:
    """Return the parameters that choose the configurations of a list.

    Raises:
        ValueError: there is a *qualifier* and no *service_name*.
    """
    if qualifier is not None and service_name is None:
        raise ValueError("qualifier: needs a service_name as well")
    return {
        "serviceName": text("service_name", service_name),
        "qualifier": checked_qualifier(qualifier),
    }


class ProvisionConfigOperations(Engine):
    """Operations on provisioned instances."""

    def put_provision_config(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str,
        target: int,
        scheduled_actions: Sequence[models.ScheduledAction | Mapping[str, Any]] | None = None,
        target_tracking_policies: Sequence[models.TargetTrackingPolicy | Mapping[str, Any]]
        | None = None,
        always_allocate_cpu: bool | None = None,
        if_match: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.ProvisionConfig:
        """Keep instances of a function ready, and return the configuration.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Alias, version or ``LATEST``.
            target: Number of instances to keep ready, 0 to 10000; 0 removes
                the configuration.
            scheduled_actions: Changes at certain times, at most 100. None
                keeps those there are, ``[]`` clears them.
            target_tracking_policies: Adjustments to a metric, likewise.
            always_allocate_cpu: Whether instances without an invocation keep
                their CPU. The service's default is True.
            if_match: ETag that the configuration must still have.
            extra: More fields of the request, by the names of the API.
        Returns:
            The configuration as stored; ``current`` reaches ``target`` after
            seconds to minutes.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
            FunctionNotFoundError: the function does not exist.
            PreconditionFailedError: the configuration has changed since
                *if_match*.
        API: PUT
            /2016-08-15/services/{serviceName}.{qualifier}/functions/{functionName}/provision-config
            (later: PutProvisionConfig)
        """
        return self._call(
            put_request(
                "ProvisionConfig",
                provision_config_path(service_name, function_name, qualifier),
                with_extra(
                    {
                        "target": required_integer("target", target),
                        "scheduledActions": structures("scheduled_actions", scheduled_actions),
                        "targetTrackingPolicies": structures(
                            "target_tracking_policies", target_tracking_policies
                        ),
                        "alwaysAllocateCPU": boolean("always_allocate_cpu", always_allocate_cpu),
                    },
                    extra,
                ),
                if_match,
            ),
            item_of(parse_provision_config),
        )

    def get_provision_config(
        self, service_name: str, function_name: str, *, qualifier: str
    ) -> models.ProvisionConfig:
        """Return how many instances of a function are kept ready.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Alias, version or ``LATEST``.
        Returns:
            The configuration as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
            FunctionNotFoundError: the function does not exist.
        API: GET
            /2016-08-15/services/{serviceName}.{qualifier}/functions/{functionName}/provision-config
            (later: GetProvisionConfig)
        """
        return self._call(
            get_request(
                "ProvisionConfig", provision_config_path(service_name, function_name, qualifier)
            ),
            item_of(parse_provision_config),
        )

    def list_provision_configs(
        self,
        *,
        service_name: str | None = None,
        qualifier: str | None = None,
        limit: int | None = None,
        next_token: str | None = None,
    ) -> Page[models.ProvisionConfig]:
        """Return one page of the configurations of provisioned instances.

        Args:
            service_name: Only those of this service.
            qualifier: Only those of this alias, version or ``LATEST``; needs a
                *service_name*. The service is known to return others as well:
                check ``resource``.
            limit: Maximum number of configurations on the page, 1 to 100.
                Default 20.
            next_token: From the previous page; None for the first page.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/provision-configs (later: ListProvisionConfigs)
        """
        return self._call(
            list_request(
                "ProvisionConfigs",
                path("/provision-configs"),
                limit,
                next_token,
                query=provision_filter(service_name, qualifier),
            ),
            page_of("provisionConfigs", parse_provision_config),
        )

    def iter_provision_configs(
        self,
        *,
        service_name: str | None = None,
        qualifier: str | None = None,
        page_size: int = 100,
    ) -> Iterator[models.ProvisionConfig]:
        """Yield all configurations of provisioned instances.

        Args:
            service_name: Only those of this service.
            qualifier: Only those of this alias, version or ``LATEST``; needs a
                *service_name*. The service is known to return others as well:
                check ``resource``.
            page_size: Configurations per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/provision-configs (later: ListProvisionConfigs)
        """
        return self._iterate(
            "ListProvisionConfigs",
            lambda token: self.list_provision_configs(
                service_name=service_name,
                qualifier=qualifier,
                limit=integer("page_size", page_size),
                next_token=token,
            ),
        )
