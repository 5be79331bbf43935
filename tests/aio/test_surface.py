"""AsyncClient has the methods, parameters and documentation of Client."""

import importlib
import inspect
import re
import sys

import pytest
from support.clients import aio_of
from support.operations import NO_OPERATIONS

import fc_client
from fc_client import (
    AsyncClient,
    Client,
)

PUBLIC = sorted(name for name in dir(Client) if not name.startswith("_"))


class TestSurface:
    def test_names_are_the_same(self):
        assert [name for name in dir(AsyncClient) if not name.startswith("_")] == PUBLIC

    @pytest.mark.parametrize("name", [*PUBLIC, "__init__"])
    def test_parameters_are_the_same(self, name):
        if name == "endpoint":
            assert aio_of("http://fc.test").endpoint == "http://fc.test"
            return
        theirs, ours = (
            inspect.signature(getattr(kind, name)).parameters for kind in (Client, AsyncClient)
        )
        assert [(each.name, each.kind, each.default) for each in ours.values()] == [
            (each.name, each.kind, each.default) for each in theirs.values()
        ]

    @pytest.mark.parametrize("name", sorted(set(PUBLIC) - NO_OPERATIONS | {"close"}))
    def test_operations_are_awaited(self, name):
        assert inspect.iscoroutinefunction(getattr(AsyncClient, name))

    @pytest.mark.parametrize("name", PUBLIC)
    def test_api_lines_are_the_same(self, name):
        theirs, ours = (
            re.findall(r"API: .*", inspect.getdoc(getattr(kind, name)), re.DOTALL)
            for kind in (Client, AsyncClient)
        )
        assert ours == theirs

    def test_missing_aiohttp_is_told(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "aiohttp", None)
        for name in ("fc_client.aio", "fc_client._transport.aiohttp_transport"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.raises(ImportError, match=r"pip install 'aliyun-fc-client\[async\]'"):
            importlib.import_module("fc_client.aio")
        with pytest.raises(ImportError, match=r"AsyncClient needs aiohttp"):
            _ = fc_client.AsyncClient
