"""Defines what execution takes and returns: the spec of a function and the outcome of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "HANDLED",
    "UNHANDLED",
    "FunctionSpec",
    "Outcome",
    "ResourceExhausted",
]

HANDLED = "HandledInvocationError"
UNHANDLED = "UnhandledInvocationError"


@dataclass(frozen=True)
class FunctionSpec:
    """What a worker needs to run one version of one function.

    ``version`` changes with every change to the code or configuration of the
    function or its service; instances of other versions get no more events.
    ``memory_size`` is in MB, both timeouts are in seconds.
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


@dataclass(frozen=True)
class Outcome:
    """The result of one invocation.

    ``error_type`` is None, ``HandledInvocationError`` or
    ``UnhandledInvocationError``; after an error ``payload`` is the JSON that
    describes it. ``log`` has its start and end lines and a limited size.
    ``instance_id`` is empty if no instance could be started.
    """

    payload: bytes
    error_type: str | None
    log: bytes
    duration_ms: float
    max_memory_mb: float
    instance_id: str


class ResourceExhausted(Exception):  # noqa: N818 - the name of the API's error code
    """All instances were busy for as long as a caller may wait."""
