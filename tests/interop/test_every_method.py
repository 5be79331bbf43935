"""The tests of this directory call every public method of aliyun-fc2 and of @alicloud/fc2."""

import ast
import inspect
import json
import re
import subprocess
from pathlib import Path

import fc2
from support.node import needs_node

HERE = Path(__file__).parent

# Prints the names of the methods of the class, those of its bases included.
LIST_METHODS = """
const names = new Set();
let prototype = require('@alicloud/fc2').prototype;
for (; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
  Object.getOwnPropertyNames(prototype).forEach((name) => names.add(name));
}
names.delete('constructor');
process.stdout.write(JSON.stringify([...names]));
"""


def called_in_python(source: str) -> set[str]:
    """Return the names of the methods that a test calls on a client."""
    functions = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        function.attr
        for function in functions
        if isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in {"client", "official"}
    }


def called_in_node(source: str) -> set[str]:
    """Return the names of the methods that a script calls on a client, outside its comments."""
    return set(
        re.findall(r"\bclient\.(\w+)\(", re.sub(r"^\s*//.*", "", source, flags=re.MULTILINE))
    )


def sources(pattern: str, sdk: str) -> list[str]:
    """Return the texts of those files that load an SDK."""
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob(pattern)]
    return [text for text in texts if sdk in text]


def test_of_the_python_sdk():
    methods = {
        name
        for name, _ in inspect.getmembers(fc2.Client, inspect.isfunction)
        if not name.startswith("_")
    }

    called = set().union(*map(called_in_python, sources("*.py", "import fc2\n")))

    assert len(methods) > 40
    assert methods - called == set()


@needs_node
def test_of_the_node_sdk(node_scripts):
    listed = subprocess.run(
        ["node", "-e", LIST_METHODS], cwd=node_scripts, capture_output=True, timeout=60, check=True
    )
    methods = set(json.loads(listed.stdout))

    called = set().union(*map(called_in_node, sources("node/*.js", "require('@alicloud/fc2')")))

    assert len(methods) > 60
    assert methods - called == set()
