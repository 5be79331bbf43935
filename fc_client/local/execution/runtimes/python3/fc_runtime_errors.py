"""Describes errors of the function.

An exception is an object of the function: its class, its ``__str__`` and its
arguments may run any code and raise anything. Nothing here depends on that code.
"""
# ruff: noqa: INP001, BLE001, PTH123 - loaded by bootstrap.py; the function may raise anything

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from types import TracebackType
from typing import Any

__all__ = ["frames_of", "message_of", "show_code_dir", "text_of", "type_name"]

_RUNTIME_DIR = os.path.dirname(__file__)  # noqa: PTH120 - compared with the names of frames
# The functions themselves, since the function may replace those of the modules.
_extract, _walk = traceback.extract_tb, traceback.walk_tb
_Frame, _Stack, _Report = (
    traceback.FrameSummary,
    traceback.StackSummary,
    traceback.TracebackException,
)


def show_code_dir(code_dir: str, opt_dir: str | None) -> Callable[[str], str]:
    """Make tracebacks show paths of the cloud; return a function that does so for any text.

    Args:
        code_dir: The directory to show as /code.
        opt_dir: The directory to show as /opt; None without layers.
    """
    names = {code_dir: "/code"} if opt_dir is None else {code_dir: "/code", opt_dir: "/opt"}
    pattern = re.compile(f"({'|'.join(map(re.escape, names))})" + r"(?![\w.-])")

    def shown(text: str) -> str:
        return pattern.sub(lambda found: names[found[1]], text)

    for kind, name in (
        (_Stack, "format"),
        (_Report, "format"),
        (_Report, "format_exception_only"),
    ):
        setattr(kind, name, _showing(getattr(kind, name), shown))
    return shown


def _showing(
    method: Callable[..., Iterable[str]], shown: Callable[[str], str]
) -> Callable[..., list[str]]:
    @wraps(method)
    def format_lines(*args: Any, **options: Any) -> list[str]:
        return [shown(line) for line in method(*args, **options)]

    return format_lines


def type_name(value: object) -> str:
    """Return the name of the class of *value*, whatever its metaclass says."""
    name: str = type.__dict__["__name__"].__get__(type(value))
    return name


def message_of(exc: BaseException) -> str:
    """Return the text of *exc*, or as much of it as can be had."""
    try:
        return str.__str__(str(exc))
    except BaseException as failure:
        problem = type_name(failure)
    with suppress(BaseException):
        text = str.__str__(BaseException.__str__(exc))
        if text:
            return text
    return f"<no message: {problem}>"


def frames_of(exc: BaseException) -> list[list[str]]:
    """Return the frames of the function's own code, the innermost last."""
    return [
        [f'File "{frame.filename}"', f"line {frame.lineno}", f"in {frame.name}", frame.line or ""]
        for frame in _own_frames(_summaries(_traceback_of(exc)))
    ]


def text_of(exc: BaseException) -> str:
    """Return the traceback of *exc* as Python prints it, without the runtime's frames."""
    try:
        report = _Report.from_exception(exc, lookup_lines=False)
        _clean(report)
        return "".join(report.format())
    except BaseException:
        frames = "".join(
            f"  {file}, {line}, {place}\n    {source}\n"
            for file, line, place, source in frames_of(exc)
        )
        head = "Traceback (most recent call last):\n" if frames else ""
        return f"{head}{frames}{type_name(exc)}: {message_of(exc)}\n"


def _clean(report: traceback.TracebackException) -> None:
    """Replace the frames of an exception and of those that it refers to."""
    pending: list[traceback.TracebackException | None] = [report]
    seen = set()
    while pending:
        each = pending.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.stack = _Stack.from_list(_own_frames(each.stack))
        pending += [each.__cause__, each.__context__, *(getattr(each, "exceptions", None) or ())]


def _traceback_of(exc: BaseException) -> TracebackType | None:
    found: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(exc)
    return found


def _summaries(trace: TracebackType | None) -> Iterable[traceback.FrameSummary]:
    # Not extract_tb, which asks the loader of each module for its source.
    return [
        _Frame(frame.f_code.co_filename, line, frame.f_code.co_name, lookup_line=False)
        for frame, line in _walk(trace)
    ]


def _own_frames(frames: Iterable[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Return *frames* without those of the runtime and the import system.

    Their lines are read here. ``linecache`` and the marks below the lines would
    import modules late, which the function may have replaced.
    """
    return [
        _Frame(
            frame.filename,
            frame.lineno,
            frame.name,
            lookup_line=False,
            line=_source_line(frame.filename, frame.lineno or 0),
        )
        for frame in frames
        if os.path.dirname(frame.filename) != _RUNTIME_DIR  # noqa: PTH120
        and not frame.filename.startswith("<frozen ")
        and not _is_importlib(frame.filename)
    ]


def _is_importlib(filename: str) -> bool:
    return filename.endswith("/importlib/__init__.py")


def _source_line(filename: str, number: int) -> str:
    with suppress(OSError, ValueError), open(filename, "rb") as source:
        for current, line in enumerate(source, 1):
            if current == number:
                return line.decode("utf-8", "replace").strip()
    return ""
