"""The chain of sources: the first one that has credentials is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from fc_client._redaction import as_secret
from fc_client.credentials import Credentials, CredentialsProvider, profiles
from fc_client.credentials.providers import (
    CallableProvider,
    Provider,
    RefreshingProvider,
    StaticProvider,
)
from fc_client.credentials.sources import Missing, Source
from fc_client.exceptions import ConfigurationError

_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"  # noqa: S105 - the name of a variable
_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"  # noqa: S105 - the name of a variable
_URI = "ALIBABA_CLOUD_CREDENTIALS_URI"
_ROLE_NAME = "ALIBABA_CLOUD_ECS_METADATA"
_ROLE_DISABLED = "ALIBABA_CLOUD_ECS_METADATA_DISABLED"

_FALSE = frozenset({"", "0", "false", "no", "off"})


def find_credentials(
    *,
    credentials: Credentials | CredentialsProvider | None,
    access_key_id: str | None,
    access_key_secret: str | None,
    security_token: str | None,
    environ: Mapping[str, str],
    metadata_url: str | None = None,
) -> Provider:
    """Return the provider of the first source that has credentials.

    Args:
        credentials: Used as they are, or called before each attempt.
        access_key_id: Used with *access_key_secret* if *credentials* is None.
        access_key_secret: Secret of *access_key_id*.
        security_token: STS token of temporary credentials.
        environ: Used if no argument is given; files and services come next.
        metadata_url: URL of the metadata service; None for an ECS instance's own.

    Raises:
        ConfigurationError: no source has credentials, or a source has a key
            ID without its secret or a secret without its key ID.
    """
    keys = (access_key_id, access_key_secret, security_token)
    if credentials is not None:
        return _from_argument(credentials, keys)
    if any(key is not None for key in keys):
        return StaticProvider(_pair(keys, ("access_key_id", "access_key_secret")))
    return _from_environment(environ) or _from_files_and_services(environ, metadata_url)


def _from_environment(environ: Mapping[str, str]) -> Provider | None:
    # An empty variable counts as unset.
    key_id = environ.get(_ID) or None
    secret, token = (as_secret(environ.get(name) or None) for name in (_SECRET, _TOKEN))
    if key_id is None and secret is None:
        return None
    return StaticProvider(_pair((key_id, secret, token), (_ID, _SECRET)))


def _pair(keys: tuple[str | None, str | None, str | None], names: tuple[str, str]) -> Credentials:
    key_id, secret, token = keys
    if key_id is None or secret is None:
        missing = [name for name, key in zip(names, keys, strict=False) if key is None]
        raise ConfigurationError("no credentials: set " + " and ".join(missing))
    return Credentials(key_id, secret, token)


def _from_argument(
    credentials: Credentials | CredentialsProvider, keys: tuple[str | None, ...]
) -> Provider:
    if any(key is not None for key in keys):
        raise ConfigurationError(
            "credentials: cannot be combined with access_key_id, access_key_secret or "
            "security_token; pass one or the other"
        )
    if isinstance(credentials, Credentials):
        return StaticProvider(credentials)
    if not callable(credentials):
        raise TypeError(
            f"credentials: expected Credentials or a callable, got {type(credentials).__name__}"
        )
    return CallableProvider(credentials)


def _from_files_and_services(environ: Mapping[str, str], metadata_url: str | None) -> Provider:
    """Return the first source after the environment that has credentials."""
    reasons = [
        "arguments: neither credentials nor access_key_id and access_key_secret given",
        f"environment: neither {_ID} nor {_SECRET} set",
    ]
    for name, source in _sources(environ, metadata_url):
        found = source()
        if isinstance(found, Credentials):
            return RefreshingProvider(source, name, found)
        if name == profiles.ALIYUN and environ.get(profiles.PROFILE):
            # A later source would call with an identity that was not asked for.
            profile = f"{profiles.PROFILE} in {name}"
            raise ConfigurationError(f"no credentials: {profile}: {found.reason}")
        reasons.append(f"{name}: {found.reason}")
    raise ConfigurationError("no credentials found: " + "; ".join(reasons))


def _sources(environ: Mapping[str, str], metadata_url: str | None) -> Iterator[tuple[str, Source]]:
    yield profiles.ALIYUN, partial(profiles.aliyun_credentials, environ)
    yield profiles.FCLI, profiles.fcli_credentials
    yield _URI, _uri(environ.get(_URI))
    yield _ROLE_NAME, _role(environ, metadata_url)


def _uri(uri: str | None) -> Source:
    if not uri:
        return lambda: Missing("not set")
    from fc_client.credentials import metadata

    return partial(metadata.from_uri, uri)


def _role(environ: Mapping[str, str], metadata_url: str | None) -> Source:
    role = environ.get(_ROLE_NAME)
    # Only where a role is named: the address responds on ECS alone, so every
    # other machine would wait for the timeout.
    if not role:
        return lambda: Missing("not set")
    if environ.get(_ROLE_DISABLED, "").lower() not in _FALSE:
        return lambda: Missing(f"disabled by {_ROLE_DISABLED}")
    from fc_client.credentials import metadata

    return partial(metadata.from_role, role, metadata_url or metadata.METADATA_URL)
