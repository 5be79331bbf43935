"""Pages of a list, and iteration over all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, TypeVar

from fc_client._readable import listed, readable_repr
from fc_client.exceptions import ResponseError

__all__ = ["Page"]

T = TypeVar("T")

# More than any account has: ten million items, with 100 on a page.
_MAX_PAGES = 100_000
# A filter may leave a page without items, but not so many.
_MAX_EMPTY_PAGES = 100


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; iterating over it gives its items.

    Attributes:
        items: The items of this page, sorted by name.
        next_token: The *next_token* of the next page; None on the last page.
        request_id: ID of the request that returned it.
        raw: The JSON of the response.
    """

    items: Sequence[T] = field(repr=False)
    next_token: str | None = None
    request_id: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def __repr__(self) -> str:
        return readable_repr(self, items=f"<{listed(self.items)}>")

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def iterate(operation: str, fetch: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Yield the items of all pages; each page is fetched when it is needed.

    Args:
        operation: The guide's name of the operation that *fetch* calls.
        fetch: Returns the page of a token; None stands for the first page.

    Raises:
        ResponseError: the list would not end.
    """
    tokens = _Tokens(operation)
    while True:
        page = fetch(tokens.next)
        yield from page.items
        if tokens.is_last(page):
            return


async def async_iterate(
    operation: str, fetch: Callable[[str | None], Awaitable[Page[T]]]
) -> AsyncIterator[T]:
    """Yield the items of all pages, as :func:`iterate` does.

    Args:
        operation: The guide's name of the operation that *fetch* calls.
        fetch: Coroutine that returns the page of a token.

    Raises:
        ResponseError: the list would not end.
    """
    tokens = _Tokens(operation)
    while True:
        page = await fetch(tokens.next)
        for item in page.items:
            yield item
        if tokens.is_last(page):
            return


class _Tokens:
    """The tokens of the pages of a list; *next* is None for the first page."""

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._seen: set[str | None] = {None}
        self._empty_pages = 0
        self.next: str | None = None

    def is_last(self, page: Page[Any]) -> bool:
        """Record the token of *page*; return whether it is the last page.

        Raises:
            ResponseError: the list would not end.
        """
        self.next = page.next_token
        if self.next is None:
            return True
        self._empty_pages = 0 if len(page) else self._empty_pages + 1
        # The messages do not quote the token: it may be anything.
        if self.next in self._seen:
            self._fail(page, "nextToken repeated")
        if self._empty_pages >= _MAX_EMPTY_PAGES:
            self._fail(page, f"{_MAX_EMPTY_PAGES} pages without items, one after the other")
        if len(self._seen) >= _MAX_PAGES:
            self._fail(page, f"more than {_MAX_PAGES} pages")
        self._seen.add(self.next)
        return False

    def _fail(self, page: Page[Any], problem: str) -> NoReturn:
        raise ResponseError(
            f"{problem}; the list would not end",
            operation=self._operation,
            request_id=page.request_id,
        )
