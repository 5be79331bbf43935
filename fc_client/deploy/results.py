"""Deployment: what a deployment did or would do, printed as a diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from fc_client._disclosure import setting_leaves, shown, shown_setting
from fc_client.deploy.json_values import same_json
from fc_client.models import Alias, Function, Service, ServiceVersion, Trigger

__all__ = ["Action", "Change", "Deployment"]

Resource = TypeVar("Resource", Service, Function, Trigger, Alias, ServiceVersion)

Action = Literal["created", "updated", "replaced", "unchanged"]

_PLANNED = {
    "created": "would create",
    "updated": "would update",
    "replaced": "would replace",
    "unchanged": "unchanged",
}


@dataclass(frozen=True)
class Change:
    """A setting that a deployment sends.

    Its text is a diff with one line for each value that differs: ``+`` for
    one that is new, ``-`` for one that is removed, ``~`` for any other. Values
    of environment variables and payloads, and what is called a secret, are
    shown as ``***``.

    Attributes:
        name: The argument, such as ``timeout``, ``trigger_config`` or ``code``.
        before: The stored value as JSON, None if there is none. For code, its
            ``checksum`` and ``size``.
        after: The value that is sent. For code in OSS, its ``bucket`` and
            ``object``.
    """

    name: str
    before: Any = field(repr=False, hash=False)
    after: Any = field(repr=False, hash=False)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        before = {} if self.before == {} else dict(setting_leaves(self.before))
        after = dict(setting_leaves(self.after))
        for names in {**before, **after}:
            path = (self.name, *names)
            label = shown(".".join(path))
            old, new = (shown_setting(path, side.get(names)) for side in (before, after))
            if names not in before:
                yield f"+ {label}: {new}"
            elif names not in after:
                yield f"- {label}: {old}"
            elif not same_json(before[names], after[names]):
                yield f"~ {label}: {old} -> {new}"


@dataclass(frozen=True)
class Deployment(Generic[Resource]):
    """What a deployment did or, with ``dry_run=True``, would do; print it to see a diff.

    Attributes:
        action: ``created``, ``updated``, ``replaced`` (deleted and created
            again) or ``unchanged``, also in a dry run.
        changes: The settings that were sent, or would be; none for
            ``unchanged``.
        resource: The service, function, trigger, version or alias as stored. In
            a dry run, as it would be, without what the service decides.
        target: What was deployed, such as ``function demo/hello``.
        dry_run: Whether nothing was sent that changes something.
        requires: In a dry run, the service or function that does not exist yet
            and must be created first; else None.
    """

    action: Action
    changes: tuple[Change, ...]
    resource: Resource
    target: str
    dry_run: bool = False
    requires: str | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the settings that were sent, or would be; ``code`` is one of them."""
        return tuple(change.name for change in self.changes)

    def __str__(self) -> str:
        done = _PLANNED[self.action] if self.dry_run else self.action
        condition = f", once {self.requires} exists" if self.requires else ""
        return "\n  ".join([shown(f"{done} {self.target}{condition}"), *_diff(self.changes)])


def _diff(changes: Iterable[Change]) -> list[str]:
    return [line for change in changes for line in str(change).splitlines()]
