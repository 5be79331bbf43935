"""Exit codes, and the lines that are printed for an error."""

from __future__ import annotations

import json

import click

from fc_client._disclosure import shown
from fc_client.code.errors import DependencyError
from fc_client.exceptions import (
    APIError,
    ConfigurationError,
    DeploymentError,
    EntityTooLargeError,
    FCError,
    InvalidAccessKeyIdError,
    NotFoundError,
    PermissionDeniedError,
    RequestTimeTooSkewedError,
    SignatureNotMatchError,
    TransportError,
)
from fc_client.fun.project.problems import ProjectError, ProjectNotFoundError

__all__ = [
    "DONE",
    "INTERRUPTED",
    "FunError",
    "PackageError",
    "UsageError",
    "describe",
    "exit_code",
    "hint",
]

DONE = 0
# A service said no, or a function failed.
REFUSED = 1
# The command line or the project's file is wrong; nothing was sent.
USAGE = 2
# Nothing was reached.
UNREACHED = 3
INTERRUPTED = 130

_HINTS: tuple[tuple[type[FCError], str], ...] = (
    (SignatureNotMatchError, "check the access key secret"),
    (InvalidAccessKeyIdError, "check the access key ID; that of the file is used first"),
    (RequestTimeTooSkewedError, "set the clock of this machine"),
    (EntityTooLargeError, "leave out files that the function does not need in .funignore"),
    (TransportError, "check region, account ID and network"),
    (NotFoundError, "'fun deploy' creates what the file has"),
)


class FunError(Exception):
    """The command did not do what was asked, for a reason that its text gives: exit code 1."""


class PackageError(Exception):
    """The package of a function cannot be deployed, for a reason that its text gives: code 2."""


class UsageError(Exception):
    """The command line is wrong, or does not fit to the project: exit code 2."""


def exit_code(error: BaseException) -> int:
    """Return the exit code for an error."""
    error = _cause(error)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return INTERRUPTED
    usage = (
        UsageError,
        ConfigurationError,
        DependencyError,
        PackageError,
        click.UsageError,
        ProjectError,
        ProjectNotFoundError,
        TypeError,
        ValueError,
    )
    if isinstance(error, usage):
        return USAGE
    return UNREACHED if isinstance(error, TransportError) else REFUSED


def _cause(error: BaseException) -> BaseException:
    """Return the error of a service behind one that says in which step it came."""
    # A StepError has the name of the step; it is not imported, since the help needs no clients.
    while isinstance(error, (FunError, DeploymentError)) or hasattr(error, "failed"):
        if not isinstance(error.__cause__, FCError):
            break
        error = error.__cause__
    return error


def describe(error: BaseException, *, account: str = "", key_id: str = "") -> str:
    """Return the lines to print for an error: what is wrong, and what to do.

    Args:
        error: The error.
        account: The account ID that is called, if it is known.
        key_id: The ID of the access key, shortened, if it is known.
    """
    if isinstance(error, ProjectError):
        return str(error)
    text = " ".join(_text(error).split())
    advice = hint(error, account=account, key_id=key_id)
    return f"Error: {text}" + (f"; hint: {advice}" if advice else "")


def _text(error: BaseException) -> str:
    if isinstance(error, click.ClickException):
        return error.format_message().rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        name = f"{shown(error.filename)}: " if error.filename else ""
        return f"{name}{error.strerror}"
    return str(error) or type(error).__name__


def hint(error: BaseException, *, account: str = "", key_id: str = "") -> str:
    """Return what to do about an error; empty if that is not known."""
    error = _cause(error)
    if isinstance(error, click.UsageError):
        return f"see '{error.ctx.command_path} --help'" if error.ctx is not None else ""
    if isinstance(error, ConfigurationError):
        return _how_to_start(error)
    fixed = next((advice for kind, advice in _HINTS if isinstance(error, kind)), None)
    if fixed is not None:
        return fixed
    if isinstance(error, PermissionDeniedError):
        return _permission(error, account, key_id)
    # CloudError is not imported, since the help needs no clients.
    if getattr(error, "is_denied", False):
        action = str(getattr(error, "action", "*:*"))
        service = action.partition(":")[0]
        return _policy_to_ask_for(action, f"acs:{service}:*:{account or '*'}:*")
    return ""


def _how_to_start(error: ConfigurationError) -> str:
    if not error.message.startswith(("no endpoint", "no credentials found", "no account ID")):
        return ""
    return (
        "'fun local' needs no account; for the cloud set ACCOUNT_ID, ACCESS_KEY_ID and "
        "ACCESS_KEY_SECRET"
    )


def _permission(error: APIError, account: str, key_id: str) -> str:
    if "belong" in error.message:
        return (
            f"the access key {key_id or '(of the file or environment)'} is not one of account "
            f"{account or 'in use'}; check accountid"
        )
    return _policy_to_ask_for(f"fc:{error.operation}", f"acs:fc:*:{account or '*'}:*")


def _policy_to_ask_for(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": [action], "Resource": [resource]}
    policy = {"Version": "1", "Statement": [statement]}
    return f"ask for the policy {json.dumps(policy, separators=(',', ':'))}"
