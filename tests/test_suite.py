"""The suite keeps its own rules."""

import ast
import functools
from pathlib import Path

TESTS = Path(__file__).parent
MODULES = sorted(path for path in TESTS.rglob("*.py") if "node_modules" not in path.parts)
MOST_LINES = 400

# Servers of HTTP that are written by hand. Tests use tests/support/http_server.py.
SERVERS = {"BaseHTTPRequestHandler", "HTTPServer", "ThreadingHTTPServer", "start_server"}


def name_of(path):
    return path.relative_to(TESTS).as_posix()


def imported(tree):
    """Yield each part of the dotted names of what a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from alias.name.split(".")
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module or "").split(".")
            yield from (alias.name for alias in node.names)


@functools.cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def test_no_module_imports_tests():
    assert [
        f"{name_of(path)}: {name}"
        for path in MODULES
        for name in imported(parsed(path))
        if name == "conftest" or name.startswith("test_")
    ] == []


def test_no_module_is_over_400_lines():
    long = {name_of(path) for path in MODULES if len(path.read_bytes().splitlines()) > MOST_LINES}
    assert sorted(long) == []


def test_no_module_writes_a_server_of_its_own():
    servers = {name_of(path) for path in MODULES if SERVERS & set(imported(parsed(path)))}
    assert sorted(servers) == []
