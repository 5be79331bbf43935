"""Functions: ``mkf``, ``upf`` and ``dlc``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from fc_client.code import Code
from fc_client.fcli.command import command, qualifier_option
from fc_client.fcli.documents import read_settings
from fc_client.fcli.output import Column
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.progress import upload_progress
from fc_client.fcli.resources.resource import FILTERS, Resource, resource_argument
from fc_client.fcli.session import Session

__all__ = ["FUNCTION", "dlc", "mkf", "upf"]

FUNCTION = Resource(
    noun="function",
    pattern=("fc", "SERVICE", "FUNCTION"),
    list_page=lambda session, *names, **options: session.client.list_functions(*names, **options),
    get=lambda session, *names, **options: session.client.get_function(*names, **options).raw,
    delete=lambda session, *names: session.client.delete_function(*names),
    columns=(
        Column("FUNCTION", "functionName"),
        Column("RUNTIME", "runtime"),
        Column("HANDLER", "handler"),
        Column("MEMORY", "memorySize"),
        Column("TIMEOUT", "timeout"),
        Column("MODIFIED", "lastModifiedTime", is_time=True),
    ),
    arn="services/{}/functions/{}",
    filters=(*FILTERS, "qualifier"),
    has_qualifier=True,
)

# The runtime whose code is in an image.
_CONTAINER = "custom-container"
_FILE_KEYS = {
    "cpu": "cpu",
    "customDNS": "custom_dns",
    "customHealthCheckConfig": "custom_health_check_config",
    "customRuntimeConfig": "custom_runtime_config",
    "diskSize": "disk_size",
    "gpuMemorySize": "gpu_memory_size",
    "instanceLifecycleConfig": "instance_lifecycle_config",
    "instanceSoftConcurrency": "instance_soft_concurrency",
}
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def _function_options(*, creates: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the options of creating or updating.

    Args:
        creates: Options have the original's defaults; updating sends only what
            is given.
    """
    options: tuple[Any, ...] = (
        click.option("-h", "--handler", help="where execution starts, such as index.handler"),
        click.option("-t", "--runtime", help="such as python3 or nodejs8"),
        click.option("--description", help="function description"),
        _number("-m", "--memory", 128, creates, "memory size in MB"),
        _number(None, "--timeout", 30, creates, "longest run in seconds"),
        click.option("-b", "--code-bucket", help="oss bucket of the code"),
        click.option("-o", "--code-object", help="oss object of the code"),
        click.option(
            "-d", "--code-dir", metavar="dir", type=click.Path(), help="directory of the code"
        ),
        click.option(
            "-f",
            "--code-file",
            metavar="file",
            type=click.Path(),
            help="zip or source file of the code; comes before --code-dir, and that before oss",
        ),
        click.option("--etag", help="function etag for update"),
        click.option("-i", "--initializer", help="runs once per instance, such as index.init"),
        _number(
            "-e", "--initialization-timeout", 30, creates, "longest initializer run in seconds"
        ),
        click.option("--instance-type", help="such as e1 or c1"),
        click.option(
            "--instance-concurrency",
            type=int,
            metavar="int",
            help="requests that an instance of an HTTP function runs at a time",
        ),
        click.option(
            "--ca-port", type=int, metavar="int", help="port of the runtimes custom and custom-*"
        ),
        click.option("--image", help="image of the runtime custom-container"),
        click.option(
            "--container-command",
            metavar="json",
            help="command of the container, such as '[\"sh\"]'",
        ),
        click.option("--container-args", metavar="json", help="arguments of this command"),
        click.option(
            "--settings",
            "file",
            metavar="file",
            type=click.Path(),
            help=f"YAML or JSON file with {', '.join(_FILE_KEYS)}; - for stdin",
        ),
        click.option(
            "--layer",
            "layers",
            multiple=True,
            metavar="arn",
            help="layer version that the code finds; repeatable, in this order",
        ),
        click.option(
            "--env", multiple=True, metavar="name=value", help="environment variable; repeatable"
        ),
        click.option(
            "--env-file",
            metavar="file",
            type=click.Path(),
            help="file with a line name=value per environment variable; --env comes before it",
        ),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _number(short: str | None, name: str, default: int, creates: bool, text: str) -> Any:
    names = [name] if short is None else [short, name]
    return click.option(
        *names,
        type=int,
        metavar="int",
        default=default if creates else None,
        help=f"{text} (default {default})" if creates else text,
    )


@command("mkf", "create the function")
@resource_argument(FUNCTION)
@_function_options(creates=True)
def mkf(session: Session, names: tuple[str, str], etag: str | None, **given: Any) -> None:
    """Create a function."""
    if etag is not None:
        session.note("note: --etag is ignored: a function that is created has no etag yet")
    settings = _settings(**given)
    missing = [
        flag
        for flag, name in (("--handler", "handler"), ("--runtime", "runtime"))
        if not settings.get(name)
    ]
    if "code" not in settings and settings.get("runtime") != _CONTAINER:
        missing.append("--code-dir, --code-file, or --code-bucket with --code-object")
    if missing:
        raise CommandLineError(f"missing {' and '.join(missing)}")
    settings.setdefault("code", None)
    FUNCTION.aim(session, names)
    with upload_progress(session, f"uploading {names[1]}") as progress:
        function = session.client.create_function(*names, **settings, progress=progress)
    session.output.changed(shown(("fc", *names)), "created", function.raw)


@command("upf", "update the function", "Sends only the settings that are given.")
@resource_argument(FUNCTION)
@_function_options(creates=False)
def upf(session: Session, names: tuple[str, str], etag: str | None, **given: Any) -> None:
    """Update a function."""
    settings = _settings(**given)
    if not settings:
        raise CommandLineError("nothing to update: pass a flag, such as --memory")
    FUNCTION.aim(session, names)
    with upload_progress(session, f"uploading {names[1]}") as progress:
        function = session.client.update_function(
            *names, **settings, if_match=etag, progress=progress
        )
    session.output.changed(shown(("fc", *names)), "updated", function.raw)


@command("dlc", "download the code of the function")
@resource_argument(FUNCTION)
@click.option(
    "-o",
    "--output-file",
    metavar="file",
    type=click.Path(),
    help="the zip to write (default FUNCTION.zip); - for stdout",
)
@qualifier_option
def dlc(
    session: Session, names: tuple[str, str], output_file: str | None, qualifier: str | None
) -> None:
    """Download the code of a function."""
    FUNCTION.aim(session, names)
    target = output_file or f"{names[1]}.zip"
    if target == "-":
        session.client.download_function_code(*names, sys.stdout.buffer, qualifier=qualifier)
        return
    if Path(target).is_file() and not session.confirm(f"Do you want to replace the file {target}"):
        session.note("nothing was downloaded")
        return
    session.client.download_function_code(*names, target, qualifier=qualifier)
    session.note(f"{shown(('fc', *names))} downloaded to {target}")


def _settings(
    *,
    memory: int | None,
    code_bucket: str | None,
    code_object: str | None,
    code_dir: str | None,
    code_file: str | None,
    env: tuple[str, ...],
    env_file: str | None,
    layers: tuple[str, ...],
    image: str | None,
    container_command: str | None,
    container_args: str | None,
    file: str | None,
    **plain: Any,
) -> dict[str, Any]:
    """Return the arguments for the client, without what is not given."""
    stored = read_settings(file, "--settings", _FILE_KEYS)
    settings = {**stored, **plain, "memory_size": memory, "layers": layers or None}
    container = {
        "image": image,
        "command": _json_list("--container-command", container_command),
        "args": _json_list("--container-args", container_args),
    }
    given = {name: value for name, value in container.items() if value is not None}
    settings["custom_container_config"] = given or None
    settings["code"] = _code(code_bucket, code_object, code_dir, code_file)
    if env or env_file is not None:
        of_file = _variables(_lines(env_file), f"--env-file {env_file}") if env_file else {}
        settings["environment_variables"] = {**of_file, **_variables(env, "--env")}
    return {name: value for name, value in settings.items() if value is not None}


def _json_list(option: str, text: str | None) -> str | None:
    """Return a text that must be a list in JSON, which is how the API has it."""
    if text is not None:
        try:
            is_list = isinstance(json.loads(text), list)
        except ValueError:
            is_list = False
        if not is_list:
            raise CommandLineError(
                f'{option}: expected a list in JSON, such as ["sh"], got {text!r}'
            )
    return text


def _code(
    bucket: str | None, key: str | None, directory: str | None, file: str | None
) -> Code | None:
    if file is not None:
        if not Path(file).is_file():
            raise CommandLineError(f"--code-file: no such file: {file!r}")
        return Code.from_path(file)
    if directory is not None:
        if not Path(directory).is_dir():
            raise CommandLineError(f"--code-dir: no such directory: {directory!r}")
        return Code.from_directory(directory)
    if (bucket is None) != (key is None):
        raise CommandLineError("pass both --code-bucket and --code-object, or neither")
    return Code.from_oss(bucket, key) if bucket is not None and key is not None else None


def _lines(file: str) -> list[str]:
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandLineError(f"--env-file {file}: cannot be read: {exc}") from exc
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _variables(lines: Iterable[str], source: str) -> dict[str, str]:
    """Return variables of lines ``name=value``; the value may have further ``=``."""
    variables = {}
    for line in lines:
        name, separator, value = line.partition("=")
        if not separator or not _VARIABLE.fullmatch(name.strip()):
            # The value may be a secret, so the message has the name only.
            raise CommandLineError(f"{source}: expected name=value, got {name!r}")
        variables[name.strip()] = value
    return variables
