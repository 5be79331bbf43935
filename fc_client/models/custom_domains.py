"""Custom domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fc_client._readable import readable_repr

__all__ = ["CustomDomain"]


@dataclass(frozen=True)
class CustomDomain:
    """A custom domain: a host name whose paths lead to functions with HTTP triggers.

    Attributes:
        domain_name: The host name.
        account_id: The account that it belongs to.
        protocol: ``HTTP``, ``HTTP,HTTPS`` or ``HTTPS``.
        api_version: Version of the API that serves it.
        route_config: Its ``routes``, each with ``path``, ``serviceName``,
            ``functionName``, ``qualifier`` and ``methods``.
        cert_config: Name and certificate for HTTPS; the service never returns
            the private key.
        tls_config: Versions and ciphers of TLS.
        waf_config: Whether the web application firewall is on.
        etag: ETag of the response; None for items of a list.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    domain_name: str
    account_id: str | None = None
    protocol: str | None = None
    api_version: str | None = None
    route_config: Mapping[str, Any] | None = field(default=None, hash=False)
    cert_config: Mapping[str, Any] | None = field(default=None, repr=False, hash=False)
    tls_config: Mapping[str, Any] | None = field(default=None, hash=False)
    waf_config: Mapping[str, Any] | None = field(default=None, hash=False)
    created_time: datetime | None = None
    last_modified_time: datetime | None = None
    etag: str | None = None
    request_id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    __repr__ = readable_repr
