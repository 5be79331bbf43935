"""Reads the command line of fc-local; a value that cannot be used is an error of argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from fc_client import __version__
from fc_client.local.arguments import (
    check_at_least_one,
    check_host_names,
    check_port,
    check_seconds,
    existing_directory,
    existing_interpreters,
    existing_modules,
    usable_data_dir,
)

__all__ = ["make_parser"]

Commands = Any  # argparse's own type is private


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print the usage and *message*, and exit with 2."""
        # argparse takes the value after an unknown option for the command.
        if message.startswith("argument COMMAND:"):
            message += "; or is the option before it misspelt?"
        super().error(message)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of fc-local's arguments."""
    parser = _Parser(
        prog="fc-local",
        description="Run a local Function Compute until Ctrl-C. Functions run with your rights, "
        "without a sandbox. Each request is a line on standard error, with the output of its "
        "function under it.",
    )
    parser.add_argument("--version", action="version", version=f"fc-local {__version__}")
    _add_output(parser)
    _add_locations(parser)
    _add_account(parser)
    _add_settings(parser)
    _add_retries(parser)
    _add_links(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_logs_command(commands)
    _add_status_command(commands)
    _add_reset_command(commands)
    return parser


def _add_output(parser: argparse.ArgumentParser) -> None:
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "-q", "--quiet", action="store_true", help="print only errors and the export lines"
    )
    output.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="also print the headers of requests, without secrets, and the first bytes of events",
    )


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--access-key-id",
        metavar="ID",
        help="the access key that the server accepts, in place of a random one; not for keys of "
        "the cloud, since functions get it",
    )
    parser.add_argument(
        "--access-key-secret",
        metavar="SECRET",
        help="secret of --access-key-id; other users of this machine can see it",
    )
    parser.add_argument(
        "--access-key-from-env",
        action="store_true",
        help="accept the access key in ALIBABA_CLOUD_ACCESS_KEY_ID and "
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET, which is neither stored nor printed; functions get it",
    )
    parser.add_argument(
        "--account-id", metavar="ID", help="the account ID that functions see (default: random)"
    )


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
        "--port", type=_port, default=0, help="port to listen on (default: 0, any free port)"
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
        "--strict",
        action="store_true",
        help="refuse services whose role or logstore does not exist",
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


def _add_logs_command(commands: Commands) -> None:
    logs = commands.add_parser("logs", help="print the logs of functions")
    logs.add_argument(
        "of", metavar="SERVICE[/FUNCTION]", help="the service or function whose logs to print"
    )
    _add_data_dir(logs)
    logs.add_argument("--follow", action="store_true", help="keep printing new logs until Ctrl-C")
    logs.add_argument("--request-id", metavar="ID", help="only logs of this invocation")


def _add_status_command(commands: Commands) -> None:
    status = commands.add_parser(
        "status",
        help="print whether a server runs, and what is in its data directory; "
        "the exit code is 0 if it runs, else 1",
    )
    _add_data_dir(status)


def _add_reset_command(commands: Commands) -> None:
    reset = commands.add_parser(
        "reset",
        help="delete all services, functions, triggers, queued invocations and logs; "
        "the server may be running",
    )
    _add_data_dir(reset)
    reset.add_argument("-y", "--yes", action="store_true", help="do not ask")


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        type=Path,
        # Suppressed, so that the option may precede the command as well.
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="data directory of the server",
    )


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
    _checked(existing_modules, {name: directory})
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
