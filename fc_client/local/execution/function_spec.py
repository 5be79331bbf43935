"""What the execution side takes and gives: values, without behaviour."""

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

    ``version`` changes whenever code or configuration of the function or its
    service changes; instances of another version are not used any more.
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
    """What one invocation came to.

    ``error_type`` is None, ``HandledInvocationError`` or
    ``UnhandledInvocationError``; with an error ``payload`` is the JSON that
    describes it. ``log`` is framed and bounded. ``instance_id`` is empty where
    no instance could be started.
    """

    payload: bytes
    error_type: str | None
    log: bytes
    duration_ms: float
    max_memory_mb: float
    instance_id: str


class ResourceExhausted(Exception):  # noqa: N818 - the name of the API's error code
    """Every instance was busy for as long as a caller may wait."""
