"""The methods that the operations of Client are written with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeVar

from fc_client._call import downloads
from fc_client._call.fan_out import in_order
from fc_client._call.payload import Payload, body_of
from fc_client._call.progress import DownloadProgress
from fc_client._messages import Request, Response, Stream
from fc_client.code import Code, CodeSource, as_code, required_code
from fc_client.models import FunctionCode
from fc_client.pagination import Page, iterate

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")


class Engine(ABC):
    """Base of the mix-ins with operations: what an operation may call."""

    @abstractmethod
    def _call(self, request: Request, parse: Callable[[Response], T]) -> T:
        """Send *request*, with retries, and return the result of *parse* for the response.

        Raises:
            APIError: the service returned an error.
            TransportError: no response was received.
            ResponseError: *parse* cannot read the response.
        """

    @abstractmethod
    def _download(
        self,
        request: Request,
        parse: Callable[[Response], FunctionCode],
        target: downloads.Target,
        progress: DownloadProgress | None,
    ) -> FunctionCode:
        """Make a call that returns the location of code, and write the code to *target*."""

    @staticmethod
    def _load_code(code: CodeSource) -> Code:
        """Return the Code that the argument *code* stands for; a path is read and zipped."""
        return required_code(code)

    @staticmethod
    def _load_optional_code(code: CodeSource | None) -> Code | None:
        """Return the Code that the argument *code* stands for, or None for None."""
        return as_code(code)

    @staticmethod
    def _body(payload: Payload | None, json: Any) -> bytes | Stream:
        """Return the body of an invocation."""
        return body_of(payload, json)

    @staticmethod
    def _iterate(operation: str, fetch_page: Callable[[str | None], Page[T]]) -> Iterator[T]:
        """Yield the items of all pages; *fetch_page* takes the token of a page."""
        return iterate(operation, fetch_page)

    @staticmethod
    def _map(
        call: Callable[[P], R], payloads: Iterable[P], concurrency: int
    ) -> Generator[R, None, None]:
        """Yield the results of *call* for each of *payloads*, in order."""
        return in_order(call, payloads, concurrency)
