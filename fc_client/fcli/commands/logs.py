"""``logs``: the logs of a service or function, from Log Service or the embedded server."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from fc_client.fcli.command import QualifierOption, command
from fc_client.fcli.log_sources.lines import LATEST, LEVELS, LogLine, LogSource
from fc_client.fcli.log_sources.local import LocalLogs
from fc_client.fcli.log_sources.log_service import LogServiceLogs
from fc_client.fcli.problems import CommandFailedError, CommandLineError
from fc_client.fcli.resources.functions import FUNCTION
from fc_client.fcli.resources.resource import resource_argument
from fc_client.fcli.resources.services import SERVICE
from fc_client.fcli.session import Session
from fc_client.fcli.times import parse_time

__all__ = ["logs", "source_of", "wait_for"]

if TYPE_CHECKING:
    _ParamType = click.ParamType[datetime]
else:
    # Older versions have no generic one.
    _ParamType = click.ParamType

_POLL_SECONDS = 0.5
_COLORS = {"WARN": "yellow", "ERROR": "red", "FATAL": "red"}
# All but the tab, so that what a function prints cannot change the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


class _Time(_ParamType):
    """A time, absolute or relative to now."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the time that a text means."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_time(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


@command(
    "logs",
    "display the service/function logs",
    "Times are 2018-01-31T08:00:00Z or '10m ago'.",
)
@resource_argument(SERVICE, FUNCTION)
@click.option("-s", "--start", type=_Time(), metavar="time", help="time of the first line")
@click.option("-e", "--end", type=_Time(), metavar="time", help="time of the last line")
@click.option(
    "-c",
    "--count",
    type=click.IntRange(min=1),
    default=1000,
    metavar="int",
    help="most lines to print; the newest (default 1000)",
)
@click.option("-t", "--tail", is_flag=True, help="go on with new lines until Ctrl-C")
@click.option(
    "-d",
    "--duration",
    type=click.IntRange(min=1, max=10**9),
    default=86400,
    metavar="seconds",
    help="without --start: begin so long before the end (default 86400)",
)
@click.option("--request-id", help="only lines of this invocation")
@click.option(
    "--level",
    type=click.Choice(LEVELS, case_sensitive=False),
    metavar="|".join(LEVELS),
    help="only lines of this level or a graver one",
)
@click.option(
    "--qualifier",
    cls=QualifierOption,
    help="only lines of this version, or of those that the alias names now",
)
@click.option("--utc/--local-time", default=True, help="print times in UTC (default), or local")
def logs(
    session: Session,
    names: tuple[str, ...],
    *,
    start: datetime | None,
    end: datetime | None,
    count: int,
    tail: bool,
    duration: int,
    request_id: str | None,
    level: str | None,
    qualifier: str | None,
    utc: bool,
) -> None:
    """Print logs."""
    if tail and end is not None:
        raise CommandLineError("--tail and --end cannot be used together: --tail has no end")
    if tail and (session.options.query or session.options.output in ("yaml", "table")):
        raise CommandLineError("--tail prints text or, with --output json, a document per line")
    last = end or datetime.now(timezone.utc)
    first = start or last - timedelta(seconds=duration)
    if last < first:
        raise CommandLineError(
            f"the end, {last.isoformat()}, is before the start, {first.isoformat()}"
        )

    source = source_of(session, *names)
    versions = None if qualifier is None else _versions(session, names[0], qualifier)

    def keep(line: LogLine) -> bool:
        return (
            (request_id is None or line.belongs_to(request_id))
            and (level is None or line.is_at_least(level))
            and (versions is None or line.version in versions)
        )

    lines = source.newest(first, last, count, keep)
    if not tail:
        _print_all(session, lines, utc=utc)
        return
    while True:
        _print_each(session, lines, utc=utc)
        time.sleep(_POLL_SECONDS)
        lines = [line for line in source.further(first) if keep(line)]


def _versions(session: Session, service: str, qualifier: str) -> set[str]:
    """Return the IDs of the versions that a qualifier names.

    Raises:
        NotFoundError: there is no such version or alias.
    """
    if qualifier == LATEST or qualifier.isdecimal():
        session.client.get_service(service, qualifier=qualifier)
        return {qualifier}
    alias = session.client.get_alias(service, qualifier)
    return {str(alias.version_id), *(alias.additional_version_weight or {})}


def source_of(session: Session, service: str, function: str | None = None) -> LogSource:
    """Return where the logs of a service or function are.

    Raises:
        CommandFailedError: the service writes no logs.
        NotFoundError: the service does not exist.
    """
    SERVICE.aim(session, [service])
    config = session.client.get_service(service).log_config
    if not _is_cloud(session):
        local = LocalLogs(session.client, service, function)
        if local.exists:
            return local
    if config is None or not (config.project and config.logstore):
        raise CommandFailedError(
            f"the service {service} has no log store; make one with 'fcli mkl', then run "
            f"'fcli ups {service} --log-project PROJECT --log-store STORE --role ROLE'"
        )
    store = (config.project, config.logstore)
    return LogServiceLogs(session.log_service, store, service, function)


def wait_for(session: Session, source: LogSource, request_id: str) -> None:
    """Wait until the log has the end of an invocation, and print the lines of it on stderr.

    Raises:
        CommandFailedError: the function failed.
    """
    # The clock of the service may differ from this machine's.
    start = datetime.now(timezone.utc) - timedelta(minutes=15)
    last = f"FC Invoke End RequestId: {request_id}"
    while True:
        lines = [line for line in source.further(start) if line.belongs_to(request_id)]
        for line in lines:
            session.note(_harmless(line.message))
        for line in lines:
            _, is_end, note = line.message.partition(last)
            if is_end and "Error" in note:
                raise CommandFailedError(
                    "the function failed; the service retries an Async invocation that fails: see "
                    f"'fcli logs {line.service}/{line.function} --request-id {request_id}'"
                )
            if is_end:
                return
        time.sleep(_POLL_SECONDS)


def _is_cloud(session: Session) -> bool:
    return (urlsplit(session.client.endpoint).hostname or "").endswith(".aliyuncs.com")


def _print_all(session: Session, lines: Iterable[LogLine], *, utc: bool) -> None:
    if session.options.output in (None, "text") and not session.options.query:
        text = "\n".join(_shown(session, line, utc=utc) for line in lines)
        if text:
            session.output.line(text)
        return
    session.output.listed([_record(line, utc=utc) for line in lines])


def _print_each(session: Session, lines: Iterable[LogLine], *, utc: bool) -> None:
    """Print lines as they come: with --output json one document per line."""
    for line in lines:
        if session.options.output == "json":
            sys.stdout.write(json.dumps(_record(line, utc=utc), ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(_shown(session, line, utc=utc) + "\n")
    sys.stdout.flush()


def _record(line: LogLine, *, utc: bool) -> dict[str, Any]:
    return {
        "time": _time(line, utc=utc),
        "serviceName": line.service,
        "functionName": line.function,
        "requestId": line.request_id,
        "level": line.level,
        "version": line.version,
        "message": line.message,
    }


def _shown(session: Session, line: LogLine, *, utc: bool) -> str:
    """Return a line in the original's form, on a terminal without what its messages repeat."""
    when = _time(line, utc=utc)
    if not session.terminal.shows_tables:
        return "\t".join(
            (
                when,
                f"serviceName:{line.service}",
                f"functionName:{line.function}",
                f"message:{line.message}",
            )
        )
    message = _harmless(line.message)
    color = _COLORS.get(line.level or "")
    if color and session.terminal.has_color:
        message = click.style(message, fg=color)
    return f"{when}  {line.function}  {message}"


def _time(line: LogLine, *, utc: bool) -> str:
    if utc:
        return line.time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return line.time.astimezone().isoformat(timespec="seconds")


def _harmless(text: str) -> str:
    return _CONTROL.sub("?", text)
