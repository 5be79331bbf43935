"""The client of API Gateway: groups, APIs, deployments to stages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from fc_client.cloud._retries import call_until_done
from fc_client.cloud._sdk import Sdk
from fc_client.cloud.errors import AmbiguousGroupError, CloudError
from fc_client.cloud.gateway_documents import api_fields, parse_api, parse_group, parse_summary
from fc_client.cloud.gateway_models import Api, ApiDefinition, ApiGroup, ApiSummary
from fc_client.credentials import Credentials
from fc_client.pagination import Page, iterate

__all__ = ["GatewayClient"]

_PAGE_SIZE = 50


class GatewayClient:
    """A client of API Gateway, version 2016-07-14.

    Args:
        endpoint: A URL, or a host name, which is called over HTTPS; see
            :func:`fc_client.cloud.gateway_endpoint`.
        credentials: Credentials, or a callable that returns them before each call.
        timeout: Longest wait for the connection, and for the response, in seconds.
        sleep: Waits a number of seconds before a call is sent again.

    A call that is refused because of another one at the same time, because
    there are too many, or because API Gateway is not available (429, 503), is
    sent again up to five times.

    All methods raise :class:`fc_client.cloud.CloudError` if API Gateway returns
    an error, :class:`fc_client.TransportError` if there is no response and
    ImportError if the extra ``fun`` is not installed.
    """

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials | Callable[[], Credentials],
        *,
        timeout: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sdk = Sdk(
            "alibabacloud_cloudapi20160714",
            endpoint,
            credentials,
            timeout,
            service="apigateway",
            extra="fun",
        )
        self._sleep = sleep

    # Groups

    def create_group(self, name: str, *, description: str | None = None) -> ApiGroup:
        """Create a group of APIs.

        Args:
            name: Its name. API Gateway accepts a name that another group has.
            description: Free text.
        """
        return parse_group(self._call("CreateApiGroup", group_name=name, description=description))

    def get_group(self, group_id: str) -> ApiGroup:
        """Return a group."""
        return parse_group(self._call("DescribeApiGroup", group_id=group_id))

    def find_group(self, name: str) -> ApiGroup | None:
        """Return the group of exactly this name, or None.

        Raises:
            AmbiguousGroupError: several groups have the name.
        """
        found = [group for group in self.iter_groups(name=name) if group.name == name]
        if len(found) > 1:
            ids = tuple(group.group_id for group in found)
            raise AmbiguousGroupError(
                f"{len(ids)} groups have the name {name!r}: {', '.join(ids)}; delete or rename all "
                "but one of them in the console",
                group_ids=ids,
            )
        return found[0] if found else None

    def list_groups(
        self, *, name: str | None = None, limit: int = _PAGE_SIZE, page: int = 1
    ) -> Page[ApiGroup]:
        """Return a page of groups.

        Args:
            name: Only groups with this in their name.
            limit: Maximum number of groups, 1 to 100.
            page: Number of the page, from 1 on.
        """
        reply = self._call("DescribeApiGroups", group_name=name, page_size=limit, page_number=page)
        items = (reply.get("ApiGroupAttributes") or {}).get("ApiGroupAttribute") or []
        return _page(reply, list(map(parse_group, items)), limit * page, page)

    def iter_groups(self, *, name: str | None = None) -> Iterator[ApiGroup]:
        """Iterate over all groups, or over those with *name* in their name."""
        return iterate(
            "DescribeApiGroups",
            lambda token: self.list_groups(name=name, page=int(token or 1)),
        )

    def update_group(
        self, group_id: str, *, name: str | None = None, description: str | None = None
    ) -> None:
        """Change the name or the description of a group."""
        self._call("ModifyApiGroup", group_id=group_id, group_name=name, description=description)

    def delete_group(self, group_id: str) -> None:
        """Delete a group that has no APIs."""
        self._call("DeleteApiGroup", group_id=group_id)

    # APIs

    def create_api(self, group_id: str, definition: ApiDefinition) -> str:
        """Create an API and return its ID. It can be called after :meth:`deploy_api`."""
        reply = self._call("CreateApi", group_id=group_id, **api_fields(definition))
        return str(reply.get("ApiId", ""))

    def update_api(self, group_id: str, api_id: str, definition: ApiDefinition) -> None:
        """Replace the definition of an API. It takes effect with :meth:`deploy_api`."""
        self._call("ModifyApi", group_id=group_id, api_id=api_id, **api_fields(definition))

    def get_api(self, group_id: str, api_id: str) -> Api:
        """Return an API with its definition and its deployments."""
        return parse_api(self._call("DescribeApi", group_id=group_id, api_id=api_id))

    def find_api(self, group_id: str, name: str) -> Api | None:
        """Return the API of exactly this name, or None."""
        for found in self.iter_apis(group_id, name=name):
            if found.name == name:
                return self.get_api(group_id, found.api_id)
        return None

    def list_apis(
        self, group_id: str, *, name: str | None = None, limit: int = _PAGE_SIZE, page: int = 1
    ) -> Page[ApiSummary]:
        """Return a page of the APIs of a group.

        Args:
            group_id: ID of the group.
            name: Only APIs with this in their name.
            limit: Maximum number of APIs, 1 to 100.
            page: Number of the page, from 1 on.
        """
        reply = self._call(
            "DescribeApis", group_id=group_id, api_name=name, page_size=limit, page_number=page
        )
        items = (reply.get("ApiSummarys") or {}).get("ApiSummary") or []
        return _page(reply, list(map(parse_summary, items)), limit * page, page)

    def iter_apis(self, group_id: str, *, name: str | None = None) -> Iterator[ApiSummary]:
        """Iterate over the APIs of a group, or over those with *name* in their name."""
        return iterate(
            "DescribeApis",
            lambda token: self.list_apis(group_id, name=name, page=int(token or 1)),
        )

    def delete_api(self, group_id: str, api_id: str) -> None:
        """Delete an API that is in no stage; see :meth:`abolish_api`."""
        self._call("DeleteApi", group_id=group_id, api_id=api_id)

    # Stages

    def deploy_api(
        self, group_id: str, api_id: str, stage: str = "RELEASE", *, description: str
    ) -> None:
        """Put the definition of an API into force in a stage.

        Args:
            group_id: ID of the group.
            api_id: ID of the API.
            stage: RELEASE, PRE or TEST.
            description: Free text, which the history shows.
        """
        self._call(
            "DeployApi",
            group_id=group_id,
            api_id=api_id,
            stage_name=stage,
            description=description,
        )

    def abolish_api(self, group_id: str, api_id: str, stage: str) -> None:
        """Take an API out of a stage."""
        self._call("AbolishApi", group_id=group_id, api_id=api_id, stage_name=stage)

    def get_deployed_api(self, group_id: str, api_id: str, stage: str = "RELEASE") -> Api:
        """Return an API with the definition that is in force in a stage."""
        return parse_api(
            self._call("DescribeDeployedApi", group_id=group_id, api_id=api_id, stage_name=stage)
        )

    def _call(self, operation: str, **fields: Any) -> dict[str, Any]:
        request = self._sdk.request(f"{operation}Request", **fields)
        # The library names its methods after the operations: create_api.
        method = re.sub("(?<!^)(?=[A-Z])", "_", operation).lower()

        def may_repeat(error: CloudError) -> bool:
            # A proxy answers with 503 for a request that may have made a group, and names
            # of groups are not unique.
            is_group = operation == "CreateApiGroup" and error.code is None
            return error.is_busy and not is_group

        return call_until_done(
            lambda: self._sdk.call(operation, method, request), self._sleep, may_repeat
        )


def _page(reply: dict[str, Any], items: Sequence[Any], seen: int, page: int) -> Page[Any]:
    """Return a page; *seen* items are in this one and those before it."""
    has_more = bool(items) and seen < int(reply.get("TotalCount") or 0)
    return Page(
        tuple(items),
        next_token=str(page + 1) if has_more else None,
        request_id=reply.get("RequestId"),
        raw=reply,
    )
