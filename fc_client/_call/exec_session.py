"""A command that runs in an instance, as Client returns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fc_client import models
from fc_client._call.exec_frames import OPERATION, Collector, Connection, ExecFrames, stdin_bytes
from fc_client.exceptions import TransportError


class ExecSession:
    """A command that runs in an instance; a context manager, which starts and ends it.

    Iteration yields its output, as :class:`ExecOutput`, until the command ends.
    One thread may send while another one reads.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._frames = ExecFrames()

    def __enter__(self) -> ExecSession:
        self._connection = self._connect()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while the command runs, or if the service did not send it."""
        return self._frames.exit_code

    def send(self, data: bytes | str) -> None:
        """Send *data* to the standard input of the command; text is sent as UTF-8.

        Raises:
            TransportError: the connection is lost or closed.
        """
        self._open_connection().send(stdin_bytes(data))

    def __iter__(self) -> Iterator[models.ExecOutput]:
        """Yield the output of the command, until it ends.

        Raises:
            FCError: the service reports an error.
            TransportError: the connection is lost or closed.
        """
        while not self._frames.is_over:
            output = self._frames.receive(self._open_connection().receive())
            if output is not None:
                yield output

    def wait(self) -> models.ExecResult:
        """Read the output until the command ends, and return what is read and the exit code.

        Raises:
            FCError: the service reports an error.
            TransportError: the connection is lost or closed.
        """
        collector = Collector()
        for output in self:
            collector.add(output)
        return collector.result(self.exit_code)

    def close(self) -> None:
        """End the connection; the service then ends the command."""
        if self._connection is not None:
            self._connection.close()

    def _open_connection(self) -> Connection:
        if self._connection is None:
            raise TransportError(
                "the command has not been started; use exec in a with statement",
                operation=OPERATION,
                request_sent=False,
            )
        return self._connection
