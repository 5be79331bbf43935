"""Who calls: an access key, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fc_client.exceptions import ConfigurationError

__all__ = ["Credentials"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, with the token of its session where it is a temporary one.

    Attributes:
        access_key_id: Sent with every call.
        access_key_secret: Signs every call and is never sent.
        security_token: Of STS; None for a permanent key.

    Raises:
        TypeError: one of them is no str.
        ValueError: one of them is empty, or could not stand in a header.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("access_key_id", "access_key_secret", "security_token"):
            value = getattr(self, name)
            if name == "security_token" and value is None:
                continue
            if not isinstance(value, str):
                raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
            # The value is a secret, so the message does not quote it.
            if not (value.strip() == value != "" and value.isascii() and value.isprintable()):
                raise ValueError(
                    f"{name}: must be printable ASCII text, not empty, with no space around it"
                )


CredentialsProvider = Callable[[], Credentials]

_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"  # noqa: S105 - the name of a variable
_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"  # noqa: S105 - the name of a variable


def find_credentials(
    *,
    credentials: Credentials | CredentialsProvider | None,
    access_key_id: str | None,
    access_key_secret: str | None,
    security_token: str | None,
    environ: Mapping[str, str],
) -> CredentialsProvider:
    """Return what gives the credentials of an attempt.

    Args:
        credentials: Used as they are, or called before each attempt.
        access_key_id: With *access_key_secret*, used if *credentials* is None.
        access_key_secret: See above.
        security_token: Goes with the two.
        environ: Used if no argument is given.

    Raises:
        ConfigurationError: no credentials, or half of a pair.
    """
    keys: tuple[str | None, ...] = (access_key_id, access_key_secret, security_token)
    if credentials is not None:
        return _from_argument(credentials, keys)
    anywhere = all(key is None for key in keys)
    if anywhere:
        # An empty variable is one that somebody wanted unset.
        keys = tuple(environ.get(name) or None for name in (_ID, _SECRET, _TOKEN))
    key_id, secret, token = keys
    if key_id is None or secret is None:
        missing = [
            f"{argument} (or the environment's {variable})" if anywhere else argument
            for argument, variable, value in (
                ("access_key_id", _ID, key_id),
                ("access_key_secret", _SECRET, secret),
            )
            if value is None
        ]
        raise ConfigurationError("no credentials: set " + " and ".join(missing))
    found = Credentials(key_id, secret, token)
    return lambda: found


def _from_argument(
    credentials: Credentials | CredentialsProvider, keys: tuple[str | None, ...]
) -> CredentialsProvider:
    if any(key is not None for key in keys):
        raise ConfigurationError("credentials: given together with an access key; give one")
    if isinstance(credentials, Credentials):
        return lambda: credentials
    if not callable(credentials):
        raise TypeError(
            f"credentials: expected Credentials or a callable, got {type(credentials).__name__}"
        )

    def checked() -> Credentials:
        found = credentials()
        if not isinstance(found, Credentials):
            raise TypeError(
                f"credentials: the callable returned {type(found).__name__}, not Credentials"
            )
        return found

    return checked
