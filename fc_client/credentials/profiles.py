"""Credentials, region and endpoint from the configuration files of two tools.

The aliyun CLI writes ``~/.aliyun/config.json``, fcli writes
``~/.fcli/config.yaml``.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
from collections.abc import Iterable, Mapping
from typing import Any

from fc_client._files import open_regular
from fc_client._redaction import as_secret
from fc_client.credentials import Credentials
from fc_client.credentials.sources import Missing

log = logging.getLogger("fc_client")

ALIYUN = "~/.aliyun/config.json"
FCLI = "~/.fcli/config.yaml"
PROFILE = "ALIBABA_CLOUD_PROFILE"

_PAIR = ("access_key_id", "access_key_secret")

# The keys to read, by mode. An AK profile may still contain the token of an
# earlier StsToken profile, so the token is not read for AK.
_KEYS_OF_MODE = {"AK": _PAIR, "StsToken": (*_PAIR, "sts_token")}

# Far more than the two tools write.
_MAX_FILE_BYTES = 1024 * 1024

_warned_paths: set[str] = set()


def aliyun_credentials(environ: Mapping[str, str]) -> Credentials | Missing:
    """Return the credentials of the aliyun CLI's profile, or why there are none."""
    profile = _aliyun_profile(environ)
    if isinstance(profile, Missing):
        return profile
    names = _KEYS_OF_MODE.get(str(profile.get("mode")))
    if names is None:
        return Missing(f"unsupported mode {profile.get('mode')!r:.60}, expected AK or StsToken")
    return _credentials(profile, names)


def aliyun_region(environ: Mapping[str, str]) -> str | None:
    """Return the region of the aliyun CLI's profile, or None if it has none."""
    profile = _aliyun_profile(environ)
    region = None if isinstance(profile, Missing) else profile.get("region_id")
    return region if isinstance(region, str) and region else None


def fcli_credentials() -> Credentials | Missing:
    """Return fcli's credentials, or why there are none."""
    settings = _fcli_settings()
    if isinstance(settings, Missing):
        return settings
    token = ("security_token",) if "security_token" in settings else ()
    return _credentials(settings, (*_PAIR, *token))


def fcli_endpoint() -> str | None:
    """Return fcli's endpoint, or None if it has none."""
    settings = _fcli_settings()
    return None if isinstance(settings, Missing) else settings.get("endpoint")


def _credentials(settings: Mapping[str, Any], names: Iterable[str]) -> Credentials | Missing:
    missing = [name for name in names if not settings.get(name)]
    if missing:
        return Missing(f"no {' and no '.join(missing)}")
    key_id, *secrets = (settings[name] for name in names)
    try:
        return Credentials(key_id, *map(as_secret, secrets))
    except (TypeError, ValueError) as exc:
        return Missing(str(exc))


def _aliyun_profile(environ: Mapping[str, str]) -> dict[str, Any] | Missing:
    text = _read(ALIYUN)
    return text if isinstance(text, Missing) else aliyun_profile(text, environ.get(PROFILE))


def _fcli_settings() -> dict[str, str] | Missing:
    text = _read(FCLI)
    return text if isinstance(text, Missing) else flat_yaml(text)


def _read(name: str) -> str | Missing:
    path = os.path.expanduser(name)  # noqa: PTH111 - Path.expanduser raises where there is no home
    try:
        content = _content(path)
    except FileNotFoundError:
        return Missing("no such file")
    except OSError as exc:
        return Missing(f"cannot be read: {exc.strerror}")
    except ValueError:
        return Missing("the path is not valid")
    if isinstance(content, Missing):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Missing("not UTF-8 text")


def _content(path: str) -> bytes | Missing:
    with open_regular(path) as file:
        _warn_if_open_to_others(path, os.fstat(file.fileno()).st_mode)
        content = file.read(_MAX_FILE_BYTES + 1)
    if len(content) > _MAX_FILE_BYTES:
        return Missing(f"larger than {_MAX_FILE_BYTES} bytes")
    return content


def _warn_if_open_to_others(path: str, mode: int) -> None:
    # Windows has no such permission bits.
    readable_by_others = os.name == "posix" and stat.S_IMODE(mode) & 0o177
    if readable_by_others and path not in _warned_paths:
        _warned_paths.add(path)
        log.warning(
            "%s contains secrets but has mode %04o; run chmod 600 on it",
            path,
            stat.S_IMODE(mode),
        )


def aliyun_profile(text: str, wanted: str | None) -> dict[str, Any] | Missing:
    """Return a profile of the aliyun CLI, or why there is none.

    Args:
        text: Content of the configuration file.
        wanted: Name of the profile; empty or None means the current one.
    """
    try:
        document = json.loads(text)
        name = wanted or document["current"]
        profiles = [each for each in document["profiles"] if each["name"] == name]
    except (ValueError, LookupError, TypeError, RecursionError):
        return Missing("expected a JSON object with current and profiles")
    return profiles[0] if profiles else Missing(f"no profile {name!r:.60}")


_LINE = re.compile(r"(?P<key>\w+)\s*:(?:\s+(?P<value>.*))?")
_QUOTED = re.compile(r"""(?P<text>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")\s*(?:#.*)?""")

# A value that starts with one of these is not a plain scalar.
_INDICATORS = tuple("[]{}&*!|>%@`,?-\"'")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def flat_yaml(text: str) -> dict[str, str] | Missing:
    """Return the settings of a YAML file of ``key: value`` lines, or why they cannot be read.

    All values are text, numbers and booleans too. Nested values are not
    supported. The reason quotes no line, since a line may contain a secret.
    """
    settings = {}
    for number, line in enumerate(text.splitlines(), 1):
        content = line.rstrip()
        if not content.strip() or content.lstrip().startswith("#") or content in ("---", "..."):
            continue
        found = _LINE.fullmatch(content)
        value = _scalar(found["value"] or "") if found else None
        if found is None or value is None:
            return Missing(f"line {number}: expected 'key: value' with a plain or quoted value")
        settings[found["key"]] = value
    return {name: value for name, value in settings.items() if value}


def _scalar(text: str) -> str | None:
    """Return a value, empty for null; None for a value that is not plain or quoted text."""
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        return _unquoted(quoted["text"])
    # "#" starts a comment only after white space.
    plain = re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()
    if plain in _NULLS:
        return ""
    return None if plain.startswith(_INDICATORS) or re.search(r":(\s|$)", plain) else plain


def _unquoted(text: str) -> str | None:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    try:
        # JSON's escapes are a subset of YAML's, and enough for keys and URLs.
        return str(json.loads(text))
    except ValueError:
        return None
