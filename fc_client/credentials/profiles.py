"""The files of two command line tools that hold credentials and endpoints.

``~/.aliyun/config.json`` is the aliyun CLI's, ``~/.fcli/config.yaml`` fcli's.
What a function cannot find it tells in words, as its result: an error would
carry the file's text, secrets and all, in the frames of its traceback.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fc_client._redaction import as_secret
from fc_client.credentials import Credentials

log = logging.getLogger("fc_client")

ALIYUN = "~/.aliyun/config.json"
FCLI = "~/.fcli/config.yaml"
PROFILE = "ALIBABA_CLOUD_PROFILE"

_PAIR = ("access_key_id", "access_key_secret")

# By mode. A profile that was changed from StsToken to AK keeps its old token.
_NEEDED = {"AK": _PAIR, "StsToken": (*_PAIR, "sts_token")}

_told_of: set[str] = set()


def aliyun_credentials(environ: Mapping[str, str]) -> Credentials | str:
    """Return the credentials of the aliyun CLI's profile, or why there are none."""
    profile = _aliyun_profile(environ)
    if isinstance(profile, str):
        return profile
    names = _NEEDED.get(str(profile.get("mode")))
    if names is None:
        return f"the profile's mode is {profile.get('mode')!r}; AK and StsToken can be read here"
    return _credentials(profile, names)


def aliyun_region(environ: Mapping[str, str]) -> str | None:
    """Return the region of the aliyun CLI's profile, or None where it has none."""
    profile = _aliyun_profile(environ)
    region = None if isinstance(profile, str) else profile.get("region_id")
    return region if isinstance(region, str) and region else None


def fcli_credentials() -> Credentials | str:
    """Return fcli's credentials, or why there are none."""
    settings = _fcli_settings()
    if isinstance(settings, str):
        return settings
    token = ("security_token",) if "security_token" in settings else ()
    return _credentials(settings, (*_PAIR, *token))


def fcli_endpoint() -> str | None:
    """Return fcli's endpoint, or None where it has none."""
    settings = _fcli_settings()
    return None if isinstance(settings, str) else settings.get("endpoint")


def _credentials(settings: Mapping[str, Any], names: Iterable[str]) -> Credentials | str:
    missing = [name for name in names if not settings.get(name)]
    if missing:
        return f"no {' and no '.join(missing)}"
    key_id, *secrets = (settings[name] for name in names)
    try:
        return Credentials(key_id, *map(as_secret, secrets))
    except (TypeError, ValueError) as exc:
        return str(exc)


def _aliyun_profile(environ: Mapping[str, str]) -> dict[str, Any] | str:
    text = _read(ALIYUN)
    return text.words if isinstance(text, _Unread) else aliyun_profile(text, environ.get(PROFILE))


def _fcli_settings() -> dict[str, str] | str:
    text = _read(FCLI)
    return text.words if isinstance(text, _Unread) else flat_yaml(text)


class _Unread:
    """A file that could not be read; *words* say why."""

    def __init__(self, words: str) -> None:
        self.words = words


def _read(name: str) -> str | _Unread:
    path = os.path.expanduser(name)  # noqa: PTH111 - Path has none where there is no home
    try:
        with Path(path).open(encoding="utf-8") as file:
            _warn_if_open_to_others(path, os.fstat(file.fileno()).st_mode)
            return file.read()
    except FileNotFoundError:
        return _Unread("no such file")
    except OSError as exc:
        return _Unread(f"cannot be read: {exc.strerror}")
    except ValueError:
        return _Unread("is no UTF-8 text")


def _warn_if_open_to_others(path: str, mode: int) -> None:
    # Windows has no such bits.
    wide = os.name == "posix" and stat.S_IMODE(mode) & 0o177
    if wide and path not in _told_of:
        _told_of.add(path)
        log.warning(
            "%s holds secrets and has the mode %04o; give it 0600", path, stat.S_IMODE(mode)
        )


def aliyun_profile(text: str, wanted: str | None) -> dict[str, Any] | str:
    """Return the profile of the aliyun CLI's file that is meant, or why there is none.

    Args:
        text: The file's.
        wanted: Name of a profile; empty or None means the current one.
    """
    try:
        document = json.loads(text)
        name = wanted or document["current"]
        profiles = [each for each in document["profiles"] if each["name"] == name]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "is no JSON with current and profiles"
    return profiles[0] if profiles else f"no profile {name!r}"


_LINE = re.compile(r"(?P<key>\w+)\s*:(?:\s+(?P<value>.*))?")
_QUOTED = re.compile(r"""(?P<text>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")\s*(?:#.*)?""")

# With these a value starts that is more than plain text; and what stands for
# no value.
_MORE = tuple("[]{}&*!|>%@`,?-\"'")
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def flat_yaml(text: str) -> dict[str, str] | str:
    """Return what a YAML file of ``key: text`` lines says, or why it is none.

    Every value is text, also one that is a number to YAML.
    """
    settings = {}
    for number, line in enumerate(text.splitlines(), 1):
        content = line.rstrip()
        if not content.strip() or content.lstrip().startswith("#") or content in ("---", "..."):
            continue
        found = _LINE.fullmatch(content)
        value = _scalar(found["value"] or "") if found else None
        if found is None or value is None:
            return f"line {number} is no plain 'key: value'"
        settings[found["key"]] = value
    return {name: value for name, value in settings.items() if value}


def _scalar(text: str) -> str | None:
    """Return a value; empty for none, None for what is no plain text."""
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        return _unquoted(quoted["text"])
    # A "#" opens a comment only after a space.
    plain = re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()
    if plain in _NOTHING:
        return ""
    return None if plain.startswith(_MORE) or re.search(r":(\s|$)", plain) else plain


def _unquoted(text: str) -> str | None:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    try:
        # The escapes that JSON has are the ones that keys and URLs need.
        return str(json.loads(text))
    except ValueError:
        return None
