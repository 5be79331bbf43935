"""Steps of a deployment by a Client; tools/generate_async.py makes those by an AsyncClient."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic

from fc_client.deploy.goals import Goal, Settings
from fc_client.deploy.results import Action, Change, Deployment, Resource
from fc_client.exceptions import (
    ConcurrentUpdateError,
    DeploymentError,
    FCError,
    NotFoundError,
    PreconditionFailedError,
)

# On a concurrent change the state is read again and compared again, this often in all.
_ATTEMPTS = 5


@dataclass(frozen=True)
class Steps(Generic[Resource]):
    """How a resource is read, compared, created, updated and replaced."""

    goal: Goal[Resource]
    dry_run: bool
    read: Callable[[], Resource]
    create: Callable[[Settings], Resource]
    update: Callable[[Settings, str | None], Resource]
    delete: Callable[[str | None], None] | None = None
    may_replace: bool = False

    def run(self) -> Deployment[Resource]:
        """Deploy; on a concurrent change read and compare again."""
        races = (
            PreconditionFailedError,
            ConcurrentUpdateError,
            self.goal.missing,
            self.goal.exists,
        )
        for _ in range(_ATTEMPTS - 1):
            with suppress(*races):
                return self._once()
        return self._once()

    def _once(self) -> Deployment[Resource]:
        stored, requires = self._stored()
        steps = replace(self, goal=self.goal.given(stored))
        return steps.deployed(stored, requires)

    def deployed(self, stored: Resource | None, requires: str | None) -> Deployment[Resource]:
        """Change what differs from the stored resource.

        Args:
            stored: The resource, or None if it does not exist.
            requires: What must be created before it, or None.
        """
        changes = self.goal.changes(stored)
        action = self.goal.action(stored, changes, may_replace=self.may_replace)
        if self.dry_run:
            resource = self.goal.preview(stored, action)
        else:
            resource = self._applied(stored, action, changes)
        return Deployment(action, changes, resource, self.goal.target, self.dry_run, requires)

    def _stored(self) -> tuple[Resource | None, str | None]:
        """Return the resource, or None and what must be created before it."""
        try:
            return self.read(), None
        except self.goal.missing:
            return None, None
        except NotFoundError as error:
            # A dry run may follow that of the parent, which has not created it.
            if self.dry_run and type(error) in self.goal.parents:
                return None, self.goal.parents[type(error)]
            raise

    def _applied(
        self, stored: Resource | None, action: Action, changes: tuple[Change, ...]
    ) -> Resource:
        """Return the resource as stored after *action*."""
        if stored is None:
            return self.create(self.goal.settings)
        if action == "unchanged":
            return stored
        if action == "replaced" and self.delete:
            self.delete(stored.etag)
            return self._created_again(stored)
        return self.update(self.goal.settings_to_update(changes), stored.etag)

    def _created_again(self, stored: Any) -> Resource:
        """Return the resource after creating it in place of the deleted one, a trigger."""
        try:
            return self.create(self.goal.settings_if_replaced(stored))
        except self.goal.exists:
            raise
        except FCError as error:
            raise DeploymentError(
                f"{self.goal.target} was deleted, but could not be created again: {error}",
                deleted=stored,
            ) from error
