"""pytest fixtures for the tests of applications: an embedded Function Compute.

pytest loads this module in every run, so it imports the server only when a
test uses a fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fc_client._redaction import Secret

if TYPE_CHECKING:
    from fc_client import AsyncClient, Client
    from fc_client.local import LocalFunctionCompute

__all__ = [
    "function_compute",
    "function_compute_async_client",
    "function_compute_client",
    "function_compute_options",
]


@dataclass(frozen=True)
class _Setting:
    """An argument of LocalFunctionCompute that the command line or an ini file may set."""

    name: str
    kind: Callable[[str], Any]
    help: str

    @property
    def key(self) -> str:
        """The name in an ini file."""
        return f"fc_{self.name}"

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return f"--{self.key.replace('_', '-')}"


_SETTINGS = (
    _Setting("oss_root", Path, "directory that takes the place of OSS"),
    _Setting("max_instances", int, "maximum instances per function"),
    _Setting("async_attempts", int, "maximum attempts for a failing Async invocation"),
    _Setting("async_retry_delay", float, "seconds before the second attempt"),
    _Setting("access_key_id", str, "access key that the server accepts"),
    _Setting("access_key_secret", Secret, "secret of fc_access_key_id"),
    _Setting("account_id", str, "account ID that functions see"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of the embedded Function Compute."""
    group = parser.getgroup("fc", "embedded Function Compute (aliyun-fc-client)")
    for setting in _SETTINGS:
        help_text = f"Function Compute of the tests: {setting.help}"
        group.addoption(setting.flag, dest=setting.key, type=setting.kind, help=help_text)
        parser.addini(setting.key, help_text, default="")


@pytest.fixture(scope="session")
def function_compute_options(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Return the arguments of the LocalFunctionCompute that all tests share.

    By default they come from the command line (``--fc-max-instances``), else
    from the ini file (``fc_max_instances``). Override this fixture, with the
    scope "session", to set others.
    """
    values = {setting.name: _value_of(setting, pytestconfig) for setting in _SETTINGS}
    return {name: value for name, value in values.items() if value is not None}


def _value_of(setting: _Setting, config: pytest.Config) -> Any:
    """Return the value of a setting; None if it is not set. A path is absolute."""
    value, base = config.getoption(setting.key), config.invocation_params.dir
    if value is None:
        text, base = config.getini(setting.key), (config.inipath or config.rootpath / "_").parent
        if not text:
            return None
        try:
            value = setting.kind(text)
        except ValueError as exc:
            raise pytest.UsageError(f"{setting.key}: must be a number, got {text!r}") from exc
    return base / value if setting.kind is Path else value


@pytest.fixture(scope="session")
def _session_function_compute(
    function_compute_options: dict[str, Any],
) -> Iterator[LocalFunctionCompute]:
    from fc_client.local import LocalFunctionCompute

    with LocalFunctionCompute(**function_compute_options) as function_compute:
        yield function_compute


@pytest.fixture
def function_compute(
    _session_function_compute: LocalFunctionCompute,
) -> Iterator[LocalFunctionCompute]:
    """Yield an embedded Function Compute without services; reset it after the test.

    All tests of a run share one server. Under pytest-xdist each worker has its
    own.
    """
    yield _session_function_compute
    _session_function_compute.reset()


@pytest.fixture
def function_compute_client(function_compute: LocalFunctionCompute) -> Iterator[Client]:
    """Yield a client of the test's Function Compute."""
    with function_compute.client() as client:
        yield client


@pytest.fixture
def function_compute_async_client(
    function_compute: LocalFunctionCompute,
) -> Iterator[AsyncClient]:
    """Yield an AsyncClient of the test's Function Compute, whichever plugin runs the test.

    Its connections are closed with the event loop, or after the test if the
    loop goes on.
    """
    from fc_client.local.loop_client import LoopClient

    client = LoopClient(
        function_compute.endpoint,
        access_key_id=function_compute.access_key_id,
        access_key_secret=function_compute.access_key_secret,
        account_id=function_compute.account_id,
    )
    yield client
    client.close_after_test()
