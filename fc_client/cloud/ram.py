"""The client of RAM: roles, policies and their versions, attachments."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fc_client.cloud._retries import call_until_done
from fc_client.cloud._sdk import Sdk
from fc_client.cloud.documents import as_text
from fc_client.cloud.models import (
    Policy,
    PolicyVersion,
    Role,
    parse_policy,
    parse_policy_version,
    parse_role,
)
from fc_client.credentials import Credentials
from fc_client.pagination import Page, iterate

__all__ = ["RamClient"]


class RamClient:
    """A client of RAM, version 2015-05-01.

    Args:
        endpoint: A URL, or a host name, which is called over HTTPS; see
            :func:`fc_client.cloud.ram_endpoint`.
        credentials: Credentials, or a callable that returns them before each call.
        timeout: Longest wait for the connection, and for the response, in seconds.
        sleep: Waits a number of seconds before a call is sent again.

    A call that is refused because there are too many, or because RAM is not
    available (429, 503), is sent again up to five times.

    All methods raise :class:`fc_client.cloud.CloudError` if RAM returns an
    error, :class:`fc_client.TransportError` if there is no response and
    ImportError if the extra ``fcli`` is not installed.
    """

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials | Callable[[], Credentials],
        *,
        timeout: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sdk = Sdk("alibabacloud_ram20150501", endpoint, credentials, timeout, service="ram")
        self._sleep = sleep

    # Roles

    def create_role(
        self, name: str, *, trust_document: Mapping[str, Any] | str, description: str | None = None
    ) -> Role:
        """Create a role.

        Args:
            name: 1 to 64 letters, digits, ``.``, ``@``, ``_`` and ``-``.
            trust_document: Who may assume the role, see
                :func:`fc_client.cloud.trust_document`.
            description: Free text.
        """
        reply = self._call(
            "CreateRole",
            role_name=name,
            assume_role_policy_document=as_text(trust_document),
            description=description,
        )
        return parse_role(reply.get("Role", {}))

    def get_role(self, name: str) -> Role:
        """Return a role."""
        return parse_role(self._call("GetRole", role_name=name).get("Role", {}))

    def list_roles(self, *, limit: int | None = None, marker: str | None = None) -> Page[Role]:
        """Return a page of roles.

        Args:
            limit: Maximum number of roles, 1 to 1000, 100 by default.
            marker: *next_token* of the page before.
        """
        reply = self._call("ListRoles", max_items=limit, marker=marker)
        return _page(reply, "Roles", "Role", parse_role)

    def iter_roles(self) -> Iterator[Role]:
        """Iterate over all roles."""
        return iterate("ListRoles", lambda marker: self.list_roles(marker=marker))

    def delete_role(self, name: str) -> None:
        """Delete a role that has no policies."""
        self._call("DeleteRole", role_name=name)

    # Policies

    def create_policy(
        self, name: str, document: Mapping[str, Any] | str, *, description: str | None = None
    ) -> Policy:
        """Create a policy, whose first version is *document*.

        Args:
            name: 1 to 128 letters, digits and ``-``.
            document: What it allows, see :func:`fc_client.cloud.policy_document`.
            description: Free text.
        """
        reply = self._call(
            "CreatePolicy",
            policy_name=name,
            policy_document=as_text(document),
            description=description,
        )
        return parse_policy(reply.get("Policy", {}))

    def get_policy(self, name: str, *, policy_type: str = "Custom") -> Policy:
        """Return a policy with the document of its default version.

        Args:
            name: Name of the policy.
            policy_type: Custom, or System for those of Alibaba Cloud.
        """
        reply = self._call("GetPolicy", policy_name=name, policy_type=policy_type)
        return parse_policy(reply.get("Policy", {}), reply.get("DefaultPolicyVersion"))

    def list_policies(
        self,
        *,
        policy_type: str | None = None,
        limit: int | None = None,
        marker: str | None = None,
    ) -> Page[Policy]:
        """Return a page of policies.

        Args:
            policy_type: Custom or System; both by default.
            limit: Maximum number of policies, 1 to 1000, 100 by default.
            marker: *next_token* of the page before.
        """
        reply = self._call("ListPolicies", policy_type=policy_type, max_items=limit, marker=marker)
        return _page(reply, "Policies", "Policy", parse_policy)

    def iter_policies(self, *, policy_type: str | None = None) -> Iterator[Policy]:
        """Iterate over all policies.

        Args:
            policy_type: Custom or System; both by default.
        """
        return iterate(
            "ListPolicies",
            lambda marker: self.list_policies(policy_type=policy_type, marker=marker),
        )

    def delete_policy(self, name: str) -> None:
        """Delete a policy that is not attached and has only its default version."""
        self._call("DeletePolicy", policy_name=name)

    # Versions

    def create_policy_version(
        self, name: str, document: Mapping[str, Any] | str, *, set_as_default: bool = True
    ) -> PolicyVersion:
        """Create a version of a policy, which can have five.

        Args:
            name: Name of the policy.
            document: What the version allows.
            set_as_default: Whether it takes the place of the version in force.
        """
        reply = self._call(
            "CreatePolicyVersion",
            policy_name=name,
            policy_document=as_text(document),
            set_as_default=set_as_default,
        )
        return parse_policy_version(reply.get("PolicyVersion", {}))

    def get_policy_version(
        self, name: str, version_id: str, *, policy_type: str = "Custom"
    ) -> PolicyVersion:
        """Return a version of a policy with its document."""
        reply = self._call(
            "GetPolicyVersion", policy_name=name, policy_type=policy_type, version_id=version_id
        )
        return parse_policy_version(reply.get("PolicyVersion", {}))

    def list_policy_versions(
        self, name: str, *, policy_type: str = "Custom"
    ) -> list[PolicyVersion]:
        """Return all versions of a policy."""
        reply = self._call("ListPolicyVersions", policy_name=name, policy_type=policy_type)
        return list(_items(reply, "PolicyVersions", "PolicyVersion", parse_policy_version))

    def set_default_policy_version(self, name: str, version_id: str) -> None:
        """Make a version of a policy the one in force."""
        self._call("SetDefaultPolicyVersion", policy_name=name, version_id=version_id)

    def delete_policy_version(self, name: str, version_id: str) -> None:
        """Delete a version of a policy that is not the default one."""
        self._call("DeletePolicyVersion", policy_name=name, version_id=version_id)

    # Attachments

    def attach_policy_to_role(self, policy: str, role: str, *, policy_type: str = "Custom") -> None:
        """Give a role the rights of a policy."""
        self._call(
            "AttachPolicyToRole", policy_name=policy, policy_type=policy_type, role_name=role
        )

    def detach_policy_from_role(
        self, policy: str, role: str, *, policy_type: str = "Custom"
    ) -> None:
        """Take the rights of a policy from a role."""
        self._call(
            "DetachPolicyFromRole", policy_name=policy, policy_type=policy_type, role_name=role
        )

    def list_policies_for_role(self, role: str) -> list[Policy]:
        """Return the policies of a role."""
        reply = self._call("ListPoliciesForRole", role_name=role)
        return list(_items(reply, "Policies", "Policy", parse_policy))

    def list_roles_for_policy(self, policy: str, *, policy_type: str = "Custom") -> list[Role]:
        """Return the roles that have a policy."""
        reply = self._call("ListEntitiesForPolicy", policy_name=policy, policy_type=policy_type)
        return list(_items(reply, "Roles", "Role", parse_role))

    def _call(self, operation: str, **fields: Any) -> dict[str, Any]:
        request = self._sdk.request(f"{operation}Request", **fields)
        # The library names its methods after the operations: create_role.
        method = re.sub("(?<!^)(?=[A-Z])", "_", operation).lower()
        return call_until_done(lambda: self._sdk.call(operation, method, request), self._sleep)


def _items(
    reply: Mapping[str, Any], plural: str, name: str, parse: Callable[[Mapping[str, Any]], Any]
) -> Iterator[Any]:
    return map(parse, (reply.get(plural) or {}).get(name) or [])


def _page(
    reply: dict[str, Any], plural: str, name: str, parse: Callable[[Mapping[str, Any]], Any]
) -> Page[Any]:
    return Page(
        tuple(_items(reply, plural, name, parse)),
        next_token=reply.get("Marker") if reply.get("IsTruncated") else None,
        request_id=reply.get("RequestId"),
        raw=reply,
    )
