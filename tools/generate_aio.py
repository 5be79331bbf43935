"""Write fc_client/aio.py, the AsyncClient, from fc_client/client.py.

Run it after every change of client.py::

    python tools/generate_aio.py            # writes the file
    python tools/generate_aio.py --check    # fails if the file is not current
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "fc_client" / "client.py"
TARGET = ROOT / "fc_client" / "aio.py"

HEADER = "# Made by tools/generate_aio.py from client.py: change that one, and run the tool.\n"

# Calls that wait. Methods of the client that make one wait themselves.
WAITING = {"self._transport.send", "self._transport.close", "time.sleep"}

# Context managers that wait.
WAITING_CONTEXTS = {"self._transport.stream"}

# Calls that block, and what runs them in a thread.
BLOCKING = {
    "self._credentials": "asyncio.to_thread",
    "self._recover": "asyncio.to_thread",
    "as_code": "asyncio.to_thread",
    "required_code": "asyncio.to_thread",
    "downloads.save": "chunks.in_thread",
}

# What is called or said in another way; all of it must be there.
WORDS = [
    ('"""Client: one method per API operation."""', '"""AsyncClient: Client for asyncio."""'),
    ("import copy\nimport time\n", "import asyncio\nimport copy\nimport time\n"),
    ("time.sleep", "asyncio.sleep"),
    ("import Callable, Generator, ", "import AsyncGenerator, AsyncIterable, Callable, "),
    (", Iterator, Mapping", ", AsyncIterator, Mapping"),
    ("fc_client._call.fan_out", "fc_client._call.async_fan_out"),
    ("import Payload, body_of", "import AsyncPayload, async_body_of"),
    ("fc_client._transport.requests_transport", "fc_client._transport.aiohttp_transport"),
    ("import Page, iterate, page_of", "import Page, async_iterate, page_of"),
    ('__all__ = ["Client"]', '__all__ = ["AsyncClient"]'),
    ("class Client(", "class AsyncClient("),
    (
        """Safe to share between threads. A context manager, which closes its
    connections at the end.
""",
        """Client for asyncio: the same methods, to be awaited, and iterators for
    ``async for``. It belongs to the event loop that uses it first. An
    asynchronous context manager, which closes its connections at the end.

    What blocks, such as reading code and files, runs in threads; *progress*
    is called there. A call that is cancelled may have been made.
""",
    ),
    ("def __enter__", "async def __aenter__"),
    ("def __exit__", "def __aexit__"),
    ("-> Client:", "-> AsyncClient:"),
    ("return iterate(", "return async_iterate("),
    ("-> Iterator[", "-> AsyncIterator["),
    ("payload: Payload", "payload: AsyncPayload"),
    ("body=body_of(", "body=async_body_of("),
    ("iterable of bytes, both sent", "(async) iterable of bytes, both sent"),
    (
        "payloads: Iterable[Payload]",
        "payloads: Iterable[AsyncPayload] | AsyncIterable[AsyncPayload]",
    ),
    ("-> Generator[InvocationResult, None, None]", "-> AsyncGenerator[InvocationResult, None]"),
    (
        "They may\n                be endless: one is",
        "An\n                (async) iterable, which may be endless: one is",
    ),
]


def waiting_methods(client: ast.ClassDef) -> set[str]:
    """Return the methods that wait, directly or through others."""
    methods = {node.name: node for node in client.body if isinstance(node, ast.FunctionDef)}
    found: set[str] = set()
    while True:
        waiting = {*WAITING, *WAITING_CONTEXTS, *BLOCKING, *(f"self.{name}" for name in found)}
        more = {
            name
            for name, node in methods.items()
            if any(name_of(call) in waiting for call in calls(node))
        }
        if more == found:
            return found
        found = more


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls below a node, but for those that a lambda returns to be awaited."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
        if not isinstance(child, ast.Lambda):
            yield from calls(child)


def name_of(call: ast.Call) -> str:
    """Return the dotted name of what is called."""
    return ast.unparse(call.func)


def insertions(client: ast.ClassDef) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and text of what asyncio needs besides."""
    methods = waiting_methods(client)
    waiting = WAITING | {f"self.{name}" for name in methods}
    for node in client.body:
        if isinstance(node, ast.FunctionDef) and node.name in methods:
            yield node.lineno, node.col_offset, "async "
            yield from _inside(node, waiting)


def _inside(method: ast.FunctionDef, waiting: set[str]) -> Iterator[tuple[int, int, str]]:
    for node in ast.walk(method):
        if isinstance(node, ast.With) and _names(node) & WAITING_CONTEXTS:
            yield node.lineno, node.col_offset, "async "
    for call in calls(method):
        name = name_of(call)
        if name in waiting:
            yield call.lineno, call.col_offset, "await "
        elif name in BLOCKING:
            yield call.lineno, call.col_offset, f"await {BLOCKING[name]}("
            # In place of the parenthesis that opens the arguments.
            yield call.lineno, call.col_offset + len(name), ","


def _names(node: ast.With) -> set[str]:
    managers = [item.context_expr for item in node.items]
    return {name_of(manager) for manager in managers if isinstance(manager, ast.Call)}


def generate(source: str) -> str:
    """Return the text of aio.py for that of client.py, formatted."""
    [client] = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    lines = source.splitlines(keepends=True)
    for line, column, text in sorted(insertions(client), reverse=True):
        before, after = lines[line - 1][:column], lines[line - 1][column:]
        lines[line - 1] = before + text + (after.removeprefix("(") if text == "," else after)
    result = HEADER + "".join(lines)
    for old, new in WORDS:
        if old not in result:
            raise SystemExit(f"client.py has no more: {old}")
        result = result.replace(old, new)
    return _formatted(result)


def _formatted(source: str) -> str:
    for command in (["check", "--select=I", "--fix", "--quiet"], ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, f"--stdin-filename={TARGET}", "-"]
        done = subprocess.run(  # noqa: S603 - our own command
            ruff, input=source, capture_output=True, text=True, check=True, cwd=ROOT
        )
        source = done.stdout
    return source


def main() -> None:
    """Write the file, or check it."""
    text = generate(SOURCE.read_text(encoding="utf-8"))
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        raise SystemExit("fc_client/aio.py is not current: run python tools/generate_aio.py")


if __name__ == "__main__":
    main()
