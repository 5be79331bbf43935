"""Credentials, and the chain of sources in which a client looks for them.

A client uses the first of these sources that has credentials:

1. the arguments ``credentials``, or ``access_key_id``, ``access_key_secret``
   and ``security_token``;
2. the environment's ``ALIBABA_CLOUD_ACCESS_KEY_ID``,
   ``ALIBABA_CLOUD_ACCESS_KEY_SECRET`` and ``ALIBABA_CLOUD_SECURITY_TOKEN``;
3. the aliyun CLI's ``~/.aliyun/config.json``: the profile that
   ``ALIBABA_CLOUD_PROFILE`` names, else its current one, of mode AK or
   StsToken;
4. fcli's ``~/.fcli/config.yaml``;
5. ``ALIBABA_CLOUD_CREDENTIALS_URI``, a URL that responds with JSON;
6. the ECS instance role named by ``ALIBABA_CLOUD_ECS_METADATA``, from the
   instance's metadata service; ``ALIBABA_CLOUD_ECS_METADATA_DISABLED=true``
   disables this source.

Key ID and secret always come from the same source. A key ID without a secret
(or the reverse) in 1 or 2 is an error, and so is a profile that
``ALIBABA_CLOUD_PROFILE`` names and that cannot be used: the next source could
belong to another identity. Any other missing or invalid source is skipped. If
no source has credentials, the error gives the reason for each.

Credentials from 3 to 6 are read again when the service says that their token
has expired. Credentials from 5 and 6 are also refreshed about 5 minutes before
they expire.

Modules: ``chain`` chooses the source, ``profiles`` reads the files,
``metadata`` asks the services, ``providers`` refresh what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn, SupportsIndex

from fc_client._redaction import as_secret

__all__ = ["Credentials"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key: key ID, secret and, for temporary credentials, an STS token.

    Secret and token are str objects with a masked repr, ``'***'``. Credentials
    cannot be pickled, since the pickle would show them.

    Attributes:
        access_key_id: Sent with every call.
        access_key_secret: Signs every call and is never sent.
        security_token: The STS token; None for a permanent key.
        expiration: When they expire, a datetime with a time zone; None for
            never or unknown.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a value is empty or not valid in an HTTP header, or
            *expiration* has no time zone.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    expiration: datetime | None = field(default=None, kw_only=True)

    # Written by hand: the secrets are masked before anything can raise, so a
    # traceback that shows local variables does not show them.
    def __init__(
        self,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        *,
        expiration: datetime | None = None,
    ) -> None:
        access_key_secret = as_secret(access_key_secret)
        security_token = as_secret(security_token)
        # The class is frozen. Set before the checks, so that the repr works if one raises.
        object.__setattr__(self, "access_key_id", access_key_id)
        object.__setattr__(self, "access_key_secret", access_key_secret)
        object.__setattr__(self, "security_token", security_token)
        object.__setattr__(self, "expiration", expiration)
        _check("access_key_id", access_key_id)
        _check("access_key_secret", access_key_secret)
        if security_token is not None:
            _check("security_token", security_token)
        _check_expiration(expiration)

    def __copy__(self) -> Credentials:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Credentials:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(
            "Credentials cannot be pickled: the pickle would show the secret; "
            "make them in each process"
        )

    @classmethod
    def from_context(cls, context: object) -> Credentials:
        """Return the temporary credentials in the context of an invocation.

        They belong to the service's role and are valid for this invocation.

        Args:
            context: The second argument of the function's handler, or a
                mapping of the same form.
        Raises:
            TypeError: *context* has no credentials.
        """
        given = _required("context", context, "credentials", "credentials")
        token = _required("context.credentials", given, "security_token", "securityToken")
        return cls(
            _required("context.credentials", given, "access_key_id", "accessKeyId"),
            _required("context.credentials", given, "access_key_secret", "accessKeySecret"),
            token or None,
        )


CredentialsProvider = Callable[[], Credentials]


def _check(name: str, value: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
    # The value may be a secret, so the message does not quote it.
    if not (value.strip() == value != "" and value.isascii() and value.isprintable()):
        raise ValueError(
            f"{name}: must be printable ASCII text, not empty, without leading or trailing spaces"
        )


def _check_expiration(value: datetime | None) -> None:
    if value is None:
        return
    if not isinstance(value, datetime):
        raise TypeError(f"expiration: expected a datetime, got {type(value).__name__}")
    if value.tzinfo is None:
        raise ValueError("expiration: must have a time zone, for example timezone.utc")


def member(holder: object, python_name: str, node_name: str) -> Any:
    """Return an attribute, or a mapping's value under the Python or Node.js name; else None."""
    if isinstance(holder, Mapping):
        return holder.get(python_name, holder.get(node_name))
    return getattr(holder, python_name, None)


def _required(label: str, holder: object, python_name: str, node_name: str) -> Any:
    found = member(holder, python_name, node_name)
    # An empty token is what a context without a role has.
    if found is None and python_name != "security_token":
        raise TypeError(f"context: expected a function's context; {label} has no {python_name}")
    return as_secret(found) if python_name != "access_key_id" else found
