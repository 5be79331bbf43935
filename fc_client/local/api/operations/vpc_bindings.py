"""Stores the VPCs that a service is bound to; they do not limit who may invoke its functions."""

from __future__ import annotations

from fc_client.local.api.backend import Backend
from fc_client.local.api.errors import invalid_argument
from fc_client.local.api.messages import ApiReply, ApiRequest
from fc_client.local.api.operations.resources import find_service, read_document
from fc_client.local.storage.belongings import VPC_BINDINGS, get_belonging
from fc_client.local.storage.schema import CLOUD_RESOURCE

__all__ = ["create_vpc_binding", "delete_vpc_binding", "list_vpc_bindings"]


async def create_vpc_binding(backend: Backend, request: ApiRequest) -> ApiReply:
    """POST .../services/{serviceName}/binding (CreateVpcBinding); a second time it does nothing."""
    service, vpc_id = _service_and_vpc(backend, request)
    _put(backend, service, sorted({*_bound(backend, service), vpc_id}))
    return ApiReply()


async def delete_vpc_binding(backend: Backend, request: ApiRequest) -> ApiReply:
    """DELETE .../services/{serviceName}/binding (DeleteVpcBinding); a missing one is ignored."""
    service, vpc_id = _service_and_vpc(backend, request)
    _put(backend, service, [each for each in _bound(backend, service) if each != vpc_id])
    return ApiReply()


async def list_vpc_bindings(backend: Backend, request: ApiRequest) -> ApiReply:
    """GET .../services/{serviceName}/bindings (ListVpcBindings)."""
    service = find_service(backend.store, request).key[0]
    return ApiReply(content={"vpcIds": _bound(backend, service)})


def _service_and_vpc(backend: Backend, request: ApiRequest) -> tuple[str, str]:
    service = find_service(backend.store, request).key[0]
    vpc_id = read_document(request).get("vpcId")
    if not isinstance(vpc_id, str) or not vpc_id:
        raise invalid_argument("vpcId", "is required and must be a non-empty string")
    return service, vpc_id


def _bound(backend: Backend, service: str) -> list[str]:
    record = get_belonging(backend.store, VPC_BINDINGS, service)
    return record.document["vpcIds"] if record else []


def _put(backend: Backend, service: str, vpc_ids: list[str]) -> None:
    backend.store.put(CLOUD_RESOURCE, (VPC_BINDINGS, service), {"vpcIds": vpc_ids})
