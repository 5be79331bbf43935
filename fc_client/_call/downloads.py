"""Write downloaded code to its target and compare its checksum."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from fc_client.code import crc64
from fc_client.exceptions import ChecksumMismatchError

Target = str | os.PathLike[str] | IO[bytes]


def check_target(target: Target) -> None:
    """Check *target* before anything is downloaded.

    Raises:
        TypeError: *target* is neither a path nor a binary file.
        ValueError: it is a directory, its parent directory does not exist, or
            its name is not valid.
    """
    if isinstance(target, io.TextIOBase):
        raise TypeError("target: expected a binary file, got a text file; open it with 'wb'")
    if hasattr(target, "write"):
        return
    if not isinstance(target, (str, os.PathLike)):
        raise TypeError(f"target: expected a path or a binary file, got {type(target).__name__}")
    path = Path(target)
    if not path.parent.is_dir():
        raise ValueError(f"target: no such directory: {str(path.parent)!r}")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except (OSError, ValueError) as exc:
        raise ValueError(f"target: {str(path)!r} cannot be written: {exc}") from exc
    if stat.S_ISDIR(mode):
        raise ValueError(f"target: {str(path)!r} is a directory; name a file")


def save(chunks: Iterable[bytes], target: Target, checksum: str | None) -> None:
    """Write *chunks* to *target*; a file at a path is replaced only by the complete code.

    Raises:
        ChecksumMismatchError: the checksum of *chunks* is not *checksum*.
    """
    if not isinstance(target, (str, os.PathLike)):
        _copy(chunks, target, checksum)
        return
    path = Path(target)
    part = path.with_name(f".{os.urandom(16).hex()}.part")
    try:
        with part.open("xb") as file:
            _copy(chunks, file, checksum)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _copy(chunks: Iterable[bytes], file: IO[bytes], checksum: str | None) -> None:
    crc = 0
    for chunk in chunks:
        file.write(chunk)
        crc = crc64(chunk, crc)
    if checksum is not None and str(crc) != checksum:
        raise ChecksumMismatchError(
            f"the downloaded code has the checksum {crc}, the service stored {checksum}",
            operation="GetFunctionCode",
        )
