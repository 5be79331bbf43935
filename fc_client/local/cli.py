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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fc_client.local import DataDirectoryError, LocalFunctionCompute, StoreError
from fc_client.local.arguments import (
    check_at_least_one,
    check_host_names,
    check_port,
    check_seconds,
    existing_directory,
    existing_interpreters,
    usable_data_dir,
)
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
    options = _parser().parse_args(argv)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fc-local",
        description="Run a local Function Compute until Ctrl-C. Functions run with your rights, "
        "without a sandbox.",
    )
    _add_locations(parser)
    _add_settings(parser)
    _add_retries(parser)
    _add_links(parser)
    _add_logs_command(parser)
    return parser


def _add_locations(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="name or address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--allow-host",
        type=_host_name,
        action="append",
        default=[],
        metavar="NAME",
        help="another name of this server, such as that of its container; may be repeated",
    )
    parser.add_argument(
        "--port", type=_port, default=0, help="port to listen on; 0, the default, for any free port"
    )
    parser.add_argument(
        "--data-dir",
        type=_data_dir,
        metavar="DIR",
        help="directory of the state; without it the state is deleted on exit",
    )
    parser.add_argument(
        "--oss-root",
        type=_directory,
        metavar="DIR",
        help="directory that takes the place of OSS: an object is the file bucket/object below it",
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-instances",
        type=_positive,
        default=10,
        metavar="N",
        help="maximum instances per function (default: %(default)s)",
    )
    parser.add_argument(
        "--no-auth",
        dest="auth",
        action="store_false",
        help="accept unsigned requests: any program on this machine can then run code here",
    )
    parser.add_argument(
        "--runtime",
        type=_existing_interpreter,
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="interpreter of a runtime, such as nodejs8=/opt/node8/bin/node; may be repeated",
    )
    parser.add_argument(
        "--modules",
        type=_modules,
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="directory of further modules for the functions of a runtime, such as "
        "python3=/opt/modules; may be repeated",
    )


def _add_retries(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--async-attempts",
        type=_positive,
        default=3,
        metavar="N",
        help="maximum attempts for a failing Async invocation (default: %(default)s)",
    )
    parser.add_argument(
        "--async-retry-delay",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="delay before the second attempt; doubles with each attempt (default: %(default)s)",
    )


def _add_links(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--link",
        type=_link,
        action="append",
        default=[],
        metavar="SERVICE/FUNCTION=DIR",
        help="run a function from a directory; saved changes take effect at the next call; "
        "may be repeated",
    )


def _add_logs_command(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    logs = commands.add_parser("logs", help="print the logs of functions")
    logs.add_argument(
        "of", metavar="SERVICE[/FUNCTION]", help="the service or function whose logs to print"
    )
    logs.add_argument(
        "--data-dir",
        type=Path,
        # Suppressed, so that the option may precede "logs" as well.
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="data directory of the server",
    )
    logs.add_argument("--follow", action="store_true", help="keep printing new logs until Ctrl-C")
    logs.add_argument("--request-id", metavar="ID", help="only logs of this invocation")


def _checked(check: Callable[..., object], value: Any) -> None:
    """Run a check of an argument; its error goes to argparse, which names the argument."""
    try:
        check("", value)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc).removeprefix(": ")) from exc


def _port(text: str) -> int:
    port = int(text)
    _checked(check_port, port)
    return port


def _host_name(text: str) -> str:
    _checked(check_host_names, [text])
    return text


def _positive(text: str) -> int:
    number = int(text)
    _checked(check_at_least_one, number)
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    _checked(check_seconds, seconds)
    return seconds


def _directory(text: str) -> Path:
    _checked(existing_directory, text)
    return Path(text)


def _data_dir(text: str) -> Path:
    _checked(usable_data_dir, text)
    return Path(text)


def _interpreter(text: str) -> tuple[str, str]:
    name, separator, path = text.partition("=")
    if not name or not separator or not path:
        raise argparse.ArgumentTypeError(f"must be NAME=PATH, got {text!r}")
    return name, path


def _existing_interpreter(text: str) -> tuple[str, str]:
    name, path = _interpreter(text)
    _checked(existing_interpreters, {name: path})
    return name, path


def _modules(text: str) -> tuple[str, str]:
    name, _, directory = text.partition("=")
    if not (name and directory):
        raise argparse.ArgumentTypeError(f"must be NAME=DIR, got {text!r}")
    if not Path(directory).is_dir():
        raise argparse.ArgumentTypeError(f"no such directory: {directory!r}")
    return name, directory


def _link(text: str) -> tuple[tuple[str, str], Path]:
    names, _, directory = text.partition("=")
    service, _, function = names.partition("/")
    if not (service and function and directory):
        raise argparse.ArgumentTypeError(f"must be SERVICE/FUNCTION=DIR, got {text!r}")
    return (service, function), _directory(directory)


# argparse shows these names: "invalid port value: 'x'".
_port.__name__ = "port"
_positive.__name__ = "integer"
_seconds.__name__ = "number"


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
