"""Limits of on-demand instances: their path, their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fc_client import models
from fc_client._arguments import integer, required_integer, required_text
from fc_client._call.engine import Engine
from fc_client._messages import Headers, path
from fc_client._operations.functions import function_path
from fc_client._operations.resources import (
    Raw,
    delete_request,
    get_request,
    item_of,
    list_request,
    no_result,
    page_of,
    put_request,
    with_extra,
)
from fc_client.pagination import Page


def on_demand_config_path(service_name: str, function_name: str, qualifier: str) -> str:
    """Return the path of the limit of a function's on-demand instances."""
    return function_path(
        service_name,
        function_name,
        "/on-demand-config",
        qualifier=required_text("qualifier", qualifier),
    )


def parse_on_demand_config(raw: Raw, headers: Headers) -> models.OnDemandConfig:
    """Return the configuration of the API's OnDemandConfig."""
    return models.OnDemandConfig(
        resource=raw.get("resource"),
        maximum_instance_count=raw.get("maximumInstanceCount"),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


class OnDemandConfigOperations(Engine):
    """Operations on the limits of on-demand instances."""

    def put_on_demand_config(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str,
        maximum_instance_count: int,
        if_match: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.OnDemandConfig:
        """Limit how many instances invocations of a function may start.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version, alias or ``LATEST``.
            maximum_instance_count: Largest number of instances, 0 to the limit
                of the account; 0 starts none.
            if_match: ETag that the configuration must still have.
            extra: More fields of the request, by the names of the API.
        Returns:
            The configuration as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            PreconditionFailedError: the configuration has changed since
                *if_match*.
        API: PUT
            /2016-08-15/services/{serviceName}.{qualifier}/functions/{functionName}/on-demand-config
            (later: PutOnDemandConfig)
        """
        return self._call(
            put_request(
                "OnDemandConfig",
                on_demand_config_path(service_name, function_name, qualifier),
                with_extra(
                    {
                        "maximumInstanceCount": required_integer(
                            "maximum_instance_count", maximum_instance_count
                        )
                    },
                    extra,
                ),
                if_match,
            ),
            item_of(parse_on_demand_config),
        )

    def get_on_demand_config(
        self, service_name: str, function_name: str, *, qualifier: str
    ) -> models.OnDemandConfig:
        """Return how many instances invocations of a function may start.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version, alias or ``LATEST``.
        Returns:
            The configuration as stored.
        Raises:
            OnDemandConfigNotFoundError: the function has no such configuration.
        API: GET
            /2016-08-15/services/{serviceName}.{qualifier}/functions/{functionName}/on-demand-config
            (later: GetOnDemandConfig)
        """
        return self._call(
            get_request(
                "OnDemandConfig", on_demand_config_path(service_name, function_name, qualifier)
            ),
            item_of(parse_on_demand_config),
        )

    def delete_on_demand_config(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str,
        if_match: str | None = None,
    ) -> None:
        """Remove the limit of a function's on-demand instances.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version, alias or ``LATEST``.
            if_match: ETag that the configuration must still have.
        Raises:
            OnDemandConfigNotFoundError: the function has no such configuration.
            PreconditionFailedError: the configuration has changed since
                *if_match*.
        API: DELETE
            /2016-08-15/services/{serviceName}.{qualifier}/functions/{functionName}/on-demand-config
            (later: DeleteOnDemandConfig)
        """
        return self._call(
            delete_request(
                "OnDemandConfig",
                on_demand_config_path(service_name, function_name, qualifier),
                if_match,
            ),
            no_result,
        )

    def list_on_demand_configs(
        self,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
    ) -> Page[models.OnDemandConfig]:
        """Return one page of the limits of on-demand instances of the account.

        Args:
            limit: Maximum number of configurations on the page, 1 to 100.
                Default 20.
            next_token: From the previous page; None for the first page.
            prefix: Only those whose ``resource`` starts with this, such as
                ``services/demo.prod``.
            start_key: The first ``resource`` to return, in sorted order;
                ignored with a *next_token*.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/on-demand-configs (later: ListOnDemandConfigs)
        """
        return self._call(
            list_request(
                "OnDemandConfigs", path("/on-demand-configs"), limit, next_token, prefix, start_key
            ),
            page_of("configs", parse_on_demand_config),
        )

    def iter_on_demand_configs(
        self, *, prefix: str | None = None, start_key: str | None = None, page_size: int = 100
    ) -> Iterator[models.OnDemandConfig]:
        """Yield all limits of on-demand instances of the account.

        Args:
            prefix: Only those whose ``resource`` starts with this, such as
                ``services/demo.prod``.
            start_key: The first ``resource`` to yield, in sorted order.
            page_size: Configurations per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/on-demand-configs (later: ListOnDemandConfigs)
        """
        return self._iterate(
            "ListOnDemandConfigs",
            lambda token: self.list_on_demand_configs(
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
            ),
        )
