"""Tiny packages for pip and npm, made on the spot."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path


def write_wheel(
    directory: Path,
    name: str,
    files: Mapping[str, str],
    *,
    version: str = "1.0",
    tag: str = "py3-none-any",
    entry_points: str = "",
) -> Path:
    """Write a wheel and return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}-{version}-{tag}.whl"
    info = f"{name}-{version}.dist-info"
    members = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        **({f"{info}/entry_points.txt": entry_points} if entry_points else {}),
    }
    record = "".join(f"{member},,\n" for member in (*members, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as wheel:
        for member, text in {**members, f"{info}/RECORD": record}.items():
            wheel.writestr(member, text)
    return path


def write_source(directory: Path, name: str) -> Path:
    """Write a source distribution of version 1.0, which has to be built; return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}-1.0.tar.gz"
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(f"{name}-1.0/PKG-INFO")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return path


def write_node_package(directory: Path, name: str, source: str, **fields: object) -> Path:
    """Write a package of Node.js and return its directory."""
    directory.mkdir(parents=True, exist_ok=True)
    document = {"name": name, "version": "1.0.0", "main": "index.js", **fields}
    (directory / "package.json").write_text(json.dumps(document))
    (directory / "index.js").write_text(source)
    return directory
