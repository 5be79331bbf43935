"""A command that runs in an instance, as AsyncClient returns it; compare exec_session.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from fc_client import models
from fc_client._call.exec_frames import (
    OPERATION,
    AsyncConnection,
    Collector,
    ExecFrames,
    stdin_bytes,
)
from fc_client.exceptions import TransportError


class AsyncExecSession:
    """A command that runs in an instance; a context manager, which starts and ends it.

    Iteration yields its output, as :class:`ExecOutput`, until the command ends.
    One task may send while another one reads.
    """

    def __init__(self, connect: Callable[[], Awaitable[AsyncConnection]]) -> None:
        self._connect = connect
        self._connection: AsyncConnection | None = None
        self._frames = ExecFrames()

    async def __aenter__(self) -> AsyncExecSession:
        self._connection = await self._connect()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while the command runs, or if the service did not send it."""
        return self._frames.exit_code

    async def send(self, data: bytes | str) -> None:
        """Send *data* to the standard input of the command; text is sent as UTF-8.

        Raises:
            TransportError: the connection is lost or closed.
        """
        await self._open_connection().send(stdin_bytes(data))

    async def __aiter__(self) -> AsyncIterator[models.ExecOutput]:
        """Yield the output of the command, until it ends.

        Raises:
            FCError: the service reports an error.
            TransportError: the connection is lost or closed.
        """
        while not self._frames.is_over:
            output = self._frames.receive(await self._open_connection().receive())
            if output is not None:
                yield output

    async def wait(self) -> models.ExecResult:
        """Read the output until the command ends, and return what is read and the exit code.

        Raises:
            FCError: the service reports an error.
            TransportError: the connection is lost or closed.
        """
        collector = Collector()
        async for output in self:
            collector.add(output)
        return collector.result(self.exit_code)

    async def close(self) -> None:
        """End the connection; the service then ends the command."""
        if self._connection is not None:
            await self._connection.close()

    def _open_connection(self) -> AsyncConnection:
        if self._connection is None:
            raise TransportError(
                "the command has not been started; use exec in an async with statement",
                operation=OPERATION,
                request_sent=False,
            )
        return self._connection
