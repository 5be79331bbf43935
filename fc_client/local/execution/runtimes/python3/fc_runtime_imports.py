"""Lets a function have modules of any name, also names that Python or the runtime use.

The modules that the runtime has imported stay loaded for the runtime. A function
that has a module of the same name imports its own.
"""
# ruff: noqa: INP001 - loaded by bootstrap.py, not part of a package

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any

# Beside this module, where mypy does not look.
from fc_runtime_errors import message_of, type_name  # type: ignore[import-not-found]

__all__ = ["LoadError", "load", "loaded_files", "prepare"]

# The interpreter itself looks these up by name, at any time.
_KEPT = frozenset(
    {"builtins", "encodings", "importlib", "sys"}
    | {name for name in sys.builtin_module_names if name.startswith("_")}
)
_BUNDLE = (
    "Packages that the function imports must be in the directory of its code: "
    "pip install --target DIRECTORY {}, or Code.from_directory(DIRECTORY, install=True) with a "
    "requirements.txt"
)


class LoadError(Exception):
    """The handler's module cannot be imported.

    Attributes:
        cause: The exception; nothing of it runs before its frames are taken.
        location: Further frames for the stack trace.
    """

    def __init__(
        self,
        problem: str,
        cause: BaseException,
        location: Sequence[list[str]] = (),
        hint: str = "",
    ) -> None:
        super().__init__(problem)
        self.cause = cause
        self.location = list(location)
        self._texts = problem, hint

    def __str__(self) -> str:
        problem, hint = self._texts
        return f"{problem}: {message_of(self.cause) or type_name(self.cause)}{hint}"


class _OwnModules:
    """Finds modules in the directories of the function before all others, also built-in ones."""

    def __init__(self, directories: Sequence[str]) -> None:
        self._directories = list(directories)

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        _target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of a top-level module; a directory without code is not a module."""
        if path is not None or name in _KEPT or "." in name:
            return None
        spec = PathFinder.find_spec(name, self._directories)
        return spec if spec is not None and spec.origin is not None else None


def prepare(code_dir: str, python_path: Sequence[str], others: Sequence[str]) -> None:
    """Make the modules of the function importable, under any name.

    Args:
        code_dir: The directory of the code.
        python_path: The entries of the function's PYTHONPATH.
        others: The directories of Python's own modules, and of lent ones.
    """
    own = [code_dir, *python_path]
    sys.path[:] = [*own, *others]
    finder: Any = _OwnModules(own)
    sys.meta_path.insert(0, finder)
    for name in list(sys.modules):
        top = name.partition(".")[0]
        if top in sys.modules and finder.find_spec(top) is not None:
            _forget(top)


def load(handler: str, code_dir: str) -> Callable[..., Any]:
    """Import the module of *handler*, ``[dir/]module.name``, and return the function.

    Raises:
        LoadError: the module, or one that it imports, is missing, is not valid
            Python or raises an exception.
        AttributeError: the module does not have the function.
        ValueError: *handler* does not name a module.
    """
    path, _, name = handler.rpartition(".")
    module = path.replace("/", ".")
    if not all(module.split(".")):
        raise ValueError(f"Handler '{handler}' is not of the form module.function")
    try:
        found = getattr(_import_own(module, code_dir), name, None)
    except ImportError as exc:
        hint = _import_hint(handler, code_dir, exc)
        raise LoadError(f"Unable to import module '{path}'", exc, hint=hint) from exc
    except SyntaxError as exc:
        location = [f'File "{exc.filename}"', f"line {exc.lineno}", (exc.text or "").strip()]
        raise LoadError(f"Syntax error in module '{path}'", exc, [location]) from exc
    except SystemExit:
        raise
    except BaseException as exc:
        raise LoadError(f"Unable to import module '{path}'", exc) from exc
    if not callable(found):
        kind = "" if found is None else f", but its {name} is of type {type_name(found)}"
        raise AttributeError(
            f"Handler '{name}' is missing on module '{path}'. "
            f"{path}.py must define a function {name}{kind}"
        )
    return found  # type: ignore[no-any-return]


def loaded_files(code_dir: str) -> list[str]:
    """Return the files of the modules that have been loaded from *code_dir*."""
    found = []
    for module in list(sys.modules.values()):
        # Not getattr, which may run code of a lazy module.
        values = module.__dict__ if type(module) is ModuleType else {}
        path = values.get("__file__")
        if type(path) is str and path.startswith(f"{code_dir}/"):
            found.append(path)
    return found


def _forget(top: str) -> None:
    """Remove a module and its submodules from the loaded ones."""
    for name in list(sys.modules):
        if name == top or name.startswith(f"{top}."):
            del sys.modules[name]


def _import_own(module: str, code_dir: str) -> ModuleType:
    """Import a module of the function, even if a parent is a directory named like a module."""
    if module in _KEPT:
        return _import_beside(module, code_dir)
    parts = module.split(".")
    for length in range(1, len(parts)):
        directory = os.path.join(code_dir, *parts[:length])  # noqa: PTH118 - used by sys.path
        parent = import_module(".".join(parts[:length]))
        paths = list(getattr(parent, "__path__", ()))
        if directory not in paths and os.path.isdir(directory):  # noqa: PTH112
            parent.__path__ = [directory, *paths]
    return import_module(module)


def _import_beside(module: str, code_dir: str) -> ModuleType:
    """Import a module whose name stays with Python's own, such as ``sys``."""
    spec = PathFinder.find_spec(module, [code_dir])
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def _import_hint(handler: str, code_dir: str, exc: ImportError) -> str:
    """Return what to do about a module that is missing."""
    path = handler.rpartition(".")[0]
    module = path.replace("/", ".")
    name = exc.name or ""
    if not isinstance(exc, ModuleNotFoundError) or not name:
        return ""
    if module == name or module.startswith(f"{name}."):
        return f". The handler is {handler}, so the code must have the file {path}.py"
    top = name.partition(".")[0]
    if top in getattr(sys, "stdlib_module_names", ()):
        return ". This Python was built without it"
    if top != name and os.path.isdir(os.path.join(code_dir, top)):  # noqa: PTH112, PTH118
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return f". The package {top} in the code may be for another Python; this is {version}"
    return f". {_BUNDLE.format(top)}"
