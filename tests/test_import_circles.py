"""What only a type checker imports makes no circle either."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import fc_client

PACKAGE = Path(fc_client.__file__).parent


def files_of(module):
    """Return the files of a top-level module, several if it is a package."""
    path = PACKAGE / f"{module}.py"
    return [path] if path.is_file() else sorted((PACKAGE / module).rglob("*.py"))


def imported(module):
    """Return the modules of the package that a module imports, for type checkers included."""
    names = [
        node.module
        for path in files_of(module)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    ]
    used = {name.split(".")[1] for name in names if name.startswith("fc_client.")}
    # The modules of a package may import each other.
    return used - {module} if (PACKAGE / module).is_dir() else used


def reachable(module):
    """Return the imports of a module and of all top-level modules that it leads to."""
    graph, waiting = {}, [module]
    while waiting:
        name = waiting.pop()
        if name not in graph:
            graph[name] = imported(name)
            waiting += graph[name]
    return graph


@pytest.mark.parametrize("module", ["exceptions", "models", "pagination", "_messages"])
def test_types_of_a_module_point_one_way(module):
    """A circle makes the sorter raise CycleError."""
    TopologicalSorter(reachable(module)).prepare()


def test_models_know_no_messages():
    assert "_messages" not in reachable("models")
