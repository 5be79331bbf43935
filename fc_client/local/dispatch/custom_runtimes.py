"""Reads the settings of functions that bring a program of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fc_client.local.execution.function_spec import HealthCheck
from fc_client.local.execution.runtimes import is_custom

__all__ = ["custom_settings"]

# The service's names of the hooks, and the paths of their requests.
_HOOKS = {"preFreeze": "pre-freeze", "preStop": "pre-stop"}
_HOOK_SECONDS = 3
_BOOTSTRAP = "/code/bootstrap"
_HEALTH_CHECK = {
    "initialDelaySeconds": "delay",
    "periodSeconds": "period",
    "timeoutSeconds": "timeout",
    "failureThreshold": "failures",
    "successThreshold": "successes",
}


def custom_settings(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a FunctionSpec about its program; none for other runtimes."""
    if not is_custom(fields["runtime"]):
        return {}
    return {
        "command": _command(fields.get("customRuntimeConfig") or {}),
        "health_check": _health_check(fields.get("customHealthCheckConfig") or {}),
        "hooks": _hooks(fields.get("instanceLifecycleConfig")),
    }


def _command(config: Mapping[str, Any]) -> tuple[str, ...]:
    return (*(config.get("command") or (_BOOTSTRAP,)), *(config.get("args") or ()))


def _health_check(config: Mapping[str, Any]) -> HealthCheck | None:
    """Return the check of a configuration; None if it has no path to ask."""
    if not config.get("httpGetUrl"):
        return None
    # 0 stands for the default, as null does.
    numbers = {name: config[key] for key, name in _HEALTH_CHECK.items() if config.get(key)}
    return HealthCheck(config["httpGetUrl"], **numbers)


def _hooks(config: object) -> Mapping[str, int]:
    """Return the hooks of the life cycle that a function has, with their timeouts."""
    if not isinstance(config, dict):
        return {}
    hooks = {name: config.get(key) for key, name in _HOOKS.items()}
    return {
        name: timeout if isinstance(timeout := hook.get("timeout"), int) else _HOOK_SECONDS
        for name, hook in hooks.items()
        if isinstance(hook, dict) and hook.get("handler")
    }
