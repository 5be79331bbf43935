"""YAML and JSON files with settings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fc_client.fcli.problems import CommandLineError

__all__ = ["read_document", "read_settings"]


def read_document(file: str, option: str) -> Any:
    """Return what a YAML or JSON file has.

    Args:
        file: The file; ``-`` for stdin.
        option: The option that names it.

    Raises:
        CommandLineError: it cannot be read, or is not valid.
    """
    import yaml

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        return yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandLineError(f"{option} {file}: cannot be read: {exc}") from exc
    except yaml.YAMLError as exc:
        reason = " ".join(str(exc).split())
        raise CommandLineError(f"{option} {file}: not valid YAML or JSON: {reason}") from exc


def read_settings(file: str | None, option: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings in a file as arguments for the client.

    Args:
        file: The file; None for no settings.
        option: The option that names it.
        names: The names of the arguments, by the keys that the file may have.

    Raises:
        CommandLineError: the file is not a mapping, or has other keys.
    """
    if file is None:
        return {}
    document = read_document(file, option)
    if not isinstance(document, Mapping) or not document or document.keys() - names.keys():
        raise CommandLineError(
            f"{option} {file}: expected a mapping with keys of {', '.join(names)}"
        )
    return {names[key]: value for key, value in document.items()}
