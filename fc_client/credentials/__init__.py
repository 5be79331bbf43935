"""Who calls: an access key, and where it comes from.

Where a client is given none, they come from the first of these that has some:

1. the arguments ``credentials``, or ``access_key_id``, ``access_key_secret``
   and ``security_token``;
2. the environment's ``ALIBABA_CLOUD_ACCESS_KEY_ID``,
   ``ALIBABA_CLOUD_ACCESS_KEY_SECRET`` and ``ALIBABA_CLOUD_SECURITY_TOKEN``;
3. the aliyun CLI's ``~/.aliyun/config.json``: the profile that
   ``ALIBABA_CLOUD_PROFILE`` names, else its current one, of mode AK or
   StsToken;
4. fcli's ``~/.fcli/config.yaml``;
5. ``ALIBABA_CLOUD_CREDENTIALS_URI``, a URL that answers with JSON;
6. the ECS instance's role that ``ALIBABA_CLOUD_ECS_METADATA`` names, from the
   instance's metadata service; ``ALIBABA_CLOUD_ECS_METADATA_DISABLED=true``
   switches this off.

Half of a pair, in 1 or 2, and a profile that is named but cannot be used are
errors: going on would call as somebody else. Whatever else is missing or
broken is passed over, and told if nothing comes after it.

Credentials of 3 to 6 are fetched anew when the service says that their token
has expired, those of 5 and 6 also about 5 minutes before they expire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fc_client._redaction import as_secret

__all__ = ["Credentials"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, with the token of its session where it is a temporary one.

    The two secrets are ordinary text whose repr is ``'***'``.

    Attributes:
        access_key_id: Sent with every call.
        access_key_secret: Signs every call and is never sent.
        security_token: Of STS; None for a permanent key.
        expiration: When the service stops taking them, a datetime with a time
            zone; None for never, or not known.

    Raises:
        TypeError: one of them has a wrong type.
        ValueError: one of them is empty, or could not stand in a header, or
            *expiration* has no time zone.
    """

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    expiration: datetime | None = field(default=None, kw_only=True)

    # By hand, so that a report of an error in here shows no secret: it would
    # show the arguments.
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
        # Frozen, so not by assignment; first, so that a half-made one has a repr.
        object.__setattr__(self, "access_key_id", access_key_id)
        object.__setattr__(self, "access_key_secret", access_key_secret)
        object.__setattr__(self, "security_token", security_token)
        object.__setattr__(self, "expiration", expiration)
        _check("access_key_id", access_key_id)
        _check("access_key_secret", access_key_secret)
        if security_token is not None:
            _check("security_token", security_token)
        _check_expiration(expiration)

    @classmethod
    def from_context(cls, context: object) -> Credentials:
        """Return the credentials that a function's invocation came with.

        They are of the service's role, and last for this invocation.

        Args:
            context: The second argument of the function's handler; or a
                mapping of the same form.
        Raises:
            TypeError: *context* has no such credentials.
        """
        given = _member("context", context, "credentials", "credentials")
        token = _member("context.credentials", given, "security_token", "securityToken")
        return cls(
            _member("context.credentials", given, "access_key_id", "accessKeyId"),
            _member("context.credentials", given, "access_key_secret", "accessKeySecret"),
            token or None,
        )


CredentialsProvider = Callable[[], Credentials]


def _check(name: str, value: str) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a str, got {type(value).__name__}")
    # The value may be a secret, so the message does not quote it.
    if not (value.strip() == value != "" and value.isascii() and value.isprintable()):
        raise ValueError(
            f"{name}: must be printable ASCII text, not empty, with no space around it"
        )


def _check_expiration(value: datetime | None) -> None:
    if value is None:
        return
    if not isinstance(value, datetime):
        raise TypeError(f"expiration: expected a datetime, got {type(value).__name__}")
    if value.tzinfo is None:
        raise ValueError("expiration: needs a time zone, for example timezone.utc")


_ABSENT = object()


def _member(place: str, holder: object, python_name: str, node_name: str) -> Any:
    """Return an attribute, or what a mapping has under one of the two names."""
    if isinstance(holder, Mapping):
        found = holder.get(python_name, holder.get(node_name, _ABSENT))
    else:
        found = getattr(holder, python_name, _ABSENT)
    if found is _ABSENT:
        raise TypeError(f"context: expected a function's context; {place} has no {python_name}")
    return found
