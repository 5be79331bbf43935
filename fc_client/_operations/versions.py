"""Versions of services: their parsers and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from fc_client import models
from fc_client._arguments import boolean, header, integer, text
from fc_client._call.engine import Engine
from fc_client._messages import Headers, LostReplyCheck, Request, Response, build, path
from fc_client._operations.resources import (
    Raw,
    delete_request,
    list_request,
    no_result,
    page_of,
    parse_time,
    with_extra,
)
from fc_client._operations.services import service_path
from fc_client.pagination import Page


def version_path(service_name: str, version_id: str) -> str:
    """Return the path of a version."""
    return path(
        "/services/{service_name}/versions/{version_id}",
        service_name=service_name,
        version_id=version_id,
    )


def parse_version(raw: Raw, headers: Headers) -> models.ServiceVersion:
    """Return the version of the API's VersionResponse."""
    return models.ServiceVersion(
        version_id=raw["versionId"],
        description=raw.get("description"),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


def parse_published(response: Response) -> models.ServiceVersion:
    """Return the version of a response to PublishServiceVersion, or the newest one of a list."""
    raw = response.json_object()
    return parse_version(_newest(raw) or raw, response.headers)


def _newest(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first version of a list; empty if there is none."""
    versions = document.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    return first if isinstance(first, dict) else {}


class PublishCheck(LostReplyCheck):
    """Whether the newest version is the one that a lost attempt published.

    The service refuses to publish what has not changed since the newest
    version. After a lost response it means that the lost attempt published it.
    """

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Return whether the first version of a list has all fields that were sent."""
        newest = _newest(document)
        return bool(newest) and super().matches(newest)


def publish_request(
    service_name: str,
    fields: Mapping[str, Any],
    if_match: str | None,
    ignore_unchanged: bool | None,
) -> Request:
    """Return the request that publishes a version."""
    ignore = boolean("ignore_unchanged", ignore_unchanged)
    versions = service_path(service_name, "/versions")
    return build(
        "PublishServiceVersion",
        "POST",
        versions,
        headers={
            "If-Match": header("if_match", if_match),
            "x-fc-ignore-version-publish-error": "true" if ignore else None,
        },
        fields=fields,
        lost_reply_check=PublishCheck(
            "VersionPublishError", "ListServiceVersions", versions, fields
        ),
    )


class VersionOperations(Engine):
    """Operations on versions of services."""

    def publish_service_version(
        self,
        service_name: str,
        *,
        description: str | None = None,
        ignore_unchanged: bool | None = None,
        extra: Mapping[str, Any] | None = None,
        if_match: str | None = None,
    ) -> models.ServiceVersion:
        """Publish the service and its functions, as they are, as a new version.

        Nothing can change a version, and its ID, 1 for the first one, is never used again.

        Args:
            service_name: Name of the service.
            description: Free text.
            ignore_unchanged: Return the newest version, in place of an error,
                if nothing has changed since.
            extra: More fields of the request, by the names of the API.
            if_match: ETag that the service must still have.
        Returns:
            The version.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionPublishError: nothing has changed since the newest version.
            PreconditionFailedError: the service has changed since *if_match*.
        API: POST /2016-08-15/services/{serviceName}/versions (later: PublishServiceVersion)
        """
        return self._call(
            publish_request(
                service_name,
                with_extra({"description": text("description", description)}, extra),
                if_match,
                ignore_unchanged,
            ),
            parse_published,
        )

    def delete_service_version(self, service_name: str, version_id: str) -> None:
        """Delete a version of a service.

        Args:
            service_name: Name of the service.
            version_id: ID of the version, such as ``2``; LATEST cannot be deleted.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: the version does not exist.
        API: DELETE /2016-08-15/services/{serviceName}/versions/{versionId}
            (later: DeleteServiceVersion)
        """
        return self._call(
            delete_request(
                "ServiceVersion",
                version_path(service_name, version_id),
                None,
                error_name="Version",
            ),
            no_result,
        )

    def list_service_versions(
        self,
        service_name: str,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        start_key: str | None = None,
        direction: Literal["BACKWARD", "FORWARD"] | None = None,
    ) -> Page[models.ServiceVersion]:
        """Return one page of the versions of a service, without LATEST.

        Args:
            service_name: Name of the service.
            limit: Maximum number of versions on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
            start_key: ID of the first version to return; ignored with a
                *next_token*.
            direction: ``BACKWARD`` returns the newest version first, ``FORWARD``
                the oldest. Default ``BACKWARD``.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: GET /2016-08-15/services/{serviceName}/versions (later: ListServiceVersions)
        """
        return self._call(
            list_request(
                "ServiceVersions",
                service_path(service_name, "/versions"),
                limit,
                next_token,
                start_key=start_key,
                query={"direction": text("direction", direction)},
            ),
            page_of("versions", parse_version),
        )

    def iter_service_versions(
        self,
        service_name: str,
        *,
        start_key: str | None = None,
        direction: Literal["BACKWARD", "FORWARD"] | None = None,
        page_size: int = 100,
    ) -> Iterator[models.ServiceVersion]:
        """Yield all versions of a service, without LATEST.

        Args:
            service_name: Name of the service.
            start_key: ID of the first version to yield.
            direction: ``BACKWARD`` yields the newest version first, ``FORWARD``
                the oldest. Default ``BACKWARD``.
            page_size: Versions per request, 1 to 100.
        Raises:
            ServiceNotFoundError: the service does not exist.
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/services/{serviceName}/versions (later: ListServiceVersions)
        """
        return self._iterate(
            "ListServiceVersions",
            lambda token: self.list_service_versions(
                service_name,
                limit=integer("page_size", page_size),
                next_token=token,
                start_key=start_key,
                direction=direction,
            ),
        )
