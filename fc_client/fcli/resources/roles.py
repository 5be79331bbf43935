"""RAM roles: ``mksr`` and ``mkir`` (the guide's ``mkrir``)."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from fc_client.fcli.command import FcliCommand, command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.resources.resource import Removal, Resource
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["ROLE", "mkir", "mkrir", "mksr"]


def _list_page(session: Session, *, limit: int, next_token: str | None, **_: Any) -> Page[Any]:
    page: Page[Any] = session.ram.list_roles(limit=limit, marker=next_token)
    return page


def _get(session: Session, name: str) -> dict[str, Any]:
    ram = session.ram
    role = ram.get_role(name).raw
    attached = [
        {"PolicyName": policy.name, "PolicyType": policy.policy_type}
        for policy in ram.list_policies_for_role(name)
    ]
    return {**role, "Policies": attached}


def _ties(session: Session, name: str) -> list[Removal]:
    """Return the policies of a role, with which it cannot be deleted."""
    ram = session.ram
    return [
        Removal(
            f"attachment of /ram/policies/{policy.name} to /ram/roles/{name}",
            partial(ram.detach_policy_from_role, policy.name, name, policy_type=policy.policy_type),
        )
        for policy in ram.list_policies_for_role(name)
    ]


ROLE = Resource(
    noun="role",
    pattern=("ram", "roles", "ROLE"),
    list_page=_list_page,
    get=_get,
    delete=lambda session, name: session.ram.delete_role(name),
    columns=(
        Column("ROLE", "RoleName"),
        Column("ARN", "Arn"),
        Column("CREATED", "CreateDate", is_time=True),
    ),
    filters=(),
    ties=_ties,
)


def _role_command(name: str, text: str, service: str) -> FcliCommand:
    """Return a command that makes a role which *service* can assume."""

    @command(name, text, f"The role trusts {service}.")
    @click.argument("role", metavar="NAME")
    def make(session: Session, role: str) -> None:
        from fc_client.cloud import trust_document

        made = session.ram.create_role(
            role,
            trust_document=trust_document(service),
            # The original's words.
            description=f"create the role {role}",
        )
        session.output.changed(shown(("ram", "roles", role)), "created", made.raw)

    return make


mksr = _role_command("mksr", "create the service role", "fc.aliyuncs.com")
mkir = _role_command("mkir", "create the invocation role", "oss.aliyuncs.com")
# The guide's help has this name for mkir.
mkrir = _role_command("mkrir", "create the invocation role", "oss.aliyuncs.com")
