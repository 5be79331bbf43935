"""Whether a file is a zip: its content decides, whatever its name."""

from __future__ import annotations

from struct import error
from typing import IO

__all__ = ["check_zip", "is_zip"]

# What names say that their content is a zip.
_ZIP_SUFFIXES = (".zip", ".jar", ".war", ".ear", ".whl", ".egg", ".pyz")

_ENTRY, _NO_ENTRIES = b"PK\x03\x04", b"PK\x05\x06"
_ELF = b"\x7fELF"

_ENCRYPTED = 0x1


def is_zip(file: IO[bytes], name: str, where: str) -> bool:
    """Return whether *file* is a zip that can be sent as it is.

    Args:
        file: The content, at its start.
        name: Name of the file.
        where: What is called the source in errors.

    Raises:
        ValueError: it is not a zip although its name or its first bytes say so,
            or is one that cannot be unpacked.
    """
    start = file.read(4)
    # A program may have a zip at its end, which it reads by itself.
    if start == _ELF:
        return False
    if start in (_ENTRY, _NO_ENTRIES) or name.lower().endswith(_ZIP_SUFFIXES):
        check_zip(file, where)
        return True
    # A zip with other bytes before it, such as the script that starts a jar.
    try:
        return _check(file) > 0
    except _NotZipError:
        return False


def check_zip(file: IO[bytes], where: str) -> None:
    """Check that *file* is a zip.

    Raises:
        ValueError: it is not, or it is damaged or encrypted.
    """
    try:
        _check(file)
    except _NotZipError as exc:
        raise ValueError(f"code: not a zip file: {where}: {exc}") from exc.__cause__


class _NotZipError(ValueError):
    """The content cannot be read as a zip."""


def _check(file: IO[bytes]) -> int:
    """Return the number of entries."""
    # Imported late: most programs never pass a zip.
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            end = archive.start_dir
    # OSError: zipfile seeks to where damaged records point.
    except (BadZipFile, NotImplementedError, ValueError, OverflowError, OSError, error) as exc:
        raise _NotZipError(str(exc)) from exc
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise _NotZipError(f"{entry.filename!r} is encrypted; nothing could unpack it")
        if entry.header_offset < 0 or entry.header_offset + entry.compress_size > end:
            raise _NotZipError(f"{entry.filename!r} is not complete")
    return len(entries)
