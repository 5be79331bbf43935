"""The VPCs that may invoke the functions of a service: ``vpc-binding create``."""

from __future__ import annotations

from typing import Any

from fc_client.fcli.command import command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandFailedError
from fc_client.fcli.resources.resource import Listed, Record, Resource, resource_argument
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["VPC_BINDING", "create"]


def _bound(session: Session, service: str, **_: Any) -> Page[Any]:
    """Return the only page that there is."""
    page = session.client.list_vpc_bindings(service)
    return Page([Listed({"vpcId": each}) for each in page.items], page.next_token)


def _get(session: Session, service: str, vpc: str) -> Record:
    # There is no operation for one of them.
    for each in _bound(session, service).items:
        if each.raw["vpcId"] == vpc:
            found: Record = each.raw
            return found
    raise CommandFailedError(f"the service {service} is not bound to a VPC {vpc!r}")


VPC_BINDING = Resource(
    noun="VPC binding",
    pattern=("vpc-bindings", "SERVICE", "VPC"),
    list_page=_bound,
    get=_get,
    delete=lambda session, *names: session.client.delete_vpc_binding(*names),
    columns=(Column("VPC", "vpcId"),),
    arn="services/{}",
    filters=(),
)


@command(
    "create",
    "let the VPC invoke the functions of the service",
    "From the first one on, only callers in such VPCs may invoke them.",
)
@resource_argument(VPC_BINDING)
def create(session: Session, names: tuple[str, str]) -> None:
    """Bind a service to a VPC."""
    VPC_BINDING.aim(session, names)
    session.client.create_vpc_binding(*names)
    session.output.changed(shown(VPC_BINDING.path(names)), "created", {"vpcId": names[1]})
