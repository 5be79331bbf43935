"""Paths of resources: ``/fc/SERVICE/FUNCTION``, relative to where the shell is."""

from __future__ import annotations

from collections.abc import Sequence

from fc_client.fcli.problems import CommandLineError

__all__ = ["START", "Names", "Path", "merged", "resolve", "shown"]

Path = tuple[str, ...]

# Where the shell starts, and where all paths outside the shell start.
START: Path = ("fc",)


def resolve(text: str, start: Path = START) -> Path:
    """Return the names on the way to *text*.

    Args:
        text: A path; with a slash in front it does not depend on *start*.
        start: Where relative paths start.
    """
    names = [] if text.startswith("/") else list(start)
    for name in text.split("/"):
        if name == "..":
            # As in a file system, the root is its own parent.
            names = names[:-1]
        elif name not in ("", "."):
            names.append(name)
    return tuple(names)


def shown(path: Path) -> str:
    """Return *path* as text."""
    return "/" + "/".join(path)


class Names(tuple[str, ...]):  # noqa: SLOT001 - a tuple cannot have slots
    """The names in a path.

    Attributes:
        qualifier: The version or alias that the path has, as in ``demo.prod/hello``.
    """

    qualifier: str | None

    def __new__(cls, names: Sequence[str], qualifier: str | None = None) -> Names:
        """Return the names."""
        found = super().__new__(cls, names)
        found.qualifier = qualifier
        return found


def merged(of_path: str | None, of_option: str | None) -> str | None:
    """Return the qualifier of a path or of the option --qualifier.

    Raises:
        CommandLineError: both are there, and they differ.
    """
    if None not in (of_path, of_option) and of_path != of_option:
        raise CommandLineError(
            f"the path has the qualifier {of_path!r}, and --qualifier is {of_option!r}; pass one"
        )
    return of_path or of_option
