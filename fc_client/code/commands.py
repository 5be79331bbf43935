"""Runs pip and npm, and says what they said if they fail."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fc_client._disclosure import shown
from fc_client.code.errors import DependencyError

__all__ = ["command_line", "run_command"]

# Of its output.
_MAX_LINES = 20


def run_command(
    command: Sequence[str],
    directory: Path,
    title: str,
    advice: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    secrets: Iterable[str] = (),
    cause_first: bool = False,
    shown_directory: Path | None = None,
) -> None:
    """Run *command* and wait for its end.

    Args:
        command: The program and its arguments.
        directory: The directory to run it in.
        title: What the command is called in the error, such as ``npm``, in
            place of the program's path.
        advice: What to do if the command fails, for the error.
        environment: The environment; None for that of this process.
        secrets: What the error must not show.
        cause_first: Whether the tool begins its output with the cause of a
            failure, as npm does, and does not end it with the cause.
        shown_directory: The directory that the error names; None for *directory*.

    Raises:
        DependencyError: it cannot be started, or fails.
    """
    try:
        done = subprocess.run(  # noqa: S603 - pip or npm, without a shell
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as exc:
        raise DependencyError(f"install: cannot run {title} ({command[0]}): {exc}") from exc
    if done.returncode:
        raise DependencyError(
            f"install: the command failed with status {done.returncode}:\n"
            f"  {title} in {str(shown_directory or directory)!r}\n"
            + _excerpt(done.stdout, secrets, cause_first=cause_first)
            + (f"\n{advice}" if advice else "")
        )


def command_line(title: str, arguments: Sequence[str]) -> str:
    """Return a command as it is typed."""
    return f"{title} {shlex.join(arguments)}"


def _excerpt(output: bytes, secrets: Iterable[str], *, cause_first: bool) -> str:
    lines = output.decode("utf-8", "replace").rstrip().splitlines()
    lines = lines[:_MAX_LINES] if cause_first else lines[-_MAX_LINES:]
    # pip and npm may quote the URL of an index, which may have a password.
    wanted = list(secrets)
    return "\n".join(f"  {shown(line, wanted)}" for line in lines)
