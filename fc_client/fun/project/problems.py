"""Problem: one thing that is wrong in a project's file, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Kind", "Path", "Problem", "ProjectError", "ProjectNotFoundError", "label"]

# PARSE: not YAML that can be read. SHAPE: a type, a missing or an unknown key. VALUE: a
# value of the right type that cannot be used. FILES: the codes of a function. OTHER: a
# file of another tool.
Kind = Literal["PARSE", "SHAPE", "VALUE", "FILES", "OTHER"]

# The keys and indexes that lead from the top of the file to a value.
Path = tuple[str | int, ...]

# Sections that messages leave out, since what is in them has other names in each.
_SECTIONS = {"services", "groups", "customDomains"}


@dataclass(frozen=True, order=True)
class Problem:
    """A problem of a file.

    Attributes:
        line: The line, from 1 on; 0 if it is about the whole file.
        path: Where it is in the file: ``services[0].name``; may be empty.
        message: What is wrong, and what to do.
        kind: One of PARSE, SHAPE, VALUE, FILES and OTHER.
    """

    line: int
    path: str
    message: str
    kind: Kind = field(compare=False)

    def shown(self, file: str) -> str:
        """Return the line to print; *file* is the name of the file."""
        where = f"{file}:{self.line}" if self.line else file
        path = f" {self.path}:" if self.path else ""
        return f"{where}:{path} {self.message} [{self.kind}]"


class ProjectError(Exception):
    """A project's file cannot be used.

    Attributes:
        file: Name of the file.
        problems: What is wrong, in the order of the file; at least one.
        warnings: What else there is to say about the file.
    """

    def __init__(
        self, file: str, problems: Sequence[Problem], warnings: Sequence[str] = ()
    ) -> None:
        super().__init__(file, problems, warnings)
        self.file = file
        self.problems = sorted(problems)
        self.warnings = tuple(warnings)

    def __str__(self) -> str:
        return "\n".join(problem.shown(self.file) for problem in self.problems)


class ProjectNotFoundError(Exception):
    """The directory has no file of a project."""


def label(path: Path) -> str:
    """Return a path for people: ``services[0].functions[1].handler``."""
    if len(path) > 1 and path[1] in _SECTIONS:
        path = path[1:]
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
