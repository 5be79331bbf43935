"""Chooses the command and the environment of a worker by runtime.

A worker runs the bootstrap of its runtime (``python3/bootstrap.py``,
``nodejs/bootstrap.js``), whose last argument is the file descriptor of the
control channel.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from fc_client.local.execution.function_spec import FunctionSpec

__all__ = ["MARKER_VARIABLE", "RuntimeUnavailableError", "command", "environment"]

# A worker and all processes that it starts have the instance ID in their
# environment. This finds processes that have left their group.
MARKER_VARIABLE = "FC_INSTANCE_ID"

_HERE = Path(__file__).parent
_NODE_HEAP_SHARE = 0.9
_UNSUPPORTED_LANGUAGES = {"python2": "Python 2", "java": "Java"}


class RuntimeUnavailableError(Exception):
    """No interpreter for the runtime was found; the message says what to do."""


def command(runtime: str, memory_size: int, interpreters: Mapping[str, str]) -> list[str]:
    """Return the command that starts a worker, without the channel's descriptor.

    Args:
        runtime: Name of the runtime: ``python3``, ``nodejs8``, ...
        memory_size: Limit of the function, in MB.
        interpreters: Runtime name to path of its interpreter, where the
            default must not be used.

    Raises:
        RuntimeUnavailableError: the interpreter is missing or not known.
    """
    for family, build in _FAMILIES.items():
        if runtime.startswith(family):
            return build(runtime, memory_size, interpreters)
    raise RuntimeUnavailableError(_unsupported(runtime))


def environment(spec: FunctionSpec, instance_id: str, directory: Path) -> dict[str, str]:
    """Return the whole environment of a worker.

    Only PATH is taken from the environment of the server, which may have real
    keys. Variables of the runtime override those of the function, which
    override the defaults.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        **spec.environment_variables,
        "FC_FUNC_CODE_PATH": str(spec.code_dir),
        "FC_FUNCTION_NAME": spec.function_name,
        "FC_FUNCTION_HANDLER": spec.handler,
        "FC_FUNCTION_MEMORY_SIZE": str(spec.memory_size),
        "FC_SERVICE_NAME": spec.service_name,
        "FC_ACCOUNT_ID": spec.account_id,
        "FC_REGION": spec.region,
        MARKER_VARIABLE: instance_id,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": spec.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": spec.access_key_secret,
        "ALIBABA_CLOUD_SECURITY_TOKEN": spec.security_token,
    }


def _python(runtime: str, _memory_size: int, interpreters: Mapping[str, str]) -> list[str]:
    interpreter = _interpreter(runtime, interpreters.get(runtime, sys.executable))
    # -S: functions do not see the packages of the host. -B: no bytecode is
    # written to the directory of the code.
    return [interpreter, "-S", "-B", "-u", str(_HERE / "python3" / "bootstrap.py")]


def _nodejs(runtime: str, memory_size: int, interpreters: Mapping[str, str]) -> list[str]:
    interpreter = _interpreter(runtime, interpreters.get(runtime, "node"))
    heap = f"--max-old-space-size={int(memory_size * _NODE_HEAP_SHARE)}"
    return [interpreter, heap, str(_HERE / "nodejs" / "bootstrap.js")]


_FAMILIES: dict[str, Callable[[str, int, Mapping[str, str]], list[str]]] = {
    "python3": _python,
    "nodejs": _nodejs,
}


def _interpreter(runtime: str, name: str) -> str:
    """Return the path of the interpreter *name*, a path or a name on PATH."""
    path = shutil.which(name)
    if path is not None:
        return path
    if name == "node":
        raise RuntimeUnavailableError(
            f'Runtime {runtime} is not available: "node" not found on PATH. '
            f"Install Node.js or pass --runtime {runtime}=/path/to/node"
        )
    raise RuntimeUnavailableError(
        f'Runtime {runtime} is not available: its interpreter "{name}" is missing or not executable'
    )


def _unsupported(runtime: str) -> str:
    for prefix, language in _UNSUPPORTED_LANGUAGES.items():
        if runtime.startswith(prefix):
            missing = f"a {language} interpreter is missing"
            break
    else:
        missing = "no interpreter is known for it"
    return (
        f"Runtime {runtime} is not available: {missing}. "
        "The local Function Compute runs the python3 and nodejs runtimes"
    )
