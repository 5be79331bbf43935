"""What differs between two definitions of an api, one line for each setting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from fc_client._disclosure import setting_leaves, shown, shown_setting
from fc_client.cloud import ApiDefinition, ApiParameter, ConstantParameter, SystemParameter

__all__ = ["api_changes"]

_Parameters = Iterable[ApiParameter | ConstantParameter | SystemParameter]
_Leaves = dict[tuple[str, ...], object]


def api_changes(before: ApiDefinition | None, after: ApiDefinition) -> Iterator[str]:
    """Yield a line for each setting: ``+`` for a new one, ``-`` removed, ``~`` for any other.

    Args:
        before: What the gateway has, or None.
        after: What the file has.
    """
    old: _Leaves = {} if before is None else _leaves(before)
    # A dry run does not create the role, whose ARN may not be known.
    new, lines = {("role",): "(to be created)", **_leaves(after)}, 0
    if before is None:
        new = {path: value for path, value in new.items() if value != ""}
    for path in {**old, **new}:
        sides = old.get(path), new.get(path)
        if sides[0] == sides[1]:
            continue
        lines += 1
        label = shown(".".join(path))
        texts = [_shown(path, value) for value in sides if value is not None]
        sign = "~" if len(texts) > 1 else "-" if sides[1] is None else "+"
        yield f"{sign} {label}: {' -> '.join(texts)}"
    if before not in (None, after) and not lines:
        yield "~ parameters: in another order"


def _leaves(definition: ApiDefinition) -> _Leaves:
    """Return the settings that have a value, by the names that lead to them."""
    function, timeout = definition.function, definition.timeout
    settings: dict[str, Any] = {
        **asdict(definition),
        "function": f"{function.region}/{function.service}/{function.function}",
        "role": function.role_arn or None,
        "timeout": int(timeout) if timeout == int(timeout) else timeout,
        "parameters": _by_name(definition.parameters),
        "constants": _by_name(definition.constants),
        "system_parameters": _by_name(definition.system_parameters),
    }
    found = dict(setting_leaves(settings))
    return {path: value for path, value in found.items() if value not in (None, {})}


def _by_name(parameters: _Parameters) -> dict[str, dict[str, Any]]:
    found = {each.name: asdict(each) for each in parameters}
    for each in found.values():
        del each["name"]
    return found


def _shown(path: tuple[str, ...], value: object) -> str:
    """Return a value as one line; that of a constant or default may be secret by its name."""
    return shown_setting(path[1:2] if path[-1] in ("value", "default") else (), value)
