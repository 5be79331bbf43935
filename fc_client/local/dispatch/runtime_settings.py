"""Reads the settings of functions about the processes that run them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fc_client.local.execution.function_spec import HealthCheck, Hook
from fc_client.local.execution.runtimes import is_custom

__all__ = ["runtime_settings"]

# The service's names of the hooks, and the names of their requests.
_HOOKS = {"preFreeze": "pre-freeze", "preStop": "pre-stop"}
_HOOK_SECONDS = 3
_MAX_HOOK_SECONDS = 90
_BOOTSTRAP = "/code/bootstrap"
_HEALTH_CHECK = {
    "initialDelaySeconds": "delay",
    "periodSeconds": "period",
    "timeoutSeconds": "timeout",
    "failureThreshold": "failures",
    "successThreshold": "successes",
}


def runtime_settings(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a FunctionSpec about hooks, and about the program if there is one."""
    settings: dict[str, Any] = {"hooks": _hooks(fields.get("instanceLifecycleConfig") or {})}
    if is_custom(fields["runtime"]):
        settings["command"] = _command(fields.get("customRuntimeConfig") or {})
        settings["concurrency"] = fields.get("instanceConcurrency") or 1
        settings["health_check"] = _health_check(fields.get("customHealthCheckConfig") or {})
    return settings


def _command(config: Mapping[str, Any]) -> tuple[str, ...]:
    return (*(config.get("command") or (_BOOTSTRAP,)), *(config.get("args") or ()))


def _health_check(config: Mapping[str, Any]) -> HealthCheck | None:
    """Return the check of a configuration; None if it has no path to ask."""
    if not config.get("httpGetUrl"):
        return None
    # 0 stands for the default, as null does.
    numbers = {name: config[key] for key, name in _HEALTH_CHECK.items() if config.get(key)}
    return HealthCheck(config["httpGetUrl"], **numbers)


def _hooks(config: Mapping[str, Any]) -> Mapping[str, Hook]:
    """Return the hooks of the life cycle that a function has, by the names of their requests."""
    hooks = {name: config.get(key) or {} for key, name in _HOOKS.items()}
    return {
        name: Hook(hook["handler"], _hook_seconds(hook.get("timeout") or 0))
        for name, hook in hooks.items()
        if hook.get("handler")
    }


def _hook_seconds(timeout: int) -> int:
    return min(timeout, _MAX_HOOK_SECONDS) if timeout > 0 else _HOOK_SECONDS
