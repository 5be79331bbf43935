"""Aliases of versions: ``alias create`` and ``alias update``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from fc_client.fcli.command import command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import Resource, resource_argument
from fc_client.fcli.session import Session

__all__ = ["ALIAS", "create", "update"]

ALIAS = Resource(
    noun="alias",
    pattern=("aliases", "SERVICE", "ALIAS"),
    list_page=lambda session, name, **options: session.client.list_aliases(name, **options),
    get=lambda session, *names: session.client.get_alias(*names).raw,
    delete=lambda session, *names: session.client.delete_alias(*names),
    columns=(
        Column("ALIAS", "aliasName"),
        Column("VERSION", "versionId"),
        Column("WEIGHTS", "additionalVersionWeight"),
        Column("DESCRIPTION", "description"),
        Column("MODIFIED", "lastModifiedTime", is_time=True),
    ),
    arn="services/{}/aliases/{}",
)


def _alias_options(function: Any) -> Any:
    """Add the options that creating and updating have in common."""
    for option in reversed(
        (
            click.option("-v", "--version-id", help="version that the alias names, such as 2"),
            click.option("-d", "--description", help="alias description"),
            click.option(
                "-w",
                "--additional-version-weight",
                "weights",
                multiple=True,
                metavar="version=weight",
                help="share of invocations, 0 to 1, that another version runs, such as 2=0.05",
            ),
        )
    ):
        function = option(function)
    return function


@command("create", "create the alias")
@resource_argument(ALIAS)
@_alias_options
def create(
    session: Session,
    names: tuple[str, str],
    version_id: str | None,
    description: str | None,
    weights: tuple[str, ...],
) -> None:
    """Create an alias."""
    if version_id is None:
        raise CommandLineError("missing --version-id, the version that the alias names")
    share = _weights(weights)
    ALIAS.aim(session, names)
    alias = session.client.create_alias(
        *names,
        version_id=version_id,
        description=description,
        additional_version_weight=share or None,
    )
    session.output.changed(shown(ALIAS.path(names)), "created", alias.raw)


@command("update", "move or change the alias", "Sends only the settings that are given.")
@resource_argument(ALIAS)
@_alias_options
@click.option("--clear-weights", is_flag=True, help="let the main version run all invocations")
@click.option("--etag", help="alias etag for update")
def update(
    session: Session,
    names: tuple[str, str],
    weights: tuple[str, ...],
    etag: str | None,
    *,
    clear_weights: bool,
    **plain: str | None,
) -> None:
    """Update an alias."""
    settings: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    if weights and clear_weights:
        raise CommandLineError("pass --additional-version-weight or --clear-weights, not both")
    if weights or clear_weights:
        settings["additional_version_weight"] = _weights(weights)
    if not settings:
        raise CommandLineError("nothing to update: pass a flag, such as --version-id")
    ALIAS.aim(session, names)
    alias = session.client.update_alias(*names, **settings, if_match=etag)
    session.output.changed(shown(ALIAS.path(names)), "updated", alias.raw)


def _weights(texts: Iterable[str]) -> dict[str, float]:
    """Return the weights of texts such as ``2=0.05``, by version."""
    weights = {}
    for text in texts:
        version, _, share = text.partition("=")
        try:
            weights[version] = float(share)
        except ValueError:
            share = ""
        if not version or not share or not 0 <= weights[version] <= 1:
            raise CommandLineError(
                f"--additional-version-weight: expected VERSION=WEIGHT with a weight of 0 to 1, "
                f"such as 2=0.05, got {text!r}"
            )
    return weights
