"""Every public method of the recorded surface is still there, so that no call breaks.

``vectors/public_surface.json`` was recorded before the operations moved out
of client.py. Operations that are new since then are not in it.
"""

import inspect
import json
import re
from pathlib import Path

import pytest

from fc_client import AsyncClient, Client

SURFACE = json.loads(
    (Path(__file__).parent / "vectors" / "public_surface.json").read_text(encoding="utf-8")
)
CLIENTS = {"Client": Client, "AsyncClient": AsyncClient}

each_member = pytest.mark.parametrize(
    ("client", "name"), [(client, name) for client in SURFACE for name in SURFACE[client]]
)


def members(client):
    """Return the names of a client's constructor and public members."""
    return ["__init__", *(name for name in dir(client) if not name.startswith("_"))]


def described(client, name):
    """Return what the surface records of a member."""
    member = inspect.getattr_static(client, name)
    # A class method is wrapped.
    member = getattr(member, "__func__", member)
    text = inspect.getdoc(client if name == "__init__" else member)
    is_property = isinstance(member, property)
    return {
        "signature": "property" if is_property else str(inspect.signature(member)),
        "coroutine": inspect.iscoroutinefunction(member),
        "args": section(text, "Args", r"\w+"),
        "raises": section(text, "Raises", r"\w+Error"),
        "api": re.findall(r"^API: (\S+)\s+(\S+)\s+\(guide: (\w+)\)$", text, re.MULTILINE),
    }


def section(text, title, names):
    """Return the names that a section of a docstring lists."""
    found = re.search(rf"^{title}:\n((?:^(?: .*)?\n?)*)", text, re.MULTILINE)
    return re.findall(rf"^ {{4}}({names}): ", found[1], re.MULTILINE) if found else []


class TestSurface:
    @pytest.mark.parametrize("client", CLIENTS)
    def test_no_public_member_is_missing(self, client):
        assert set(SURFACE[client]) - set(members(CLIENTS[client])) == set()

    @each_member
    def test_member_is_as_recorded(self, client, name):
        recorded = SURFACE[client][name]
        found = json.loads(json.dumps(described(CLIENTS[client], name)))
        assert found == recorded

    def test_both_clients_have_the_same_members(self):
        assert members(Client) == members(AsyncClient)

    @pytest.mark.parametrize("name", members(Client))
    def test_both_clients_document_the_same(self, name):
        both = [described(client, name) for client in CLIENTS.values()]
        first, second = ({key: each[key] for key in ("args", "raises", "api")} for each in both)
        assert first == second


class TestSection:
    def test_reads_names_and_not_their_explanations(self):
        text = (
            "Do.\n\nArgs:\n    a: What\n        b: is in it.\n    c: More.\nReturns:\n    d: no.\n"
        )
        assert section(text, "Args", r"\w+") == ["a", "c"]
        assert section(text, "Raises", r"\w+Error") == []
