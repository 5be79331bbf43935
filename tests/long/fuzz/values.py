"""Values that an argument should not have."""

import io
import os
from pathlib import Path
from types import AsyncGeneratorType, GeneratorType

from hypothesis import strategies as st

from fc_client import (
    Code,
    LogConfig,
    VPCConfig,
)
from fuzz.attack import JSON_VALUES


class _Odd:
    """An object of no use."""


class _Path(os.PathLike):
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


def _endless() -> dict:
    endless: dict = {}
    endless["a"] = endless
    return endless


async def _awaited(*pieces):
    for piece in pieces:
        yield piece


def _deep() -> list:
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    return deep


INJECTIONS = st.sampled_from(
    [
        "\r\nX-Evil: 1",
        "a\r\n\r\nGET / HTTP/1.1\r\n",
        "\n",
        "\r",
        "a\nX-Evil: 1",
        "\x0bX-Evil: 1",
        "\x85X-Evil: 1",
        "\N{LINE SEPARATOR}X-Evil: 1",
        "a\0b",
        " a ",
        "\t",
        "\ud800",
        "\udcff",
        "é",
        "\N{PILE OF POO}",
        "%0d%0a",
        "{service_name}",
        "a?b#c",
        "../../x",
        "..",
        ".",
        "/",
    ]
)


TEXTS = (
    INJECTIONS
    | st.builds(lambda: "x" * 70_000)
    | st.text(max_size=20)
    | st.tuples(st.text(max_size=5), INJECTIONS).map("".join)
)


ODD_FIELDS = TEXTS | st.integers() | st.floats() | st.builds(_Odd)


def _made(kind: type, *fields: st.SearchStrategy) -> st.SearchStrategy:
    """Return values of a class; where it refuses its fields, these."""

    def make(values):
        try:
            return kind(*values)
        except (TypeError, ValueError):
            return values

    return st.tuples(*fields).map(make)


ODD = st.one_of(
    TEXTS,
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers() | st.builds(lambda: 10**400) | st.builds(lambda: -(10**5000)),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=10),
    st.binary(max_size=10).map(bytearray),
    JSON_VALUES,
    st.dictionaries(st.integers() | st.booleans() | st.none() | TEXTS, JSON_VALUES, max_size=3),
    st.lists(st.binary(max_size=3) | st.integers(), max_size=3),
    st.sets(st.integers(), max_size=2),
    st.builds(_Odd),
    st.builds(_endless),
    st.builds(_deep),
    st.builds(lambda: (piece for piece in (b"a", b"", b"b"))),
    st.builds(lambda: (piece for piece in (b"a", "b"))),
    st.builds(lambda: _awaited(b"a", b"", b"b")),
    st.builds(lambda: _awaited(b"a", "b")),
    st.builds(io.BytesIO, st.binary(max_size=10)),
    st.builds(io.StringIO),
    st.builds(_Path, TEXTS | st.none()),
    _made(LogConfig, ODD_FIELDS, ODD_FIELDS),
    _made(VPCConfig, ODD_FIELDS, st.lists(ODD_FIELDS, max_size=2).map(tuple) | ODD_FIELDS),
    _made(Code, st.binary(max_size=5) | ODD_FIELDS, ODD_FIELDS, ODD_FIELDS),
    st.just(type),
)


def is_lazy(arguments: dict) -> bool:
    """Tell whether something is asked for while a request is sent, so that its faults come late."""
    payload, progress = arguments.get("payload"), arguments.get("progress")
    return isinstance(payload, GeneratorType | AsyncGeneratorType) or callable(progress)


def is_directory(code: object) -> bool:
    """Tell whether *code* is a directory's path: it would be read, all of it."""
    try:
        return isinstance(code, str | os.PathLike) and Path(code).is_dir()
    except (TypeError, ValueError, OSError):
        return False


def is_harmless(target: object) -> bool:
    try:
        return len(Path(target).parts) <= 1
    except TypeError:
        return True
