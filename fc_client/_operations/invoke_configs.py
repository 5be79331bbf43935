"""Configurations of asynchronous invocations: their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fc_client import models
from fc_client._arguments import boolean, integer, structure
from fc_client._call.engine import Engine
from fc_client._messages import Headers, LostReplyCheck, build
from fc_client._operations.functions import function_path
from fc_client._operations.resources import (
    Raw,
    get_request,
    item_of,
    list_request,
    no_result,
    page_of,
    parse_time,
    put_request,
    with_extra,
)
from fc_client.pagination import Page


def invoke_config_path(service_name: str, function_name: str, qualifier: str | None = None) -> str:
    """Return the path of the configuration of a function's asynchronous invocations."""
    return function_path(service_name, function_name, "/async-invoke-config", qualifier=qualifier)


def parse_invoke_config(raw: Raw, headers: Headers) -> models.AsyncInvokeConfig:
    """Return the configuration of the API's AsyncConfigResponse."""
    return models.AsyncInvokeConfig(
        service=raw.get("service"),
        function=raw.get("function"),
        qualifier=raw.get("qualifier"),
        destination_config=_parse_destinations(raw.get("destinationConfig")),
        max_async_event_age_in_seconds=raw.get("maxAsyncEventAgeInSeconds"),
        max_async_retry_attempts=raw.get("maxAsyncRetryAttempts"),
        stateful_invocation=raw.get("statefulInvocation"),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


def _parse_destinations(raw: Raw | None) -> models.DestinationConfig | None:
    if raw is None:
        return None
    success, failure = raw.get("onSuccess") or {}, raw.get("onFailure") or {}
    # An empty ARN is none.
    return models.DestinationConfig(
        on_success=success.get("destination") or None,
        on_failure=failure.get("destination") or None,
    )


class InvokeConfigOperations(Engine):
    """Operations on the configurations of asynchronous invocations."""

    def put_function_async_invoke_config(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str | None = None,
        destination_config: models.DestinationConfig | Mapping[str, Any] | None = None,
        max_async_event_age_in_seconds: int | None = None,
        max_async_retry_attempts: int | None = None,
        stateful_invocation: bool | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.AsyncInvokeConfig:
        """Set how asynchronous invocations of a function are run, and return that.

        Pass all settings each time: it is not documented whether the service
        keeps those that are left out.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias that the configuration is for.
                Default: ``LATEST``.
            destination_config: Where the results are sent; the role of the
                service must be allowed to write there.
            max_async_event_age_in_seconds: How long an event may wait, retries
                included, from 1. The service's default is 86400.
            max_async_retry_attempts: How often an invocation that failed is
                retried, 0 to 8. The service's default is 3.
            stateful_invocation: Store the state of each invocation, for
                :meth:`get_stateful_async_invocation`. The service's default
                is False.
            extra: More fields of the request, by the names of the API.
        Returns:
            The configuration as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
            FunctionNotFoundError: the function does not exist.
        API: PUT
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/async-invoke-config
            (later: PutFunctionAsyncInvokeConfig)
        """
        return self._call(
            put_request(
                "FunctionAsyncInvokeConfig",
                invoke_config_path(service_name, function_name, qualifier),
                with_extra(
                    {
                        "destinationConfig": structure("destination_config", destination_config),
                        "maxAsyncEventAgeInSeconds": integer(
                            "max_async_event_age_in_seconds", max_async_event_age_in_seconds
                        ),
                        "maxAsyncRetryAttempts": integer(
                            "max_async_retry_attempts", max_async_retry_attempts
                        ),
                        "statefulInvocation": boolean("stateful_invocation", stateful_invocation),
                    },
                    extra,
                ),
            ),
            item_of(parse_invoke_config),
        )

    def get_function_async_invoke_config(
        self, service_name: str, function_name: str, *, qualifier: str | None = None
    ) -> models.AsyncInvokeConfig:
        """Return how asynchronous invocations of a function are run.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias that the configuration is for.
                Default: ``LATEST``.
        Returns:
            The configuration as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            AsyncConfigNotExistsError: the function has no such configuration.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/async-invoke-config
            (later: GetFunctionAsyncInvokeConfig)
        """
        return self._call(
            get_request(
                "FunctionAsyncInvokeConfig",
                invoke_config_path(service_name, function_name, qualifier),
            ),
            item_of(parse_invoke_config),
        )

    def delete_function_async_invoke_config(
        self, service_name: str, function_name: str, *, qualifier: str | None = None
    ) -> None:
        """Delete the configuration of a function's asynchronous invocations.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias that the configuration is for.
                Default: ``LATEST``.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            AsyncConfigNotExistsError: the function has no such configuration.
        API: DELETE
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/async-invoke-config
            (later: DeleteFunctionAsyncInvokeConfig)
        """
        return self._call(
            build(
                "DeleteFunctionAsyncInvokeConfig",
                "DELETE",
                invoke_config_path(service_name, function_name, qualifier),
                lost_reply_check=LostReplyCheck("AsyncConfigNotExists"),
            ),
            no_result,
        )

    def list_function_async_invoke_configs(
        self,
        service_name: str,
        function_name: str,
        *,
        limit: int | None = None,
        next_token: str | None = None,
    ) -> Page[models.AsyncInvokeConfig]:
        """Return one page of the configurations of a function, one per qualifier.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            limit: Maximum number of configurations on the page, 1 to 100.
                Default 20.
            next_token: From the previous page; None for the first page.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
        API: GET
            /2016-08-15/services/{serviceName}/functions/{functionName}/async-invoke-configs
            (later: ListFunctionAsyncInvokeConfigs)
        """
        return self._call(
            list_request(
                "FunctionAsyncInvokeConfigs",
                function_path(service_name, function_name, "/async-invoke-configs"),
                limit,
                next_token,
            ),
            page_of("configs", parse_invoke_config),
        )

    def iter_function_async_invoke_configs(
        self, service_name: str, function_name: str, *, page_size: int = 100
    ) -> Iterator[models.AsyncInvokeConfig]:
        """Yield all configurations of a function, one per qualifier.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            page_size: Configurations per request, 1 to 100.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            ResponseError: the service repeated a page token.
        API: GET
            /2016-08-15/services/{serviceName}/functions/{functionName}/async-invoke-configs
            (later: ListFunctionAsyncInvokeConfigs)
        """
        return self._iterate(
            "ListFunctionAsyncInvokeConfigs",
            lambda token: self.list_function_async_invoke_configs(
                service_name,
                function_name,
                limit=integer("page_size", page_size),
                next_token=token,
            ),
        )
