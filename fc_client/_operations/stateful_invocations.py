"""Asynchronous invocations whose state is stored: their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from fc_client import models
from fc_client._arguments import flag, integer, milliseconds, text
from fc_client._call.engine import Engine
from fc_client._call.polling import Polling
from fc_client._messages import Headers, build, path
from fc_client._operations.functions import function_path
from fc_client._operations.resources import (
    Raw,
    get_request,
    item_of,
    list_of,
    list_request,
    no_result,
    page_of,
    parse_milliseconds,
)
from fc_client.pagination import Page


def stateful_invocation_path(
    service_name: str, function_name: str, invocation_id: str, qualifier: str | None
) -> str:
    """Return the path of an invocation."""
    return path(
        "/services/{service_name}/functions/{function_name}"
        "/stateful-async-invocations/{invocation_id}",
        service_name=service_name,
        function_name=function_name,
        invocation_id=invocation_id,
        qualifier=qualifier,
    )


def parse_stateful_invocation(raw: Raw, _headers: Headers) -> models.StatefulAsyncInvocation:
    """Return the invocation of the API's StatefulAsyncInvocation."""
    return models.StatefulAsyncInvocation(
        invocation_id=raw["invocationId"],
        status=raw.get("status"),
        service_name=raw.get("serviceName"),
        function_name=raw.get("functionName"),
        qualifier=raw.get("qualifier"),
        started_time=parse_milliseconds(raw.get("startedTime")),
        end_time=parse_milliseconds(raw.get("endTime")),
        destination_status=raw.get("destinationStatus"),
        invocation_error_message=raw.get("invocationErrorMessage"),
        invocation_payload=raw.get("invocationPayload"),
        return_payload=raw.get("returnPayload"),
        already_retried_times=raw.get("alreadyRetriedTimes"),
        instance_id=raw.get("instanceId"),
        duration_ms=raw.get("durationMs"),
        events=list_of(raw, "events", _parse_event),
        request_id=raw.get("requestId"),
        raw=raw,
    )


def _parse_event(raw: Raw) -> models.StatefulAsyncInvocationEvent:
    return models.StatefulAsyncInvocationEvent(
        event_id=raw.get("eventId"),
        status=raw.get("status"),
        timestamp=parse_milliseconds(raw.get("timestamp")),
        event_detail=raw.get("eventDetail"),
        raw=raw,
    )


def parse_function_reference(raw: Raw, headers: Headers) -> models.FunctionReference:
    """Return the function of the API's FunctionRef."""
    return models.FunctionReference(
        function_name=raw["functionName"],
        service_name=raw.get("serviceName"),
        qualifier=raw.get("qualifier"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


def _filters(
    status: str | None,
    started_time_begin: datetime | None,
    started_time_end: datetime | None,
    sort_order_by_time: str | None,
    invocation_id_prefix: str | None,
    include_payload: bool | None,
) -> dict[str, Any]:
    return {
        "status": text("status", status),
        "startedTimeBegin": milliseconds("started_time_begin", started_time_begin),
        "startedTimeEnd": milliseconds("started_time_end", started_time_end),
        "sortOrderByTime": text("sort_order_by_time", sort_order_by_time),
        "invocationIdPrefix": text("invocation_id_prefix", invocation_id_prefix),
        "includePayload": flag("include_payload", include_payload),
    }


class StatefulInvocationOperations(Engine):
    """Operations on asynchronous invocations whose state is stored."""

    def get_stateful_async_invocation(
        self,
        service_name: str,
        function_name: str,
        invocation_id: str,
        *,
        qualifier: str | None = None,
    ) -> models.StatefulAsyncInvocation:
        """Return the state of an asynchronous invocation.

        Args:
            service_name: Name of the service.
            function_name: Name of the function, which must be configured with
                *stateful_invocation*.
            invocation_id: ID given to the invocation, else that of its request.
            qualifier: Version or alias that was invoked. Default: ``LATEST``.
        Returns:
            The invocation.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            StatefulAsyncInvocationNotFoundError: the invocation does not
                exist, or not yet: its state is stored a little later than the
                event is accepted.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/stateful-async-invocations/{invocationId}
            (later: GetStatefulAsyncInvocation)
        """
        return self._call(
            get_request(
                "StatefulAsyncInvocation",
                stateful_invocation_path(service_name, function_name, invocation_id, qualifier),
            ),
            item_of(parse_stateful_invocation),
        )

    def wait_for_invocation(
        self,
        service_name: str,
        function_name: str,
        invocation_id: str,
        *,
        qualifier: str | None = None,
        timeout: float | None = 600,
        min_delay: float = 0.5,
        max_delay: float = 10,
    ) -> models.StatefulAsyncInvocation:
        """Wait until an asynchronous invocation has ended, and return it.

        Its ``status`` is then ``Succeeded``, ``Failed``, ``Stopped`` or
        ``Expired``. An invocation that the service does not know yet is waited
        for up to 30 seconds.

        Args:
            service_name: Name of the service.
            function_name: Name of the function, which must be configured with
                *stateful_invocation*.
            invocation_id: ID given to the invocation, else that of its request.
            qualifier: Version or alias that was invoked. Default: ``LATEST``.
            timeout: Seconds to wait; a request that is being made then is
                finished. None: without a limit.
            min_delay: Seconds between the first two requests; the delay
                doubles from request to request.
            max_delay: Largest delay, in seconds.
        Returns:
            The invocation, which has ended.
        Raises:
            InvocationTimeoutError: it has not ended within *timeout*.
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            StatefulAsyncInvocationNotFoundError: the invocation does not exist.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/stateful-async-invocations/{invocationId}
            (later: GetStatefulAsyncInvocation)
        """
        return self._wait(
            lambda: self.get_stateful_async_invocation(
                service_name, function_name, invocation_id, qualifier=qualifier
            ),
            Polling(timeout, min_delay, max_delay),
        )

    def stop_stateful_async_invocation(
        self,
        service_name: str,
        function_name: str,
        invocation_id: str,
        *,
        qualifier: str | None = None,
    ) -> None:
        """Stop an asynchronous invocation; its state becomes ``Stopping``, then ``Stopped``.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            invocation_id: ID given to the invocation, else that of its request.
            qualifier: Version or alias that was invoked. Default: ``LATEST``.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            StatefulAsyncInvocationNotFoundError: the invocation does not exist.
            InvalidArgumentError: the invocation has ended.
            AsyncInvocationStoppedError: the invocation has been stopped.
        API: PUT
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/stateful-async-invocations/{invocationId}
            (later: StopStatefulAsyncInvocation)
        """
        return self._call(
            build(
                "StopStatefulAsyncInvocation",
                "PUT",
                stateful_invocation_path(service_name, function_name, invocation_id, qualifier),
            ),
            no_result,
        )

    def list_stateful_async_invocations(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str | None = None,
        limit: int | None = None,
        next_token: str | None = None,
        status: str | None = None,
        started_time_begin: datetime | None = None,
        started_time_end: datetime | None = None,
        sort_order_by_time: str | None = None,
        invocation_id_prefix: str | None = None,
        include_payload: bool | None = None,
    ) -> Page[models.StatefulAsyncInvocation]:
        """Return one page of the asynchronous invocations of a function.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias that was invoked. Default: ``LATEST``.
            limit: Maximum number of invocations on the page, 1 to 100. The
                service's default is 20 or 50.
            next_token: From the previous page; None for the first page.
            status: Only invocations in this state, such as ``Running``.
            started_time_begin: Only those started at this time or later, a
                datetime with a time zone.
            started_time_end: Only those started at this time or earlier.
            sort_order_by_time: ``asc`` or ``desc``.
            invocation_id_prefix: Only IDs that start with this.
            include_payload: Return the events as ``invocation_payload``.
                Default False.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/stateful-async-invocations
            (later: ListStatefulAsyncInvocations)
        """
        return self._call(
            list_request(
                "StatefulAsyncInvocations",
                function_path(
                    service_name, function_name, "/stateful-async-invocations", qualifier=qualifier
                ),
                limit,
                next_token,
                query=_filters(
                    status,
                    started_time_begin,
                    started_time_end,
                    sort_order_by_time,
                    invocation_id_prefix,
                    include_payload,
                ),
            ),
            page_of("invocations", parse_stateful_invocation),
        )

    def iter_stateful_async_invocations(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str | None = None,
        status: str | None = None,
        started_time_begin: datetime | None = None,
        started_time_end: datetime | None = None,
        sort_order_by_time: str | None = None,
        invocation_id_prefix: str | None = None,
        include_payload: bool | None = None,
        page_size: int = 100,
    ) -> Iterator[models.StatefulAsyncInvocation]:
        """Yield all asynchronous invocations of a function that match.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias that was invoked. Default: ``LATEST``.
            status: Only invocations in this state, such as ``Running``.
            started_time_begin: Only those started at this time or later, a
                datetime with a time zone.
            started_time_end: Only those started at this time or earlier.
            sort_order_by_time: ``asc`` or ``desc``.
            invocation_id_prefix: Only IDs that start with this.
            include_payload: Return the events as ``invocation_payload``.
                Default False.
            page_size: Invocations per request, 1 to 100.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            ResponseError: the service repeated a page token.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/stateful-async-invocations
            (later: ListStatefulAsyncInvocations)
        """
        return self._iterate(
            "ListStatefulAsyncInvocations",
            lambda token: self.list_stateful_async_invocations(
                service_name,
                function_name,
                qualifier=qualifier,
                limit=integer("page_size", page_size),
                next_token=token,
                status=status,
                started_time_begin=started_time_begin,
                started_time_end=started_time_end,
                sort_order_by_time=sort_order_by_time,
                invocation_id_prefix=invocation_id_prefix,
                include_payload=include_payload,
            ),
        )

    def list_stateful_async_invocation_functions(
        self, *, limit: int | None = None, next_token: str | None = None
    ) -> Page[models.FunctionReference]:
        """Return one page of the functions that store the states of invocations.

        Args:
            limit: Maximum number of functions on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/stateful-async-invocation-functions
            (later: ListStatefulAsyncInvocationFunctions)
        """
        return self._call(
            list_request(
                "StatefulAsyncInvocationFunctions",
                path("/stateful-async-invocation-functions"),
                limit,
                next_token,
            ),
            page_of("data", parse_function_reference),
        )

    def iter_stateful_async_invocation_functions(
        self, *, page_size: int = 100
    ) -> Iterator[models.FunctionReference]:
        """Yield all functions that store the states of invocations.

        Args:
            page_size: Functions per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/stateful-async-invocation-functions
            (later: ListStatefulAsyncInvocationFunctions)
        """
        return self._iterate(
            "ListStatefulAsyncInvocationFunctions",
            lambda token: self.list_stateful_async_invocation_functions(
                limit=integer("page_size", page_size), next_token=token
            ),
        )
