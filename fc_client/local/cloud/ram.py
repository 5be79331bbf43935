"""Stands in for RAM: roles, policies and their versions, attachments (version 2015-05-01)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from fc_client.local.cloud import ram_documents, ram_listing
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.ram_policies import Policies
from fc_client.local.cloud.rpc import RpcApi
from fc_client.local.cloud.state import Collection
from fc_client.local.storage.store import Store

__all__ = ["Ram"]

Parameters = Mapping[str, str]

_MAX_ROLES = 1000


class Ram:
    """The roles and policies of the server's account.

    Args:
        store: Where they are stored.
        account_id: The account, which is part of the ARN of a role.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, store: Store, account_id: str, clock: Callable[[], float]) -> None:
        self._store = store
        self._account_id = account_id
        self._clock = clock
        self._roles = Collection(store, "ram.role")
        # The name is that of the role, the type and the name of the policy: "r/Custom/p".
        # Names of roles are the same in either case, as their ARNs are, so both use lower case.
        self._attachments = Collection(store, "ram.attachment")
        self._policies = Policies(store, self._attachments, self._now)

    def api(self) -> RpcApi:
        """Return the table of actions."""
        own = (
            self.create_role,
            self.get_role,
            self.update_role,
            self.list_roles,
            self.delete_role,
            self.attach_policy_to_role,
            self.detach_policy_from_role,
            self.list_policies_for_role,
            self.list_entities_for_policy,
        )
        actions = {_action_name(action): action for action in (*own, *self._policies.actions())}
        return RpcApi("2015-05-01", actions)

    def has_role(self, arn: str) -> bool:
        """Return whether a role of this ARN exists."""
        return any(role["Arn"].lower() == arn.lower() for role in self._roles.list())

    def _now(self) -> str:
        moment = datetime.fromtimestamp(self._clock(), timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    # Roles

    def create_role(self, parameters: Parameters) -> dict[str, Any]:
        """CreateRole: RoleName, AssumeRolePolicyDocument, Description."""
        name = ram_documents.name(parameters, "RoleName")
        trust = ram_documents.trust(parameters)
        description = ram_documents.description(parameters)
        if self._roles.get(name.lower()) is not None:
            raise ServiceError(409, "EntityAlreadyExists.Role", f"The role already exists: {name}.")
        if len(self._roles.list()) >= _MAX_ROLES:
            raise ServiceError(
                409, "LimitExceeded.Role", f"The account has {_MAX_ROLES} roles already."
            )
        role = {
            "RoleId": str(300_000_000_000_000_000 + secrets.randbelow(10**17)),
            "RoleName": name,
            # RAM writes the name in lower case here.
            "Arn": f"acs:ram::{self._account_id}:role/{name.lower()}",
            "Description": description,
            "AssumeRolePolicyDocument": trust,
            "CreateDate": self._now(),
            "UpdateDate": self._now(),
            "MaxSessionDuration": 3600,
        }
        return {"Role": self._roles.put(name.lower(), role)}

    def get_role(self, parameters: Parameters) -> dict[str, Any]:
        """GetRole: RoleName."""
        return {"Role": self._role(parameters)}

    def update_role(self, parameters: Parameters) -> dict[str, Any]:
        """UpdateRole: RoleName, and NewAssumeRolePolicyDocument or NewDescription."""
        role = self._role(parameters)
        changes = {"UpdateDate": self._now()}
        if parameters.get("NewAssumeRolePolicyDocument"):
            trust = ram_documents.trust(parameters, "NewAssumeRolePolicyDocument")
            changes["AssumeRolePolicyDocument"] = trust
        if parameters.get("NewDescription"):
            changes["Description"] = ram_documents.description(
                {"Description": parameters["NewDescription"]}
            )
        return {"Role": self._roles.put(_key(role), {**role, **changes})}

    def list_roles(self, parameters: Parameters) -> dict[str, Any]:
        """ListRoles: Marker, MaxItems."""
        return ram_listing.page(
            parameters,
            "Role",
            lambda after, limit: [
                (_key(role), _without(role, "AssumeRolePolicyDocument"))
                for role in self._roles.list(after=after, limit=limit)
            ],
        )

    def delete_role(self, parameters: Parameters) -> dict[str, Any]:
        """DeleteRole: RoleName, without policies."""
        role = self._role(parameters)
        name = role["RoleName"]
        if self._attachments.list(f"{_key(role)}/"):
            raise ServiceError(
                409,
                "DeleteConflict.Role.Policy",
                f"The role {name} has policies: detach them first.",
            )
        self._roles.delete(_key(role))
        return {}

    def _role(self, parameters: Parameters) -> dict[str, Any]:
        name = ram_documents.name(parameters, "RoleName")
        role = self._roles.get(name.lower())
        if role is None:
            raise ServiceError(404, "EntityNotExist.Role", f"The role does not exist: {name}.")
        return role

    # Attachments

    def attach_policy_to_role(self, parameters: Parameters) -> dict[str, Any]:
        """AttachPolicyToRole: PolicyType, PolicyName, RoleName."""
        role, policy, name = self._attachment(parameters)
        if self._attachments.get(name) is not None:
            raise ServiceError(
                409,
                "EntityAlreadyExists.Role.Policy",
                f"The policy {policy['PolicyName']} is attached to {role['RoleName']} already.",
            )
        self._attachments.put(
            name,
            {
                "RoleName": role["RoleName"],
                "PolicyName": policy["PolicyName"],
                "PolicyType": policy["PolicyType"],
                "AttachDate": self._now(),
            },
        )
        return {}

    def detach_policy_from_role(self, parameters: Parameters) -> dict[str, Any]:
        """DetachPolicyFromRole: PolicyType, PolicyName, RoleName."""
        role, policy, name = self._attachment(parameters)
        if self._attachments.get(name) is None:
            raise ServiceError(
                404,
                "EntityNotExist.Role.Policy",
                f"The policy {policy['PolicyName']} is not attached to {role['RoleName']}.",
            )
        self._attachments.delete(name)
        return {}

    def _attachment(self, parameters: Parameters) -> tuple[dict[str, Any], dict[str, Any], str]:
        """Return the role, the policy and the name of their attachment."""
        role = self._role(parameters)
        policy = self._policies.find(parameters)
        name = f"{_key(role)}/{policy['PolicyType']}/{policy['PolicyName']}"
        return role, policy, name

    def list_policies_for_role(self, parameters: Parameters) -> dict[str, Any]:
        """ListPoliciesForRole: RoleName."""
        role = self._role(parameters)
        found = []
        for attached in self._attachments.list(f"{_key(role)}/"):
            policy = self._policies.find(attached)
            shown = {key: policy[key] for key in ("Description", "DefaultVersion")}
            found.append({**_without(attached, "RoleName"), **shown})
        return {"Policies": {"Policy": found}}

    def list_entities_for_policy(self, parameters: Parameters) -> dict[str, Any]:
        """ListEntitiesForPolicy: PolicyType, PolicyName. Only roles have policies here."""
        policy = self._policies.find(parameters)
        roles = []
        for attached in self._policies.attachments(policy):
            role = self._roles.get(_key(attached))
            if role is not None:
                shown = _without(role, "AssumeRolePolicyDocument")
                roles.append({**shown, "AttachDate": attached["AttachDate"]})
        return {"Groups": {"Group": []}, "Users": {"User": []}, "Roles": {"Role": roles}}


def _key(document: Mapping[str, Any]) -> str:
    """Return the name under which the role that a document names is stored."""
    name: str = document["RoleName"]
    return name.lower()


def _without(document: Mapping[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != field}


def _action_name(action: Callable[..., object]) -> str:
    """Return the name of an action: CreateRole for create_role."""
    return action.__name__.title().replace("_", "")
