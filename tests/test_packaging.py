"""What setup.py demands and what tox.ini tests."""

import ast
import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Where setup.py says what users need: an argument of setup() and the extras.
DEMANDS = {"install_requires", "ASYNC", "LOCAL", "OSS", "EXEC", "FCLI", "FUN"}


def release(version):
    """Return the numbers of a version without trailing zeros: 3.11 is 3.11.0."""
    return tuple(int(number) for number in re.sub(r"(\.0)+$", "", version).split("."))


def named_values(tree):
    """Yield the keyword arguments and the assignments of a module, names and values."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            yield node.arg, node.value
        elif isinstance(node, ast.Assign):
            yield ast.unparse(node.targets[0]), node.value


def lower_bounds():
    """Return the lowest version of each package that users may have."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    texts = [
        part.value
        for name, value in named_values(tree)
        if name in DEMANDS
        for part in ast.walk(value)
        if isinstance(part, ast.Constant)
    ]
    return {name: release(version) for name, version in (text.split(">=") for text in texts)}


def pins(environment):
    """Return the version of each package that a tox environment installs."""
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    lines = tox[f"testenv:{environment}"]["deps"].split()
    return {name: release(version) for name, version in (line.split("==") for line in lines)}


class TestLowerBounds:
    def test_are_what_min_deps_installs(self):
        pinned = pins("min-deps")
        # Of requests, not of this library.
        assert pinned.pop("urllib3") < (2,)
        assert pinned == lower_bounds()
