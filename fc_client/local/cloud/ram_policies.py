"""Stands in for the policies of RAM and their versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fc_client.local.cloud import ram_documents, ram_listing
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.ram_documents import SYSTEM_POLICIES
from fc_client.local.cloud.rpc_signatures import required
from fc_client.local.cloud.state import Collection
from fc_client.local.storage.store import Store

__all__ = ["Policies"]

Parameters = Mapping[str, str]

# Of one policy, in RAM.
_MAX_VERSIONS = 5

# When the system policies were made, as far as this server is concerned.
_SYSTEM_DATE = "2015-05-01T00:00:00Z"


class Policies:
    """The system's policies and those of the account.

    Args:
        store: Where they are stored.
        attachments: Which policies roles have.
        now: Returns the current time as text.
    """

    def __init__(self, store: Store, attachments: Collection, now: Callable[[], str]) -> None:
        self._store = store
        self._attachments = attachments
        self._now = now
        self._policies = Collection(store, "ram.policy")
        # The name is that of the policy and its version, which sorts by number: "p/000012".
        self._versions = Collection(store, "ram.policy_version")

    def actions(self) -> tuple[Callable[[Parameters], dict[str, Any]], ...]:
        """Return the actions, named after those of RAM."""
        return (
            self.create_policy,
            self.get_policy,
            self.list_policies,
            self.delete_policy,
            self.create_policy_version,
            self.get_policy_version,
            self.list_policy_versions,
            self.set_default_policy_version,
            self.delete_policy_version,
        )

    def find(self, parameters: Parameters, policy_type: str | None = None) -> dict[str, Any]:
        """Return the policy of PolicyName and PolicyType.

        Args:
            parameters: Those of a request, or an attachment.
            policy_type: The only type that the action takes; None for the
                one that the parameters name.
        """
        wanted = policy_type or ram_documents.policy_type(parameters)
        name = ram_documents.name(parameters, "PolicyName")
        policy = self._policies.get(name) if wanted == "Custom" else _system_policy(name)
        if policy is None:
            raise ServiceError(
                404, "EntityNotExist.Policy", f"The {wanted} policy does not exist: {name}."
            )
        return policy

    def attachments(self, policy: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the attachments of a policy."""
        fields = ("PolicyType", "PolicyName")
        return [
            attached
            for attached in self._attachments.list()
            if all(attached[field] == policy[field] for field in fields)
        ]

    def _shown(self, policy: dict[str, Any]) -> dict[str, Any]:
        fields = {key: value for key, value in policy.items() if key != "LastVersion"}
        return {**fields, "AttachmentCount": len(self.attachments(policy))}

    def create_policy(self, parameters: Parameters) -> dict[str, Any]:
        """CreatePolicy: PolicyName, PolicyDocument, Description."""
        name = ram_documents.name(parameters, "PolicyName")
        document = ram_documents.policy_document(parameters)
        description = ram_documents.description(parameters)
        if self._policies.get(name) is not None or name in SYSTEM_POLICIES:
            raise ServiceError(
                409, "EntityAlreadyExists.Policy", f"The policy already exists: {name}."
            )
        policy = {
            "PolicyName": name,
            "PolicyType": "Custom",
            "Description": description,
            "DefaultVersion": "v1",
            "CreateDate": self._now(),
            "UpdateDate": self._now(),
            # The number of a version is not used again.
            "LastVersion": 1,
        }
        with self._store.transaction():
            self._policies.put(name, policy)
            self._put_version(name, 1, document)
        return {"Policy": self._shown(policy)}

    def get_policy(self, parameters: Parameters) -> dict[str, Any]:
        """GetPolicy: PolicyType, PolicyName."""
        policy = self.find(parameters)
        version = self._version(policy, policy["DefaultVersion"])
        return {"Policy": self._shown(policy), "DefaultPolicyVersion": version}

    def list_policies(self, parameters: Parameters) -> dict[str, Any]:
        """ListPolicies: PolicyType, Marker, MaxItems."""
        wanted = ram_documents.policy_type(parameters) if parameters.get("PolicyType") else ""
        found = {policy["PolicyName"]: policy for policy in self._policies.list()}
        found.update({name: _new_system_policy(name) for name in SYSTEM_POLICIES})
        names = sorted(
            name for name, policy in found.items() if wanted in ("", policy["PolicyType"])
        )
        return ram_listing.page(
            parameters,
            "Policy",
            lambda after, limit: [
                (name, self._shown(found[name])) for name in names if name > after
            ][:limit],
        )

    def delete_policy(self, parameters: Parameters) -> dict[str, Any]:
        """DeletePolicy: PolicyName, without attachments and other versions."""
        policy = self.find(parameters, "Custom")
        name = policy["PolicyName"]
        if self.attachments(policy):
            raise ServiceError(
                409,
                "DeleteConflict.Policy.Role",
                f"The policy {name} is attached to roles: detach it first.",
            )
        if len(self._versions.list(f"{name}/")) > 1:
            raise ServiceError(
                409,
                "DeleteConflict.Policy.Version",
                f"The policy {name} has versions besides the default one: delete them first.",
            )
        with self._store.transaction():
            self._policies.delete(name)
            self._versions.delete(_version_name(name, policy["DefaultVersion"]))
        return {}

    # Versions

    def create_policy_version(self, parameters: Parameters) -> dict[str, Any]:
        """CreatePolicyVersion: PolicyName, PolicyDocument, SetAsDefault."""
        policy = self.find(parameters, "Custom")
        document = ram_documents.policy_document(parameters)
        name = policy["PolicyName"]
        if len(self._versions.list(f"{name}/")) >= _MAX_VERSIONS:
            raise ServiceError(
                409,
                "LimitExceeded.Policy.Version",
                f"The policy {name} has {_MAX_VERSIONS} versions already: delete one first.",
            )
        number = policy["LastVersion"] + 1
        changes = {"LastVersion": number, "UpdateDate": self._now()}
        if parameters.get("SetAsDefault", "").lower() == "true":
            changes["DefaultVersion"] = f"v{number}"
        with self._store.transaction():
            changed = self._policies.put(name, {**policy, **changes})
            self._put_version(name, number, document)
        return {"PolicyVersion": self._version(changed, f"v{number}")}

    def get_policy_version(self, parameters: Parameters) -> dict[str, Any]:
        """GetPolicyVersion: PolicyType, PolicyName, VersionId."""
        policy = self.find(parameters)
        return {"PolicyVersion": self._version(policy, required(parameters, "VersionId"))}

    def list_policy_versions(self, parameters: Parameters) -> dict[str, Any]:
        """ListPolicyVersions: PolicyType, PolicyName; the newest first."""
        policy = self.find(parameters)
        ids = ["v1"]
        if policy["PolicyType"] == "Custom":
            stored = self._versions.list(f"{policy['PolicyName']}/")
            ids = [version["VersionId"] for version in reversed(stored)]
        return {"PolicyVersions": {"PolicyVersion": [self._version(policy, each) for each in ids]}}

    def set_default_policy_version(self, parameters: Parameters) -> dict[str, Any]:
        """SetDefaultPolicyVersion: PolicyName, VersionId."""
        policy = self.find(parameters, "Custom")
        version = self._version(policy, required(parameters, "VersionId"))["VersionId"]
        changes = {"DefaultVersion": version, "UpdateDate": self._now()}
        self._policies.put(policy["PolicyName"], {**policy, **changes})
        return {}

    def delete_policy_version(self, parameters: Parameters) -> dict[str, Any]:
        """DeletePolicyVersion: PolicyName, VersionId, which is not the default one."""
        policy = self.find(parameters, "Custom")
        version = self._version(policy, required(parameters, "VersionId"))
        if version["IsDefaultVersion"]:
            raise ServiceError(
                409,
                "DeleteConflict.PolicyVersion.Default",
                f"The version {version['VersionId']} is the default one: "
                "make another one the default first.",
            )
        self._versions.delete(_version_name(policy["PolicyName"], version["VersionId"]))
        return {}

    def _put_version(self, policy: str, number: int, document: str) -> None:
        version = {
            "VersionId": f"v{number}",
            "CreateDate": self._now(),
            "PolicyDocument": document,
        }
        self._versions.put(_version_name(policy, f"v{number}"), version)

    def _version(self, policy: Mapping[str, Any], version_id: str) -> dict[str, Any]:
        name = policy["PolicyName"]
        version: dict[str, Any] | None = None
        if policy["PolicyType"] == "Custom":
            version = self._versions.get(_version_name(name, version_id))
        elif version_id == "v1":
            document = json.dumps(SYSTEM_POLICIES[name])
            version = {
                "VersionId": "v1",
                "CreateDate": _SYSTEM_DATE,
                "PolicyDocument": document,
            }
        if version is None or version["VersionId"] != version_id:
            raise ServiceError(
                404,
                "EntityNotExist.Policy.Version",
                f"The policy {name} has no version {version_id}.",
            )
        return {**version, "IsDefaultVersion": version_id == policy["DefaultVersion"]}


def _version_name(policy: str, version_id: str) -> str:
    return f"{policy}/{version_id.removeprefix('v').zfill(6)}"


def _system_policy(name: str) -> dict[str, Any] | None:
    return _new_system_policy(name) if name in SYSTEM_POLICIES else None


def _new_system_policy(name: str) -> dict[str, Any]:
    return {
        "PolicyName": name,
        "PolicyType": "System",
        "Description": "",
        "DefaultVersion": "v1",
        "CreateDate": _SYSTEM_DATE,
        "UpdateDate": _SYSTEM_DATE,
    }
