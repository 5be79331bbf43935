"""Aliases: their path, their fields, their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fc_client import models
from fc_client._arguments import integer, number_map, required_text, structure, text
from fc_client._call.engine import Engine
from fc_client._messages import Headers, path
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
from fc_client._operations.services import service_path
from fc_client.pagination import Page


def alias_path(service_name: str, alias_name: str) -> str:
    """Return the path of an alias."""
    return path(
        "/services/{service_name}/aliases/{alias_name}",
        service_name=service_name,
        alias_name=alias_name,
    )


def alias_fields(
    *,
    version_id: str | None = None,
    description: str | None = None,
    additional_version_weight: Mapping[str, float] | None = None,
    route_policy: Mapping[str, Any] | None = None,
    resolve_policy: str | None = None,
) -> dict[str, Any]:
    """Return the API's AliasUpdate."""
    return {
        "versionId": text("version_id", version_id),
        "description": text("description", description),
        "additionalVersionWeight": number_map(
            "additional_version_weight", additional_version_weight
        ),
        "routePolicy": structure("route_policy", route_policy),
        "resolvePolicy": text("resolve_policy", resolve_policy),
    }


def parse_alias(raw: Raw, headers: Headers) -> models.Alias:
    """Return the alias of the API's AliasResponse."""
    return models.Alias(
        alias_name=raw["aliasName"],
        version_id=raw.get("versionId"),
        description=raw.get("description"),
        additional_version_weight=raw.get("additionalVersionWeight"),
        route_policy=raw.get("routePolicy"),
        resolve_policy=raw.get("resolvePolicy"),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


class AliasOperations(Engine):
    """Operations on aliases."""

    def create_alias(
        self,
        service_name: str,
        alias_name: str,
        *,
        version_id: str,
        description: str | None = None,
        additional_version_weight: Mapping[str, float] | None = None,
        route_policy: Mapping[str, Any] | None = None,
        resolve_policy: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.Alias:
        """Create an alias and return it.

        Args:
            service_name: Name of the service.
            alias_name: Letters, digits, ``_`` and ``-``, starting with a letter
                or ``_``; 1 to 128 characters, but not LATEST.
            version_id: ID of the version that it names.
            description: Free text.
            additional_version_weight: Another version, and the share of
                invocations that it runs, 0 to 1: ``{"2": 0.05}``.
            route_policy: Rules on requests that choose the other version:
                ``condition`` and ``policyItems``.
            resolve_policy: ``Random`` or ``Content``: by weight or by rules.
            extra: More fields of the request, by the names of the API.
        Returns:
            The alias as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: a version does not exist.
            AliasAlreadyExistsError: an alias of this name exists.
            AdditionalVersionContainsMajorVersionError: the other version is
                *version_id*, too.
        API: POST /2016-08-15/services/{serviceName}/aliases (later: CreateAlias)
        """
        return self._call(
            create_request(
                "Alias",
                service_path(service_name, "/aliases"),
                alias_path(service_name, alias_name),
                with_extra(
                    {
                        "aliasName": alias_name,
                        **alias_fields(
                            version_id=required_text("version_id", version_id),
                            description=description,
                            additional_version_weight=additional_version_weight,
                            route_policy=route_policy,
                            resolve_policy=resolve_policy,
                        ),
                    },
                    extra,
                ),
            ),
            item_of(parse_alias),
        )

    def get_alias(self, service_name: str, alias_name: str) -> models.Alias:
        """Return an alias.

        Args:
            service_name: Name of the service.
            alias_name: Name of the alias.
        Returns:
            The alias as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            AliasNotFoundError: the alias does not exist.
        API: GET /2016-08-15/services/{serviceName}/aliases/{aliasName} (later: GetAlias)
        """
        return self._call(
            get_request("Alias", alias_path(service_name, alias_name)), item_of(parse_alias)
        )

    def update_alias(
        self,
        service_name: str,
        alias_name: str,
        *,
        version_id: str | None = None,
        description: str | None = None,
        additional_version_weight: Mapping[str, float] | None = None,
        route_policy: Mapping[str, Any] | None = None,
        resolve_policy: str | None = None,
        extra: Mapping[str, Any] | None = None,
        if_match: str | None = None,
    ) -> models.Alias:
        """Move an alias to another version, or change its settings, and return the alias.

        Args:
            service_name: Name of the service.
            alias_name: Name of the alias.
            version_id: ID of the version that it names.
            description: Free text; ``""`` clears it.
            additional_version_weight: Another version, and the share of
                invocations that it runs, 0 to 1: ``{"2": 0.05}``; ``{}`` removes it.
            route_policy: Rules on requests that choose the other version:
                ``condition`` and ``policyItems``.
            resolve_policy: ``Random`` or ``Content``: by weight or by rules.
            extra: More fields of the request, by the names of the API.
            if_match: ETag that the alias must still have.
        Returns:
            The alias as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            AliasNotFoundError: the alias does not exist.
            VersionNotFoundError: a version does not exist.
            AdditionalVersionContainsMajorVersionError: the other version is the
                main one, too.
            PreconditionFailedError: the alias has changed since *if_match*.
        API: PUT /2016-08-15/services/{serviceName}/aliases/{aliasName} (later: UpdateAlias)
        """
        return self._call(
            update_request(
                "Alias",
                alias_path(service_name, alias_name),
                with_extra(
                    alias_fields(
                        version_id=version_id,
                        description=description,
                        additional_version_weight=additional_version_weight,
                        route_policy=route_policy,
                        resolve_policy=resolve_policy,
                    ),
                    extra,
                ),
                if_match,
            ),
            item_of(parse_alias),
        )

    def delete_alias(
        self, service_name: str, alias_name: str, *, if_match: str | None = None
    ) -> None:
        """Delete an alias.

        Args:
            service_name: Name of the service.
            alias_name: Name of the alias.
            if_match: ETag that the alias must still have.
        Raises:
            ServiceNotFoundError: the service does not exist.
            AliasNotFoundError: the alias does not exist.
            PreconditionFailedError: the alias has changed since *if_match*.
        API: DELETE /2016-08-15/services/{serviceName}/aliases/{aliasName} (later: DeleteAlias)
        """
        return self._call(
            delete_request("Alias", alias_path(service_name, alias_name), if_match), no_result
        )

    def list_aliases(
        self,
        service_name: str,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
    ) -> Page[models.Alias]:
        """Return one page of the aliases of a service, sorted by name.

        Args:
            service_name: Name of the service.
            limit: Maximum number of aliases on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
            prefix: Only names that start with this.
            start_key: The first name to return, in sorted order; ignored with
                a *next_token*.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: GET /2016-08-15/services/{serviceName}/aliases (later: ListAliases)
        """
        return self._call(
            list_request(
                "Aliases",
                service_path(service_name, "/aliases"),
                limit,
                next_token,
                prefix,
                start_key,
            ),
            page_of("aliases", parse_alias),
        )

    def iter_aliases(
        self,
        service_name: str,
        *,
        prefix: str | None = None,
        start_key: str | None = None,
        page_size: int = 100,
    ) -> Iterator[models.Alias]:
        """Yield all aliases of a service, sorted by name.

        Args:
            service_name: Name of the service.
            prefix: Only names that start with this.
            start_key: The first name to yield, in sorted order.
            page_size: Aliases per request, 1 to 100.
        Raises:
            ServiceNotFoundError: the service does not exist.
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/services/{serviceName}/aliases (later: ListAliases)
        """
        return self._iterate(
            "ListAliases",
            lambda token: self.list_aliases(
                service_name,
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
            ),
        )
