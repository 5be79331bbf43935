"""Instances of functions: their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fc_client import models
from fc_client._arguments import integer, texts
from fc_client._call.engine import Engine
from fc_client._messages import Headers
from fc_client._operations.functions import function_path
from fc_client._operations.resources import Raw, list_request, page_of
from fc_client.pagination import Page


def parse_instance(raw: Raw, headers: Headers) -> models.Instance:
    """Return the instance of the API's Instance."""
    version = raw.get("versionId")
    return models.Instance(
        instance_id=raw["instanceId"],
        # A number in this version of the API, text in the next one.
        version_id=None if version is None else str(version),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


class InstanceOperations(Engine):
    """Operations on instances of functions."""

    def list_instances(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str | None = None,
        limit: int | None = None,
        next_token: str | None = None,
        instance_ids: Sequence[str] | None = None,
    ) -> Page[models.Instance]:
        """Return one page of the instances of a function.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias; an alias with weights has the
                instances of both versions. Default: ``LATEST``.
            limit: Maximum number of instances on the page, 0 to 1000.
            next_token: From the previous page; None for the first page.
            instance_ids: Only the instances with these IDs.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/instances
            (later: ListInstances)
        """
        return self._call(
            list_request(
                "Instances",
                function_path(service_name, function_name, "/instances", qualifier=qualifier),
                limit,
                next_token,
                query={"instanceIds": texts("instance_ids", instance_ids)},
            ),
            page_of("instances", parse_instance),
        )

    def iter_instances(
        self,
        service_name: str,
        function_name: str,
        *,
        qualifier: str | None = None,
        instance_ids: Sequence[str] | None = None,
        page_size: int = 100,
    ) -> Iterator[models.Instance]:
        """Yield all instances of a function.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias; an alias with weights has the
                instances of both versions. Default: ``LATEST``.
            instance_ids: Only the instances with these IDs.
            page_size: Instances per request, 1 to 1000.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            ResponseError: the service repeated a page token.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/instances
            (later: ListInstances)
        """
        return self._iterate(
            "ListInstances",
            lambda token: self.list_instances(
                service_name,
                function_name,
                qualifier=qualifier,
                limit=integer("page_size", page_size),
                next_token=token,
                instance_ids=instance_ids,
            ),
        )
