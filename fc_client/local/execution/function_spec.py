"""Defines what execution takes and returns: the spec of a function and the outcome of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

__all__ = [
    "HANDLED",
    "PROGRAM_CODES",
    "UNHANDLED",
    "Code",
    "FunctionSpec",
    "HealthCheck",
    "Hook",
    "Outcome",
    "ResourceExhausted",
    "Tracing",
]

HANDLED = "HandledInvocationError"
UNHANDLED = "UnhandledInvocationError"

# Error codes for the program of a custom runtime, not for the function in it.
PROGRAM_CODES = ("CAExited", "CAFileNotFound", "CAFilePermission", "BadResponse")


class Code(Protocol):
    """Provides the directories that instances run in; CodeStorage implements it."""

    def hold(self, code_dir: Path) -> None:
        """Keep the code for a call, even if the function is deleted."""

    def let_go(self, code_dir: Path) -> None:
        """Undo one hold()."""

    def take(self, code_dir: Path) -> Path:
        """Return the directory for one instance.

        Raises:
            OSError: the code is missing or damaged.
        """

    def give_back(self, code_dir: Path, taken: Path) -> None:
        """Take back the directory of an instance that has ended."""

    def open_layers(self, tree: Path) -> None:
        """Make the directory of merged layers.

        Raises:
            OSError: a layer is missing.
        """


@dataclass(frozen=True)
class Tracing:
    """The part of the context about tracing; all empty without it."""

    span_context: str = ""
    jaeger_endpoint: str = ""
    span_baggages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hook:
    """What runs when an instance is frozen or stopped, for at most *timeout* seconds.

    ``handler`` is the name of a function; custom runtimes get a request instead.
    """

    handler: str
    timeout: int


@dataclass(frozen=True)
class HealthCheck:
    """The requests that say whether the program of a custom runtime is ready.

    ``delay`` is from the start of the program to the first ``GET`` of ``path``, ``period`` from
    one to the next, and ``timeout`` for each answer; all are in seconds. The program is ready
    after ``successes`` in a row, and has failed after ``failures`` in a row.
    """

    path: str
    delay: int = 0
    period: int = 3
    timeout: int = 1
    failures: int = 3
    successes: int = 1

    @property
    def longest(self) -> int:
        """The seconds that the server waits for the result."""
        return self.delay + (self.failures + self.successes) * (self.period + self.timeout)


@dataclass(frozen=True)
class FunctionSpec:
    """What a worker needs to run one version of one function.

    ``service_version`` is the ID of the version of the service, "" for LATEST;
    each has instances of its own. ``qualifier`` is the one of the call, "" for LATEST: an
    alias and its version share instances. ``code_dir`` names the code; an instance runs
    in what ``Code.take`` returns for it. ``version`` changes with every change
    to the code or configuration of the function or its service; instances with
    another one get no more events. ``memory_size`` is in MB, both timeouts are
    in seconds. ``tracing`` and ``qualifier`` may differ from event to event. Instances of a
    ``linked`` function end when a source that they have loaded changes. ``opt_dir``
    is the directory that takes the place of ``/opt``, which ``Code.open_layers``
    makes; None without layers. ``max_on_demand`` limits the instances beyond those
    that are kept warm; with None only the limit of the pools counts. ``hooks``
    are ``pre-freeze``, after each call, and ``pre-stop``, before the end. ``command`` starts
    the program of a custom runtime, and ``health_check`` says when it is ready; without
    one it is when it listens. ``ca_port`` is the port that its program listens on in the
    cloud. An instance runs up to ``concurrency`` calls at a time.
    """

    service_name: str
    function_name: str
    version: str
    runtime: str
    handler: str
    code_dir: Path
    memory_size: int
    timeout: int
    initializer: str | None
    initialization_timeout: int
    environment_variables: Mapping[str, str]
    log_project: str
    log_store: str
    account_id: str
    region: str
    access_key_id: str
    access_key_secret: str
    security_token: str
    tracing: Tracing = field(default_factory=Tracing)
    linked: bool = False
    endpoint: str = ""
    service_version: str = ""
    qualifier: str = ""
    code_checksum: str = ""
    opt_dir: Path | None = None
    max_on_demand: int | None = None
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    command: Sequence[str] = ("/code/bootstrap",)
    health_check: HealthCheck | None = None
    ca_port: int = 9000
    concurrency: int = 1

    @property
    def key(self) -> tuple[str, str, str]:
        """The names of the service and the function, and the ID of the version."""
        return self.service_name, self.function_name, self.service_version

    @property
    def title(self) -> str:
        """The names for messages: ``service/function`` or ``service.version/function``."""
        version = f".{self.service_version}" if self.service_version else ""
        return f"{self.service_name}{version}/{self.function_name}"


@dataclass(frozen=True)
class Outcome:
    """The result of one invocation.

    ``error_type`` is None, ``HandledInvocationError`` or
    ``UnhandledInvocationError``; after an error ``payload`` is the JSON that
    describes it. ``log`` has its start and end lines and a limited size.
    ``instance_id`` is empty if no instance could be started. ``cold`` tells
    whether the function was loaded for it. ``output`` is what the function
    printed: the log without its start and end lines. ``code`` is an error code of
    the service if not the function, but the program of a custom runtime has failed.
    """

    payload: bytes
    error_type: str | None
    log: bytes
    duration_ms: float
    max_memory_mb: float
    instance_id: str
    cold: bool = False
    output: bytes = b""
    code: str = ""


class ResourceExhausted(Exception):  # noqa: N818 - the name of the API's error code
    """All instances were busy for as long as a caller may wait."""
