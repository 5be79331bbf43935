"""What a source of credentials returns: the credentials, or why it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fc_client.credentials import Credentials

__all__ = ["Missing", "Source"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A source has no usable credentials, or no usable settings.

    A result and not an exception: the frames of a traceback would show what
    was read, secrets included.

    Attributes:
        reason: A sentence for error messages; quotes no secret.
    """

    reason: str


Source = Callable[[], Credentials | Missing]
