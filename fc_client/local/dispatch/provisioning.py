"""Keeps as many instances warm as functions ask for, and fires scheduled actions.

Actions that were due while the server did not run are not fired later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone

from fc_client.local.dispatch.invocations import Invocations
from fc_client.local.dispatch.outages import Outage
from fc_client.local.dispatch.schedules import ScheduledAction
from fc_client.local.execution.function_spec import FunctionSpec, ResourceExhausted
from fc_client.local.storage.concurrency_configs import ProvisionConfig, provision_configs
from fc_client.local.storage.schema import CLOUD_RESOURCE
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import MissingResourceError

__all__ = ["Provisioning", "Provisions"]

# How often instances are counted while a function has provisioned ones.
_CHECK_SECONDS = 0.2
_RETRY_SECONDS = 2.0


@dataclass(frozen=True)
class Provisions:
    """The provisioned instances of a function: their number, and why there are not more."""

    current: int = 0
    error: str = ""


_NONE = Provisions()


class Provisioning:
    """Keeps instances warm.

    Call all methods in the event loop that :meth:`start` ran in.

    Args:
        store: The store with the configurations.
        invocations: Runs the functions.
        clock: Returns seconds since the epoch.
    """

    def __init__(self, store: Store, invocations: Invocations, clock: Callable[[], float]) -> None:
        self._store = store
        self._invocations = invocations
        self._clock = clock
        self._found: dict[str, Provisions] = {}
        self._wake = asyncio.Event()
        self._checked = self._now()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to keep instances warm."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop to start instances; those that are warm stay until their pools close."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def refresh(self) -> None:
        """Look at the configurations now, after one was changed or deleted."""
        self._wake.set()

    def of(self, name: str) -> Provisions:
        """Return the instances of a configuration by its name in the store."""
        return self._found.get(name, _NONE)

    async def _run(self) -> None:
        outage = Outage("provisioned instances")
        while True:
            self._wake.clear()
            try:
                configs = self._fire_actions(provision_configs(self._store))
                await self._keep(configs)
            except Exception as exc:  # noqa: BLE001 - logged
                outage.failed(exc)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            outage.worked()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pause(configs))

    def _pause(self, configs: list[ProvisionConfig]) -> float | None:
        """Return when to look again; None for when a configuration changes."""
        if not configs:
            return None
        has_errors = any(found.error for found in self._found.values())
        return _RETRY_SECONDS if has_errors else _CHECK_SECONDS

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), timezone.utc)

    def _fire_actions(self, configs: list[ProvisionConfig]) -> list[ProvisionConfig]:
        """Change targets as the actions say that are due; return the configurations."""
        after, self._checked = self._checked, self._now()
        return [self._fire(config, after) if config.actions else config for config in configs]

    def _fire(self, config: ProvisionConfig, after: datetime) -> ProvisionConfig:
        due = [
            (moment, action.target)
            for action in map(ScheduledAction.parse, config.actions)
            if (moment := action.last_between(after, self._checked)) is not None
        ]
        if not due or max(due)[1] == config.target:
            return config
        document = {**config.record.document, "target": max(due)[1]}
        record = self._store.put(CLOUD_RESOURCE, config.record.key, document)
        return ProvisionConfig(config.function, record)

    async def _keep(self, configs: list[ProvisionConfig]) -> None:
        """Start the instances that are missing, and count those that exist."""
        specs: dict[tuple[str, str, str], FunctionSpec] = {}
        targets: dict[tuple[str, str, str], int] = {}
        of_config: dict[str, tuple[str, str, str] | str] = {}
        for config in configs:
            name = config.record.key[-1]
            try:
                spec = self._invocations.main_spec(config.function)
            except (MissingResourceError, OSError) as exc:
                of_config[name] = str(exc)
                continue
            # Several qualifiers may stand for one version.
            specs[spec.key] = spec
            targets[spec.key] = targets.get(spec.key, 0) + config.target
            of_config[name] = spec.key
        errors = {}
        for key, spec in specs.items():
            errors[key] = await self._keep_one(spec, targets[key])
        self._invocations.pools.keep_only(targets)
        self._found = self._counted(configs, of_config, errors)

    async def _keep_one(self, spec: FunctionSpec, target: int) -> str:
        """Start instances of a function; return why there are not enough, or ""."""
        try:
            return await self._invocations.pools.keep_warm(spec, target)
        except ResourceExhausted as exc:
            return str(exc)

    def _counted(
        self,
        configs: list[ProvisionConfig],
        of_config: dict[str, tuple[str, str, str] | str],
        errors: dict[tuple[str, str, str], str],
    ) -> dict[str, Provisions]:
        pools = self._invocations.pools
        left = {
            key: sum(instance.is_loaded for instance in pools.instances_of(key)) for key in errors
        }
        found = {}
        for config in configs:
            name = config.record.key[-1]
            key = of_config[name]
            if isinstance(key, str):
                found[name] = Provisions(0, key)
                continue
            current = min(config.target, left[key])
            left[key] -= current
            found[name] = Provisions(current, errors[key] if current < config.target else "")
        return found
