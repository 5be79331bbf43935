"""Where a project is deployed, and as whom: from its file, the environment, or other sources."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fc_client import config
from fc_client._redaction import as_secret
from fc_client.credentials.chain import find_credentials
from fc_client.credentials.providers import Provider
from fc_client.exceptions import ConfigurationError
from fc_client.fun.project.schema import ProjectFile

__all__ = ["Account", "account_of", "is_loopback"]

_ENDPOINT = "FC_ENDPOINT"
# The guide's names come first.
_ACCOUNT_IDS = ("ACCOUNT_ID", "ALIBABA_CLOUD_ACCOUNT_ID", "FC_ACCOUNT_ID")
_KEY_ID, _KEY_SECRET = "ACCESS_KEY_ID", "ACCESS_KEY_SECRET"

# With other characters, the endpoint would be a host of the file's choice.
_DIGITS = re.compile("[0-9]{10,20}")


@dataclass(frozen=True)
class Account:
    """Where to call, and as whom.

    Attributes:
        account_id: The account, or None if an endpoint is given instead.
        endpoint: The endpoint that the environment has, or None for that of a region.
        credentials: The access key.
    """

    account_id: str | None
    endpoint: str | None
    credentials: Provider

    @property
    def is_local(self) -> bool:
        """Whether functions run on this machine."""
        return self.endpoint is not None and is_loopback(self.endpoint)

    def endpoint_in(self, region: str) -> str:
        """Return the endpoint of Function Compute in a region."""
        return self.endpoint or f"https://{self.account_id}.{region}.fc.aliyuncs.com"

    def role_arn(self, role: str) -> str:
        """Return the ARN of a role that a file names, by its name or ARN.

        Raises:
            ConfigurationError: it is a name, and the account is not known.
        """
        if role.startswith("acs:"):
            return role
        if self.account_id is None:
            raise ConfigurationError(
                f"no account ID for the role {role!r}: set accountid in the file or "
                f"{_ACCOUNT_IDS[0]}, or write the role's ARN"
            )
        return f"acs:ram::{self.account_id}:role/{role}"


def account_of(file: ProjectFile, environ: Mapping[str, str]) -> Account:
    """Return where and as whom to deploy a project.

    Args:
        file: The project's file, whose account ID and access key come first.
        environ: Comes next; ACCOUNT_ID, ACCESS_KEY_ID and ACCESS_KEY_SECRET as
            in the guide, then the variables of this library.

    Raises:
        ConfigurationError: there is no access key or account ID, or it cannot be used.
    """
    endpoint = environ.get(_ENDPOINT)
    account_id = file.accountid or _account_id(environ)
    if not endpoint and account_id is None:
        raise ConfigurationError(
            f"no account ID: set accountid in the file, or {' or '.join(_ACCOUNT_IDS)} in the "
            "environment"
        )
    return Account(
        account_id,
        config.normalised(endpoint) if endpoint else None,
        _credentials(file, environ),
    )


def _account_id(environ: Mapping[str, str]) -> str | None:
    name = next((name for name in _ACCOUNT_IDS if environ.get(name)), None)
    if name is None:
        return None
    if not _DIGITS.fullmatch(environ[name]):
        raise ConfigurationError(
            f"{name}: must be 10 to 20 digits, got {environ[name]!r}; the account ID, which is not "
            "the name of a user, is on the security settings page of the console"
        )
    return environ[name]


def _credentials(file: ProjectFile, environ: Mapping[str, str]) -> Provider:
    """Return the access key; the guide takes ID and secret from the file or the environment."""
    variables = (environ.get(_KEY_ID) or None, environ.get(_KEY_SECRET) or None)
    key_id = file.access_key_id or variables[0]
    secret = as_secret(file.access_key_secret or variables[1])
    # The secret of the environment is that of the ID there.
    if file.access_key_id and not file.access_key_secret and variables[0] not in (None, key_id):
        raise ConfigurationError(
            f"accessKeyId of the file is not {_KEY_ID} of the environment, whose secret it would "
            "get; set accessKeySecret as well, or neither"
        )
    if (key_id is None) != (secret is None):
        missing = (
            "accessKeyId or ACCESS_KEY_ID"
            if key_id is None
            else ("accessKeySecret or ACCESS_KEY_SECRET")
        )
        raise ConfigurationError(f"no credentials: the access key is not complete; set {missing}")
    return find_credentials(
        credentials=None,
        access_key_id=key_id,
        access_key_secret=secret,
        security_token=None,
        environ=environ,
    )


def is_loopback(endpoint: str) -> bool:
    """Return whether an endpoint is on this machine."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.endswith(".localhost")
