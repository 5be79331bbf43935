"""Text that works as ever but does not show itself."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")

_SHOWN = "***"


class Secret(str):
    """Text that is shown as ``'***'``.

    Reports of crashes, debuggers and logs show variables by their repr. What
    needs the text (a header, a signature) gets it, as from every str.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_SHOWN)


class SecretBytes(bytes):
    """Bytes that are shown as ``'***'``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(_SHOWN)

    __str__ = __repr__


class LoggedTarget(str):
    """The target of a request; where a log line takes it in, without its query.

    The query of a pre-signed URL opens what it names to whoever reads it.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return without_query(str.__str__(self))

    def __repr__(self) -> str:
        return repr(str(self))


def as_secret(value: T) -> T:
    """Return *value* as a Secret if it is text, else as it is."""
    return Secret(value) if isinstance(value, str) else value  # type: ignore[return-value]


def without_query(target: str) -> str:
    """Return a URL or its path with ``***`` in place of the query."""
    place, question, _ = target.partition("?")
    return f"{place}?{_SHOWN}" if question else place


def redact(text: bytes, secrets: Iterable[str | None]) -> bytes:
    """Return *text* with ``***`` where one of *secrets* stood."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.encode(), _SHOWN.encode())
    return text


def strip_tracebacks(exc: BaseException) -> BaseException:
    """Return *exc*, rid of the stack frames that it and what it came from passed.

    Frames of HTTP libraries hold whole requests as bytes. What happened stays
    told by the chain of exceptions.
    """
    chain: list[BaseException | None] = [exc]
    for each in chain:
        if each is not None and each.__traceback__ is not None:
            each.__traceback__ = None
            chain += [each.__cause__, each.__context__]
    return exc


class Environment(Mapping[str, str]):
    """The environment of this process; unlike os.environ's, its repr shows none of it."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)
