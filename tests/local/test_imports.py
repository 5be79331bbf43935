"""The packages of the local server import each other in one direction."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import fc_client.local

ROOT = Path(fc_client.local.__file__).parent

# What each package may import of the others.
ALLOWED = {
    "api": {"cloud", "dispatch", "storage"},
    # API Gateway invokes functions.
    "cloud": {"dispatch", "storage"},
    "dispatch": {"execution", "storage"},
    "execution": set(),
    "storage": set(),
}


def module_name(path):
    """Return the dotted name of a module below fc_client.local: ``api.server``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in ROOT.rglob("*.py")}


def local_imports(path):
    """Return the modules of fc_client.local that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("fc_client.local."):
            base = node.module.removeprefix("fc_client.local").lstrip(".")
            for alias in node.names:
                name = f"{base}.{alias.name}".lstrip(".")
                found.add(name if name in MODULES else base)
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            assert not any(name.startswith("fc_client.local") for name in names)
    return found


GRAPH = {name: local_imports(path) for name, path in MODULES.items()}


class TestPackages:
    @pytest.mark.parametrize("package", ALLOWED)
    def test_import_only_those_below(self, package):
        used = {
            name.partition(".")[0]
            for module, names in GRAPH.items()
            if module.partition(".")[0] == package
            for name in names
        }
        assert used - {package} <= ALLOWED[package]

    def test_are_all_listed(self):
        folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
        assert folders == set(ALLOWED)


class TestModules:
    def test_do_not_import_each_other_in_a_circle(self):
        """The sorter raises CycleError for a circle."""
        order = list(TopologicalSorter(GRAPH).static_order())
        assert order.index("storage.store") < order.index("engine") < order.index("")
