"""Gives a role the rights that a service needs, without taking others from it."""

from __future__ import annotations

from collections.abc import Sequence

from fc_client.cloud.documents import policy_document, trust_document, with_statement
from fc_client.cloud.models import Policy, Role
from fc_client.cloud.ram import RamClient
from fc_client.cloud.steps import Steps

__all__ = ["grant"]

# Of one policy, in RAM.
_MAX_VERSIONS = 5


def grant(
    ram: RamClient,
    *,
    role: str,
    policy: str,
    service: str = "fc.aliyuncs.com",
    actions: Sequence[str],
    resources: Sequence[str],
    policy_type: str = "Custom",
    steps: Steps | None = None,
) -> Role:
    """Allow a role to do *actions* on *resources*, and return the role.

    The role and the policy are created if they do not exist. A policy that
    exists gets another statement, and keeps those that it has.

    Args:
        ram: A client of RAM.
        role: Name of the role.
        policy: Name of the policy.
        service: The service that may assume the role, if it is created.
        actions: Such as ``log:PostLogStoreLogs``.
        resources: Such as ``acs:log:*:*:project/p/logstore/s``.
        policy_type: Custom, or System for a policy of Alibaba Cloud, which is
            attached as it is.
        steps: Gets what was done.

    Raises:
        StepError: a call failed; it says which, and what was done before.
    """
    steps = steps or Steps()
    found = _get_or_create_role(ram, role, service, steps)
    if policy_type == "Custom":
        _allow(ram, policy, actions, resources, steps)
    attached = steps.run_quietly(
        f"list the policies of role {role}", lambda: ram.list_policies_for_role(role)
    )
    if not any((each.name, each.policy_type) == (policy, policy_type) for each in attached):
        steps.run(
            f"attach policy {policy} to role {role}",
            f"policy {policy} attached to role {role}",
            lambda: ram.attach_policy_to_role(policy, role, policy_type=policy_type),
        )
    return found


def _get_or_create_role(ram: RamClient, role: str, service: str, steps: Steps) -> Role:
    found = steps.find(f"get role {role}", lambda: ram.get_role(role))
    return found or steps.run(
        f"create role {role}",
        f"role {role} created",
        lambda: ram.create_role(
            role, trust_document=trust_document(service), description=f"Used by {service}"
        ),
    )


def _allow(
    ram: RamClient, policy: str, actions: Sequence[str], resources: Sequence[str], steps: Steps
) -> None:
    """Create a policy, or add a statement to it unless it has that already."""
    found = steps.find(f"get policy {policy}", lambda: ram.get_policy(policy))
    if found is None:
        steps.run(
            f"create policy {policy}",
            f"policy {policy} created",
            lambda: ram.create_policy(policy, policy_document(actions, resources)),
        )
        return
    document = found.default_document or {"Version": "1", "Statement": []}
    extended = with_statement(document, actions, resources)
    if extended is document:
        return
    _make_room(ram, found, steps)
    steps.run(
        f"add a statement to policy {policy}",
        f"statement added to policy {policy}",
        lambda: ram.create_policy_version(policy, extended),
    )


def _make_room(ram: RamClient, policy: Policy, steps: Steps) -> None:
    """Delete the oldest version of a policy that has as many as it can have.

    It is not in force, and the default version, which is, stays.
    """
    name = policy.name
    versions = steps.run_quietly(
        f"list the versions of policy {name}", lambda: ram.list_policy_versions(name)
    )
    if len(versions) < _MAX_VERSIONS:
        return
    others = [each.version_id for each in versions if not each.is_default]
    oldest = min(others, key=lambda version_id: int(version_id.lstrip("v")))
    steps.run(
        f"delete version {oldest} of policy {name}",
        f"version {oldest} of policy {name} deleted, since it had {_MAX_VERSIONS}",
        lambda: ram.delete_policy_version(name, oldest),
    )
