"""Output and results of commands that run in instances."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fc_client._readable import counted, readable_repr

__all__ = ["ExecOutput", "ExecResult"]


@dataclass(frozen=True)
class ExecOutput:
    """A piece of what a command has written.

    Attributes:
        stream: ``stdout`` or ``stderr``.
        data: The bytes.
    """

    stream: Literal["stdout", "stderr"]
    data: bytes = field(repr=False)

    def __repr__(self) -> str:
        return readable_repr(self, data=f"<{counted(len(self.data), 'byte')}>")


@dataclass(frozen=True)
class ExecResult:
    """What a command has written in all, and how it ended.

    Attributes:
        stdout: What it wrote to its standard output; with *tty*, all of it.
        stderr: What it wrote to its standard error.
        exit_code: Its exit code; the negative number of a signal that ended
            it; None if the service sent neither.
    """

    stdout: bytes = field(default=b"", repr=False)
    stderr: bytes = field(default=b"", repr=False)
    exit_code: int | None = None

    def __repr__(self) -> str:
        sizes = {"stdout": self.stdout, "stderr": self.stderr}
        return readable_repr(
            self, **{name: f"<{counted(len(data), 'byte')}>" for name, data in sizes.items()}
        )
