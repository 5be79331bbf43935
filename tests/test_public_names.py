"""What a reader, an editor or ``import *`` finds in the package."""

import importlib
import inspect
import pydoc
import subprocess
import sys
import typing

import pytest

import fc_client

CLASSES = [getattr(fc_client, name) for name in fc_client.__all__ if name != "__version__"]

ROOMS = (
    "code",
    "config",
    "credentials",
    "deploy",
    "exceptions",
    "models",
    "pagination",
    "signing",
    "triggers",
)


def functions_of(kind):
    """Return the functions that a class of this package has."""
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        member = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if inspect.isfunction(member) and member.__module__.startswith("fc_client"):
            yield member


class TestNames:
    def test_dir_has_every_public_name(self):
        assert set(dir(fc_client)) >= {*fc_client.__all__, "deploy", "triggers"}

    def test_every_name_of_dir_is_there(self):
        assert all(hasattr(fc_client, name) for name in dir(fc_client))

    def test_asterisk_imports_every_public_name(self):
        namespace = {}
        exec("from fc_client import *", namespace)
        assert set(namespace) >= set(fc_client.__all__)

    def test_all_of_it_works_with_the_core_alone(self):
        program = """
import sys
sys.modules["aiohttp"] = None
import fc_client, inspect, pydoc
from fc_client import *
assert Client("http://fc.test", access_key_id="i", access_key_secret="s")
assert "AsyncClient" not in dir(fc_client)
assert inspect.getmembers(fc_client)
assert pydoc.render_doc(fc_client)
try:
    fc_client.AsyncClient
except ImportError as error:
    assert "pip install" in str(error)
else:
    raise SystemExit("no error")
"""
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

    def test_help_describes_the_clients(self):
        text = pydoc.plain(pydoc.render_doc(fc_client))
        assert "class Client" in text
        assert "class Timeout" in text


class TestHints:
    @pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
    def test_of_public_classes_can_be_read(self, kind):
        typing.get_type_hints(kind)
        for function in functions_of(kind):
            typing.get_type_hints(function)

    @pytest.mark.parametrize("room", ROOMS)
    def test_of_public_modules_can_be_read(self, room):
        module = importlib.import_module(f"fc_client.{room}")
        for name in module.__all__:
            typing.get_type_hints(getattr(module, name))
