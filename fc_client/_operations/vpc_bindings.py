"""VPC bindings: which VPCs may invoke the functions of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fc_client._arguments import required_text
from fc_client._call.engine import Engine
from fc_client._messages import Headers, build
from fc_client._operations.resources import no_result, page_of, with_extra
from fc_client._operations.services import service_path
from fc_client.pagination import Page


def parse_vpc_id(vpc_id: Any, _headers: Headers) -> str:
    """Return the ID of a VPC.

    Raises:
        ValueError: it is not text.
    """
    if not isinstance(vpc_id, str):
        raise ValueError(f"vpcIds: expected texts, got {type(vpc_id).__name__}")
    return vpc_id


class VPCBindingOperations(Engine):
    """Operations on VPC bindings."""

    def create_vpc_binding(
        self, service_name: str, vpc_id: str, *, extra: Mapping[str, Any] | None = None
    ) -> None:
        """Allow a VPC to invoke the functions of a service.

        From the first binding on, only callers in bound VPCs may invoke them.

        Args:
            service_name: Name of the service.
            vpc_id: ID of the VPC.
            extra: More fields of the request, by the names of the API.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: POST /2016-08-15/services/{serviceName}/binding (later: CreateVpcBinding)
        """
        return self._call(
            build(
                "CreateVpcBinding",
                "POST",
                service_path(service_name, "/binding"),
                fields=with_extra({"vpcId": required_text("vpc_id", vpc_id)}, extra),
            ),
            no_result,
        )

    def delete_vpc_binding(
        self, service_name: str, vpc_id: str, *, extra: Mapping[str, Any] | None = None
    ) -> None:
        """Withdraw the permission of a VPC to invoke the functions of a service.

        Args:
            service_name: Name of the service.
            vpc_id: ID of the VPC.
            extra: More fields of the request, by the names of the API.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: DELETE /2016-08-15/services/{serviceName}/binding (later: DeleteVpcBinding)
        """
        return self._call(
            build(
                "DeleteVpcBinding",
                "DELETE",
                service_path(service_name, "/binding"),
                fields=with_extra({"vpcId": required_text("vpc_id", vpc_id)}, extra),
            ),
            no_result,
        )

    def list_vpc_bindings(self, service_name: str) -> Page[str]:
        """Return the IDs of all VPCs that may invoke the functions of a service.

        Args:
            service_name: Name of the service.
        Returns:
            The only page; its items are the IDs.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: GET /2016-08-15/services/{serviceName}/bindings (later: ListVpcBindings)
        """
        return self._call(
            build("ListVpcBindings", "GET", service_path(service_name, "/bindings")),
            page_of("vpcIds", parse_vpc_id),
        )
