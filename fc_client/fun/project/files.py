"""The files of a function: what its ``codes`` select in the folder of the project."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, MutableSequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from fc_client._disclosure import shown
from fc_client._files import open_regular
from fc_client.code import defaults
from fc_client.code.gitignore import Patterns
from fc_client.fun.project.checks import Found, items
from fc_client.fun.project.globs import InvalidGlobError, parse_glob
from fc_client.fun.project.problems import label
from fc_client.fun.project.reader import Word

__all__ = ["IGNORE_FILE", "Selection", "check_codes", "select"]

IGNORE_FILE = ".funignore"

# They may have an access key.
_PROJECT_FILES = ("faas.yml", "faas.yaml")
_MAX_IGNORE_BYTES = 1 << 20
_MAX_NAMES = 10


@dataclass
class Selection:
    """What the patterns of a function select.

    Attributes:
        members: The name in the package and the path of each file, by name.
        unmatched: Patterns that select nothing.
        left_out: Files that may be secrets, which are packed only by their name.
    """

    members: dict[str, FilePath] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def select(root: FilePath, codes: Iterable[str]) -> Selection:
    """Return the files that patterns select; each of them once, links as links.

    A folder stands for all that is in it. Dot files, files that may be secrets
    and the file of the project are selected by their own name only.

    Args:
        root: The folder of the project.
        codes: The patterns.

    Raises:
        InvalidGlobError: a pattern leaves the folder or cannot be used.
        OSError: a folder cannot be read.
    """
    return _Selector(root).select(codes)


def check_codes(top: object, root: FilePath, warnings: MutableSequence[str]) -> Iterator[Found]:
    """Yield the functions whose patterns select nothing, or leave the folder.

    Args:
        top: The file of the project as it was read.
        root: The folder of the project.
        warnings: Gets what is no problem, such as one pattern of several without a match.
    """
    selector = _Selector(root)
    for function, where in items(top, (), "function-compute", "services", "functions"):
        codes, path = function.get("codes"), (*where, "codes")
        if not isinstance(codes, list) or not all(isinstance(each, Word) for each in codes):
            continue
        selection, unusable = _usable_selection(selector, codes)
        yield from (((*path, index), message, "FILES") for index, message in unusable.items())
        if not selection.members and not unusable:
            yield path, _nothing(codes), "FILES"
        else:
            warnings.extend(_remarks(label(path), selection))


def _usable_selection(selector: _Selector, codes: list[str]) -> tuple[Selection, dict[int, str]]:
    """Return what the usable patterns select, and what is wrong with the others, by index."""
    try:
        return selector.select(codes), {}
    except InvalidGlobError:
        unusable = {}
    for index, each in enumerate(codes):
        try:
            selector.select([each])
        except InvalidGlobError as exc:
            unusable[index] = shown(exc)
    return selector.select(each for i, each in enumerate(codes) if i not in unusable), unusable


def _nothing(codes: list[str]) -> str:
    if not codes:
        return "empty; name the files of the function, or '*' for all"
    return f"no file matches {shown(', '.join(map(repr, codes)))}"


def _remarks(where: str, selection: Selection) -> Iterator[str]:
    for text in selection.unmatched:
        yield f"{where}: no file matches {shown(text)!r}"
    if selection.left_out:
        names = ", ".join(map(shown, selection.left_out[:_MAX_NAMES]))
        more = "" if len(selection.left_out) <= _MAX_NAMES else ", ..."
        yield f"{where}: left out, since they may be secrets: {names}{more}; to pack one, name it"


class _Selector:
    """Selects files in one folder."""

    def __init__(self, root: FilePath) -> None:
        self._root = root
        self._ignored = Patterns(_ignore_lines(root))

    def select(self, codes: Iterable[str]) -> Selection:
        selection = Selection()
        for text in dict.fromkeys(codes):
            glob = parse_glob(text)
            found = False
            for path in glob.matches(self._root):
                for name in self._files(path, selection, is_named=glob.is_literal):
                    found = True
                    selection.members[name] = self._root / name
            if not found:
                selection.unmatched.append(text)
        selection.members = dict(sorted(selection.members.items()))
        selection.left_out = sorted(set(selection.left_out) - set(selection.members))
        return selection

    def _files(self, path: str, selection: Selection, *, is_named: bool) -> Iterator[str]:
        """Yield the files at a path: itself, or all that are in the folder."""
        target = self._root / path
        if path != "." and self._is_ignored(path, is_directory=_is_folder(target)):
            return
        if _is_folder(target):
            yield from self._walk("" if path == "." else f"{path}/", target, selection)
        elif is_named or self._is_packed(path, _entry(target), selection):
            yield path

    def _walk(self, prefix: str, folder: FilePath, selection: Selection) -> Iterator[str]:
        # Not recursive: a tree may be deeper than Python's stack.
        waiting = [(prefix, folder)]
        while waiting:
            prefix, folder = waiting.pop()
            with os.scandir(folder) as entries:
                for entry in sorted(entries, key=lambda each: each.name):
                    path, is_folder = prefix + entry.name, entry.is_dir(follow_symlinks=False)
                    if entry.name.startswith(".") or self._is_matched(path, is_folder=is_folder):
                        continue
                    if not self._is_packed(path, entry, selection):
                        continue
                    if is_folder:
                        waiting.append((f"{path}/", FilePath(entry.path)))
                    else:
                        yield path

    def _is_packed(self, path: str, entry: os.DirEntry[str], selection: Selection) -> bool:
        """Return whether an entry that no pattern names is packed."""
        if path in _PROJECT_FILES:
            return False
        if defaults.is_expected(path, is_directory=entry.is_dir(follow_symlinks=False)):
            return False
        if defaults.is_left_out(path, entry):
            selection.left_out.append(path)
            return False
        return True

    def _is_ignored(self, path: str, *, is_directory: bool) -> bool:
        """Return whether .funignore excludes a path or a folder that it is in."""
        parts = path.split("/")
        folders = ("/".join(parts[:length]) for length in range(1, len(parts)))
        return any(self._is_matched(each, is_folder=True) for each in folders) or (
            self._is_matched(path, is_folder=is_directory)
        )

    def _is_matched(self, path: str, *, is_folder: bool) -> bool:
        match = self._ignored.last_match(path, is_directory=is_folder)
        return match is not None and not match.negated


def _is_folder(path: FilePath) -> bool:
    return path.is_dir() and not path.is_symlink()


def _entry(path: FilePath) -> os.DirEntry[str]:
    with os.scandir(path.parent) as entries:
        return next(entry for entry in entries if entry.name == path.name)


def _ignore_lines(root: FilePath) -> list[str]:
    path = root / IGNORE_FILE
    if not os.path.lexists(path):
        return []
    # Anything but a file is an error: without its patterns, what they exclude is packed.
    with open_regular(path) as file:
        content = file.read(_MAX_IGNORE_BYTES)
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").splitlines()
