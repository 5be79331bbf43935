"""Tags of services: their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fc_client import models
from fc_client._arguments import boolean, integer, required_map, required_text, texts
from fc_client._call.engine import Engine
from fc_client._messages import Headers, build, path
from fc_client._operations.resources import (
    Raw,
    item_of,
    list_request,
    no_result,
    page_of,
    with_extra,
)
from fc_client.pagination import Page

TAG_PATH = path("/tag")


def parse_tags(raw: Raw, headers: Headers) -> models.ResourceTags:
    """Return the tags of the API's ResourceTags."""
    tags = raw.get("tags")
    return models.ResourceTags(
        resource_arn=raw["resourceArn"],
        tags={} if tags is None else tags,
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


class TagOperations(Engine):
    """Operations on tags of services."""

    def tag_resource(
        self,
        resource_arn: str,
        *,
        tags: Mapping[str, str],
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Add tags to a service; a tag that it has already gets the new value.

        Args:
            resource_arn: ``services/NAME``, or the full ARN of the service.
            tags: 1 to 20 tags; keys have at most 64 characters, values 128.
            extra: More fields of the request, by the names of the API.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: POST /2016-08-15/tag (later: TagResource)
        """
        return self._call(
            build(
                "TagResource",
                "POST",
                TAG_PATH,
                fields=with_extra(
                    {
                        "resourceArn": required_text("resource_arn", resource_arn),
                        "tags": required_map("tags", tags),
                    },
                    extra,
                ),
                idempotent=True,
            ),
            no_result,
        )

    def untag_resource(
        self,
        resource_arn: str,
        *,
        tag_keys: Sequence[str] | None = None,
        all_tags: bool | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Remove tags from a service.

        Args:
            resource_arn: ``services/NAME``, or the full ARN of the service.
            tag_keys: Keys of the tags to remove, 1 to 20.
            all_tags: True removes all tags, in place of *tag_keys*.
            extra: More fields of the request, by the names of the API.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: DELETE /2016-08-15/tag (later: UntagResource)
        """
        return self._call(
            build(
                "UntagResource",
                "DELETE",
                TAG_PATH,
                fields=with_extra(
                    {
                        "resourceArn": required_text("resource_arn", resource_arn),
                        "tagKeys": texts("tag_keys", tag_keys),
                        "all": boolean("all_tags", all_tags),
                    },
                    extra,
                ),
            ),
            no_result,
        )

    def get_resource_tags(self, resource_arn: str) -> models.ResourceTags:
        """Return the tags of a service.

        Args:
            resource_arn: ``services/NAME``, or the full ARN of the service.
        Returns:
            The tags, which may be none.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: GET /2016-08-15/tag (later: GetResourceTags)
        """
        return self._call(
            build(
                "GetResourceTags",
                "GET",
                TAG_PATH,
                query={"resourceArn": required_text("resource_arn", resource_arn)},
            ),
            item_of(parse_tags),
        )

    def list_tagged_resources(
        self, *, limit: int | None = None, next_token: str | None = None
    ) -> Page[models.ResourceTags]:
        """Return one page of the services that have tags.

        Args:
            limit: Maximum number of services on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/tags (later: ListTaggedResources)
        """
        return self._call(
            list_request("TaggedResources", path("/tags"), limit, next_token),
            page_of("resources", parse_tags),
        )

    def iter_tagged_resources(self, *, page_size: int = 100) -> Iterator[models.ResourceTags]:
        """Yield all services that have tags.

        Args:
            page_size: Services per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/tags (later: ListTaggedResources)
        """
        return self._iterate(
            "ListTaggedResources",
            lambda token: self.list_tagged_resources(
                limit=integer("page_size", page_size), next_token=token
            ),
        )
