"""Implements the command fc-local, which runs a local Function Compute or prints its logs."""

# ruff: noqa: T201 - a command prints

from __future__ import annotations

import argparse
import logging
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from fc_client.local import DataDirectoryError, LocalFunctionCompute, StoreError
from fc_client.local.command_line import make_parser
from fc_client.local.execution.processes import adopt_orphans
from fc_client.local.storage.data_directory import database_path
from fc_client.local.storage.store import read_logs

__all__ = ["main"]

_FOLLOW_SECONDS = 0.2


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``fc-local``.

    Args:
        argv: The arguments; None for those of this process.

    Returns:
        The exit code: 0, or 1 after an error. Invalid arguments exit with 2.
    """
    options = make_parser().parse_args(argv)
    try:
        if options.command == "logs":
            _print_logs(options)
        else:
            _serve(options)
    except BrokenPipeError:
        # The reader, such as head, has closed the pipe. Flushing what is
        # still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError, DataDirectoryError, StoreError) as exc:
        print(f"fc-local: {exc}", file=sys.stderr)
        return 1
    return 0


def _serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP."""
    adopt_orphans()
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup ignores SIGHUP.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: stopping.set())
    with LocalFunctionCompute(
        options.data_dir,
        options.oss_root,
        options.host,
        options.port,
        options.max_instances,
        allow_hosts=options.allow_host,
        auth=options.auth,
        interpreters=dict(options.runtime),
        modules=dict(options.modules),
        async_attempts=options.async_attempts,
        async_retry_delay=options.async_retry_delay,
    ) as server:
        notes = [_link_function(server, *link) for link in options.link]
        _print_environment(server)
        print("".join(notes), end="", flush=True)
        stopping.wait()


def _print_environment(server: LocalFunctionCompute) -> None:
    """Print the endpoint and the variables as lines that a shell can run."""
    print(f"# Function Compute at {server.endpoint}")
    for name, value in server.variables.items():
        print(f"export {name}={shlex.quote(value)}")
    sys.stdout.flush()


def _link_function(server: LocalFunctionCompute, names: tuple[str, str], directory: Path) -> str:
    """Link a function; return a line that says so if it has to be created first."""
    # The command may link what is created later, programs may not.
    if server._link_ahead(*names, directory):  # noqa: SLF001
        return ""
    return f"# {'/'.join(names)} will run from {directory} when it is created\n"


def _print_logs(options: argparse.Namespace) -> None:
    """Print logs, with --follow until Ctrl-C."""
    if options.data_dir is None:
        raise OSError("logs: --data-dir is required: pass the data directory of the server")
    service, _, function = options.of.partition("/")
    last = 0
    while True:
        entries = read_logs(
            database_path(options.data_dir), service, function or None, options.request_id, last
        )
        for entry in entries:
            sys.stdout.write(entry.text)
            last = entry.id
        sys.stdout.flush()
        if not options.follow:
            return
        time.sleep(_FOLLOW_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
