"""Chooses the command and the environment of a worker by runtime.

A worker runs the bootstrap of its runtime (``python3/bootstrap.py``,
``nodejs/bootstrap.js``, ``custom/bootstrap.py``), whose last argument is the file descriptor of the
control channel.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from fc_client.local.execution.function_spec import FunctionSpec

__all__ = [
    "MARKER_VARIABLE",
    "RuntimeUnavailableError",
    "check_installation",
    "check_runtime_names",
    "command",
    "environment",
    "is_custom",
    "show_code_dir",
    "with_directories",
]

# A worker and all processes that it starts have the instance ID in their
# environment. This finds processes that have left their group.
MARKER_VARIABLE = "FC_INSTANCE_ID"

_HERE = Path(__file__).parent
# The paths /code and /opt, and paths below them: alone, in lists such as PATH, in
# options (--require=/code/hook.js), in JSON.
_CLOUD_PATH = re.compile(r"""(?<![^\s:=,;'"])/(code|opt)(?=$|[\s/:,;'"])""")
# Where functions find their layers, as in the cloud.
_LAYER_PATHS = {
    "PATH": "bin",
    "PYTHONPATH": "python",
    "NODE_PATH": "nodejs/node_modules",
    "LD_LIBRARY_PATH": "lib",
}
_NODE_HEAP_SHARE = 0.9
_UNSUPPORTED_LANGUAGES = {"python2": "Python 2", "java": "Java"}


class RuntimeUnavailableError(Exception):
    """No interpreter for the runtime was found; the message says what to do."""


def check_installation(directory: Path = _HERE) -> None:
    """Check that the programs of the runtimes are files, which interpreters can run.

    Raises:
        OSError: the package has been imported from a zip.
    """
    if not directory.is_dir():
        raise OSError(
            "the local Function Compute cannot run from a zip, since it starts interpreters "
            f"with files of its package, and there is no directory {str(directory)!r}: "
            "install aliyun-fc-client with pip, or unpack the zip"
        )


def check_runtime_names(argument: str, names: Iterable[str]) -> None:
    """Check that all *names* are runtimes that run here.

    Args:
        argument: Name of the argument that has them, for the message.
        names: Names of runtimes.

    Raises:
        ValueError: one is not; the message says which.
    """
    for name in names:
        if not name.startswith(("python3", "nodejs")):
            raise ValueError(
                f"{argument}: runtime {name!r} cannot be run here: "
                "its name must start with python3 or nodejs"
            )


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


def environment(
    spec: FunctionSpec, instance_id: str, directory: Path, modules: str | None = None
) -> dict[str, str]:
    """Return the whole environment of a worker.

    Only PATH is taken from the environment of the server, which may have real
    keys. Variables of the runtime override those of the function, which
    override the defaults. Paths below /code become those below the directory
    of the code; if the function has layers, those below /opt as well.

    Args:
        spec: The function; its ``code_dir`` is the directory to run in.
        instance_id: ID of the instance.
        directory: Its directory for temporary files.
        modules: Directory of further modules for the function, if any.
    """
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        # Not a variable of the cloud: a Client() in a function calls this server.
        **({"FC_ENDPOINT": spec.endpoint} if spec.endpoint else {}),
        **{
            name: with_directories(value, spec)
            for name, value in spec.environment_variables.items()
        },
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
    _add_layers(variables, spec)
    if modules is not None and spec.runtime.startswith("nodejs"):
        _append(variables, "NODE_PATH", modules)
    return variables


def is_custom(runtime: str) -> bool:
    """Return whether functions of a runtime bring a program that serves HTTP."""
    return runtime.startswith("custom")


def with_directories(text: str, spec: FunctionSpec) -> str:
    """Return *text* with the directories that take the place of /code and /opt."""
    directories = {"code": spec.code_dir, "opt": spec.opt_dir or "/opt"}
    return _CLOUD_PATH.sub(lambda found: str(directories[found[1]]), text)


def show_code_dir(text: bytes, code_dir: Path, opt_dir: Path | None = None) -> bytes:
    """Return *text* with the paths of the cloud.

    Args:
        text: Output of a function.
        code_dir: The directory to show as /code.
        opt_dir: The directory to show as /opt; None without layers.
    """
    for directory, name in ((code_dir, b"/code"), (opt_dir, b"/opt")):
        if directory is not None:
            text = re.sub(re.escape(os.fsencode(directory)) + rb"(?![\w.-])", name, text)
    return text


def _add_layers(variables: dict[str, str], spec: FunctionSpec) -> None:
    """Add the directories of layers to the lists that interpreters and shells search."""
    if spec.opt_dir is None:
        return
    for name, directory in _LAYER_PATHS.items():
        _append(variables, name, str(spec.opt_dir / directory))


def _append(variables: dict[str, str], name: str, directory: str) -> None:
    own = variables.get(name)
    variables[name] = f"{own}:{directory}" if own else directory


def _python(runtime: str, _memory_size: int, interpreters: Mapping[str, str]) -> list[str]:
    interpreter = _interpreter(runtime, interpreters.get(runtime, sys.executable))
    # -S: functions do not see the packages of the host. -B: no bytecode is
    # written to the directory of the code.
    return [interpreter, "-S", "-B", "-u", str(_HERE / "python3" / "bootstrap.py")]


def _nodejs(runtime: str, memory_size: int, interpreters: Mapping[str, str]) -> list[str]:
    interpreter = _interpreter(runtime, interpreters.get(runtime, "node"))
    heap = f"--max-old-space-size={int(memory_size * _NODE_HEAP_SHARE)}"
    return [interpreter, heap, str(_HERE / "nodejs" / "bootstrap.js")]


def _custom(_runtime: str, _memory_size: int, _interpreters: Mapping[str, str]) -> list[str]:
    # -I: the variables of the function are for its program.
    return [sys.executable, "-I", "-S", "-B", "-u", str(_HERE / "custom" / "bootstrap.py")]


def _container(runtime: str, _memory_size: int, _interpreters: Mapping[str, str]) -> list[str]:
    raise RuntimeUnavailableError(
        f"Runtime {runtime} is not available: its functions are container images, which need "
        "Docker. The local Function Compute stores them and does not run them; to run the "
        "program of the image here, make it the file bootstrap of a function of the runtime custom"
    )


# The first that fits.
_FAMILIES: dict[str, Callable[[str, int, Mapping[str, str]], list[str]]] = {
    "python3": _python,
    "nodejs": _nodejs,
    "custom-container": _container,
    "custom": _custom,
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
            missing = f"{language} functions are not supported"
            break
    else:
        missing = "no interpreter is known for it"
    return (
        f"Runtime {runtime} is not available: {missing}. "
        "The local Function Compute runs the python3, nodejs and custom runtimes"
    )
