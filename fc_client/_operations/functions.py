"""Functions: their path, and the operations that read and delete them."""

from __future__ import annotations

from collections.abc import Iterator

from fc_client import models
from fc_client._arguments import integer
from fc_client._call.engine import Engine
from fc_client._messages import path
from fc_client._operations.function_fields import parse_function
from fc_client._operations.resources import (
    delete_request,
    get_request,
    item_of,
    list_request,
    no_result,
    page_of,
)
from fc_client._operations.services import service_path
from fc_client.pagination import Page

# Without it, the service neither shows nor changes triggers of the type eventbridge.
EVENTBRIDGE_HEADERS = {"x-fc-enable-eventbridge-trigger": "enable"}


def function_path(
    service_name: str, function_name: str, below: str = "", *, qualifier: str | None = None
) -> str:
    """Return the path of a function in a version of its service, or of what is *below* it."""
    return path(
        "/services/{service_name}/functions/{function_name}" + below,
        service_name=service_name,
        function_name=function_name,
        qualifier=qualifier,
    )


class FunctionOperations(Engine):
    """Operations that read and delete functions."""

    def get_function(
        self, service_name: str, function_name: str, *, qualifier: str | None = None
    ) -> models.Function:
        """Return a function.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias of the service. Default: LATEST.
        Returns:
            The function as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName} (guide: GetFunction)
        """
        return self._call(
            get_request(
                "Function", function_path(service_name, function_name, qualifier=qualifier)
            ),
            item_of(parse_function),
        )

    def delete_function(
        self, service_name: str, function_name: str, *, if_match: str | None = None
    ) -> None:
        """Delete a function, which must have no triggers.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            if_match: ETag that the function must still have.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            FunctionNotEmptyError: the function still has triggers.
            PreconditionFailedError: the function has changed since *if_match*.
        API: DELETE /2016-08-15/services/{serviceName}/functions/{functionName}
            (guide: DeleteFunction)
        """
        return self._call(
            delete_request(
                "Function",
                function_path(service_name, function_name),
                if_match,
                headers=EVENTBRIDGE_HEADERS,
            ),
            no_result,
        )

    def list_functions(
        self,
        service_name: str,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
        qualifier: str | None = None,
    ) -> Page[models.Function]:
        """Return one page of the functions of a service, sorted by name.

        Args:
            service_name: Name of the service.
            limit: Maximum number of functions on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
            prefix: Only names that start with this.
            start_key: The first name to return, in sorted order; ignored with
                a *next_token*.
            qualifier: Version or alias of the service. Default: LATEST.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
        API: GET /2016-08-15/services/{serviceName}/functions (guide: ListFunctions)
        """
        return self._call(
            list_request(
                "Functions",
                service_path(service_name, "/functions", qualifier=qualifier),
                limit,
                next_token,
                prefix,
                start_key,
            ),
            page_of("functions", parse_function),
        )

    def iter_functions(
        self,
        service_name: str,
        *,
        prefix: str | None = None,
        start_key: str | None = None,
        qualifier: str | None = None,
        page_size: int = 100,
    ) -> Iterator[models.Function]:
        """Yield all functions of a service, sorted by name.

        Args:
            service_name: Name of the service.
            prefix: Only names that start with this.
            start_key: The first name to yield, in sorted order.
            qualifier: Version or alias of the service. Default: LATEST.
            page_size: Functions per request, 1 to 100.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/services/{serviceName}/functions (guide: ListFunctions)
        """
        return self._iterate(
            "ListFunctions",
            lambda token: self.list_functions(
                service_name,
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
                qualifier=qualifier,
            ),
        )
