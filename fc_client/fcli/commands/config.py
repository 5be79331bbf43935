"""``config``: shows and changes the configuration file."""

from __future__ import annotations

import os
from typing import Any

import click

from fc_client.config import normalised
from fc_client.credentials import Credentials, profiles
from fc_client.fcli import config_file, configuration
from fc_client.fcli.command import command
from fc_client.fcli.configuration import SECRET_KEYS, Configuration, Value
from fc_client.fcli.output import Column
from fc_client.fcli.session import Session, check_endpoint

__all__ = ["ask_and_store", "config"]

_COLUMNS = (Column("KEY", "key"), Column("VALUE", "value"), Column("FROM", "source"))

# The guide's questions, by key: the text, and whether the answer is a secret.
_QUESTIONS = (
    (
        "endpoint",
        "Please input the endpoint (example: https://your_account_id.cn-shanghai.fc.aliyuncs.com):",
    ),
    ("access_key_id", "Please input the access key id:"),
    ("access_key_secret", "Please input the access key secret:"),
)


@command(
    "config",
    "config the fcli",
    "Stores what is given in ~/.fcli/config.yaml, or in the file of --profile or --config.\n"
    "Without flags, asks for endpoint and access key.",
)
@click.option("--endpoint", metavar="url", help="endpoint of Function Compute")
@click.option("--access-key-id", help="ID of the access key")
@click.option("--access-key-secret", help="secret of the access key")
@click.option("--security-token", help="STS token of temporary credentials")
@click.option("--sls-endpoint", metavar="host", help="endpoint of Log Service")
@click.option("--ram-endpoint", metavar="url", help="endpoint of RAM")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=1e9),
    metavar="seconds",
    help="longest wait for a response",
)
@click.option("--debug/--no-debug", default=None, help="always show the requests")
@click.option("--display", is_flag=True, help="show the settings and where each comes from")
def config(session: Session, *, display: bool, **given: Any) -> None:
    """Show or change the configuration."""
    changes = {name: _whole(value) for name, value in given.items() if value is not None}
    if changes:
        _store(session, changes)
    elif not display:
        ask_and_store(session)
    if display:
        _display(session)


def _whole(value: Any) -> Any:
    """Return seconds without a fraction as the original writes them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def ask_and_store(session: Session) -> None:
    """Ask for endpoint and access key, and store them.

    Raises:
        CommandLineError: there is no terminal to ask on.
    """
    answers = {
        key: session.terminal.ask(text, f"--{key.replace('_', '-')}", secret=key in SECRET_KEYS)
        for key, text in _QUESTIONS
    }
    _store(session, answers)


def _store(session: Session, changes: dict[str, Any]) -> None:
    """Check and write settings.

    Raises:
        ConfigurationError: a value is invalid.
        ValueError: a value of the access key is invalid.
    """
    if "endpoint" in changes:
        check_endpoint(changes["endpoint"], "--endpoint")
        changes["endpoint"] = normalised(changes["endpoint"])
    Credentials(
        changes.get("access_key_id", "none"),
        changes.get("access_key_secret", "none"),
        changes.get("security_token"),
    )
    path = configuration.target_path(session.options, session.environ)
    config_file.write(path, changes)
    session.note(f"Store the configuration in: {path.parent}")


def _display(session: Session) -> None:
    settings = session.configuration
    values = {**_from_aliyun(session, settings), **settings.values}
    rows = [
        {
            "key": key,
            "value": "******" if key in SECRET_KEYS else values[key].text,
            "source": values[key].source,
        }
        for key in config_file.KEYS
        if key in values
    ]
    session.output.records(rows, _COLUMNS, whole=True)
    if not rows:
        session.note(f"nothing is configured; {configuration.HOW_TO_START}")


def _from_aliyun(session: Session, settings: Configuration) -> dict[str, Value]:
    """Return the access key of the aliyun CLI, which is used if fcli has none."""
    if "access_key_id" in settings.values or "access_key_secret" in settings.values:
        return {}
    found = profiles.aliyun_credentials(session.environ)
    if not isinstance(found, Credentials):
        return {}
    source = f"file {os.path.expanduser(profiles.ALIYUN)}"  # noqa: PTH111 - for display
    return {
        "access_key_id": Value(found.access_key_id, source),
        "access_key_secret": Value(found.access_key_secret, source),
    }
