"""Builds zips, also invalid ones."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

FILE = stat.S_IFREG | 0o644
LINK = stat.S_IFLNK | 0o777


def make_zip(*entries: tuple[str, int, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of entries of name, mode and content, in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, mode, content in entries:
            info = zipfile.ZipInfo("placeholder")
            # Set behind ZipInfo's back, which would tidy it.
            info.filename = name
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, content)
    return buffer.getvalue()


def patched(content: bytes, offset_in_local: int, offset_in_central: int, value: int) -> bytes:
    """Return a zip of one entry with a 16 bit field changed in both of its headers."""
    data = bytearray(content)
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, offset_in_local, value)
    struct.pack_into("<H", data, central + offset_in_central, value)
    return bytes(data)
