"""Where a project is deployed, and as whom: from its file, the environment, or other sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fc_client import _hosts, config
from fc_client._redaction import as_secret
from fc_client.credentials.chain import find_credentials
from fc_client.credentials.providers import Provider
from fc_client.exceptions import ConfigurationError
from fc_client.fun.project.regions import account_and_region, check_regions
from fc_client.fun.project.schema import ProjectFile

__all__ = ["Account", "account_of", "is_loopback", "is_unencrypted"]

_ENDPOINT = "FC_ENDPOINT"
# The guide's names come first.
_ACCOUNT_IDS = ("ACCOUNT_ID", "ALIBABA_CLOUD_ACCOUNT_ID", "FC_ACCOUNT_ID")
_KEY_ID, _KEY_SECRET = "ACCESS_KEY_ID", "ACCESS_KEY_SECRET"
# For a server on this machine those of this library come first: the guide's may be of the cloud.
_LOCAL_KEYS = (
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    (_KEY_ID, _KEY_SECRET),
)

# With other characters, the endpoint would be a host of the file's choice.
_DIGITS = re.compile("[0-9]{10,20}")
# fc-local takes any digits, and no endpoint is made of them.
_SERVER_ACCOUNT = re.compile("[0-9]+")


@dataclass(frozen=True)
class Account:
    """Where to call, and as whom.

    Attributes:
        account_id: The account, or None if it is not known.
        endpoint: The endpoint that the environment has, or None for that of a region.
        credentials: The access key.
        remark: What is used, if the user may expect something else; else empty.
        role_account: The account that new roles will belong to, or None if it is not known: an
            embedded server has its own.
    """

    account_id: str | None
    endpoint: str | None
    credentials: Provider
    remark: str = ""
    role_account: str | None = None

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

    def new_role_arn(self, name: str) -> str | None:
        """Return the ARN that a role gets when it is created, or None if it is not known."""
        # RAM writes the name in lower case.
        account = self.role_account
        return None if account is None else f"acs:ram::{account}:role/{name.lower()}"


def account_of(file: ProjectFile, environ: Mapping[str, str]) -> Account:
    """Return where and as whom to deploy a project.

    An endpoint on this machine is an embedded server. It is called with an
    access key of the environment only, never with one of a file, which may be
    that of an account in the cloud.

    Args:
        file: The project's file, whose account ID and access key come first.
        environ: Comes next; ACCOUNT_ID, ACCESS_KEY_ID and ACCESS_KEY_SECRET as
            in the guide, then the variables of this library.

    Raises:
        ConfigurationError: there is no access key or account ID, or it cannot
            be used, or the endpoint is not that of the file's regions.
    """
    endpoint = config.normalised(environ[_ENDPOINT]) if environ.get(_ENDPOINT) else None
    is_local = endpoint is not None and is_loopback(endpoint)
    check_regions(file, endpoint, is_local=is_local)
    if endpoint is not None and is_local:
        return _local_account(file, endpoint, environ)
    account_id = file.accountid or _account_id(environ)
    account_id = _account_at(endpoint, account_id) if endpoint else account_id
    if endpoint is None and account_id is None:
        raise ConfigurationError(
            f"no account ID: set accountid in the file, or {' or '.join(_ACCOUNT_IDS)} in the "
            "environment"
        )
    return Account(account_id, endpoint, _credentials(file, environ), role_account=account_id)


def _account_at(endpoint: str, account_id: str | None) -> str | None:
    """Return the account that an endpoint of the cloud names, which must be the given one."""
    named = account_and_region(endpoint)
    if named is None:
        return account_id
    if account_id not in (None, named[0]):
        raise ConfigurationError(
            f"{_ENDPOINT} is that of account {named[0]}, but the account ID is {account_id}; "
            f"unset {_ENDPOINT}, and fun calls the endpoint of the account"
        )
    return named[0]


def _local_account(file: ProjectFile, endpoint: str, environ: Mapping[str, str]) -> Account:
    names = next((pair for pair in _LOCAL_KEYS if any(map(environ.get, pair))), None)
    if names is None:
        raise ConfigurationError(
            f"no access key for {endpoint}: {_ENDPOINT} is on this machine, so only keys of the "
            "environment are used; run the export lines that fc-local and 'fun local' print, or "
            f"unset {_ENDPOINT} to deploy to the cloud"
        )
    for name in names:
        if not environ.get(name):
            raise ConfigurationError(f"no credentials: the access key is not complete; set {name}")
    token = environ.get("ALIBABA_CLOUD_SECURITY_TOKEN") if names == _LOCAL_KEYS[0] else None
    credentials = find_credentials(
        credentials=None,
        access_key_id=environ[names[0]],
        access_key_secret=as_secret(environ[names[1]]),
        security_token=as_secret(token or None),
        environ=environ,
    )
    unused = " and ".join(_unused(file, environ, environ[names[0]]))
    text = f"Using {endpoint} of {_ENDPOINT} with the access key of {names[0]}; not used: {unused}."
    own = _account_id(environ, _SERVER_ACCOUNT)
    return Account(file.accountid or own, endpoint, credentials, text if unused else "", own)


def _unused(file: ProjectFile, environ: Mapping[str, str], key_id: str) -> Iterator[str]:
    """Yield the access keys that are not in use, and would be for the cloud."""
    if file.access_key_id != key_id and (file.access_key_id or file.access_key_secret):
        yield "the access key of the file"
    if environ.get(_KEY_ID) not in (None, "", key_id):
        yield f"that of {_KEY_ID}"


def _account_id(environ: Mapping[str, str], known: re.Pattern[str] = _DIGITS) -> str | None:
    name = next((name for name in _ACCOUNT_IDS if environ.get(name)), None)
    if name is None:
        return None
    if not known.fullmatch(environ[name]):
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
    return _hosts.is_loopback(urlsplit(endpoint).hostname or "")


def is_unencrypted(endpoint: str) -> bool:
    """Return whether calls of an endpoint can be read on their way."""
    return endpoint.startswith("http://") and not is_loopback(endpoint)
