"""Installs the official Node SDKs."""

import fcntl
import json
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node_scripts():
    """Install the SDKs from the registry, once per copy of the project; return the scripts."""
    names = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    with (HERE / "package.json").open(encoding="utf-8") as lock:
        # Another worker of pytest-xdist may be at it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all((HERE / "node_modules" / name).is_dir() for name in names):
            subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"],
                cwd=HERE,
                check=True,
                capture_output=True,
                timeout=300,
            )
    return HERE
