"""Commands in instances of functions: the request that starts one, and the operation."""

from __future__ import annotations

from collections.abc import Sequence

from fc_client._arguments import flag, integer, texts
from fc_client._call.engine import Engine
from fc_client._call.exec_frames import OPERATION
from fc_client._call.exec_session import ExecSession
from fc_client._messages import Request, build, path


def instance_path(
    service_name: str, function_name: str, instance_id: str, qualifier: str | None
) -> str:
    """Return the path of commands in an instance."""
    return path(
        "/services/{service_name}/functions/{function_name}/instances/{instance_id}/exec",
        service_name=service_name,
        function_name=function_name,
        instance_id=instance_id,
        qualifier=qualifier,
    )


def exec_request(
    encoded_path: str,
    command: Sequence[str],
    *,
    stdin: bool,
    stdout: bool,
    stderr: bool,
    tty: bool,
    idle_timeout: int | None,
) -> Request:
    """Return the request that starts a command.

    Raises:
        ValueError: *command* is empty.
    """
    words = texts("command", command)
    if not words:
        raise ValueError("command: must have at least one item, the program")
    return build(
        OPERATION,
        "GET",
        encoded_path,
        query={
            "command": words,
            "stdin": flag("stdin", stdin),
            "stdout": flag("stdout", stdout),
            "stderr": flag("stderr", stderr),
            "tty": flag("tty", tty),
            "idleTimeout": integer("idle_timeout", idle_timeout),
        },
    )


class InstanceExecOperations(Engine):
    """The operation that runs a command in an instance."""

    def exec(
        self,
        service_name: str,
        function_name: str,
        instance_id: str,
        command: Sequence[str],
        *,
        qualifier: str | None = None,
        stdin: bool = True,
        stdout: bool = True,
        stderr: bool = True,
        tty: bool = False,
        idle_timeout: int | None = None,
    ) -> ExecSession:
        """Run a command in an instance of a function.

        Returns a context manager, which starts the command. Within it,
        ``wait()`` returns all output and the exit code, iteration yields the
        output piece by piece, and ``send()`` writes to the standard input.

        Client needs the extra ``exec``.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            instance_id: ID of the instance, from :meth:`list_instances`.
            command: The program and its arguments.
            qualifier: Version or alias. Default: ``LATEST``.
            stdin: Whether the command has a standard input to send to. The
                API cannot close it: what reads to its end, such as ``cat``,
                ends with the session, or in a terminal with Ctrl-D.
            stdout: Return the standard output.
            stderr: Return the standard error.
            tty: Run it in a terminal, as for a shell.
            idle_timeout: Seconds without traffic after which the service ends
                the connection. The service's default is 120.
        Returns:
            The session. Its ``exit_code`` is None if the service does not
            send one.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            InstanceNotFoundError: the instance does not exist.
            ImportError: the extra ``exec`` is not installed.
        API: GET
            /2016-08-15/services/{serviceName}[.{qualifier}]/functions/{functionName}/instances/{instanceId}/exec
            (later: InstanceExec)
        """
        return self._exec(
            exec_request(
                instance_path(service_name, function_name, instance_id, qualifier),
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                tty=tty,
                idle_timeout=idle_timeout,
            )
        )
