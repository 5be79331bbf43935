"""Entry points of the commands: how they begin without their extra, and how they end."""

from __future__ import annotations

import sys
from importlib import import_module

from fc_client._streams import flush_or_discard, open_closed_streams

__all__ = ["fc_local", "fcli", "fun"]

# As shells report a process that Ctrl-C has ended.
_INTERRUPTED = 130


def fc_local() -> int:
    """Run ``fc-local`` and return its exit code."""
    return _run("fc-local", "fc_client.local.cli", "local")


def fcli() -> int:
    """Run ``fcli`` and return its exit code; Ctrl-C ends it quietly from the first import on."""
    try:
        return _run("fcli", "fc_client.fcli.program", "fcli")
    except KeyboardInterrupt:
        return _INTERRUPTED


def fun() -> int:
    """Run ``fun`` and return its exit code."""
    return _run("fun", "fc_client.fun.program", "fun")


def _run(command: str, module: str, extra: str) -> int:
    open_closed_streams()
    try:
        main = import_module(module).main
    except ImportError as exc:
        # A module of this package that is missing is a broken installation.
        if exc.name is None or exc.name.startswith("fc_client"):
            raise
        print(  # noqa: T201 - a command prints
            f"{command}: needs {exc.name}: pip install 'aliyun-fc-client[{extra}]'",
            file=sys.stderr,
        )
        return 1
    try:
        code: int = main()
    finally:
        for stream in (sys.stdout, sys.stderr):
            flush_or_discard(stream)
    return code
