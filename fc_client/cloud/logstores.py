"""Prepares a logstore for the logs of functions: project, logstore and index."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fc_client.cloud.errors import CloudError
from fc_client.cloud.log import FUNCTION_INDEX, LogClient
from fc_client.cloud.steps import Steps

__all__ = ["prepare_logstore"]

Result = TypeVar("Result")

_PAUSE_SECONDS = 1.0


def prepare_logstore(
    log: LogClient,
    project: str,
    store: str,
    *,
    ttl: int = 30,
    shard_count: int = 1,
    description: str = "Logs of Function Compute",
    steps: Steps | None = None,
    wait: float = 60.0,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Create what is missing of a project, a logstore and its index on functionName.

    What exists stays as it is; an index only gets the field functionName.

    Args:
        log: A client of Log Service.
        project: Name of the project.
        store: Name of the logstore.
        ttl: How long a new logstore keeps logs, in days.
        shard_count: Number of shards of a new logstore.
        description: That of a new project.
        steps: Gets what was done.
        wait: How long to wait for a new project or logstore to answer, in seconds.
        sleep: Waits so many seconds.

    Raises:
        StepError: a call failed; it says which, and what was done before.
    """
    task = _Task(log, project, store, steps or Steps(), wait, sleep)
    if task.steps.find(f"get project {project}", lambda: log.get_project(project)) is None:
        task.run(
            f"create project {project}",
            f"project {project} created",
            lambda: log.create_project(project, description=description),
        )
    if task.steps.find(f"get logstore {store}", lambda: log.get_logstore(project, store)) is None:
        task.run(
            f"create logstore {store}",
            f"logstore {store} created",
            lambda: log.create_logstore(project, store, ttl=ttl, shard_count=shard_count),
        )
    task.prepare_index()


@dataclass(frozen=True)
class _Task:
    log: LogClient
    project: str
    store: str
    steps: Steps
    wait: float
    sleep: Callable[[float], None]

    def run(self, title: str, done_title: str, action: Callable[[], None]) -> None:
        """Run a step, again while what was just created does not answer."""
        self.steps.run(title, done_title, lambda: self._when_ready(action))

    def _when_ready(self, action: Callable[[], None]) -> None:
        waited = 0.0
        while True:
            try:
                action()
            except CloudError as exc:
                if exc.is_existing and waited:
                    # Created by an attempt before.
                    return
                if not (exc.is_missing and self.steps.done) or waited >= self.wait:
                    raise
            else:
                return
            self.sleep(_PAUSE_SECONDS)
            waited += _PAUSE_SECONDS

    def prepare_index(self) -> None:
        """Create the index, or add the missing fields to it."""
        log, project, store = self.log, self.project, self.store
        index = self.steps.find(f"get the index of {store}", lambda: log.get_index(project, store))
        if index is None:
            self.run(
                f"create the index of {store}",
                f"index of {store} created",
                lambda: log.create_index(project, store),
            )
        elif not _has_function_name(index):
            keys = {**(index.get("keys") or {}), **FUNCTION_INDEX["keys"]}
            self.run(
                f"update the index of {store}",
                f"functionName added to the index of {store}",
                lambda: log.update_index(project, store, {**index, "keys": keys}),
            )


def _has_function_name(index: Mapping[str, Any]) -> bool:
    return "functionName" in (index.get("keys") or {})
