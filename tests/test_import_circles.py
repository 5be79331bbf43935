"""What only a type checker imports makes no circle either."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import fc_client

PACKAGE = Path(fc_client.__file__).parent


def imported(module):
    """Return the modules of the package that a module imports, for type checkers included."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    names = [
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    ]
    return {name.split(".")[1] for name in names if name.startswith("fc_client.")}


def reachable(module):
    """Return the imports of a module and of all top-level modules that it leads to."""
    graph, waiting = {}, [module]
    while waiting:
        name = waiting.pop()
        if name not in graph and (PACKAGE / f"{name}.py").is_file():
            graph[name] = imported(name)
            waiting += graph[name]
    return graph


@pytest.mark.parametrize("module", ["exceptions", "models", "pagination", "_messages"])
def test_types_of_a_module_point_one_way(module):
    """A circle makes the sorter raise CycleError."""
    TopologicalSorter(reachable(module)).prepare()


def test_models_know_no_messages():
    assert "_messages" not in reachable("models")
