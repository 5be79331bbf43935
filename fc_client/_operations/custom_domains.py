"""Custom domains: their path, their fields, their parser and their operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fc_client import models
from fc_client._arguments import integer, structure, text
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

CUSTOM_DOMAINS_PATH = path("/custom-domains")


def custom_domain_path(domain_name: str) -> str:
    """Return the path of a custom domain."""
    return path("/custom-domains/{domain_name}", domain_name=domain_name)


def custom_domain_fields(
    *,
    protocol: str | None = None,
    route_config: Mapping[str, Any] | None = None,
    cert_config: Mapping[str, Any] | None = None,
    tls_config: Mapping[str, Any] | None = None,
    waf_config: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the API's CustomDomainUpdate."""
    return {
        "protocol": text("protocol", protocol),
        "routeConfig": structure("route_config", route_config),
        "certConfig": structure("cert_config", cert_config),
        "tlsConfig": structure("tls_config", tls_config),
        "wafConfig": structure("waf_config", waf_config),
    }


def without_private_key(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return *fields* as the service returns them, which never has the private key."""
    certificate = fields.get("certConfig") or {}
    shown = {name: value for name, value in certificate.items() if name != "privateKey"}
    return {**fields, "certConfig": shown or None}


def parse_custom_domain(raw: Raw, headers: Headers) -> models.CustomDomain:
    """Return the custom domain of the API's CustomDomainResponse."""
    return models.CustomDomain(
        domain_name=raw["domainName"],
        account_id=raw.get("accountId"),
        protocol=raw.get("protocol"),
        api_version=raw.get("apiVersion"),
        route_config=raw.get("routeConfig"),
        cert_config=raw.get("certConfig"),
        tls_config=raw.get("tlsConfig"),
        waf_config=raw.get("wafConfig"),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


class CustomDomainOperations(Engine):
    """Operations on custom domains."""

    def create_custom_domain(
        self,
        domain_name: str,
        *,
        protocol: str | None = None,
        route_config: Mapping[str, Any] | None = None,
        cert_config: Mapping[str, Any] | None = None,
        tls_config: Mapping[str, Any] | None = None,
        waf_config: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.CustomDomain:
        """Create a custom domain, whose paths lead to functions with HTTP triggers, and return it.

        Args:
            domain_name: The host name, which must be a CNAME of
                ``ACCOUNT.REGION.fc.aliyuncs.com``.
            protocol: ``HTTP``, ``HTTP,HTTPS`` or ``HTTPS``. Default ``HTTP``.
            route_config: ``{"routes": [...]}``, each with ``path`` (such as ``/a``
                and ``/b/*``), ``serviceName`` and ``functionName``, and maybe
                ``qualifier`` and ``methods``.
            cert_config: For HTTPS: ``certName``, and ``certificate`` and
                ``privateKey`` as PEM.
            tls_config: ``minVersion`` and ``cipherSuites``.
            waf_config: ``enableWAF``.
            extra: More fields of the request, by the names of the API.
        Returns:
            The custom domain as stored, without the private key.
        Raises:
            DomainNameAlreadyExistsError: the custom domain exists.
            DomainNameNotResolvedError: the name is not a CNAME of the endpoint.
            DomainNameResolveError: the name could not be resolved.
        API: POST /2016-08-15/custom-domains (later: CreateCustomDomain)
        """
        fields = with_extra(
            {
                "domainName": domain_name,
                **custom_domain_fields(
                    protocol=protocol,
                    route_config=route_config,
                    cert_config=cert_config,
                    tls_config=tls_config,
                    waf_config=waf_config,
                ),
            },
            extra,
        )
        return self._call(
            create_request(
                "CustomDomain",
                CUSTOM_DOMAINS_PATH,
                custom_domain_path(domain_name),
                fields,
                error_name="DomainName",
                stored_fields=without_private_key(fields),
            ),
            item_of(parse_custom_domain),
        )

    def get_custom_domain(self, domain_name: str) -> models.CustomDomain:
        """Return a custom domain.

        Args:
            domain_name: The host name.
        Returns:
            The custom domain as stored, without the private key.
        Raises:
            DomainNameNotFoundError: the custom domain does not exist.
        API: GET /2016-08-15/custom-domains/{domainName} (later: GetCustomDomain)
        """
        return self._call(
            get_request("CustomDomain", custom_domain_path(domain_name)),
            item_of(parse_custom_domain),
        )

    def update_custom_domain(
        self,
        domain_name: str,
        *,
        protocol: str | None = None,
        route_config: Mapping[str, Any] | None = None,
        cert_config: Mapping[str, Any] | None = None,
        tls_config: Mapping[str, Any] | None = None,
        waf_config: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> models.CustomDomain:
        """Change settings of a custom domain and return the custom domain.

        Args:
            domain_name: The host name.
            protocol: ``HTTP``, ``HTTP,HTTPS`` or ``HTTPS``.
            route_config: Replaces all routes.
            cert_config: For HTTPS: ``certName``, and ``certificate`` and
                ``privateKey`` as PEM.
            tls_config: ``minVersion`` and ``cipherSuites``.
            waf_config: ``enableWAF``.
            extra: More fields of the request, by the names of the API.
        Returns:
            The custom domain as stored, without the private key.
        Raises:
            DomainNameNotFoundError: the custom domain does not exist.
            DomainNameNotResolvedError: the name is not a CNAME of the endpoint.
            DomainNameResolveError: the name could not be resolved.
        API: PUT /2016-08-15/custom-domains/{domainName} (later: UpdateCustomDomain)
        """
        return self._call(
            update_request(
                "CustomDomain",
                custom_domain_path(domain_name),
                with_extra(
                    custom_domain_fields(
                        protocol=protocol,
                        route_config=route_config,
                        cert_config=cert_config,
                        tls_config=tls_config,
                        waf_config=waf_config,
                    ),
                    extra,
                ),
                None,
            ),
            item_of(parse_custom_domain),
        )

    def delete_custom_domain(self, domain_name: str) -> None:
        """Delete a custom domain.

        Args:
            domain_name: The host name.
        Raises:
            DomainNameNotFoundError: the custom domain does not exist.
        API: DELETE /2016-08-15/custom-domains/{domainName} (later: DeleteCustomDomain)
        """
        return self._call(
            delete_request(
                "CustomDomain", custom_domain_path(domain_name), None, error_name="DomainName"
            ),
            no_result,
        )

    def list_custom_domains(
        self,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
    ) -> Page[models.CustomDomain]:
        """Return one page of the custom domains, sorted by name.

        Args:
            limit: Maximum number of custom domains on the page, 1 to 100.
                Default 20.
            next_token: From the previous page; None for the first page.
            prefix: Only names that start with this.
            start_key: The first name to return, in sorted order; ignored with
                a *next_token*.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/custom-domains (later: ListCustomDomains)
        """
        return self._call(
            list_request(
                "CustomDomains", CUSTOM_DOMAINS_PATH, limit, next_token, prefix, start_key
            ),
            page_of("customDomains", parse_custom_domain),
        )

    def iter_custom_domains(
        self, *, prefix: str | None = None, start_key: str | None = None, page_size: int = 100
    ) -> Iterator[models.CustomDomain]:
        """Yield all custom domains, sorted by name.

        Args:
            prefix: Only names that start with this.
            start_key: The first name to yield, in sorted order.
            page_size: Custom domains per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/custom-domains (later: ListCustomDomains)
        """
        return self._iterate(
            "ListCustomDomains",
            lambda token: self.list_custom_domains(
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
            ),
        )
