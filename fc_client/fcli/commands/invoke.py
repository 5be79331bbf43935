"""``invk``: invokes a function, once or as a small load test."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, BinaryIO

import click

from fc_client.exceptions import FunctionError
from fc_client.fcli.command import FcliCommand, qualifier_option
from fc_client.fcli.commands.inputs import content
from fc_client.fcli.problems import CommandFailedError, CommandLineError
from fc_client.fcli.resources.functions import FUNCTION
from fc_client.fcli.resources.resource import resource_argument
from fc_client.fcli.session import MAX_CONNECTIONS, Session
from fc_client.fcli.terminal import print_error
from fc_client.models import InvocationResult

__all__ = ["invk"]

_Event = bytes | BinaryIO | None


class _InvokeCommand(FcliCommand):
    """The command invk: ``-e base64`` means the same as ``-e``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args* without the one value that the flag -e can have."""
        words: list[str] = []
        for arg in args:
            if arg == "base64" and words[-1:] in (["-e"], ["--encode"]):
                continue
            words.append("--encode" if arg == "--encode=base64" else arg)
        return super().parse_args(ctx, words)


@click.command("invk", cls=_InvokeCommand, short_help="invoke the function")
@resource_argument(FUNCTION)
@click.option("-s", "--event-str", help="the event; comes before --event-file")
@click.option(
    "-f",
    "--event-file",
    metavar="file",
    type=click.Path(),
    help="file of the event, sent as it is read; - for stdin",
)
@click.option("--event-base64", is_flag=True, help="the event is in base64")
@click.option(
    "-o",
    "--output-file",
    metavar="file",
    type=click.Path(),
    help="file for what the function returns",
)
@click.option(
    "-t",
    "--type",
    "invocation_type",
    metavar="Sync|Async",
    type=click.Choice(["Sync", "Async"], case_sensitive=False),
    default="Sync",
    help="wait for the result or not (default Sync)",
)
@click.option("--async", "is_async", is_flag=True, help="the same as --type Async")
@click.option("--wait", is_flag=True, help="with --async: wait until the function has run")
@click.option("-e", "--encode", is_flag=True, help="print what the function returns in base64")
@click.option("--tail", is_flag=True, help="print the end of the function's log, on stderr")
@click.option(
    "-n",
    "--number",
    type=click.IntRange(min=1),
    default=1,
    metavar="int",
    help="invoke so often, and print how long the calls took",
)
@click.option(
    "-c",
    "--concurrency",
    type=click.IntRange(min=1, max=MAX_CONNECTIONS),
    default=1,
    metavar="int",
    help=f"with --number: calls at a time, at most {MAX_CONNECTIONS}",
)
@qualifier_option
@click.option(
    "--stateful-id", help="with --async: your own ID of the invocation, whose state is stored"
)
@click.option(
    "--delay",
    type=click.IntRange(min=0),
    metavar="seconds",
    help="with --async: begin so much later",
)
@click.pass_obj
def invk(
    session: Session,
    names: tuple[str, str],
    event_str: str | None,
    event_file: str | None,
    *,
    event_base64: bool,
    output_file: str | None,
    invocation_type: str,
    is_async: bool,
    wait: bool,
    encode: bool,
    tail: bool,
    number: int,
    concurrency: int,
    qualifier: str | None,
    stateful_id: str | None,
    delay: int | None,
) -> None:
    """Invoke the function.

    Prints what the function returns. If the function fails, prints that too,
    reports the error on stderr and exits with 1.
    """
    is_async = is_async or invocation_type == "Async"
    invocation_type = "Async" if is_async else "Sync"
    for flag, value in (("--stateful-id", stateful_id), ("--delay", delay)):
        if value is not None and (not is_async or number > 1):
            raise CommandLineError(f"{flag} needs --async, and cannot be used with --number")
    _check_combination(is_async=is_async, wait=wait, tail=tail, many=number > 1, file=output_file)
    FUNCTION.aim(session, names)
    with content(event_str, event_file, "--event-file") as sent:
        event = _decoded(_read(sent)) if event_base64 else sent
        if number > 1:
            from fc_client.fcli.commands.load import run_load

            load = {"qualifier": qualifier, "invocation_type": invocation_type}
            run_load(session, names, _read(event), number, concurrency, **load)
        elif is_async:
            options = {"qualifier": qualifier, "stateful_id": stateful_id, "async_delay": delay}
            _invoke_async(session, names, event, wait=wait, **options)
        else:
            _invoke_sync(
                session, names, event, output_file, encode=encode, tail=tail, qualifier=qualifier
            )


def _check_combination(
    *, is_async: bool, wait: bool, tail: bool, many: bool, file: str | None
) -> None:
    """Refuse flags that have no meaning together."""
    if wait and not is_async:
        raise CommandLineError("--wait needs --async: without it, invk waits for the result")
    if is_async and (tail or file is not None):
        raise CommandLineError("--tail and --output-file need the type Sync: Async has no result")
    if many and (wait or tail or file is not None):
        raise CommandLineError("--number cannot be used with --wait, --tail or --output-file")


def _decoded(event: bytes | None) -> bytes:
    try:
        return base64.b64decode(b"".join((event or b"").split()), validate=True)
    except ValueError as exc:
        raise CommandLineError(f"--event-base64: the event is not valid base64: {exc}") from exc


def _read(event: _Event) -> bytes | None:
    return event if event is None or isinstance(event, bytes) else event.read()


def _invoke_sync(
    session: Session,
    names: tuple[str, str],
    event: _Event,
    output_file: str | None,
    *,
    encode: bool,
    tail: bool,
    qualifier: str | None,
) -> None:
    failure: FunctionError | None = None
    try:
        result = session.client.invoke_function(
            *names, event, log_type="Tail" if tail else "None", qualifier=qualifier
        )
    except FunctionError as exc:
        if exc.result is None:
            raise
        failure, result = exc, exc.result
    payload = base64.b64encode(result.payload) if encode else result.payload
    _deliver(session, payload, output_file)
    if tail:
        _print_tail(session, result)
    if failure is not None:
        raise failure


def _deliver(session: Session, payload: bytes, output_file: str | None) -> None:
    if output_file is None or output_file == "-":
        session.output.payload(payload)
        return
    try:
        Path(output_file).write_bytes(payload)
    except OSError as exc:
        # The function has run: exit code 2 would say that nothing was sent.
        raise CommandFailedError(f"--output-file {output_file}: {exc.strerror}") from exc


def _print_tail(session: Session, result: InvocationResult) -> None:
    details: list[str] = [f"request id {result.request_id}"]
    if result.duration_ms is not None:
        details.append(f"{result.duration_ms} ms")
    if result.max_memory_mb is not None:
        details.append(f"{result.max_memory_mb:.1f} MB")
    log = result.log or ""
    if log:
        print_error(log.removesuffix("\n"))
    session.note(", ".join(details))


def _invoke_async(
    session: Session, names: tuple[str, str], event: Any, *, wait: bool, **options: Any
) -> None:
    from fc_client.fcli.commands.logs import source_of, wait_for

    source = source_of(session, *names) if wait else None
    result = session.client.invoke_function(*names, event, invocation_type="Async", **options)
    if session.options.output or session.options.query:
        session.output.record({"requestId": result.request_id})
    else:
        session.note(f"accepted, request id {result.request_id}")
    if source is not None and result.request_id is not None:
        wait_for(session, source, result.request_id)
