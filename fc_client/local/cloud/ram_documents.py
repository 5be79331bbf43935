"""Checks names and documents of roles and policies, as RAM does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fc_client.local.cloud.inputs import json_value
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.rpc_signatures import required

__all__ = ["SYSTEM_POLICIES", "description", "name", "policy_document", "policy_type", "trust"]

_MAX_DOCUMENT = 6144
_MAX_DESCRIPTION = 1024

# What each name may consist of, and its maximum length.
_NAMES = {"RoleName": ("A-Za-z0-9.@_-", 64), "PolicyName": ("A-Za-z0-9-", 128)}


def _full_access(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "1", "Statement": [statement]}


# Those that are used with Function Compute; RAM has some thousands.
SYSTEM_POLICIES = {
    "AdministratorAccess": _full_access("*"),
    "AliyunApiGatewayFullAccess": _full_access("apigateway:*"),
    "AliyunFCFullAccess": _full_access("fc:*"),
    "AliyunFCInvocationAccess": _full_access("fc:InvokeFunction"),
    "AliyunFCReadOnlyAccess": _full_access("fc:Get*", "fc:List*"),
    "AliyunLogFullAccess": _full_access("log:*"),
    "AliyunLogReadOnlyAccess": _full_access("log:Get*", "log:List*", "log:Query*"),
    "AliyunOSSFullAccess": _full_access("oss:*"),
    "AliyunOSSReadOnlyAccess": _full_access("oss:Get*", "oss:List*"),
    "AliyunRAMFullAccess": _full_access("ram:*"),
    "AliyunSTSAssumeRoleAccess": _full_access("sts:AssumeRole"),
}


def name(parameters: Mapping[str, str], field: str) -> str:
    """Return a valid RoleName or PolicyName.

    Raises:
        ServiceError: MissingParameter, or InvalidParameter for its characters or length.
    """
    value = required(parameters, field)
    characters, longest = _NAMES[field]
    if re.fullmatch(f"[{characters}]+", value) is None:
        raise ServiceError(
            400,
            f"InvalidParameter.{field}.Chars",
            f"{field} may have only the characters {characters}, got {value!r}.",
        )
    _check_length(field, value, longest)
    return value


def description(parameters: Mapping[str, str]) -> str:
    """Return the Description, or "" without one."""
    value = parameters.get("Description", "")
    _check_length("Description", value, _MAX_DESCRIPTION)
    return value


def _check_length(field: str, value: str, longest: int) -> None:
    if len(value) > longest:
        raise ServiceError(
            400,
            f"InvalidParameter.{field}.Length",
            f"{field} must have at most {longest} characters, got {len(value)}.",
        )


def policy_type(parameters: Mapping[str, str]) -> str:
    """Return the PolicyType, Custom or System."""
    value = required(parameters, "PolicyType")
    if value not in ("Custom", "System"):
        raise ServiceError(
            400,
            "InvalidParameter.PolicyType",
            f"PolicyType must be Custom or System, got {value!r}.",
        )
    return value


def policy_document(parameters: Mapping[str, str]) -> str:
    """Return the PolicyDocument as sent, if it is one."""
    text = required(parameters, "PolicyDocument")
    for statement in _statements("PolicyDocument", text):
        if not (_is_texts(statement, "Action", "NotAction") and _is_texts(statement, "Resource")):
            raise _malformed("PolicyDocument", "each statement needs Action and Resource")
    return text


def trust(parameters: Mapping[str, str], field: str = "AssumeRolePolicyDocument") -> str:
    """Return the trust document of a role as sent, if it is one."""
    text = required(parameters, field)
    for statement in _statements(field, text):
        principal = statement.get("Principal")
        if not (isinstance(principal, dict) and principal):
            raise _malformed(field, "each statement needs a Principal")
        if not _is_texts(statement, "Action"):
            raise _malformed(field, "each statement needs the Action sts:AssumeRole")
    return text


def _statements(field: str, text: str) -> list[dict[str, Any]]:
    _check_length(field, text, _MAX_DOCUMENT)
    try:
        document = json_value(text)
    except ValueError as exc:
        raise _malformed(field, f"is not JSON: {exc}") from exc
    if not isinstance(document, dict) or document.get("Version") != "1":
        raise _malformed(field, 'must be an object with "Version": "1"')
    statements = document.get("Statement")
    if not (isinstance(statements, list) and statements):
        raise _malformed(field, "Statement must be a list of at least one statement")
    for statement in statements:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise _malformed(field, "each statement needs the Effect Allow or Deny")
    return statements


def _is_texts(statement: Mapping[str, Any], *fields: str) -> bool:
    """Return whether a statement has one of the fields, as a text or texts."""
    for field in fields:
        value = statement.get(field)
        values = value if isinstance(value, list) else [value]
        if values and all(isinstance(each, str) and each for each in values):
            return True
    return False


def _malformed(field: str, problem: str) -> ServiceError:
    return ServiceError(400, "MalformedPolicyDocument", f"{field}: {problem}.")
