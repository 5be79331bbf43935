"""What a source of credentials returns: the credentials, or why it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fc_client._disclosure import shown
from fc_client.credentials import Credentials

__all__ = ["Missing", "Source"]


@dataclass(frozen=True, slots=True)
class Missing:
    """A source has no usable credentials, or no usable settings.

    A result and not an exception: the frames of a traceback would show what
    was read, secrets included.

    Attributes:
        reason: A sentence for error messages; quotes no secret, and is
            shortened to one line.
    """

    reason: str

    def __post_init__(self) -> None:
        # It may quote a file or a service. The class is frozen.
        object.__setattr__(self, "reason", shown(self.reason))


Source = Callable[[], Credentials | Missing]
