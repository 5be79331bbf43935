"""Services: their path, their fields, their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fc_client import models
from fc_client._arguments import boolean, integer, string_map, structure, text
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
from fc_client.pagination import Page

SERVICES_PATH = path("/services")


def service_path(service_name: str, below: str = "", *, qualifier: str | None = None) -> str:
    """Return the path of a service in one of its versions, or of what is *below* it."""
    return path("/services/{service_name}" + below, service_name=service_name, qualifier=qualifier)


def service_fields(
    *,
    description: str | None = None,
    internet_access: bool | None = None,
    log_config: models.LogConfig | Mapping[str, Any] | None = None,
    role: str | None = None,
    vpc_config: models.VPCConfig | Mapping[str, Any] | None = None,
    nas_config: Mapping[str, Any] | None = None,
    tracing_config: Mapping[str, Any] | None = None,
    oss_mount_config: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the guide's ServiceUpdateFields, with fields that the service added later."""
    return {
        "description": text("description", description),
        "internetAccess": boolean("internet_access", internet_access),
        "logConfig": structure("log_config", log_config),
        "role": text("role", role),
        "vpcConfig": structure("vpc_config", vpc_config),
        "nasConfig": structure("nas_config", nas_config),
        "tracingConfig": structure("tracing_config", tracing_config),
        "ossMountConfig": structure("oss_mount_config", oss_mount_config),
    }


def tag_filter(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Return the parameters of the query that select services by their tags."""
    return {f"tag_{key}": value for key, value in (string_map("tags", tags) or {}).items()}


def parse_service(raw: Raw, headers: Headers) -> models.Service:
    """Return the service of the guide's ServiceResponse."""
    return models.Service(
        service_name=raw["serviceName"],
        service_id=raw.get("serviceId"),
        description=raw.get("description"),
        internet_access=raw.get("internetAccess"),
        log_config=_parse_log_config(raw.get("logConfig")),
        role=raw.get("role"),
        vpc_config=_parse_vpc_config(raw.get("vpcConfig")),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
        nas_config=raw.get("nasConfig"),
        tracing_config=raw.get("tracingConfig"),
        tags=raw.get("tags"),
        oss_mount_config=raw.get("ossMountConfig"),
    )


def _parse_log_config(raw: Raw | None) -> models.LogConfig | None:
    if raw is None:
        return None
    project, logstore = (raw.get(name) for name in ("project", "logstore"))
    return models.LogConfig(
        project="" if project is None else project,
        logstore="" if logstore is None else logstore,
        enable_request_metrics=raw.get("enableRequestMetrics"),
        enable_instance_metrics=raw.get("enableInstanceMetrics"),
        log_begin_rule=raw.get("logBeginRule"),
    )


def _parse_vpc_config(raw: Raw | None) -> models.VPCConfig | None:
    if raw is None:
        return None
    vpc_id, group_id, switches = (
        raw.get(name) for name in ("vpcId", "securityGroupId", "vSwitchIds")
    )
    return models.VPCConfig(
        vpc_id="" if vpc_id is None else vpc_id,
        v_switch_ids=tuple(switches) if isinstance(switches, list) else switches or (),
        security_group_id="" if group_id is None else group_id,
    )


class ServiceOperations(Engine):
    """Operations on services."""

    def create_service(
        self,
        service_name: str,
        *,
        description: str | None = None,
        internet_access: bool | None = None,
        log_config: models.LogConfig | Mapping[str, Any] | None = None,
        role: str | None = None,
        vpc_config: models.VPCConfig | Mapping[str, Any] | None = None,
        nas_config: Mapping[str, Any] | None = None,
        tracing_config: Mapping[str, Any] | None = None,
        oss_mount_config: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.Service:
        """Create a service and return it.

        Args:
            service_name: Letters, digits, ``_`` and ``-``, starting with a
                letter or ``_``; 1 to 128 characters.
            description: Free text.
            internet_access: Whether its functions can reach the internet.
            log_config: Where the logs of its functions are written.
            role: ARN of the RAM role that its functions assume.
            vpc_config: The VPC that its functions can reach.
            nas_config: NAS file systems that its functions can use: ``userId``,
                ``groupId`` and ``mountPoints``, each with ``serverAddr`` and
                ``mountDir``.
            tracing_config: Where traces are sent: ``type`` and ``params``; an
                empty mapping turns tracing off.
            oss_mount_config: OSS buckets that its functions can use as folders:
                ``mountPoints``, each with ``bucketName``, ``bucketPath``,
                ``endpoint``, ``mountDir`` and ``readOnly``.
            extra: More fields of the request, by the names of the API.
        Returns:
            The service as stored.
        Raises:
            ServiceAlreadyExistsError: a service of this name exists.
        API: POST /2016-08-15/services (guide: CreateService)
        """
        return self._call(
            create_request(
                "Service",
                SERVICES_PATH,
                service_path(service_name),
                with_extra(
                    {
                        "serviceName": service_name,
                        **service_fields(
                            description=description,
                            internet_access=internet_access,
                            log_config=log_config,
                            role=role,
                            vpc_config=vpc_config,
                            nas_config=nas_config,
                            tracing_config=tracing_config,
                            oss_mount_config=oss_mount_config,
                        ),
                    },
                    extra,
                ),
            ),
            item_of(parse_service),
        )

    def get_service(self, service_name: str, *, qualifier: str | None = None) -> models.Service:
        """Return a service.

        Args:
            service_name: Name of the service.
            qualifier: Version or alias of the service. Default: LATEST.
        Returns:
            The service as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
        API: GET /2016-08-15/services/{serviceName} (guide: GetService)
        """
        return self._call(
            get_request("Service", service_path(service_name, qualifier=qualifier)),
            item_of(parse_service),
        )

    def update_service(
        self,
        service_name: str,
        *,
        description: str | None = None,
        internet_access: bool | None = None,
        log_config: models.LogConfig | Mapping[str, Any] | None = None,
        role: str | None = None,
        vpc_config: models.VPCConfig | Mapping[str, Any] | None = None,
        nas_config: Mapping[str, Any] | None = None,
        tracing_config: Mapping[str, Any] | None = None,
        oss_mount_config: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        if_match: str | None = None,
    ) -> models.Service:
        """Change settings of a service and return the service.

        Args:
            service_name: Name of the service.
            description: Free text; ``""`` clears it.
            internet_access: Whether its functions can reach the internet.
            log_config: Where the logs of its functions are written.
            role: ARN of the RAM role that its functions assume.
            vpc_config: The VPC that its functions can reach.
            nas_config: NAS file systems that its functions can use: ``userId``,
                ``groupId`` and ``mountPoints``, each with ``serverAddr`` and
                ``mountDir``.
            tracing_config: Where traces are sent: ``type`` and ``params``; an
                empty mapping turns tracing off.
            oss_mount_config: OSS buckets that its functions can use as folders:
                ``mountPoints``, each with ``bucketName``, ``bucketPath``,
                ``endpoint``, ``mountDir`` and ``readOnly``.
            extra: More fields of the request, by the names of the API.
            if_match: ETag that the service must still have.
        Returns:
            The service as stored.
        Raises:
            ServiceNotFoundError: the service does not exist.
            PreconditionFailedError: the service has changed since *if_match*.
        API: PUT /2016-08-15/services/{serviceName} (guide: UpdateService)
        """
        return self._call(
            update_request(
                "Service",
                service_path(service_name),
                with_extra(
                    service_fields(
                        description=description,
                        internet_access=internet_access,
                        log_config=log_config,
                        role=role,
                        vpc_config=vpc_config,
                        nas_config=nas_config,
                        tracing_config=tracing_config,
                        oss_mount_config=oss_mount_config,
                    ),
                    extra,
                ),
                if_match,
            ),
            item_of(parse_service),
        )

    def delete_service(self, service_name: str, *, if_match: str | None = None) -> None:
        """Delete a service, which must have no functions and no versions.

        Args:
            service_name: Name of the service.
            if_match: ETag that the service must still have.
        Raises:
            ServiceNotFoundError: the service does not exist.
            ServiceNotEmptyError: the service still has functions or versions.
            PreconditionFailedError: the service has changed since *if_match*.
        API: DELETE /2016-08-15/services/{serviceName} (guide: DeleteService)
        """
        return self._call(
            delete_request("Service", service_path(service_name), if_match), no_result
        )

    def list_services(
        self,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Page[models.Service]:
        """Return one page of the services, sorted by name.

        Args:
            limit: Maximum number of services on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
            prefix: Only names that start with this.
            start_key: The first name to return, in sorted order; ignored with
                a *next_token*.
            tags: Only services that have all of these tags.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/services (guide: ListServices)
        """
        return self._call(
            list_request(
                "Services",
                SERVICES_PATH,
                limit,
                next_token,
                prefix,
                start_key,
                query=tag_filter(tags),
            ),
            page_of("services", parse_service),
        )

    def iter_services(
        self,
        *,
        prefix: str | None = None,
        start_key: str | None = None,
        tags: Mapping[str, str] | None = None,
        page_size: int = 100,
    ) -> Iterator[models.Service]:
        """Yield all services, sorted by name; each page is fetched when it is needed.

        Args:
            prefix: Only names that start with this.
            start_key: The first name to yield, in sorted order.
            tags: Only services that have all of these tags.
            page_size: Services per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/services (guide: ListServices)
        """
        return self._iterate(
            "ListServices",
            lambda token: self.list_services(
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
                tags=tags,
            ),
        )
