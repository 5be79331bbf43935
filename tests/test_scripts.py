"""The installed commands, with and without the packages of their extras."""

import subprocess
import sys
from pathlib import Path

import pytest

from fc_client.local.storage.schema import FunctionVersion
from fc_client.local.storage.store import Store

BROKEN = ["fc_client.local.cli", "fc_client.fcli.program", "fc_client.fun.program"]


def run(script, *arguments, missing=(), stdout=subprocess.PIPE):
    """Run an entry point in a process that cannot import the *missing* packages."""
    source = (
        "import sys; from fc_client import _scripts; "
        f"sys.modules.update(dict.fromkeys({list(missing)!r})); "
        f"sys.exit(_scripts.{script}())"
    )
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("script", "package", "message"),
    [
        ("fc_local", "cronsim", "fc-local: needs cronsim: pip install 'aliyun-fc-client[local]'\n"),
        ("fcli", "click", "fcli: needs click: pip install 'aliyun-fc-client[fcli]'\n"),
        ("fun", "click", "fun: needs click: pip install 'aliyun-fc-client[fun]'\n"),
    ],
)
def test_a_missing_extra_is_one_line(script, package, message):
    done = run(script, "--version", missing=[package])

    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)


@pytest.mark.parametrize("script", ["fc_local", "fcli", "fun"])
def test_command_runs(script):
    done = run(script, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.lower().startswith("usage: ")


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("fc_local", ["logs", "s", "--data-dir", "data"]),
        ("fcli", ["--version"]),
        ("fun", ["--version"]),
    ],
)
def test_output_that_cannot_be_written_is_an_error(script, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    store = Store(Path("data/fc.sqlite"))
    store.add_log(FunctionVersion("s", "f"), "id", 0.0, "text\n")
    store.close()

    with Path("/dev/full").open("w") as full:
        done = run(script, *arguments, stdout=full)

    assert done.returncode == 1
    assert done.stderr.endswith(": No space left on device\n")
    assert len(done.stderr.splitlines()) == 1


def test_interrupt_while_fcli_is_imported_is_quiet():
    source = (
        "import signal, sys; from fc_client import _scripts\n"
        "class Finder:\n"
        "    def find_spec(name, *_):\n"
        "        if name == 'fc_client.fcli.program': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder)\n"
        "sys.exit(_scripts.fcli())"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.parametrize("script", ["fc_local", "fcli", "fun"])
def test_output_may_be_closed(script):
    source = f"import sys; from fc_client import _scripts; sys.exit(_scripts.{script}())"
    command = [sys.executable, "-c", source, "--version"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command], stderr=subprocess.PIPE, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("script", ["fc_local", "fcli", "fun"])
def test_a_broken_installation_shows_where(script):
    done = run(script, "--help", missing=BROKEN)

    assert done.returncode == 1
    assert "Traceback" in done.stderr
