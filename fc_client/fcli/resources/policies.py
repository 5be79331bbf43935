"""RAM policies: ``mkrp``, ``attach`` and ``detach``."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import click

from fc_client.fcli.command import FcliCommand, command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import resolve, shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Removal, Resource
from fc_client.fcli.resources.roles import ROLE
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["POLICY", "attach", "detach", "mkrp"]


def _list_page(session: Session, *, limit: int, next_token: str | None, **_: Any) -> Page[Any]:
    page: Page[Any] = session.ram.list_policies(limit=limit, marker=next_token)
    return page


def _get(session: Session, name: str) -> dict[str, Any]:
    from fc_client.cloud import CloudError

    try:
        policy = session.ram.get_policy(name)
    except CloudError as exc:
        if not exc.is_missing:
            raise
        policy = session.ram.get_policy(name, policy_type="System")
    return {**policy.raw, "DefaultDocument": policy.default_document}


def _ties(session: Session, name: str) -> list[Removal]:
    """Return the roles and the old versions of a policy, with which it cannot be deleted."""
    ram = session.ram
    attachments = [
        Removal(
            f"attachment of /ram/policies/{name} to /ram/roles/{role.name}",
            partial(ram.detach_policy_from_role, name, role.name),
        )
        for role in ram.list_roles_for_policy(name)
    ]
    versions = [
        Removal(
            f"version {version.version_id} of /ram/policies/{name}",
            partial(ram.delete_policy_version, name, version.version_id),
        )
        for version in ram.list_policy_versions(name)
        if not version.is_default
    ]
    return attachments + versions


POLICY = Resource(
    noun="policy",
    pattern=("ram", "policies", "POLICY"),
    list_page=_list_page,
    get=_get,
    delete=lambda session, name: session.ram.delete_policy(name),
    columns=(
        Column("POLICY", "PolicyName"),
        Column("TYPE", "PolicyType"),
        Column("ATTACHED", "AttachmentCount"),
        Column("UPDATED", "UpdateDate", is_time=True),
    ),
    filters=(),
    ties=_ties,
)


@command("mkrp", "create the ram policy")
@click.argument("policy", metavar="NAME")
@click.option("-a", "--action", required=True, metavar="json", help="such as '[\"oss:GetObject\"]'")
@click.option("-r", "--resource", required=True, metavar="json", help="such as '[\"*\"]'")
def mkrp(session: Session, policy: str, action: str, resource: str) -> None:
    """Create a policy of one statement."""
    from fc_client.cloud import policy_document

    document = policy_document(_texts("--action", action), _texts("--resource", resource))
    made = session.ram.create_policy(policy, document, description=f"create the policy {policy}")
    session.output.changed(shown(("ram", "policies", policy)), "created", made.raw)


def _texts(option: str, text: str) -> list[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise CommandLineError(
            f"{option}: expected a JSON array of texts, got {text!r}: {exc}"
        ) from exc
    if not (isinstance(value, list) and value and all(isinstance(item, str) for item in value)):
        raise CommandLineError(f"{option}: expected a JSON array of texts, got {text!r}")
    return value


def _attachment_command(name: str, text: str, verb: str) -> FcliCommand:
    """Return the command attach or detach."""

    @command(name, text, "A path may also be only the name of the policy or the role.")
    @click.option("-p", "--policy", required=True, metavar="path", help="such as /ram/policies/p")
    @click.option("-r", "--role", required=True, metavar="path", help="such as /ram/roles/r")
    @click.option(
        "--policy-type",
        type=click.Choice(["Custom", "System"], case_sensitive=False),
        default="Custom",
        metavar="Custom|System",
        help="type of the policy (default Custom)",
    )
    def change(session: Session, policy: str, role: str, policy_type: str) -> None:
        policy_name = _name(session, POLICY, policy, "--policy")
        role_name = _name(session, ROLE, role, "--role")
        call = getattr(session.ram, verb)
        call(policy_name, role_name, policy_type=policy_type)
        session.output.changed(
            shown(("ram", "policies", policy_name)),
            f"{name}ed: {shown(('ram', 'roles', role_name))}",
            {"PolicyName": policy_name, "PolicyType": policy_type, "RoleName": role_name},
        )

    return change


def _name(session: Session, resource: Resource, text: str, option: str) -> str:
    """Return the name in a path, which may be only the name."""
    name = resource.names(resolve(text, session.cwd))
    if name is not None:
        return name[0]
    if not text or "/" in text:
        raise CommandLineError(f"{option}: expected {resource.syntax}, got {text!r}")
    return text


attach = _attachment_command("attach", "attach the policy to a role", "attach_policy_to_role")
detach = _attachment_command("detach", "detach the policy from a role", "detach_policy_from_role")
