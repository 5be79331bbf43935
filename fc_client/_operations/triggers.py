"""Triggers: their path, their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fc_client import models
from fc_client._arguments import integer, required_structure, required_text, structure, text
from fc_client._call.engine import Engine
from fc_client._messages import Headers, checked_qualifier, path
from fc_client._operations.functions import EVENTBRIDGE_HEADERS, function_path
from fc_client._operations.resources import (
    Raw,
    create_request,
    delete_request,
    get_request,
    item_of,
    list_request,
    no_result,
    page_of,
    parse_time,
    update_request,
    with_extra,
)
from fc_client.pagination import Page


def trigger_path(service_name: str, function_name: str, trigger_name: str) -> str:
    """Return the path of a trigger."""
    return path(
        "/services/{service_name}/functions/{function_name}/triggers/{trigger_name}",
        service_name=service_name,
        function_name=function_name,
        trigger_name=trigger_name,
    )


def parse_trigger(raw: Raw, headers: Headers) -> models.Trigger:
    """Return the trigger of the guide's TriggerResponse."""
    return models.Trigger(
        trigger_name=raw["triggerName"],
        trigger_type=raw.get("triggerType"),
        trigger_config=raw.get("triggerConfig"),
        source_arn=raw.get("sourceArn"),
        invocation_role=raw.get("invocationRole"),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
        description=raw.get("description"),
        qualifier=raw.get("qualifier"),
        trigger_id=raw.get("triggerId"),
        url_internet=raw.get("urlInternet"),
        url_intranet=raw.get("urlIntranet"),
        domain_name=raw.get("domainName"),
    )


class TriggerOperations(Engine):
    """Operations on triggers."""

    def create_trigger(
        self,
        service_name: str,
        function_name: str,
        trigger_name: str,
        *,
        trigger_type: str,
        trigger_config: Mapping[str, Any],
        source_arn: str | None = None,
        invocation_role: str | None = None,
        description: str | None = None,
        qualifier: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.Trigger:
        """Create a trigger and return it.

        Args:
            service_name: Name of the service.
            function_name: Name of the function that it invokes.
            trigger_name: Letters, digits, ``_`` and ``-``, starting with a
                letter or ``_``; 1 to 64 characters.
            trigger_type: Such as ``oss``, ``timer``, ``log`` and ``http``.
            trigger_config: As the API defines it for this type, such as what a
                function of :mod:`fc_client.triggers` returns; keys are sent
                unchanged.
            source_arn: ARN of the event source; timers have none.
            invocation_role: ARN of the role that the source invokes with;
                timers need none.
            description: Free text.
            qualifier: Version or alias of the service that the trigger invokes.
                Default: LATEST.
            extra: More fields of the request, by the names of the API.
        Returns:
            The trigger as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            VersionNotFoundError: *qualifier* is a version that does not exist.
            AliasNotFoundError: *qualifier* is an alias that does not exist.
            TriggerAlreadyExistsError: a trigger of this name exists.
        API: POST /2016-08-15/services/{serviceName}/functions/{functionName}/triggers
            (guide: CreateTrigger)
        """
        return self._call(
            create_request(
                "Trigger",
                function_path(service_name, function_name, "/triggers"),
                trigger_path(service_name, function_name, trigger_name),
                with_extra(
                    {
                        "triggerName": trigger_name,
                        "triggerType": required_text("trigger_type", trigger_type),
                        "triggerConfig": required_structure("trigger_config", trigger_config),
                        "sourceArn": text("source_arn", source_arn),
                        "invocationRole": text("invocation_role", invocation_role),
                        "description": text("description", description),
                        "qualifier": checked_qualifier(qualifier),
                    },
                    extra,
                ),
                headers=EVENTBRIDGE_HEADERS,
            ),
            item_of(parse_trigger),
        )

    def get_trigger(
        self, service_name: str, function_name: str, trigger_name: str
    ) -> models.Trigger:
        """Return a trigger.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            trigger_name: Name of the trigger.
        Returns:
            The trigger as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            TriggerNotFoundError: the trigger does not exist.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/triggers/{triggerName}
            (guide: GetTrigger)
        """
        return self._call(
            get_request(
                "Trigger",
                trigger_path(service_name, function_name, trigger_name),
                headers=EVENTBRIDGE_HEADERS,
            ),
            item_of(parse_trigger),
        )

    def update_trigger(
        self,
        service_name: str,
        function_name: str,
        trigger_name: str,
        *,
        trigger_config: Mapping[str, Any] | None = None,
        invocation_role: str | None = None,
        description: str | None = None,
        qualifier: str | None = None,
        extra: Mapping[str, Any] | None = None,
        if_match: str | None = None,
    ) -> models.Trigger:
        """Change settings of a trigger and return the trigger.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            trigger_name: Name of the trigger.
            trigger_config: Replaces the whole configuration.
            invocation_role: ARN of the role that the source invokes with.
            description: Free text; ``""`` clears it.
            qualifier: Version or alias of the service that the trigger invokes.
            extra: More fields of the request, by the names of the API.
            if_match: ETag that the trigger must still have.
        Returns:
            The trigger as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            TriggerNotFoundError: the trigger does not exist.
            VersionNotFoundError: *qualifier* is a version that does not exist.
            AliasNotFoundError: *qualifier* is an alias that does not exist.
            PreconditionFailedError: the trigger has changed since *if_match*.
        API: PUT /2016-08-15/services/{serviceName}/functions/{functionName}/triggers/{triggerName}
            (guide: UpdateTrigger)
        """
        return self._call(
            update_request(
                "Trigger",
                trigger_path(service_name, function_name, trigger_name),
                with_extra(
                    {
                        "triggerConfig": structure("trigger_config", trigger_config),
                        "invocationRole": text("invocation_role", invocation_role),
                        "description": text("description", description),
                        "qualifier": checked_qualifier(qualifier),
                    },
                    extra,
                ),
                if_match,
                headers=EVENTBRIDGE_HEADERS,
            ),
            item_of(parse_trigger),
        )

    def delete_trigger(
        self,
        service_name: str,
        function_name: str,
        trigger_name: str,
        *,
        if_match: str | None = None,
    ) -> None:
        """Delete a trigger.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            trigger_name: Name of the trigger.
            if_match: ETag that the trigger must still have.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            TriggerNotFoundError: the trigger does not exist.
            PreconditionFailedError: the trigger has changed since *if_match*.
        API: DELETE
            /2016-08-15/services/{serviceName}/functions/{functionName}/triggers/{triggerName}
            (guide: DeleteTrigger)
        """
        return self._call(
            delete_request(
                "Trigger",
                trigger_path(service_name, function_name, trigger_name),
                if_match,
                headers=EVENTBRIDGE_HEADERS,
            ),
            no_result,
        )

    def list_triggers(
        self,
        service_name: str,
        function_name: str,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
    ) -> Page[models.Trigger]:
        """Return one page of the triggers of a function, sorted by name.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            limit: Maximum number of triggers on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
            prefix: Only names that start with this.
            start_key: The first name to return, in sorted order; ignored with
                a *next_token*.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/triggers
            (guide: ListTriggers)
        """
        return self._call(
            list_request(
                "Triggers",
                function_path(service_name, function_name, "/triggers"),
                limit,
                next_token,
                prefix,
                start_key,
                headers=EVENTBRIDGE_HEADERS,
            ),
            page_of("triggers", parse_trigger),
        )

    def iter_triggers(
        self,
        service_name: str,
        function_name: str,
        *,
        prefix: str | None = None,
        start_key: str | None = None,
        page_size: int = 100,
    ) -> Iterator[models.Trigger]:
        """Yield all triggers of a function, sorted by name.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            prefix: Only names that start with this.
            start_key: The first name to yield, in sorted order.
            page_size: Triggers per request, 1 to 100.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/triggers
            (guide: ListTriggers)
        """
        return self._iterate(
            "ListTriggers",
            lambda token: self.list_triggers(
                service_name,
                function_name,
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
            ),
        )
