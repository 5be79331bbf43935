"""Errors of commands, exit codes, and the one line that is printed for an error."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import click

from fc_client.exceptions import (
    APIError,
    ConfigurationError,
    FCError,
    FunctionError,
    InvalidAccessKeyIdError,
    NotFoundError,
    PermissionDeniedError,
    RequestTimeoutError,
    RequestTimeTooSkewedError,
    SignatureNotMatchError,
    TransportError,
)
from fc_client.fcli.configuration import HOW_TO_START

__all__ = [
    "DONE",
    "INTERRUPTED",
    "REFUSED",
    "UNREACHED",
    "USAGE",
    "CommandFailedError",
    "CommandLineError",
]

DONE = 0
# The service or the function said no.
REFUSED = 1
USAGE = 2
# Nothing was reached.
UNREACHED = 3
INTERRUPTED = 130

_CLOUD_HOST = re.compile(
    r"(?P<account>\d+)\.(?P<region>[a-z0-9-]+?)(-internal)?\.fc\.aliyuncs\.com"
)
_HINTS: tuple[tuple[type[FCError], str], ...] = (
    (SignatureNotMatchError, "check the access key secret with 'fcli config --display'"),
    (InvalidAccessKeyIdError, "check the access key ID with 'fcli config --display'"),
    (RequestTimeTooSkewedError, "set the clock of this machine"),
    (RequestTimeoutError, "raise the limit with --request-timeout SECONDS"),
    (TransportError, "check the endpoint with 'fcli config --display'"),
    (NotFoundError, "list what there is with 'fcli ls'"),
    (FunctionError, "see the function's log with 'fcli logs', or pass --tail"),
)


# Of errors whose class says less than their code.
_HINTS_BY_CODE = {
    "AliasNotFound": "list the aliases with 'fcli alias list SERVICE'",
    "VersionNotFound": "list the versions with 'fcli version list SERVICE'",
    "DomainNameNotFound": "list the domains with 'fcli domain list'",
    "LayerNotFound": "list the layers with 'fcli layer list'",
    "LayerVersionNotFound": "list the versions with 'fcli layer versions LAYER'",
    "InstanceNotFound": (
        "list the instances with 'fcli instance list SERVICE/FUNCTION', with --qualifier for those "
        "of a version"
    ),
    "StatefulAsyncInvocationNotFound": (
        "list the invocations with 'fcli stateful list SERVICE/FUNCTION'"
    ),
    "AsyncConfigNotExists": "set it with 'fcli async-config put'",
    "OnDemandConfigNotFound": "set it with 'fcli on-demand put'",
    "ServiceNotEmpty": (
        "remove it with -r, which also removes what is below it, its aliases and its versions"
    ),
    "FunctionNotEmpty": "remove it with -r, which also removes what is below it",
    "DeleteConflict": "remove it with -r, which also removes its attachments and old versions",
    "SignatureNotMatch": "check the access key secret with 'fcli config --display'",
    "SignatureDoesNotMatch": "check the access key secret with 'fcli config --display'",
    "InvalidAccessKeyId": "check the access key ID with 'fcli config --display'",
    "InvalidTimeStamp": "set the clock of this machine",
    "EntityNotExist": "list what there is with 'fcli ls'",
    "ProjectNotExist": "list what there is with 'fcli ls /sls'",
    "LogStoreNotExist": "make the log store with 'fcli mkl'",
}


class CommandLineError(Exception):
    """The command line, or a file that it names, is wrong: exit code 2."""


class CommandFailedError(Exception):
    """The command did not do what was asked, for a reason that its text gives: exit code 1."""


def exit_code(error: BaseException) -> int:
    """Return the exit code for an error."""
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return INTERRUPTED
    if isinstance(error, (CommandLineError, ConfigurationError, click.UsageError)):
        return USAGE
    # The client checks arguments before anything is sent.
    if isinstance(error, (TypeError, ValueError)):
        return USAGE
    return UNREACHED if isinstance(error, TransportError) else REFUSED


def describe(error: BaseException, *, endpoint: str | None = None, target: str = "") -> str:
    """Return the line to print for an error: what failed, and a hint.

    Args:
        error: The error.
        endpoint: The endpoint of Function Compute, if it is known.
        target: The resource of the command as the service names it, such as
            ``services/demo``.
    """
    hint = _hint(error, endpoint, target)
    text = " ".join(_text(error).split())
    return f"Error: {text}" + (f"; hint: {hint}" if hint else "")


def _text(error: BaseException) -> str:
    if isinstance(error, click.ClickException):
        return error.format_message().rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror}"
    return str(error) or type(error).__name__


def _hint(error: BaseException, endpoint: str | None, target: str) -> str:
    if isinstance(error, click.UsageError):
        return f"see '{error.ctx.command_path} --help'" if error.ctx is not None else ""
    if isinstance(error, ConfigurationError):
        return HOW_TO_START if is_unconfigured(error) else ""
    code = (getattr(error, "code", None) or "").partition(".")[0]
    if code in _HINTS_BY_CODE:
        return _HINTS_BY_CODE[code]
    fixed = next((hint for kind, hint in _HINTS if isinstance(error, kind)), None)
    if fixed is not None:
        return fixed
    if isinstance(error, PermissionDeniedError):
        return _permission_hint(error, endpoint, target)
    return _cloud_hint(error)


def is_unconfigured(error: ConfigurationError) -> bool:
    """Return whether an error says that there is no configuration, and not a wrong one."""
    return error.message.startswith(("no endpoint", "no credentials found"))


def _permission_hint(error: APIError, endpoint: str | None, target: str) -> str:
    host = urlsplit(endpoint or "").hostname or ""
    cloud = _CLOUD_HOST.fullmatch(host)
    account, region = (cloud["account"], cloud["region"]) if cloud else ("*", "*")
    if "belong" in error.message:
        return f"the access key must be one of account {account}, which the endpoint names"
    return _policy_to_ask_for(f"fc:{error.operation}", f"acs:fc:{region}:{account}:{target or '*'}")


def _cloud_hint(error: BaseException) -> str:
    """Return the hint for a RAM user without a right of RAM or Log Service."""
    if not getattr(error, "is_denied", False):
        return ""
    return _policy_to_ask_for(str(getattr(error, "action", "*")), "*")


def _policy_to_ask_for(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": [action], "Resource": [resource]}
    policy = {"Version": "1", "Statement": [statement]}
    return f"ask for the policy {json.dumps(policy, separators=(',', ':'))}"
