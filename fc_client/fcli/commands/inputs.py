"""What commands send: text of the command line, files and stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fc_client.fcli.problems import CommandLineError

__all__ = ["content", "pair"]


@contextmanager
def content(text: str | None, file: str | None, option: str) -> Iterator[bytes | BinaryIO | None]:
    """Yield what to send; a file is sent as it is read.

    Args:
        text: The content itself; comes before *file*.
        file: The file of the content; ``-`` for stdin.
        option: The option that names the file.
    """
    if text is not None:
        yield _encoded(text)
    elif file is None:
        yield None
    elif file == "-":
        yield sys.stdin.buffer
    else:
        with _opened(file, option) as stream:
            yield stream


def pair(text: str, separator: str, option: str) -> tuple[str, str]:
    """Return the name and the value of a text such as ``name=value``.

    Raises:
        CommandLineError: the text is not of this form.
    """
    name, found, value = text.partition(separator)
    if not found or not name.strip():
        # The value may be a secret, so the message has the name only.
        raise CommandLineError(f"{option}: expected name{separator}value, got {name!r}")
    return name.strip(), value


def _encoded(text: str) -> bytes:
    """Return the bytes of a text on the command line, which need not be text."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text)


def _opened(file: str, option: str) -> BinaryIO:
    try:
        return Path(file).open("rb")
    except OSError as exc:
        raise CommandLineError(f"{option} {file}: cannot be read: {exc.strerror}") from exc
