"""Which interpreter serves which runtime, and with which environment.

The bootstrap of a runtime (``python3/bootstrap.py``, ``nodejs/bootstrap.js``)
is the program that a worker runs; its last argument is the descriptor of its
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

# Every worker carries its instance's id, and so does what it starts: this is
# how processes that left their group are found.
MARKER_VARIABLE = "FC_INSTANCE_ID"

_HERE = Path(__file__).parent
_NODE_HEAP_SHARE = 0.9
_UNSUPPORTED_LANGUAGES = {"python2": "Python 2", "java": "Java"}


class RuntimeUnavailableError(Exception):
    """No interpreter of this machine serves the runtime; str() says what to do."""


def command(runtime: str, memory_size: int, interpreters: Mapping[str, str]) -> list[str]:
    """Return the command that starts a worker, without the channel's descriptor.

    Args:
        runtime: Name of the runtime: ``python3``, ``nodejs8``, ...
        memory_size: Limit of the function, in MB.
        interpreters: Runtime name to path of its interpreter, for those that
            are not served by the default one.
    Raises:
        RuntimeUnavailableError: There is no such interpreter.
    """
    for family, build in _FAMILIES.items():
        if runtime.startswith(family):
            return build(runtime, memory_size, interpreters)
    raise RuntimeUnavailableError(_unsupported(runtime))


def environment(spec: FunctionSpec, instance_id: str, directory: Path) -> dict[str, str]:
    """Return the whole environment of a worker.

    Nothing of the host's own environment is in it but PATH: the host's may
    hold real keys. What the runtime itself sets goes over the function's
    variables, and those go over the defaults.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        **spec.environment_variables,
        "FC_FUNC_CODE_PATH": os.path.realpath(spec.code_dir),
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
    # -S: the host's packages are not the function's. -B: the code directory
    # is not written to.
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
