"""The one door for text of others that this library shows: in errors, in logs, in reprs.

What a service, a gateway, a file or a library says may quote secrets, may be
endless, and may have characters that control a terminal. :func:`shown` makes
one line of it that is safe to print.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

# Enough to recognise what happened, and short enough for a line of a log.
MAX_CHARACTERS = 1000
# More than this is not read.
_MAX_READ_CHARACTERS = 4 * MAX_CHARACTERS

_MASK = "***"

# Texts that are shorter are no secrets, and would be found everywhere.
MIN_SECRET = 6
# A part of a secret that is this long is masked as well.
_FRAGMENT = 12
# At the end of text that was cut off, a shorter part is.
_CUT_FRAGMENT = 4

# How often text may be escaped: a URL in JSON in HTML.
_MAX_LEVELS = 3

# A character as URLs, JSON, JavaScript, Python and HTML write it.
_ESCAPE = re.compile(
    r"%(?P<url>[0-9A-Fa-f]{2})"
    r"|\\+u(?P<json>[0-9A-Fa-f]{4})"
    r"|\\+x(?P<python>[0-9A-Fa-f]{2})"
    r"|&\#[xX](?P<hex>[0-9A-Fa-f]{1,6});?"
    r"|&\#(?P<decimal>[0-9]{1,7});?"
    r"|(?P<entity>&\w{2,20};)"
    r"|\\+(?P<itself>[^\w\s\\])"
)

# The query of a pre-signed URL gives access to whoever reads it, and so do its
# parameters without it, members of JSON with their names, and the user of a URL.
_QUERY = re.compile(r"""\?(?P<secret>[^\s"'<>]+)""")
_PARAMETER = re.compile(
    r"(?:signature|security-?token|auth-?token|password|key-?secret)"
    r"(?:=|\"\s*:\s*\")(?P<secret>[^\s&\"'<>]+)",
    re.IGNORECASE,
)
_USER = re.compile(r"""//(?P<secret>[^/?#\s"'<>]{1,500})@""")

# Settings with text that users choose freely, which often has secrets, and settings whose
# name says that they have one.
_PRIVATE_SETTING = re.compile(
    r"(?:environment_?variables|.*payload|event_?detail|function_?parameter)$"
    r"|.*(?:passw|passphrase|pwd|secret|token|credential|authorization|cookie"
    r"|(?:access|api|private)[-_ ]?key)",
    re.IGNORECASE,
)

# A character, and where the text has it: one or more characters, if escaped.
_Unit = tuple[str, int, int]
_Span = tuple[int, int]


def shown(text: object, secrets: Iterable[str | None] = (), limit: int = MAX_CHARACTERS) -> str:
    """Return *text* as one line that can be shown to anybody.

    Secrets, parts of them and the queries of URLs become ``***``, however they
    are escaped; line breaks become spaces; other characters that cannot be
    printed are escaped; the rest of a long text is left out.

    Args:
        text: What another party has said; its str is taken.
        secrets: What must not be shown.
        limit: Maximum number of characters.
    """
    read = str(text)[:_MAX_READ_CHARACTERS]
    line = " ".join(masked(read, secrets).split())
    if not line.isprintable():
        line = "".join(map(_printable, line))
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def _printable(character: str) -> str:
    # The escape of a lone surrogate, too, which no file or terminal takes.
    return character if character.isprintable() else ascii(character)[1:-1]


def masked(text: str, secrets: Iterable[str | None] = ()) -> str:
    """Return *text* with ``***`` for secrets, parts of them and the queries of URLs."""
    wanted = [_folded(each) for each in secrets if each and len(each) >= MIN_SECRET]
    spans: set[_Span] = set()
    for units in _readings(text):
        spans.update(_spans_of_urls(units))
        for secret in wanted:
            spans.update(_spans_of(secret, units))
    return _replaced(text, sorted(spans)) if spans else text


def _readings(text: str) -> Iterator[list[_Unit]]:
    """Yield the characters of *text* as they are, then unescaped once, twice, ..."""
    units = [(character, place, place + 1) for place, character in enumerate(text)]
    yield units
    for _ in range(_MAX_LEVELS):
        unescaped = _unescaped(units)
        if len(unescaped) == len(units):
            return
        units = unescaped
        yield units


def _unescaped(units: list[_Unit]) -> list[_Unit]:
    text = _text_of(units)
    if not ("%" in text or "\\" in text or "&" in text):
        return units
    found: list[_Unit] = []
    position = 0
    for escape in _ESCAPE.finditer(text):
        found += units[position : escape.start()]
        position = escape.end()
        start, end = units[escape.start()][1], units[position - 1][2]
        found += [(character, start, end) for character in _meaning(escape)]
    return found + units[position:]


def _meaning(escape: re.Match[str]) -> str:
    kind, value = str(escape.lastgroup), str(escape[str(escape.lastgroup)])
    if kind == "entity":
        # Imported late, here and below: it has a table of all entities.
        import html

        return html.unescape(value)
    if kind == "itself":
        return value
    code = int(value, 10 if kind == "decimal" else 16)
    return chr(code) if code < 0x110000 else escape[0]


def _text_of(units: list[_Unit]) -> str:
    return "".join([character for character, _, _ in units])


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    # lower() of some other characters is longer.
    return "".join([each.lower() if each.isascii() else each for each in text])


def _spans_of(secret: str, units: list[_Unit]) -> Iterator[_Span]:
    """Yield where *units* have parts of *secret*, in whatever case and with any line breaks."""
    units = [unit for unit in units if not unit[0].isspace()]
    text = _folded(_text_of(units))
    size = min(len(secret), _FRAGMENT)
    parts = {secret[start : start + size] for start in range(len(secret) - size + 1)}
    for start in range(len(text) - size + 1):
        if text[start : start + size] in parts:
            yield units[start][1], units[start + size - 1][2]
    said = text.rstrip(".\N{HORIZONTAL ELLIPSIS}'\")]}")
    for length in range(size - 1, _CUT_FRAGMENT - 1, -1):
        if said.endswith(secret[:length]):
            yield units[len(said) - length][1], units[len(said) - 1][2]
            return


def _spans_of_urls(units: list[_Unit]) -> Iterator[_Span]:
    text = _text_of(units)
    for query in _QUERY.finditer(text):
        if "=" in query["secret"]:
            yield _place(query, units)
    for pattern in (_PARAMETER, _USER):
        for found in pattern.finditer(text):
            yield _place(found, units)


def _place(found: re.Match[str], units: list[_Unit]) -> _Span:
    return units[found.start("secret")][1], units[found.end("secret") - 1][2]


def _replaced(text: str, spans: list[_Span]) -> str:
    """Return *text* with a mask for each run of *spans*, which are sorted."""
    parts: list[str] = []
    position = -1
    for start, end in spans:
        if start > position:
            parts += [text[max(position, 0) : start], _MASK]
        position = max(position, end)
    return "".join([*parts, text[position:]])


def masked_json(value: object, secrets: Iterable[str | None] = ()) -> object:
    """Return a JSON value whose texts are masked and can be printed; it is not shortened."""
    wanted = list(secrets)
    if isinstance(value, str):
        # Lone surrogates, which JSON can have and files cannot.
        return masked(value, wanted).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [masked_json(each, wanted) for each in value]
    if isinstance(value, dict):
        return {str(masked_json(name, wanted)): masked_json(value[name], wanted) for name in value}
    return value


def shown_setting(path: Iterable[str], value: object) -> str:
    """Return the JSON value of a setting as one line; ``***`` for a value that may be secret.

    Args:
        path: The names that lead to the value: ``environment_variables``, ``TOKEN``.
        value: Text, a number, a list, ...
    """
    if value != {} and any(_PRIVATE_SETTING.match(name) for name in path):
        return _MASK
    return shown(json.dumps(without_private(value), ensure_ascii=False))


def without_private(value: Any) -> Any:
    """Return a JSON value with ``***`` for the settings in it that may be secret."""
    if isinstance(value, list):
        return [without_private(each) for each in value]
    if isinstance(value, Mapping):
        return {
            name: _MASK if each != {} and _PRIVATE_SETTING.match(name) else without_private(each)
            for name, each in value.items()
        }
    return value


def spellings(secret: str) -> list[str]:
    """Return *secret* as it is, and as JSON, Python, URLs and HTML write it; the longest first.

    For text that is too long for :func:`masked`.
    """
    import html

    quoted = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    of_urls = (quote(secret), quote(secret, safe=""), quote_plus(secret))
    plain = str.__str__(secret)
    found = {plain, repr(plain)[1:-1], *quoted, *of_urls, html.escape(secret)}
    return sorted(found, key=len, reverse=True)


def setting_leaves(value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the values in a JSON value that are no objects themselves, each after its path.

    An empty object is such a value, too; None is one within an object.
    """
    waiting: list[tuple[tuple[str, ...], object]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, Mapping) and item:
            waiting += reversed([((*path, name), each) for name, each in item.items()])
        elif item is not None or path:
            yield path, item
