"""fcli's configuration files: read as YAML, changed in place so that nothing else is lost."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fc_client.exceptions import ConfigurationError

__all__ = ["KEYS", "directory", "profile_path", "read", "write"]

# The keys of the original, in its order.
KEYS = (
    "endpoint",
    "api_version",
    "access_key_id",
    "access_key_secret",
    "security_token",
    "debug",
    "timeout",
    "sls_endpoint",
    "ram_endpoint",
)
# ram_endpoint is the only one that the original does not know; it ignores it.

_PROFILE = re.compile(r"[\w.-]{1,64}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z][\w./:@-]*(?<!:)", re.ASCII)
# YAML reads these as something else than text.
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})

Value = str | int | float


def directory() -> Path:
    """Return the directory of the configuration and the history.

    Raises:
        ConfigurationError: there is no home directory.
    """
    try:
        return Path.home() / ".fcli"
    except RuntimeError as exc:
        raise ConfigurationError(f"no home directory: {exc}; set HOME, or pass --config") from exc


def profile_path(name: str) -> Path:
    """Return the file of a profile.

    Raises:
        ConfigurationError: the name cannot be that of a file.
    """
    if not _PROFILE.fullmatch(name) or name.startswith("."):
        raise ConfigurationError(
            f"profile: {name!r} must have letters, digits, '_', '-' and '.' only"
        )
    return directory() / "profiles" / f"{name}.yaml"


def read(path: Path) -> dict[str, str] | None:
    """Return the settings of a file as text, or None if there is no such file.

    Raises:
        ConfigurationError: the file cannot be read, or is not a YAML mapping.
    """
    text = _content(path)
    return None if text is None else _settings(path, text)


def write(path: Path, changes: Mapping[str, Value]) -> None:
    """Change settings of a file; create it if needed, readable by its owner only.

    Comments and other keys stay as they are.

    Args:
        path: The file; what a link points to is changed.
        changes: The new values, by key.

    Raises:
        ConfigurationError: the file cannot be read or written, or is not a
            YAML mapping.
    """
    text = _content(path) or ""
    _settings(path, text)
    for key, value in changes.items():
        text = _replaced(path, text, key, value)
    try:
        _write(Path(os.path.realpath(path)), text)
    except OSError as exc:
        raise ConfigurationError(f"{path}: cannot be written: {exc.strerror}") from exc


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8 text"
        raise ConfigurationError(f"{path}: cannot be read: {reason}") from exc


def _settings(path: Path, text: str) -> dict[str, str]:
    root = _root(path, text)
    if root is None:
        return {}
    return {
        key.value: value.value
        for key, value in root.value
        # Only the original's keys are used, and each has one value.
        if isinstance(value.value, str) and value.tag != "tag:yaml.org,2002:null"
    }


def _root(path: Path, text: str) -> Any:
    """Return the node of the top-level mapping, or None for an empty file."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        # The error's own text quotes lines, which may have secrets.
        mark = getattr(exc, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise ConfigurationError(f"{path}{where}: not valid YAML; correct it by hand") from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ConfigurationError(f"{path}: must have lines 'key: value'; correct it by hand")
    return root


def _replaced(path: Path, text: str, key: str, value: Value) -> str:
    root = _root(path, text)
    for name, node in root.value if root is not None else ():
        if name.value == key:
            before, after = text[: node.start_mark.index], text[node.end_mark.index :]
            space = "" if before.endswith((" ", "\n")) else " "
            # A value over several lines ends after its last line.
            ending = "\n" if text[: node.end_mark.index].endswith("\n") else ""
            return before + space + _scalar(value) + ending + after
    if root is not None and root.flow_style:
        raise ConfigurationError(f"{path}: is written in braces; add '{key}' by hand")
    # The last line may lack its end; a document may end with "...".
    body, dots, rest = text.partition("\n...")
    body = body if not body or body.endswith("\n") else f"{body}\n"
    return f"{body}{key}: {_scalar(value)}\n{dots.lstrip()}{rest}"


def _scalar(value: Value) -> str:
    """Return *value* as YAML that every parser reads as the same value."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A temporary file has mode 0600, and a crash leaves the old file as it was.
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
