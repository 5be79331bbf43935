"""Paths of resources: ``/fc/SERVICE/FUNCTION``, relative to where the shell is."""

from __future__ import annotations

__all__ = ["START", "Path", "resolve", "shown"]

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
