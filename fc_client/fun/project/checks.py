"""Checks of what several keys say together.

They look at the file as it was read, so that they find what they look for in a
file that has other problems as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fc_client._disclosure import shown
from fc_client.fun.project.model import NAME
from fc_client.fun.project.problems import Kind, Path, label
from fc_client.fun.project.reader import Word
from fc_client.fun.project.types import suggestion

__all__ = [
    "Found",
    "cross_checks",
    "items",
    "request_of",
    "text_of",
    "unknown_aliases",
    "unknown_functions",
    "unlike_names",
]

# Where, what, and of which kind.
Found = tuple[Path, str, Kind]

_WITH_BODY = ("POST", "PUT", "PATCH")
_ALIAS_NAME = re.compile(rf"(?!LATEST$){NAME}")
_PLACEHOLDER = re.compile(r"\[([^\]/]+)\]")


def items(value: object, path: Path, *keys: str) -> Iterator[tuple[dict[str, Any], Path]]:
    """Yield the mappings in the lists that *keys* lead to, and where they are.

    ``items(top, (), "function-compute", "services")`` are the services. Of one
    key after a list, the lists of all its items are looked into.
    """
    if not keys:
        if isinstance(value, dict):
            yield value, path
        return
    if isinstance(value, dict):
        found = value.get(keys[0])
        path = (*path, keys[0])
        # One item instead of a list is a problem of its own.
        for index, each in enumerate(found) if isinstance(found, list) else [(None, found)]:
            here = path if index is None else (*path, index)
            yield from items(each, here, *keys[1:])


def cross_checks(top: object) -> Iterator[Found]:
    """Yield what does not fit together.

    Args:
        top: The file as it was read.
    """
    services = list(items(top, (), "function-compute", "services"))
    groups = list(items(top, (), "api-gateway", "groups"))
    yield from _repeated(services, "name", "region")
    for service, path in services:
        yield from _alias_names(service, path)
        functions = list(items(service, path, "functions"))
        yield from _repeated(functions, "name")
        for function, where in functions:
            triggers = list(items(function, where, "triggers"))
            yield from _repeated(triggers, "name")
            yield from _http_triggers(triggers)
            yield from _missing_handler(function, where)
            yield from _variables(function, where)
    yield from _repeated(groups, "name")
    for group, path in groups:
        apis = list(items(group, path, "apis"))
        yield from _repeated(apis, "name")
        yield from _repeated_paths(apis)
        for api, where in apis:
            yield from _body_format(api, where)
            yield from _parameters(api, where)


def unknown_functions(top: object) -> Iterator[str]:
    """Yield warnings about apis of functions that their service does not have in the file.

    They may be deployed by other means, but are more often misspelt.

    Args:
        top: The file as it was read.
    """
    section = top.get("function-compute") if isinstance(top, dict) else None
    default = text_of(section, "region") if isinstance(section, dict) else None
    known = [
        "/".join(
            [text_of(service, "region") or default or "", text_of(service, "name") or "", name]
        )
        for service, path in items(top, (), "function-compute", "services")
        for function, _ in items(service, path, "functions")
        if (name := text_of(function, "name"))
    ]
    for api, path in items(top, (), "api-gateway", "groups", "apis"):
        wanted = text_of(api, "function") or ""
        # Similar names of other services are no reason to warn.
        near = [each for each in known if each.split("/")[1] in wanted.split("/")]
        hint = suggestion(wanted, near)
        if hint and wanted not in known:
            yield f"{label((*path, 'function'))}: not a function of this file{hint}"


def unknown_aliases(top: object) -> Iterator[str]:
    """Yield warnings about qualifiers of triggers that are like an alias of the service.

    Args:
        top: The file as it was read.
    """
    for service, where in items(top, (), "function-compute", "services"):
        aliases = service.get("aliases")
        known = [*aliases, "LATEST"] if isinstance(aliases, dict) else ["LATEST"]
        for trigger, path in items(service, where, "functions", "triggers"):
            qualifier = text_of(trigger, "qualifier")
            hint = suggestion(qualifier, known) if qualifier else ""
            if hint and qualifier not in known:
                yield f"{label((*path, 'qualifier'))}: not an alias of this file{hint}"


def text_of(mapping: dict[str, Any], key: str) -> str | None:
    """Return the word that a key has, or None."""
    value = mapping.get(key)
    return str(value) if isinstance(value, Word) else None


def unlike_names(mappings: Sequence[tuple[dict[str, Any], Path]]) -> Iterator[Found]:
    """Yield the mappings that have the name of an earlier one."""
    return _repeated(mappings, "name")


def _repeated(mappings: Sequence[tuple[dict[str, Any], Path]], *keys: str) -> Iterator[Found]:
    seen: set[tuple[str | None, ...]] = set()
    for mapping, path in mappings:
        identity = tuple(text_of(mapping, key) for key in keys)
        if identity[0] is not None and identity in seen:
            yield (*path, keys[0]), f"{identity[0]!r} is there twice; names must differ", "VALUE"
        seen.add(identity)


def _alias_names(service: dict[str, Any], path: Path) -> Iterator[Found]:
    aliases = service.get("aliases")
    for name in aliases if isinstance(aliases, dict) else ():
        if not _ALIAS_NAME.fullmatch(name):
            message = (
                f"{shown(name)!r} cannot be the name of an alias: it must have letters, digits, _ "
                "and -, begin with a letter or _, and not be LATEST"
            )
            yield (*path, "aliases", name), message, "VALUE"


def _missing_handler(function: dict[str, Any], path: Path) -> Iterator[Found]:
    is_custom = (text_of(function, "runtime") or "").lower().startswith("custom")
    # A misspelt key is not missing as well.
    is_misspelt = any(key != "handler" and _is_handler(key) for key in function)
    if function.get("handler") is None and not is_custom and not is_misspelt:
        yield (*path, "handler"), "required, but missing", "SHAPE"


def _is_handler(key: str) -> bool:
    return bool(suggestion(key, ["handler"]))


def _http_triggers(triggers: Sequence[tuple[dict[str, Any], Path]]) -> Iterator[Found]:
    seen: set[str] = set()
    for trigger, path in triggers:
        if (text_of(trigger, "type") or "").lower() == "http":
            qualifier = text_of(trigger, "qualifier") or "LATEST"
            if qualifier in seen:
                message = (
                    f"another http trigger of the function has qualifier {shown(qualifier)}; a "
                    "function can have one for each"
                )
                yield (*path, "qualifier"), message, "VALUE"
            seen.add(qualifier)


def _variables(function: dict[str, Any], path: Path) -> Iterator[Found]:
    variables = function.get("environmentVariables")
    for name in variables if isinstance(variables, dict) else ():
        if not name or "=" in name:
            where = (*path, "environmentVariables", name)
            yield where, f"{shown(name)!r} cannot be the name of a variable", "VALUE"


def _repeated_paths(apis: Sequence[tuple[dict[str, Any], Path]]) -> Iterator[Found]:
    seen: set[tuple[str, str]] = set()
    for api, path in apis:
        route, method = text_of(api, "path"), (text_of(api, "method") or "GET").upper()
        if route is None:
            continue
        request = request_of(method, route)
        if request in seen:
            message = f"another api of the group has {shown(' '.join(request))}"
            yield (*path, "path"), message, "VALUE"
        seen.add(request)


def request_of(method: str, route: str) -> tuple[str, str]:
    """Return what only one api of a group can have: the method and a form of the path."""
    # The gateway does not tell paths apart by the names of their parameters.
    return method, _PLACEHOLDER.sub("[]", route)


def _body_format(api: dict[str, Any], path: Path) -> Iterator[Found]:
    method = (text_of(api, "method") or "GET").upper()
    if method in _WITH_BODY and not api.get("body_format"):
        yield (*path, "body_format"), f"required for {method}: FORM or STREAM", "VALUE"


def _parameters(api: dict[str, Any], path: Path) -> Iterator[Found]:
    placeholders = _PLACEHOLDER.findall(text_of(api, "path") or "")
    body_format = (text_of(api, "body_format") or "").upper()
    for name in sorted({each for each in placeholders if placeholders.count(each) > 1}):
        message = f"[{shown(name)}] is there twice; names must differ"
        yield (*path, "path"), message, "VALUE"
    parameters = list(items(api, path, "parameters"))
    # Names must differ even if the parameters are in different places.
    yield from _repeated(parameters, "name")
    for parameter, where in parameters:
        location = (text_of(parameter, "location") or "").lower()
        name = text_of(parameter, "name")
        if location == "path" and name is not None and name not in placeholders:
            yield (*where, "name"), f"the path of the api has no [{name}]", "VALUE"
        if location == "body" and body_format != "FORM":
            yield (*where, "location"), "Body needs body_format FORM", "VALUE"
