"""Runs a command line: parses it, maps errors to exit codes and prints them."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import click

from fc_client._streams import discard
from fc_client.code.errors import DependencyError
from fc_client.exceptions import FCError
from fc_client.fun import errors
from fc_client.fun.project.problems import ProjectError, ProjectNotFoundError
from fc_client.fun.root import root
from fc_client.fun.session import Session

__all__ = ["main"]

# Everything else is a fault of fun, which shows its traceback.
_REPORTED = (
    DependencyError,
    FCError,
    ImportError,
    OSError,
    ProjectError,
    ProjectNotFoundError,
    TypeError,
    ValueError,
    click.ClickException,
    errors.FunError,
    errors.PackageError,
    errors.UsageError,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``fun``.

    Args:
        argv: The arguments; None for those of this process.

    Returns:
        The exit code: 0; 1 if a service said no or a function failed; 2 for
        wrong usage or a wrong file, before anything is sent; 3 if nothing was
        reached; 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal cannot show must not end the command.
            stream.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    with Session() as session:
        return _run(session, arguments or ["--help"])


def _run(session: Session, arguments: list[str]) -> int:
    try:
        # Without "standalone", click raises its errors and leaves exit codes to the caller.
        code = root.main(
            arguments, "fun", standalone_mode=False, obj=session, windows_expand_args=False
        )
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as head, has all that it wants.
        discard(sys.stdout)
        return errors.DONE
    except (KeyboardInterrupt, click.Abort):
        return errors.INTERRUPTED
    except _REPORTED as exc:
        if isinstance(exc, ProjectError):
            session.warn(exc.warnings)
        session.complain(session.described(exc))
        return errors.exit_code(exc)
    return code if isinstance(code, int) else errors.DONE
