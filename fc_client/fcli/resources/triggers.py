"""Triggers: ``mkt`` and ``upt``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from fc_client.fcli.command import command
from fc_client.fcli.documents import read_document
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Resource, resource_argument
from fc_client.fcli.session import Session

__all__ = ["TRIGGER", "mkt", "upt"]

TRIGGER = Resource(
    noun="trigger",
    pattern=("fc", "SERVICE", "FUNCTION", "TRIGGER"),
    list_page=lambda session, *names, **options: session.client.list_triggers(*names, **options),
    get=lambda session, *names: session.client.get_trigger(*names).raw,
    delete=lambda session, *names: session.client.delete_trigger(*names),
    columns=(
        Column("TRIGGER", "triggerName"),
        Column("TYPE", "triggerType"),
        Column("SOURCE", "sourceArn"),
        Column("MODIFIED", "lastModifiedTime", is_time=True),
    ),
    arn="services/{}/functions/{}/triggers/{}",
)


def _trigger_options(function: Any) -> Any:
    """Add the options that creating and updating have in common."""
    for option in reversed(
        (
            click.option("-s", "--source-arn", help="arn of the event source"),
            click.option("-r", "--invocation-role", help="arn of the role that invokes"),
            click.option(
                "-c",
                "--trigger-config",
                metavar="file",
                type=click.Path(),
                help="YAML or JSON file with the key triggerConfig; - for stdin",
            ),
            click.option("--etag", help="trigger etag for update"),
            click.option("--qualifier", help="version or alias that the trigger invokes"),
        )
    ):
        function = option(function)
    return function


@command("mkt", "create the trigger")
@resource_argument(TRIGGER)
@click.option("-t", "--type", "trigger_type", default="oss", help="trigger type (default oss)")
@_trigger_options
def mkt(
    session: Session,
    names: tuple[str, str, str],
    etag: str | None,
    trigger_config: str | None,
    **given: Any,
) -> None:
    """Create a trigger."""
    if etag is not None:
        session.note("note: --etag is ignored: a trigger that is created has no etag yet")
    if trigger_config is None:
        raise CommandLineError("missing --trigger-config, a file with the key triggerConfig")
    TRIGGER.aim(session, names)
    trigger = session.client.create_trigger(
        *names, **given, trigger_config=_read_config(trigger_config)
    )
    session.output.changed(shown(("fc", *names)), "created", trigger.raw)


@command(
    "upt",
    "update the trigger",
    "Sends only the settings that are given. Type and source of a trigger cannot change.",
)
@resource_argument(TRIGGER)
@click.option(
    "-t", "--type", "trigger_type", help="trigger type, which must be that of the trigger"
)
@_trigger_options
def upt(
    session: Session,
    names: tuple[str, str, str],
    etag: str | None,
    trigger_config: str | None,
    invocation_role: str | None,
    qualifier: str | None,
    **fixed: str | None,
) -> None:
    """Update a trigger."""
    config = None if trigger_config is None else _read_config(trigger_config)
    settings: dict[str, Any] = {
        "trigger_config": config,
        "invocation_role": invocation_role,
        "qualifier": qualifier,
    }
    if all(value is None for value in settings.values()):
        raise CommandLineError(
            "nothing to update: pass --trigger-config, --invocation-role or --qualifier"
        )
    TRIGGER.aim(session, names)
    _check_fixed(session, names, fixed)
    trigger = session.client.update_trigger(*names, **settings, if_match=etag)
    session.output.changed(shown(("fc", *names)), "updated", trigger.raw)


def _check_fixed(
    session: Session, names: tuple[str, str, str], wanted: Mapping[str, str | None]
) -> None:
    """Refuse to change what the service cannot change."""
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given:
        return
    stored = session.client.get_trigger(*names)
    for name, value in given.items():
        if getattr(stored, name) != value:
            raise CommandLineError(
                f"the {name} of a trigger cannot change: it is {getattr(stored, name)!r}, got "
                f"{value!r}; remove the trigger and make it with the new value"
            )


def _read_config(file: str) -> Mapping[str, Any]:
    """Return the triggerConfig of a YAML or JSON file."""
    document = read_document(file, "--trigger-config")
    config = document.get("triggerConfig") if isinstance(document, Mapping) else None
    if not isinstance(config, Mapping):
        raise CommandLineError(
            f"--trigger-config {file}: expected a mapping with the key triggerConfig, whose value "
            "is a mapping"
        )
    return config
