"""The entries of a directory that become the code of a function."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from fc_client._files import open_regular
from fc_client.code import defaults
from fc_client.code.gitignore import Patterns

__all__ = ["members_of"]

# An ignore file is written by people; anything larger is not one.
_MAX_IGNORE_BYTES = 1 << 20

# As many names as a warning can hold and be read.
_MAX_NAMES = 20


def members_of(root: Path, exclude: Iterable[str]) -> list[tuple[str, Path]]:
    """Return the name in the zip and the path of every entry to upload, sorted.

    Warns of what is left out by default, and of patterns that match nothing.

    Args:
        root: The directory.
        exclude: Patterns as in a .gitignore, after those of the ignore file.

    Raises:
        TypeError: *exclude* is not a list of str.
        ValueError: the ignore file is too large.
        OSError: an entry cannot be read.
    """
    selection = _Selection(root, [*_ignore_file(root), *_checked(exclude)])
    members = list(selection.members())
    selection.warn()
    return members


def _checked(exclude: Iterable[str]) -> list[str]:
    if isinstance(exclude, str):
        raise TypeError("exclude: expected a list or tuple of patterns, got a str")
    patterns = list(exclude)
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f"exclude: expected patterns as str, got {type(pattern).__name__}")
    return [str.__str__(pattern) for pattern in patterns]


def _ignore_file(root: Path) -> list[str]:
    """Return the lines of the ignore file; none if there is no such file."""
    path = root / defaults.IGNORE_FILE
    # A directory is just one more to upload.
    if not os.path.lexists(path) or path.is_dir():
        return []
    # Anything else is an error: without its patterns, what they exclude is uploaded.
    with open_regular(path) as file:
        content = file.read(_MAX_IGNORE_BYTES + 1)
    if len(content) > _MAX_IGNORE_BYTES:
        raise ValueError(f"code: {str(path)!r} is larger than 1 MB; it must be a list of patterns")
    # Names of files are decoded in the same way, whatever their bytes.
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return [line.removesuffix("\r") for line in text.split("\n")]


class _Selection:
    """Which entries of a directory are uploaded, and what there is to say about it."""

    def __init__(self, root: Path, lines: list[str]) -> None:
        self._root = root
        self._patterns = Patterns(lines)
        self._left_out: list[str] = []

    def members(self) -> Iterator[tuple[str, Path]]:
        """Yield the name in the zip and the path of every entry, sorted."""
        count = 0
        # Not recursive: a tree may be deeper than Python's stack.
        levels = [("", self._root, _entries(self._root), 0)]
        while levels:
            prefix, directory, entries, count_before = levels[-1]
            entry = next(entries, None)
            if entry is None:
                levels.pop()
                # Only an empty directory needs its own entry.
                if prefix and count == count_before:
                    count += 1
                    yield prefix, directory
            elif self._excludes(prefix + entry.name, entry):
                continue
            elif entry.is_dir(follow_symlinks=False):
                path = Path(entry.path)
                levels.append((f"{prefix}{entry.name}/", path, _entries(path), count))
            else:
                count += 1
                yield prefix + entry.name, Path(entry.path)

    def _excludes(self, path: str, entry: os.DirEntry[str]) -> bool:
        is_directory = entry.is_dir(follow_symlinks=False)
        match = self._patterns.last_match(path, is_directory=is_directory)
        if match is not None:
            return not match.negated
        if defaults.is_expected(path, is_directory=is_directory):
            return True
        if not defaults.is_left_out(path, entry):
            return False
        self._left_out.append(f"{path}/" if is_directory else path)
        return True

    def warn(self) -> None:
        """Warn of what was left out by default, and of patterns without a match."""
        where = repr(str(self._root))
        if self._left_out:
            _warn(
                f"code: left out of {where}: {_listed(self._left_out)}. Secrets, virtual "
                "environments, caches and files of editors are not uploaded by default. To upload "
                "one, add its name with a '!' before it to exclude or to the file "
                f"{defaults.IGNORE_FILE}; to leave it out without a warning, add its name."
            )
        unmatched = [text for text in self._patterns.unmatched() if not defaults.is_redundant(text)]
        if unmatched:
            _warn(
                f"code: patterns that match nothing in {where}, or only what is left out already: "
                f"{_listed(unmatched)}. Patterns mean what they mean in a .gitignore"
                f"{_hint(unmatched)}."
            )


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(directory) as entries:
        return iter(sorted(entries, key=lambda entry: entry.name))


def _listed(names: list[str]) -> str:
    # As literals: a name may have line breaks or be impossible to print.
    listed = ", ".join(map(repr, names[:_MAX_NAMES]))
    more = len(names) - _MAX_NAMES
    return f"{listed} and {more} more" if more > 0 else listed


def _hint(patterns: list[str]) -> str:
    relative = [pattern for pattern in patterns if pattern.startswith("./")]
    return f", where {relative[0]!r} is written {relative[0][1:]!r}" if relative else ""


def _warn(message: str) -> None:
    """Warn, and name the line outside of this package that made the call."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith("fc_client."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)
