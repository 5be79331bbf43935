"""Every public method of the recorded surface is still there, so that no call breaks.

``vectors/public_surface.json`` was recorded before the operations moved out
of client.py. Operations and arguments that are new since then are not in it.
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


def parameters_of(member):
    """Return the parameters of a member; none of a property."""
    # A class method is wrapped.
    member = getattr(member, "__func__", member)
    return {} if isinstance(member, property) else inspect.signature(member).parameters


def signature_of(member, arguments):
    """Return the signature of a member as text, with these of its arguments alone."""
    first, *others = parameters_of(member).values()
    kept = [each for each in others if each.name in arguments]
    text = str(inspect.signature(member).replace(parameters=[first, *kept]))
    # The class is the same, whichever name of it an annotation has.
    return text.replace("models.", "")


def described(client, name, arguments=None):
    """Return what the surface records of a member, of all its *arguments* or of these alone."""
    member = inspect.getattr_static(client, name)
    # A class method is wrapped.
    member = getattr(member, "__func__", member)
    text = inspect.getdoc(client if name == "__init__" else member)
    is_property = isinstance(member, property)
    args = section(text, "Args", r"\w+")
    arguments = args if arguments is None else arguments
    return {
        "signature": "property" if is_property else signature_of(member, arguments),
        "coroutine": inspect.iscoroutinefunction(member),
        "args": [each for each in args if each in arguments],
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
        found = described(CLIENTS[client], name, recorded["args"])
        # Qualifiers have errors of their own.
        found["raises"] = [each for each in found["raises"] if each in recorded["raises"]]
        assert json.loads(json.dumps(found)) == recorded

    @each_member
    def test_new_arguments_are_optional_keywords(self, client, name):
        member = inspect.getattr_static(CLIENTS[client], name)
        recorded = SURFACE[client][name]["args"]
        for parameter in parameters_of(member).values():
            if parameter.name not in [*recorded, "self", "cls"]:
                assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
                assert parameter.default is not inspect.Parameter.empty

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
