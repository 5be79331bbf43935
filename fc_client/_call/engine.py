"""The methods that the operations of Client are written with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

from fc_client import _arguments, models
from fc_client._call import batches, downloads
from fc_client._call.exec_frames import Connection
from fc_client._call.exec_session import ExecSession
from fc_client._call.payload import Payload, body_of
from fc_client._call.polling import Polling, wait
from fc_client._call.progress import DownloadProgress, UploadProgress
from fc_client._call.staging import Staging, needs_staging
from fc_client._call.uploads import Uploads
from fc_client._messages import Request, Response, Stream
from fc_client.code import Code, CodeSource, as_code, required_code
from fc_client.pagination import Page, iterate
from fc_client.timeouts import TimeoutTypes

E = TypeVar("E", bound="Engine")
T = TypeVar("T")
C = TypeVar("C", Code, Code | None)


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
        parse: Callable[[Response], models.FunctionCode],
        target: downloads.Target,
        progress: DownloadProgress | None,
    ) -> models.FunctionCode:
        """Make a call that returns the location of code, and write the code to *target*."""

    @abstractmethod
    def _stream(self, request: Request) -> AbstractContextManager[models.HttpStream]:
        """Call an HTTP function once, and give its reply while it is received.

        Raises:
            APIError: the service returned an error.
            TransportError: no response was received.
        """

    @abstractmethod
    def _presign(self, request: Request, seconds: int) -> str:
        """Return the URL of a call of an HTTP function, valid for *seconds* from now."""

    @staticmethod
    def _load_code(code: CodeSource) -> Code:
        """Return the Code that the argument *code* stands for; a path is read and zipped."""
        return required_code(code)

    @staticmethod
    def _load_optional_code(code: CodeSource | None) -> Code | None:
        """Return the Code that the argument *code* stands for, or None for None."""
        return as_code(code)

    @abstractmethod
    def _uploads(self) -> Uploads:
        """Return how this client uploads code to OSS."""

    def _stage_code(self, code: C, staging: Staging, progress: UploadProgress | None) -> C:
        """Return *code*, as an object in OSS if it is too large for a request."""
        if not needs_staging(code):
            return code
        # Imported late: it imports the library of OSS.
        from fc_client._call import oss

        oss.check_library(code)
        token = self._call(staging.request, staging.parse)
        return oss.upload(code, token, staging.folder, self._uploads(), progress)

    @staticmethod
    def _body(payload: Payload | None, json: Any, name: str = "payload") -> bytes | Stream:
        """Return the body of an invocation; *name* is that of the argument, for errors."""
        return body_of(payload, json, name)

    @abstractmethod
    def _open_websocket(self, request: Request) -> Connection:
        """Open a WebSocket with *request*.

        Raises:
            APIError: the service returned an error.
            TransportError: no response was received.
        """

    def _exec(self, request: Request) -> ExecSession:
        """Return a session that sends *request* when it is entered."""
        return ExecSession(partial(self._open_websocket, request))

    @staticmethod
    def _iterate(operation: str, fetch_page: Callable[[str | None], Page[T]]) -> Iterator[T]:
        """Yield the items of all pages; *fetch_page* takes the token of a page."""
        return iterate(operation, fetch_page)

    @abstractmethod
    def _with_timeout(self: E, timeout: TimeoutTypes | None) -> E:
        """Return a client that shares the connections, with another timeout unless it is None."""

    @staticmethod
    def _wait(
        fetch: Callable[[], models.StatefulAsyncInvocation], polling: Polling
    ) -> models.StatefulAsyncInvocation:
        """Return what *fetch* returns once the invocation has ended."""
        return wait(fetch, polling)

    @staticmethod
    def _map(
        invoke: Callable[[Any], models.InvocationResult],
        events: Iterable[Any],
        *,
        concurrency: int,
        ordered: bool,
        check: bool,
        progress: DownloadProgress | None,
    ) -> Generator[models.InvocationResult, None, None]:
        """Yield the results of *invoke* for each of *events*.

        Args:
            invoke: Invokes a function with an event, and raises if that fails.
            events: The events.
            concurrency: Maximum number of calls at a time.
            ordered: Yield the results in order, else as they become available.
            check: Raise the failure of an event; False yields it as a result,
                unless all other events would fail as well.
            progress: Called with the number of results and of events.
        """
        # Imported late: it imports concurrent.futures, which few programs need.
        from fc_client._call.fan_out import as_completed, checked_payloads, in_order

        def call(numbered: tuple[int, Any]) -> models.InvocationResult:
            index, event = numbered
            try:
                return batches.succeeded(index, event, invoke(event))
            except Exception as exc:
                if check:
                    raise
                return batches.failed(index, event, exc)

        report = _arguments.function("progress", progress)
        fan_out = in_order if ordered else as_completed
        numbered = enumerate(checked_payloads(events))
        return batches.reported(fan_out(call, numbered, concurrency), events, report)
