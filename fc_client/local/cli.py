"""Implements fc-local: runs a local Function Compute, or prints its logs and its status."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import io
import logging
import os
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fc_client._scripts import fc_local
from fc_client._streams import discard
from fc_client.local import DataDirectoryError, LocalFunctionCompute, StoreError
from fc_client.local.command_line import make_parser
from fc_client.local.commands import check_data_dir, print_status, reset
from fc_client.local.console import Console, wants_colors
from fc_client.local.dispatch.activity import printable
from fc_client.local.execution.process_trees import adopt_orphans
from fc_client.local.storage.data_directory import database_path
from fc_client.local.storage.reading import read_logs

__all__ = ["main"]

_FOLLOW_SECONDS = 0.2


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``fc-local``.

    Args:
        argv: The arguments; None for those of this process.

    Returns:
        The exit code: 0; 1 after an error, for the status of a server that
        does not run and for a reset that was refused; 2 for invalid arguments;
        130 after Ctrl-C, which ends serving and ``logs --follow`` with 0.
    """
    options = make_parser().parse_args(argv)
    if options.command is not None and isinstance(sys.stdout, io.TextIOWrapper):
        # Functions print characters that the encoding of a terminal may not have.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = 0
    try:
        code = _run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as head, has all that it wants.
        discard(sys.stdout)
    except KeyboardInterrupt:
        return 0 if options.command == "logs" and options.follow else 130
    except (OSError, ValueError, DataDirectoryError, StoreError) as exc:
        print(f"fc-local: {_message(exc)}", file=sys.stderr)
        return 2 if isinstance(exc, ValueError) else 1
    return code


def _message(error: Exception) -> str:
    """Return what an error says, without the number that Python puts before it."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror


def _run(options: argparse.Namespace) -> int:
    """Run a command and return the exit code."""
    if options.command is None:
        _serve(options)
        return 0
    if options.data_dir is None:
        raise ValueError(
            f"{options.command}: --data-dir is required: pass the data directory of the server"
        )
    if options.command == "status":
        return 0 if print_status(options.data_dir) else 1
    if options.command == "reset":
        return 0 if reset(options.data_dir, is_confirmed=options.yes) else 1
    _print_logs(options)
    return 0


def _serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    adopt_orphans()
    with (
        _signals() as signals,
        _logging(options),
        LocalFunctionCompute(
            options.data_dir,
            options.oss_root,
            options.host,
            options.port,
            options.max_instances,
            allow_hosts=options.allow_host,
            auth=options.auth,
            strict=options.strict,
            account_id=options.account_id,
            **_access_key(options),
            interpreters=dict(options.runtime),
            modules=dict(options.modules),
            async_attempts=options.async_attempts,
            async_retry_delay=options.async_retry_delay,
        ) as server,
    ):
        notes = [_link_function(server, *link) for link in options.link]
        _print_environment(server, options, notes)
        os.read(signals, 1)


@contextmanager
def _signals() -> Iterator[int]:
    """Yield a pipe that can be read when SIGINT, SIGTERM or SIGHUP has come.

    The system may give a signal to any thread. Python runs its handler in the main thread,
    which a lock or an event would not wake for that.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup ignores SIGHUP.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(-1)
        os.close(reading)
        os.close(writing)


@contextmanager
def _logging(options: argparse.Namespace) -> Iterator[None]:
    """Log to standard error: errors alone, requests as well, or requests with details."""
    level = logging.INFO
    if options.quiet or options.verbose:
        level = logging.ERROR if options.quiet else logging.DEBUG
    logging.getLogger("fc_client.local").setLevel(level)
    if sys.stderr is None:
        # The shell has closed it.
        yield
        return
    console = Console(sys.stderr, has_colors=wants_colors(sys.stderr, os.environ))
    root = logging.getLogger()
    root.addHandler(console)
    root.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        root.removeHandler(console)
        console.close()


def _access_key(options: argparse.Namespace) -> dict[str, str]:
    """Return the access key that the user has chosen, as arguments of LocalFunctionCompute."""
    given = {"access_key_id": options.access_key_id, "access_key_secret": options.access_key_secret}
    given = {name: value for name, value in given.items() if value is not None}
    if not options.access_key_from_env:
        return given
    if given:
        raise ValueError(
            "--access-key-from-env: cannot be combined with --access-key-id or --access-key-secret"
        )
    for name in ("access_key_id", "access_key_secret"):
        variable = f"ALIBABA_CLOUD_{name.upper()}"
        given[name] = os.environ.get(variable, "")
        if not given[name]:
            raise ValueError(f"--access-key-from-env: the environment has no {variable}")
    return given


def _print_environment(
    server: LocalFunctionCompute, options: argparse.Namespace, notes: Sequence[str]
) -> None:
    """Print the endpoint and the variables as lines that a shell can run."""
    comments = [f"# Function Compute at {server.endpoint}\n"]
    variables = server.variables
    if options.access_key_from_env:
        # It may be a key of the cloud, and output is often kept.
        comments.append("# The access key is that of the environment\n")
        variables = {name: each for name, each in variables.items() if "ACCESS_KEY" not in name}
    exports = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    lines = exports if options.quiet else [*comments, *exports, *notes]
    print("".join(lines), end="", flush=True)


def _link_function(server: LocalFunctionCompute, names: tuple[str, str], directory: Path) -> str:
    """Link a function; return a line that says so if it has to be created first."""
    # The command may link what is created later, programs may not.
    if server._link_ahead(*names, directory):  # noqa: SLF001
        return ""
    return f"# {'/'.join(names)} will run from {directory} when it is created\n"


def _print_logs(options: argparse.Namespace) -> None:
    """Print logs, with --follow until Ctrl-C."""
    check_data_dir(options.data_dir)
    service, _, function = options.of.partition("/")
    last = 0
    while True:
        entries = read_logs(
            database_path(options.data_dir), service, function or None, options.request_id, last
        )
        for entry in entries:
            sys.stdout.write(_shown(entry.text))
            last = entry.id
        sys.stdout.flush()
        if not options.follow:
            if not last:
                print(f"fc-local: no logs of {options.of} in {options.data_dir}", file=sys.stderr)
            return
        time.sleep(_FOLLOW_SECONDS)


def _shown(text: str) -> str:
    """Return a log as it is for a file or a pipe; a terminal must not be steered by it."""
    if not sys.stdout.isatty():
        return text
    return "\n".join(printable(line.rstrip("\r")) for line in text.split("\n"))


if __name__ == "__main__":
    sys.exit(fc_local())
