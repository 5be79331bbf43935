"""Reads YAML into values that keep their words, with the line of each of them.

PyYAML only composes the nodes. What a word means depends on where it is: ``yes``
is text as a description, and so is an account ID. The schema decides that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from fc_client._disclosure import shown
from fc_client.fun.project.problems import Path, Problem, ProjectError, label

__all__ = ["Document", "Word", "read_document"]

# What aliases expand to counts as well: a few lines can be billions of values.
_MAX_VALUES = 100_000

_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_MAPPING = "tag:yaml.org,2002:map"
_SEQUENCE = "tag:yaml.org,2002:seq"
_TEXT = "tag:yaml.org,2002:str"
_KNOWN = {
    _NULL,
    _MERGE,
    _MAPPING,
    _SEQUENCE,
    _TEXT,
    *(f"tag:yaml.org,2002:{name}" for name in ("bool", "float", "int", "timestamp", "value")),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.?[0-9]+)([eE][-+]?[0-9]+)?")


class Word(str):
    """A scalar, as it is written.

    Attributes:
        is_plain: Whether it may be a number or a boolean, since it is written
            without quotes.
    """

    __slots__ = ("is_plain",)

    is_plain: bool

    def __new__(cls, text: str, *, is_plain: bool) -> Word:
        """Return the word."""
        word = super().__new__(cls, text)
        word.is_plain = is_plain
        return word

    @property
    def meaning(self) -> str | int | float | bool:
        """What the word means where any JSON may be: a plain number is a number."""
        if not self.is_plain:
            return str(self)
        if self.lower() in ("true", "false"):
            return self.lower() == "true"
        if _INTEGER.fullmatch(self) and len(self) < 20:
            return int(self)
        return float(self) if _FLOAT.fullmatch(self) else str(self)


_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Document:
    """What a file has.

    Attributes:
        value: Dictionaries, lists, words, and None.
        lines: The line of each value, by its path.
        problems: Keys that are there twice.
    """

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of a path, or of the nearest parent that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(content: bytes, file: str) -> Document:
    """Return what a file has.

    Args:
        content: The bytes of the file: UTF-8, or what its byte order mark says.
        file: Its name, for errors.

    Raises:
        ProjectError: it is not YAML that can be read.
    """
    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        return _Builder().build(root)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        problem = Problem(mark.line + 1 if mark else 0, "", _reason(exc), "PARSE")
    except yaml.reader.ReaderError as exc:
        problem = _unreadable(content, exc)
    except _UnusableError as exc:
        problem = exc.problem
    except RecursionError:
        problem = Problem(0, "", "the file is nested too deeply", "PARSE")
    raise ProjectError(file, [problem])


def _reason(error: yaml.MarkedYAMLError) -> str:
    text = error.problem or error.context or "not valid YAML"
    mark = error.problem_mark
    if r"'\t'" in text and mark is not None:
        before = mark.buffer[mark.pointer - mark.column : mark.pointer] if mark.buffer else ""
        if before.strip():
            return "a tab after a word; use spaces, or quotes around text with tabs"
        return "tab in the indentation; YAML is indented by spaces"
    if "expected a single document" in (error.context or ""):
        return "a second document begins; a project has one"
    return shown(f"{error.context}: {text}" if error.context else text)


def _unreadable(content: bytes, error: yaml.reader.ReaderError) -> Problem:
    if error.encoding != "unicode":
        line = content[: error.position].count(b"\n") + 1
        return Problem(line, "", "the file is not UTF-8; save it as UTF-8", "PARSE")
    # The position is one of characters.
    text = content.decode("utf-8", "replace")
    line = text[: error.position].count("\n") + 1
    return Problem(line, "", "a control character, which YAML does not allow", "PARSE")


class _UnusableError(Exception):
    """The nodes cannot become values."""

    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(node.start_mark.line + 1, "", message, "PARSE")


class _Builder:
    """Makes values of nodes."""

    def __init__(self) -> None:
        self._document = Document()
        # The nodes that are being built: one inside itself never ends.
        self._open: set[int] = set()

    def build(self, root: yaml.Node | None) -> Document:
        if root is not None:
            self._document.value = self._value(root, ())
        return self._document

    def _value(self, node: yaml.Node, path: Path) -> Any:
        lines = self._document.lines
        lines.setdefault(path, node.start_mark.line + 1)
        if len(lines) > _MAX_VALUES:
            raise _UnusableError(node, f"the file has more than {_MAX_VALUES} values")
        if node.tag not in _KNOWN:
            raise _UnusableError(node, f"the tag {shown(node.tag)!r} cannot be used here")
        if isinstance(node, yaml.ScalarNode):
            if _SURROGATE.search(node.value):
                raise _UnusableError(node, "half of a character (\\ud800 to \\udfff)")
            return None if node.tag == _NULL else Word(node.value, is_plain=node.tag != _TEXT)
        if id(node) in self._open:
            raise _UnusableError(node, "an alias stands for a value that contains it")
        self._open.add(id(node))
        built = (
            self._mapping(node, path)
            if isinstance(node, yaml.MappingNode)
            else self._list(node, path)
        )
        self._open.discard(id(node))
        return built

    def _list(self, node: yaml.Node, path: Path) -> list[Any]:
        return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                for name, pair in _merged(value):
                    merged.setdefault(name, pair)
                continue
            name = _name(key)
            if name in own:
                self._add_duplicate((*path, name), own[name][0], key)
            own.setdefault(name, (key, value))
        built = {}
        for name, (key, value) in {**merged, **own}.items():
            here = (*path, name)
            self._document.lines[here] = key.start_mark.line + 1
            built[name] = self._value(value, here)
        return built

    def _add_duplicate(self, path: Path, first: yaml.Node, second: yaml.Node) -> None:
        message = f"duplicate key, first on line {first.start_mark.line + 1}; remove one of them"
        line = second.start_mark.line + 1
        self._document.problems.append(Problem(line, label(path), message, "PARSE"))


def _name(key: yaml.Node) -> str:
    if not isinstance(key, yaml.ScalarNode):
        raise _UnusableError(key, "a key must be text, not a list or mapping")
    return str(key.value)


def _merged(node: yaml.Node) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    """Yield names and nodes of what ``<<`` merges; those of the first mapping come first."""
    waiting, seen = [node], set()
    while waiting:
        each = waiting.pop(0)
        # Mappings that merge each other.
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, yaml.SequenceNode):
            waiting = [*each.value, *waiting]
        elif isinstance(each, yaml.MappingNode):
            for key, value in each.value:
                if key.tag == _MERGE:
                    waiting.append(value)
                else:
                    yield _name(key), (key, value)
        else:
            raise _UnusableError(each, "<<: merges a mapping or a list of mappings")
