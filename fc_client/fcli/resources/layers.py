"""Layers and their versions: ``layer publish``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fc_client.code import Code
from fc_client.fcli.command import command
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandFailedError, CommandLineError
from fc_client.fcli.progress import upload_progress
from fc_client.fcli.resources.resource import Record, Resource, resource_argument
from fc_client.fcli.session import Session
from fc_client.pagination import Page

__all__ = ["LAYER", "LAYER_VERSION", "acl", "find", "publish"]


def _newest(session: Session, name: str) -> Record:
    # There is no operation for one of them.
    page = session.client.list_layers(prefix=name, start_key=name, limit=1)
    for layer in page.items:
        if layer.layer_name == name:
            return layer.raw
    raise CommandFailedError(f"there is no layer {name!r}")


def _versions(
    session: Session,
    name: str,
    *,
    limit: int,
    next_token: str | None,
    start_key: str | None = None,
) -> Page[Any]:
    first = next_token or start_key
    page: Page[Any] = session.client.list_layer_versions(
        name, start_version=None if first is None else _number(first), limit=limit
    )
    return page


def _number(version: str) -> int:
    if not version.isdecimal():
        raise CommandLineError(f"the version of a layer must be a number, got {version!r}")
    return int(version)


LAYER = Resource(
    noun="layer",
    pattern=("layers", "LAYER"),
    list_page=lambda session, **options: session.client.list_layers(**options),
    get=_newest,
    delete=None,
    columns=(
        Column("LAYER", "layerName"),
        Column("VERSION", "version"),
        Column("RUNTIMES", "compatibleRuntime"),
        Column("DESCRIPTION", "description"),
        Column("CREATED", "createTime", is_time=True),
    ),
    arn="layers/{}",
)

LAYER_VERSION = Resource(
    noun="layer version",
    pattern=("layers", "LAYER", "VERSION"),
    list_page=_versions,
    get=lambda session, name, version: session.client.get_layer_version(name, _number(version)).raw,
    delete=lambda session, name, version: session.client.delete_layer_version(
        name, _number(version)
    ),
    columns=(Column("VERSION", "version"), *LAYER.columns[2:]),
    arn="layers/{}/versions/{}",
    filters=("start_key",),
)


@command(
    "publish",
    "publish a version of the layer",
    "The first version makes the layer. Functions take its ARN: fcli upf --layer ARN.",
)
@resource_argument(LAYER)
@click.option(
    "-d", "--code-dir", metavar="dir", type=click.Path(), help="directory with what is in the layer"
)
@click.option(
    "-f", "--code-file", metavar="file", type=click.Path(), help="zip; comes before --code-dir"
)
@click.option(
    "-r",
    "--compatible-runtime",
    "runtimes",
    multiple=True,
    help="runtime that it is for, such as python3; repeatable",
)
@click.option("--description", help="description of the version")
def publish(
    session: Session,
    names: tuple[str],
    code_dir: str | None,
    code_file: str | None,
    runtimes: tuple[str, ...],
    description: str | None,
) -> None:
    """Publish a version of a layer."""
    code = _code(code_dir, code_file)
    if not runtimes:
        raise CommandLineError("missing --compatible-runtime, such as python3")
    LAYER.aim(session, names)
    with upload_progress(session, f"uploading {names[0]}") as progress:
        layer = session.client.publish_layer_version(
            *names,
            code=code,
            compatible_runtime=runtimes,
            description=description,
            progress=progress,
        )
    path = LAYER_VERSION.path([*names, str(layer.version)])
    session.output.changed(shown(path), f"published: {layer.arn_v2 or layer.arn}", layer.raw)


@command("find", "display the layer version of an ARN, also of another account")
@click.argument("arn", metavar="ARN")
def find(session: Session, arn: str) -> None:
    """Print the version of a layer that an ARN names."""
    session.output.record(session.client.get_layer_version_by_arn(arn).raw)


@command("acl", "set who may use the layer")
@resource_argument(LAYER)
@click.option(
    "--public/--no-public", default=None, help="let all accounts use it, or your account only"
)
def acl(session: Session, names: tuple[str], *, public: bool | None) -> None:
    """Set who may use a layer."""
    if public is None:
        raise CommandLineError("missing --public or --no-public")
    LAYER.aim(session, names)
    session.client.put_layer_acl(*names, public=public)
    session.output.changed(shown(LAYER.path(names)), "updated", LAYER.get(session, *names))


def _code(directory: str | None, file: str | None) -> Code:
    if file is not None:
        if not Path(file).is_file():
            raise CommandLineError(f"--code-file: no such file: {file!r}")
        return Code.from_path(file)
    if directory is None:
        raise CommandLineError("missing --code-dir or --code-file")
    if not Path(directory).is_dir():
        raise CommandLineError(f"--code-dir: no such directory: {directory!r}")
    return Code.from_directory(directory)
