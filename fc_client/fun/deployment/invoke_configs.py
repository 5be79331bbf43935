"""The step for how asynchronous invocations of a function are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fc_client.client import Client
from fc_client.deploy import Change
from fc_client.exceptions import NotFoundError
from fc_client.fun.deployment.steps import Outcome
from fc_client.fun.project.schema import AsyncInvokeConfig
from fc_client.models import AsyncInvokeConfig as StoredConfig

__all__ = ["invoke_config_action", "invoke_config_state"]

_DEFAULTS = AsyncInvokeConfig.model_validate({}).fields


def invoke_config_action(
    client: Client, names: tuple[str, str], config: AsyncInvokeConfig
) -> Callable[[bool], Outcome]:
    """Return what the step of a configuration does.

    Args:
        client: The client of its region.
        names: Those of its service and function.
        config: The configuration.
    """
    wanted = config.fields

    def act(dry_run: bool) -> Outcome:
        stored = _stored(client, names)
        changes = _changes(stored, wanted)
        if stored is not None and not changes:
            return Outcome("unchanged")
        if not dry_run:
            client.put_function_async_invoke_config(
                *names,
                max_async_retry_attempts=config.max_async_retry_attempts,
                max_async_event_age_in_seconds=config.max_async_event_age_in_seconds,
                stateful_invocation=config.stateful_invocation,
                destination_config=wanted["destinationConfig"],
            )
        return Outcome("created" if stored is None else "updated", tuple(changes))

    return act


def _changes(stored: StoredConfig | None, wanted: Mapping[str, Any]) -> list[str]:
    """Return a line for each setting that differs."""
    before = {} if stored is None else _settings(stored)
    return [
        line
        for key, value in wanted.items()
        if stored is None or before[key] != value
        for line in str(Change(key, before.get(key), value)).splitlines()
    ]


def invoke_config_state(client: Client, names: tuple[str, str]) -> str:
    """Return whether a function has a configuration, and which."""
    stored = _stored(client, names)
    if stored is None:
        return "is not deployed."
    settings = _settings(stored)
    return (
        f"is deployed, {settings['maxAsyncRetryAttempts']} retries, events wait at most "
        f"{settings['maxAsyncEventAgeInSeconds']} seconds."
    )


def _stored(client: Client, names: tuple[str, str]) -> StoredConfig | None:
    try:
        return client.get_function_async_invoke_config(*names)
    except NotFoundError:
        # In a dry run, there may be no function yet.
        return None


def _settings(stored: StoredConfig) -> dict[str, Any]:
    """Return what the service has, with its defaults for what it leaves out."""
    raw = {key: value for key, value in stored.raw.items() if value is not None}
    settings = {**_DEFAULTS, **raw}
    destinations = settings["destinationConfig"] or {}
    settings["destinationConfig"] = {
        key: {"destination": value["destination"]}
        for key, value in destinations.items()
        if value and value.get("destination")
    }
    return settings
