"""Which parts of the HTTP libraries are used."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.http_server import service, serving

import fc_client

PACKAGE = Path(fc_client.__file__).parent
FILES = [path for path in PACKAGE.rglob("*.py") if "local" not in path.parts]

LIBRARIES = ("http", "requests", "socket", "ssl", "urllib3")

# Once borrowed. A subclass would get at them by self as well.
BORROWED = {
    "_buffer",
    "_get_conn",
    "_get_timeout",
    "_HTTPConnection__response",
    "_HTTPConnection__state",
    "_make_request",
    "_method",
    "_new_conn",
    "_prepare_conn",
    "_prepare_proxy",
    "_put_conn",
    "_raise_timeout",
    "_read_status",
    "_response_options",
    "_send_output",
    "_tunnel",
    "_validate_conn",
}


def is_private(name):
    return name.startswith("_") and not name.endswith("__")


def from_libraries(tree):
    """Return the names in a module that are modules, classes or functions of the libraries."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                (alias.asname or alias.name).partition(".")[0]
                for alias in node.names
                if alias.name.partition(".")[0] in LIBRARIES
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(LIBRARIES):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def root_of(node):
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def borrowed(path):
    """Yield the private names of the libraries that a module mentions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    theirs = from_libraries(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(LIBRARIES):
            parts = [*node.module.split("."), *(alias.name for alias in node.names)]
            yield from filter(is_private, parts)
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            own = node.attr in own_names(tree)
            if root_of(node.value) in theirs or (node.attr in BORROWED and not own):
                yield node.attr
        elif isinstance(node, ast.Constant) and node.value in BORROWED:
            yield node.value


def own_names(tree):
    """Return the private names that a module itself defines or assigns."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


class TestPrivateNames:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
    def test_of_urllib3_http_client_and_requests_are_not_used(self, path):
        assert list(borrowed(path)) == []

    @pytest.mark.parametrize(
        "source",
        [
            "from urllib3.connectionpool import _Default",
            "from urllib3._collections import HTTPHeaderDict",
            "import http.client\nhttp.client._MAXLINE",
            "import urllib3\nurllib3.HTTPConnectionPool('h')._x",
            "pool._make_request()",
            "getattr(pool, '_put_conn')",
        ],
    )
    def test_are_found(self, source, tmp_path):
        (tmp_path / "module.py").write_text(source)
        assert len(list(borrowed(tmp_path / "module.py"))) == 1


# Changes http.client as CPython 3.15 did, before anything imports it.
CPYTHON_3_15 = """
import http, importlib.util, pathlib, sys
spec = importlib.util.find_spec("http.client")
source = pathlib.Path(spec.origin).read_text(encoding="utf-8")
for old, new in (
    ("def begin(self):", "def begin(self, *, _max_headers=None):"),
    ("response.begin()", "response.begin(_max_headers=None)"),
):
    assert source.count(old) == 1, old
    source = source.replace(old, new)
module = importlib.util.module_from_spec(spec)
sys.modules["http.client"] = http.client = module
exec(compile(source, spec.origin, "exec"), module.__dict__)
"""

CALLS = """
import asyncio, json, logging, os, sys
from fc_client import Client
from fc_client.aio import AsyncClient

url, proxy, logs = sys.argv[1:]
if logs:
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
options = {"access_key_id": "i", "access_key_secret": "s"}
if proxy:
    options["proxies"] = {"http": proxy}

async def main():
    async with AsyncClient(url, **options) as client:
        return [(await client.get_service("s")).service_name for _ in range(2)]

with Client(url, **options) as client:
    names = [client.get_service("s").service_name for _ in range(2)]
print(json.dumps([names, asyncio.run(main())]))
"""


class TestCPython315:
    @pytest.mark.parametrize("way", ["direct", "proxy", "logged"])
    def test_begin_with_a_keyword_breaks_no_call(self, way):
        with serving(service) as server:
            url, proxy = ("http://fc.invalid", server.url) if way == "proxy" else (server.url, "")
            done = subprocess.run(
                [
                    sys.executable,
                    "-W",
                    "error",
                    "-c",
                    CPYTHON_3_15 + CALLS,
                    url,
                    proxy,
                    "1" if way == "logged" else "",
                ],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
            )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [["s", "s"], ["s", "s"]]
        assert server.connections == 2
