"""What is left out of a directory's code by default.

Patterns are not enough: a ``.pem`` may be a certificate, which functions need to
call others, and a private key may have any name. The content decides about them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from fc_client._files import AT_ONCE
from fc_client.code.gitignore import Patterns

__all__ = ["IGNORE_FILE", "is_expected", "is_left_out", "is_redundant"]

IGNORE_FILE = ".fcignore"

# Left out without a warning: they are derived from the code, or its history.
_EXPECTED = (
    "__pycache__", "*.pyc", "*.pyo", ".git", ".hg", ".svn", ".bzr", "_darcs", "CVS/", ".jj/",
    f"/{IGNORE_FILE}",
)  # fmt: skip

_SECRETS = (
    ".env", ".env.*", "!.env.example", "!.env.sample", "!.env.template", "!.env.dist", ".envrc",
    "*.pem", "*.key", "*.ppk", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
    "!id_*.pub", "!id_*.py", "!id_*.[cm]js", "!id_*.js", "!id_*.ts",
    ".ssh/", ".gnupg/", ".aws/", ".aliyun/", ".fcli/", ".kube/", ".docker/config.json",
    ".config/gcloud/", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".pypirc", ".git-credentials",
    ".htpasswd", ".s3cfg", ".ossutilconfig", ".npmrc", "!**/node_modules/**/.npmrc",
    "*.tfstate", "*.tfstate.backup", ".terraform/",
)  # fmt: skip

_TOOLS = (
    ".venv", "venv/", ".direnv/",
    ".DS_Store", "._*", "__MACOSX/", "Thumbs.db", "desktop.ini",
    ".idea/", ".vscode/", ".vs/", "*.swp", "*~",
    ".pytest_cache/", ".mypy_cache/", ".ruff_cache/", ".hypothesis/", ".tox/", ".nox/", ".eggs/",
    ".ipynb_checkpoints/", ".coverage", ".nyc_output/", ".sass-cache/", ".gradle/",
    ".serverless/",
)  # fmt: skip

_expected = Patterns(_EXPECTED)
_unexpected = Patterns((*_SECRETS, *_TOOLS))
_texts = {pattern.strip("!/") for pattern in (*_EXPECTED, *_SECRETS, *_TOOLS)}

_PEM_SUFFIXES = (".pem", ".key")
# What the text of a key or of a certificate begins with; a key may follow a certificate.
_KEY_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:-{4,5} ?BEGIN |Bag Attributes|PuTTY-User-Key-File-)"
)
_PRIVATE_KEY = re.compile(
    rb"^[ \t]*-{4,5} ?BEGIN [A-Z0-9 ]*PRIVATE KEY|^PuTTY-User-Key-File-", re.MULTILINE
)
_BOM = b"\xef\xbb\xbf"
_MAX_KEY_BYTES = 16 * 1024
_MAX_PEM_BYTES = 4 << 20


def is_expected(path: str, *, is_directory: bool) -> bool:
    """Return whether the entry is left out without a warning: bytecode, version control."""
    return _expected.last_match(path, is_directory=is_directory) is not None


def is_left_out(path: str, entry: os.DirEntry[str]) -> bool:
    """Return whether the entry at *path* is left out with a warning: secrets, files of tools."""
    is_directory = entry.is_dir(follow_symlinks=False)
    match = _unexpected.last_match(path, is_directory=is_directory)
    excluded = match is not None and not match.negated
    if is_directory:
        # A package may be named venv.
        is_package = entry.name == "venv" and Path(entry.path, "__init__.py").is_file()
        return (excluded and not is_package) or _is_virtual_environment(Path(entry.path))
    if not entry.is_file(follow_symlinks=False):
        return excluded
    if excluded:
        return not (entry.name.endswith(_PEM_SUFFIXES) and _is_public_pem(entry.path))
    return _is_private_key(entry)


def is_redundant(pattern: str) -> bool:
    """Return whether a pattern of the user excludes what is left out anyway."""
    return pattern.removeprefix("**/").strip("/") in _texts


def _is_virtual_environment(path: Path) -> bool:
    return (path / "pyvenv.cfg").is_file() or (path / "conda-meta").is_dir()


def _is_public_pem(path: str) -> bool:
    """Return whether a PEM file has certificates or public keys only."""
    content = _start_of(path, _MAX_PEM_BYTES)
    is_whole = len(content) < _MAX_PEM_BYTES
    return is_whole and b"-----BEGIN " in content and b"PRIVATE KEY" not in content


def _is_private_key(entry: os.DirEntry[str]) -> bool:
    # A key is short: what is longer does not need to be opened.
    is_short = 0 < entry.stat(follow_symlinks=False).st_size <= _MAX_KEY_BYTES
    if not (is_short and _KEY_START.match(_start_of(entry.path, 128))):
        return False
    return bool(_PRIVATE_KEY.search(_start_of(entry.path, _MAX_KEY_BYTES).removeprefix(_BOM)))


def _start_of(path: str, size: int) -> bytes:
    # Every file is looked at: a file object would take several times as long.
    descriptor = os.open(path, os.O_RDONLY | AT_ONCE | getattr(os, "O_BINARY", 0))
    try:
        return os.read(descriptor, size)
    finally:
        os.close(descriptor)
