"""``sbox``: a shell in a container that is like a function's environment."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click

from fc_client.fcli.command import command
from fc_client.fcli.problems import CommandFailedError, CommandLineError
from fc_client.fcli.session import Session

__all__ = ["sbox"]

_RUNTIME = re.compile(r"[a-z][a-z0-9.]{0,30}")
# What docker exits with for its own errors; other codes are those of the shell in the container.
_DOCKER_FAILED = 125


@command(
    "sbox",
    "a sandbox environment for installing the 3rd party libraries and trouble shooting",
    "Runs docker with the image aliyunfc/runtime-RUNTIME:build.",
)
@click.option(
    "-d",
    "--code-dir",
    metavar="dir",
    type=click.Path(),
    default=".",
    help="directory that is /code in the container (default: the current one)",
)
@click.option("-t", "--runtime", required=True, help="such as python3 or nodejs8")
def sbox(session: Session, code_dir: str, runtime: str) -> int:
    """Run a shell in a container; return its exit code."""
    directory = Path(code_dir).resolve()
    if not directory.is_dir():
        raise CommandLineError(f"--code-dir: no such directory: {code_dir!r}")
    if not _RUNTIME.fullmatch(runtime):
        raise CommandLineError(f"--runtime: expected a name such as python3, got {runtime!r}")
    docker = _docker()
    # Without a terminal, docker refuses "-t".
    terminal = "-it" if session.terminal.can_ask and session.terminal.shows_tables else "-i"
    image = f"aliyunfc/runtime-{runtime}:build"
    sys.stdout.flush()
    done = subprocess.run(  # noqa: S603 - the words are checked above
        [docker, "run", "--rm", terminal, "-v", f"{directory}:/code", image, "bash"], check=False
    )
    if done.returncode == _DOCKER_FAILED:
        raise CommandFailedError(f"docker could not run {image}; its own message is above")
    return done.returncode


def _docker() -> str:
    """Return the path of docker.

    Raises:
        CommandFailedError: docker is not installed or not running.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise CommandFailedError(
            "sbox needs docker, which is not installed: see https://docs.docker.com/get-docker/"
        )
    asked = subprocess.run(  # noqa: S603 - found on the PATH
        [docker, "info", "--format", "{{.ServerVersion}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        reason = (asked.stderr.strip().splitlines() or ["it gives no reason"])[-1]
        raise CommandFailedError(f"docker is not running, or this user cannot use it: {reason}")
    return docker
