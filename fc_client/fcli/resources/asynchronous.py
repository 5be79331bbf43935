"""Asynchronous invocations: ``async-config put`` and ``stateful stop``."""

from __future__ import annotations

from typing import Any

import click

from fc_client.fcli.command import command, qualifier_option
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Resource, resource_argument
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["ASYNC_CONFIG", "INVOCATION", "functions", "put", "stop"]

_Names = tuple[str, str, str]

ASYNC_CONFIG = Resource(
    noun="async config",
    pattern=("async-configs", "SERVICE", "FUNCTION", "QUALIFIER"),
    list_page=lambda session, *names, **options: session.client.list_function_async_invoke_configs(
        *names, **options
    ),
    get=lambda session, *names: (
        session.client.get_function_async_invoke_config(*names[:2], qualifier=names[2]).raw
    ),
    delete=lambda session, *names: session.client.delete_function_async_invoke_config(
        *names[:2], qualifier=names[2]
    ),
    columns=(
        Column("QUALIFIER", "qualifier"),
        Column("RETRIES", "maxAsyncRetryAttempts"),
        Column("AGE", "maxAsyncEventAgeInSeconds"),
        Column("STATEFUL", "statefulInvocation"),
        Column("MODIFIED", "lastModifiedTime", is_time=True),
    ),
    arn="services/{}/functions/{}",
    filters=(),
)


def _invocations(
    session: Session, *names: str, prefix: str | None = None, **options: Any
) -> Page[Any]:
    page: Page[Any] = session.client.list_stateful_async_invocations(
        *names, invocation_id_prefix=prefix, **options
    )
    return page


INVOCATION = Resource(
    noun="stateful invocation",
    pattern=("stateful-invocations", "SERVICE", "FUNCTION", "INVOCATION"),
    list_page=_invocations,
    get=lambda session, *names, **options: (
        session.client.get_stateful_async_invocation(*names, **options).raw
    ),
    delete=None,
    columns=(
        Column("INVOCATION", "invocationId"),
        Column("STATUS", "status"),
        Column("STARTED", "startedTime", is_time=True),
        Column("ENDED", "endTime", is_time=True),
    ),
    arn="services/{}/functions/{}",
    filters=("prefix", "qualifier"),
    has_qualifier=True,
)


@command(
    "put",
    "set how async invocations of the function are run",
    "Pass all settings each time: those that are left out get the service's defaults.",
)
@resource_argument(ASYNC_CONFIG)
@click.option(
    "--max-retries",
    "max_async_retry_attempts",
    type=int,
    metavar="int",
    help="retries after a failure, 0 to 8 (default 3)",
)
@click.option(
    "--max-age",
    "max_async_event_age_in_seconds",
    type=int,
    metavar="seconds",
    help="how long an event may wait (default 86400)",
)
@click.option(
    "--stateful/--no-stateful",
    "stateful_invocation",
    default=None,
    help="store the state of each invocation",
)
@click.option("--on-success", metavar="arn", help="where results are sent")
@click.option("--on-failure", metavar="arn", help="where failures are sent")
def put(
    session: Session,
    names: _Names,
    on_success: str | None,
    on_failure: str | None,
    **plain: Any,
) -> None:
    """Set how async invocations of a function are run."""
    arns = {"onSuccess": on_success, "onFailure": on_failure}
    destinations = {name: {"destination": arn} for name, arn in arns.items() if arn is not None}
    settings = {**plain, "destination_config": destinations or None}
    if all(value is None for value in settings.values()):
        raise CommandLineError("nothing to set: pass a flag, such as --max-retries")
    ASYNC_CONFIG.aim(session, names)
    config = session.client.put_function_async_invoke_config(
        *names[:2], qualifier=names[2], **settings
    )
    session.output.changed(shown(ASYNC_CONFIG.path(names)), "updated", config.raw)


@command("functions", "list the functions that store the states of invocations")
def functions(session: Session) -> None:
    """Print the functions whose async invocations are stateful."""
    records = [
        {"path": f"{each.raw.get('serviceName')}/{each.raw.get('functionName')}", **each.raw}
        for each in session.client.iter_stateful_async_invocation_functions()
    ]
    session.output.records(records, [Column("FUNCTION", "path")])


@command("stop", "stop the stateful invocation")
@resource_argument(INVOCATION)
@qualifier_option
def stop(session: Session, names: _Names, qualifier: str | None) -> None:
    """Stop a stateful invocation."""
    INVOCATION.aim(session, names)
    session.client.stop_stateful_async_invocation(*names, qualifier=qualifier)
    path = shown(INVOCATION.path(names))
    session.output.changed(path, "stopping", {"invocationId": names[2]})
