"""fc-local: a local Function Compute as a process, and its logs."""

# A command prints.
# ruff: noqa: T201

from __future__ import annotations

import argparse
import logging
import math
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from fc_client.local import DataDirectoryError, LocalFunctionCompute, StoreError
from fc_client.local.storage.data_directory import database_path
from fc_client.local.storage.store import read_logs

__all__ = ["main"]

_FOLLOW_SECONDS = 0.2


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``fc-local``.

    Args:
        argv: The arguments; None for those of the process.

    Returns:
        The exit code: 0, or 1 after an error. Wrong usage exits with 2.
    """
    options = _parser().parse_args(argv)
    try:
        if options.command == "logs":
            _print_logs(options)
        else:
            _serve(options)
    except BrokenPipeError:
        # The reader, such as head, has had enough. What is still buffered
        # must not fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        pass
    except (OSError, DataDirectoryError, StoreError) as exc:
        print(f"fc-local: {exc}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fc-local",
        description="Serve a local Function Compute until Ctrl-C. It runs the code it is given "
        "with your rights and is no sandbox.",
    )
    _add_places(parser)
    _add_settings(parser)
    _add_retries(parser)
    _add_links(parser)
    _add_logs_command(parser)
    return parser


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="0, the default, for any free one")
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="where to keep the state; without it the state goes at the end",
    )
    parser.add_argument(
        "--oss-root",
        type=Path,
        metavar="DIR",
        help="the folder that stands for OSS: bucket/object below it",
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-instances",
        type=_positive,
        default=10,
        metavar="N",
        help="instances of one function at most (%(default)s)",
    )
    parser.add_argument(
        "--no-auth",
        dest="auth",
        action="store_false",
        help="let every request in without a signature: any program on this machine can then "
        "run code here",
    )
    parser.add_argument(
        "--runtime",
        type=_interpreter,
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="the interpreter of a runtime, such as nodejs8=/opt/node8/bin/node; may be repeated",
    )


def _add_retries(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--async-attempts",
        type=_positive,
        default=3,
        metavar="N",
        help="how often in all an Async invocation is run that the function fails (%(default)s)",
    )
    parser.add_argument(
        "--async-retry-delay",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="before the second attempt; twice as long before each further one (%(default)s)",
    )


def _add_links(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--link",
        type=_link,
        action="append",
        default=[],
        metavar="SERVICE/FUNCTION=DIR",
        help="run a function from a directory, as it is at each call; may be repeated",
    )


def _add_logs_command(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    logs = commands.add_parser("logs", help="print what functions have logged")
    logs.add_argument("of", metavar="SERVICE[/FUNCTION]", help="whose logs")
    logs.add_argument(
        "--data-dir",
        type=Path,
        # Suppressed, so that it may stand before "logs" as well.
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="the directory that the server has",
    )
    logs.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    logs.add_argument("--request-id", metavar="ID", help="only of this invocation")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < math.inf:
        raise ValueError(text)
    return seconds


def _interpreter(text: str) -> tuple[str, str]:
    name, separator, path = text.partition("=")
    if not name or not separator or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH")
    return name, path


def _link(text: str) -> tuple[tuple[str, str], Path]:
    names, _, directory = text.partition("=")
    service, _, function = names.partition("/")
    if not (service and function and directory):
        raise argparse.ArgumentTypeError(f"{text!r} is not SERVICE/FUNCTION=DIR")
    if not Path(directory).is_dir():
        raise argparse.ArgumentTypeError(f"no such directory: {directory!r}")
    return (service, function), Path(directory)


# What argparse calls the types in its messages.
_port.__name__ = "port"
_positive.__name__ = "positive number"
_seconds.__name__ = "number of seconds"


def _serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with LocalFunctionCompute(
        options.data_dir,
        options.oss_root,
        options.host,
        options.port,
        options.max_instances,
        auth=options.auth,
        interpreters=dict(options.runtime),
        async_attempts=options.async_attempts,
        async_retry_delay=options.async_retry_delay,
    ) as fc:
        for (service, function), directory in options.link:
            fc.link(service, function, directory)
        _print_environment(fc)
        stopping.wait()


def _print_environment(fc: LocalFunctionCompute) -> None:
    """Print where it is, in lines that a shell can take."""
    print(f"# Function Compute at {fc.endpoint}")
    for name, value in fc.variables.items():
        print(f"export {name}={shlex.quote(value)}")
    sys.stdout.flush()


def _print_logs(options: argparse.Namespace) -> None:
    """Print logs, with --follow until Ctrl-C."""
    if options.data_dir is None:
        raise OSError("logs: --data-dir is needed, the one that the server has")
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
