"""Secrets: str and bytes with a masked repr, and the removal of secrets from text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")

_MASK = "***"


class Secret(str):
    """A str whose repr is ``'***'``.

    Crash reports, debuggers and logs show variables by their repr. Headers
    and signatures use the text itself, as with any str.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_MASK)


class SecretBytes(bytes):
    """Bytes whose repr and str are ``'***'``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_MASK)

    __str__ = __repr__


class LoggedTarget(str):
    """A request target that is formatted and logged without its query.

    The query of a pre-signed URL gives access to whoever reads it.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return without_query(str.__str__(self))

    def __repr__(self) -> str:
        return repr(str(self))


def as_secret(value: T) -> T:
    """Return *value* as a Secret if it is a str, otherwise unchanged."""
    return Secret(value) if isinstance(value, str) else value  # type: ignore[return-value]


def without_query(target: str) -> str:
    """Return a URL or its path with ``***`` in place of the query."""
    path, question_mark, _ = target.partition("?")
    return f"{path}?{_MASK}" if question_mark else path


def strip_tracebacks(exc: BaseException) -> BaseException:
    """Remove the tracebacks of *exc* and of its causes; return *exc*.

    The stack frames of HTTP libraries contain whole requests, secrets
    included. The chain of exceptions still says what happened.
    """
    chain: list[BaseException | None] = [exc]
    for each in chain:
        if each is not None and each.__traceback__ is not None:
            each.__traceback__ = None
            chain += [each.__cause__, each.__context__]
    return exc


class Environment(Mapping[str, str]):
    """The environment of this process, with a repr that shows no values, unlike os.environ."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)
