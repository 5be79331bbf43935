"""Finds and reads the file of a project, and reports all of its problems at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from fc_client._disclosure import shown
from fc_client._files import open_regular
from fc_client.fun.project.checks import cross_checks, unknown_aliases, unknown_functions
from fc_client.fun.project.domain_checks import check_domains, unknown_targets
from fc_client.fun.project.files import check_codes
from fc_client.fun.project.problems import (
    Kind,
    Path,
    Problem,
    ProjectError,
    ProjectNotFoundError,
    label,
)
from fc_client.fun.project.reader import Document, Word, read_document
from fc_client.fun.project.schema import ProjectFile
from fc_client.fun.project.trigger_schema import TRIGGERS
from fc_client.fun.project.types import described, suggestion

__all__ = ["FILE_NAMES", "Project", "load_project"]

FILE_NAMES = ("faas.yml", "faas.yaml")

# Written by people; anything larger is not the file of a project.
_MAX_BYTES = 1 << 20

_SECTIONS = ("function-compute", "api-gateway")


@dataclass(frozen=True)
class Project:
    """A project whose file is valid.

    Attributes:
        root: Its directory.
        file: Name of its file.
        content: What the file has.
        warnings: What there is to say about it.
    """

    root: FilePath
    file: str
    content: ProjectFile
    warnings: tuple[str, ...] = ()


def load_project(root: FilePath) -> Project:
    """Return the project in a directory.

    Args:
        root: The directory.

    Raises:
        ProjectNotFoundError: it has no file of a project.
        ProjectError: the file cannot be used; all of its problems are in it.
        OSError: the file cannot be read.
    """
    file = next((name for name in FILE_NAMES if (root / name).is_file()), None)
    if file is None:
        raise ProjectNotFoundError(
            f"no {' or '.join(FILE_NAMES)} in {str(root)!r}; 'fun init' writes one"
        )
    with open_regular(root / file) as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ProjectError(file, [Problem(0, "", "the file is larger than 1 MB", "PARSE")])
    document = read_document(content, file)
    model, problems = _validate(document)
    warnings: list[str] = [] if len(_both(root)) < 2 else [f"{file} is used, and not faas.yaml"]
    if not any(problem.kind == "OTHER" for problem in problems):
        found = [
            *cross_checks(document.value),
            *check_domains(document.value, root),
            *check_codes(document.value, root, warnings),
        ]
        problems += [_problem(document, *each) for each in found]
        warnings += unknown_functions(document.value)
        warnings += unknown_aliases(document.value)
        warnings += unknown_targets(document.value)
    if problems or model is None:
        raise ProjectError(file, problems, warnings)
    return Project(root, file, model, tuple(warnings))


def _both(root: FilePath) -> list[str]:
    return [name for name in FILE_NAMES if (root / name).is_file()]


def _validate(document: Document) -> tuple[ProjectFile | None, list[Problem]]:
    """Return the model, if there is one, and the problems of single values."""
    other = _of_other_tool(document)
    if other is not None:
        return None, [other]
    value, repaired = _copied(document.value), _Repaired()
    problems = list(document.problems)
    while True:
        try:
            return ProjectFile.model_validate(value), problems
        except ValidationError as exc:
            errors = exc.errors(include_url=False, include_context=False)
        lists = [error for error in errors if error["type"] == "tuple_type"]
        if not lists:
            return None, [*problems, *_problems(document, errors, repaired)]
        # What is there instead of a list is looked into as if it were the list.
        for error in lists:
            path = _clean(error["loc"])
            problems.append(_problem(document, repaired.original(path), *_list_expected(error)))
            _wrap(value, path, repaired, _known_keys(error["loc"]))


def _of_other_tool(document: Document) -> Problem | None:
    """Return the problem of a file that is not one of fun."""
    value = document.value
    if value is None:
        return Problem(1, "", "the file is empty; 'fun init' shows what it needs", "SHAPE")
    if not isinstance(value, dict):
        return Problem(1, "", f"the top level must be a mapping, not {described(value)}", "SHAPE")
    if any(section in value for section in _SECTIONS):
        return None
    hint = next((hint for key in value if (hint := suggestion(key, list(_SECTIONS)))), "")
    message = f"neither function-compute nor api-gateway: this is not a project of fun{hint}"
    return Problem(0, "", message, "OTHER")


class _Repaired:
    """Where lists were made that the file does not have, and the keys of their items there."""

    def __init__(self) -> None:
        self.keys: dict[Path, list[str] | None] = {}

    def original(self, path: Path) -> Path:
        """Return a path as the file has it."""
        kept: list[str | int] = []
        for index, part in enumerate(path):
            keys = self.keys.get(path[:index])
            if isinstance(part, int) and keys:
                kept.append(keys[part])
            elif path[:index] not in self.keys:
                kept.append(part)
        return tuple(kept)


def _copied(value: Any) -> Any:
    """Return a copy of lists and dictionaries, without the sharing that aliases make."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _wrap(value: Any, path: Path, repaired: _Repaired, known: Collection[str]) -> None:
    """Make a list of one item, or of the items of a mapping whose keys are their names."""
    parent: Any = value
    for part in path[:-1]:
        parent = parent[part]
    item = parent[path[-1]]
    if "name" in known and isinstance(item, dict) and not item.keys() & set(known):
        parent[path[-1]] = [
            {"name": Word(key, is_plain=False), **each} if isinstance(each, dict) else each
            for key, each in item.items()
        ]
        repaired.keys[path] = list(item)
        return
    parent[path[-1]] = [] if item is None else [item]
    repaired.keys[path] = None


def _list_expected(error: ErrorDetails) -> tuple[str, Kind]:
    return f"expected a list, got {described(error['input'])}", "SHAPE"


def _clean(location: Path) -> Path:
    """Return the location of an error without the tags of unions."""
    return tuple(part for part in location if part not in TRIGGERS)


def _problems(
    document: Document, errors: list[ErrorDetails], repaired: _Repaired
) -> Iterator[Problem]:
    """Yield the problems that pydantic has found; a misspelt key is not missing as well."""
    unknown = {}
    meant: set[Path] = set()
    for error in errors:
        if error["type"] == "extra_forbidden":
            path = _clean(error["loc"])
            known = _known_keys(error["loc"][:-1])
            hint = suggestion(str(path[-1]), known)
            meant |= {(*path[:-1], key) for key in known if hint.endswith(f"{key!r}?")}
            unknown[path] = hint or f"; known keys: {', '.join(known)}"
    for error in errors:
        path = _clean(error["loc"])
        where = repaired.original(path)
        if error["type"] == "extra_forbidden":
            yield _problem(document, where, f"unknown key{unknown[path]}", "SHAPE")
        elif error["type"] == "missing":
            if path not in meant:
                yield _problem(document, where, "required, but missing", "SHAPE")
        else:
            kind: Kind = "VALUE" if error["type"] == "value" else "SHAPE"
            text = error["msg"]
            if error["type"] == "dict_type":
                text = f"expected a mapping, got {described(error['input'])}"
            yield _problem(document, where, text, kind)


def _problem(document: Document, path: Path, message: str, kind: Kind) -> Problem:
    return Problem(document.line(path), shown(label(path)), message, kind)


def _known_keys(location: Path) -> list[str]:
    """Return the keys that the mapping at a location of pydantic can have."""
    found: Any = ProjectFile
    for part in location:
        if part in TRIGGERS:
            found = TRIGGERS[part]
        elif get_origin(found) is dict:
            # The part is a key of the user's, such as the name of an alias.
            found = get_args(found)[1]
        elif isinstance(part, str):
            found = _fields(found)[part].annotation
    return list(_fields(found))


def _fields(annotation: Any) -> dict[str, FieldInfo]:
    """Return the fields of the first model of an annotation, by their keys in the file."""
    model = _model_in(annotation)
    if model is None:
        return {}
    return {field.alias or key: field for key, field in model.model_fields.items()}


def _model_in(annotation: Any) -> Any:
    """Return the first model that an annotation has."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
