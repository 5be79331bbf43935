"""``call`` and ``presign``: HTTP functions, and URLs by which others call them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click

from fc_client.exceptions import PermissionDeniedError
from fc_client.fcli.command import command, qualifier_option
from fc_client.fcli.commands.inputs import content, pair
from fc_client.fcli.problems import CommandFailedError, CommandLineError
from fc_client.fcli.resources.functions import FUNCTION
from fc_client.fcli.resources.resource import resource_argument
from fc_client.fcli.session import Session
from fc_client.models import HttpStream

__all__ = ["call", "presign"]


def _request_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is called."""
    for option in reversed(
        (
            click.option("-X", "--method", default="GET", help="method (default GET)"),
            click.option(
                "-p", "--path", default="/", help="path that the function sees (default /)"
            ),
            click.option(
                "--param",
                "params",
                multiple=True,
                metavar="name=value",
                help="parameter of the query; repeatable",
            ),
            click.option(
                "-H",
                "--header",
                "headers",
                multiple=True,
                metavar="name:value",
                help="header; repeatable",
            ),
            click.option(
                "--domain",
                metavar="url",
                help="scheme and host of a custom domain, in place of SERVICE/FUNCTION",
            ),
            qualifier_option,
        )
    ):
        function = option(function)
    return function


@command(
    "call",
    "call the HTTP function",
    "Prints status and headers on stderr and the body on stdout, whatever the status. The exit\n"
    "code is 1 if the function failed and, with --fail, if the status is 400 or more. --output\n"
    "and --query are about the whole reply: statusCode, headers, and body or bodyBase64.",
)
@resource_argument(FUNCTION, required=False)
@_request_options
@click.option("-b", "--body", help="the body; comes before --body-file")
@click.option(
    "-f",
    "--body-file",
    metavar="file",
    type=click.Path(),
    help="file of the body, sent as it is read; - for stdin",
)
@click.option(
    "-o", "--output-file", metavar="file", type=click.Path(), help="file for the body of the reply"
)
@click.option("--no-auth", is_flag=True, help="send no credentials: the trigger is anonymous")
@click.option("--fail", is_flag=True, help="exit with 1 if the status is 400 or more")
def call(
    session: Session,
    names: tuple[str, str] | None,
    body: str | None,
    body_file: str | None,
    output_file: str | None,
    *,
    no_auth: bool,
    fail: bool,
    **given: Any,
) -> None:
    """Call an HTTP function."""
    target, options = _request(session, names, **given)
    if output_file is not None and (session.options.output or session.options.query):
        raise CommandLineError("--output-file cannot be used with --output or --query")
    with (
        _explained(no_auth=no_auth),
        content(body, body_file, "--body-file") as sent,
        session.client.stream(*target, **options, body=sent, auth=not no_auth) as reply,
    ):
        if session.options.output or session.options.query:
            session.output.record(_record(reply))
        else:
            session.note("\n".join(_head(reply)))
            _deliver(session, reply.iter_bytes(), output_file)
    if reply.error_type is not None:
        raise CommandFailedError(f"the function failed: {reply.error_type}")
    if fail and reply.status_code >= HTTPStatus.BAD_REQUEST:
        raise CommandFailedError(f"the status is {reply.status_code}")


@command(
    "presign",
    "print a URL that calls the HTTP function",
    "Whoever has the URL can make this call until it expires. Nothing is sent.",
)
@resource_argument(FUNCTION, required=False)
@_request_options
@click.option(
    "--expires",
    type=click.IntRange(min=1),
    default=3600,
    metavar="seconds",
    help="seconds until the URL expires (default 3600)",
)
def presign(session: Session, names: tuple[str, str] | None, expires: int, **given: Any) -> None:
    """Print a presigned URL."""
    target, options = _request(session, names, **given)
    url = session.client.presign(*target, **options, expires_in=expires)
    if session.options.output or session.options.query:
        session.output.record({"url": url})
    else:
        session.output.line(url)


def _request(
    session: Session,
    names: tuple[str, str] | None,
    *,
    method: str,
    path: str,
    params: Iterable[str],
    headers: Iterable[str],
    domain: str | None,
    qualifier: str | None,
) -> tuple[list[Any], Mapping[str, Any]]:
    """Return the positional and the other arguments for the client."""
    if (names is None) == (domain is None):
        raise CommandLineError("pass either SERVICE/FUNCTION or --domain")
    if names is not None:
        FUNCTION.aim(session, names)
    found = [pair(text, ":", "--header") for text in headers]
    options = {
        "qualifier": qualifier,
        "domain": domain,
        "params": [pair(text, "=", "--param") for text in params] or None,
        "headers": {name: value.strip() for name, value in found} or None,
    }
    return [method.upper(), *(names or (None, None)), path], options


def _head(reply: HttpStream) -> list[str]:
    """Return the status and the headers of a reply, as lines."""
    status = str(reply.status_code)
    with suppress(ValueError):
        status = f"{status} {HTTPStatus(reply.status_code).phrase}"
    return [f"HTTP {status}", *(f"{name}: {value}" for name, value in reply.received_headers), ""]


@contextmanager
def _explained(*, no_auth: bool) -> Iterator[None]:
    """Say of a refused call without credentials that it needs some."""
    try:
        yield
    except PermissionDeniedError as exc:
        if not no_auth:
            raise
        raise CommandFailedError(
            f"{exc}; the trigger is not anonymous: leave out --no-auth"
        ) from exc


def _record(reply: HttpStream) -> dict[str, Any]:
    """Return a whole reply; a body that is not text is in base64."""
    content = reply.read()
    try:
        body = {"body": content.decode()}
    except UnicodeDecodeError:
        body = {"bodyBase64": base64.b64encode(content).decode()}
    return {
        "statusCode": reply.status_code,
        "headers": [list(each) for each in reply.received_headers],
        **body,
    }


def _deliver(session: Session, chunks: Iterable[bytes], output_file: str | None) -> None:
    if output_file is None or output_file == "-":
        session.output.chunks(chunks)
        return
    try:
        with Path(output_file).open("wb") as file:
            file.writelines(chunks)
    except OSError as exc:
        # The function has run: exit code 2 would say that nothing was sent.
        raise CommandFailedError(f"--output-file {output_file}: {exc.strerror}") from exc
