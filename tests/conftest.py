"""A clean environment and a client for every test."""

import gc
import itertools
import os
import signal
import socket

import pytest
from support.stalls import Stalls

from fc_client import Client, RetryPolicy

pytest_plugins = ["support.summary"]

# Else each of the many processes that tests start compiles the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Users' programs keep in a buffer what they print.
os.environ.pop("PYTHONUNBUFFERED", None)

# nohup, and a shell's "&", have these ignored, and processes of the tests would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _signal in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_signal, signal.SIG_DFL)

_stalls = Stalls()


def pytest_collection_modifyitems(config, items):
    """Let a test that fails run again, twice at most, where it may have failed for another's fault.

    Many tests wait for limits of some tenths of a second, and a virtual machine may stand still
    for longer. And a warning about garbage may be about what an earlier test left: that of the
    test itself comes again. To see all failures: -p no:rerunfailures.
    """
    if config.pluginmanager.hasplugin("rerunfailures"):
        again = pytest.mark.flaky(reruns=2, condition=_may_be_of_another)
        for item in items:
            item.add_marker(again)


def _may_be_of_another(error):
    warnings = getattr(error, "exceptions", [error])
    about_garbage = isinstance(warnings[0], pytest.PytestUnraisableExceptionWarning)
    return about_garbage or _stalls.recent()


def pytest_sessionstart(session):
    """Send each message of rerunfailures at once, else it waits 40 ms for each test of a worker."""
    connection = getattr(getattr(session.config, "failures_db", None), "sock", None)
    if connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def pytest_collection_finish():
    """Spare the garbage collector the tests and their modules, which stay until the end."""
    gc.collect()
    gc.freeze()
    _stalls.watch()


def pytest_runtest_setup(item):
    """Collect garbage before JSON that is nested too deeply, which leaves finalizers no stack."""
    if "[" * 50 in item.name:
        gc.collect()


@pytest.fixture(scope="session")
def homes(tmp_path_factory):
    """Return an iterator of new home directories.

    They have a directory of their own: pytest looks through all that it has made for each new one.
    """
    parent = tmp_path_factory.mktemp("homes")
    return (parent / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch, homes):
    """Keep what the machine has set for Function Compute and HTTP out of the tests."""
    for name in list(os.environ):
        if name.upper().endswith(("_PROXY", "CA_BUNDLE")) or name.startswith(
            ("FC_", "FCLI_", "ALIBABA_", "SSL_CERT_")
        ):
            monkeypatch.delenv(name)
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def client():
    with Client(
        "http://fc.test",
        access_key_id="made-up-id",
        access_key_secret="made-up-secret",
        retry=RetryPolicy(base_delay=0),
    ) as client:
        yield client
