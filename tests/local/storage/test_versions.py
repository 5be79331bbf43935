from __future__ import annotations

import pytest

from fc_client.local.storage.schema import (
    ALIAS,
    FUNCTION,
    FUNCTION_SNAPSHOT,
    SERVICE,
    SERVICE_SNAPSHOT,
    FunctionKey,
    FunctionVersion,
)
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import (
    MissingResourceError,
    find_function,
    find_service,
    plain_qualifier,
    resolve,
)


@pytest.fixture
def store(tmp_path):
    """Yield a store with function s/f, and with g instead of f in version 1."""
    store = Store(tmp_path / "fc.sqlite")
    store.put(SERVICE, ("s",), {"is": "new"})
    store.put(FUNCTION, ("s", "f"), {"codeChecksum": "2"})
    store.put(SERVICE_SNAPSHOT, ("s", "1"), {"is": "old"})
    store.put(FUNCTION_SNAPSHOT, ("s", "1", "g"), {"codeChecksum": "1"})
    yield store
    store.close()


def alias(store, name="a", version="1", weights=None):
    store.put(ALIAS, ("s", name), {"versionId": version, "additionalVersionWeight": weights or {}})


class TestNames:
    def test_the_qualifier_is_shown_as_in_paths(self):
        assert str(FunctionKey("s", "f")) == "s/f"
        assert str(FunctionKey("s", "f", "prod")) == "s.prod/f"
        assert str(FunctionKey("s", "f", "prod").at("2")) == "s.2/f"

    def test_latest_is_the_empty_qualifier(self):
        assert plain_qualifier("LATEST") == plain_qualifier("") == ""
        assert plain_qualifier("latest") == "latest"


class TestResolve:
    @pytest.mark.parametrize(
        ("qualifier", "version"), [("", ""), ("LATEST", ""), ("1", "1"), ("77", "77")]
    )
    def test_latest_and_numbers_are_not_looked_up(self, store, qualifier, version):
        assert resolve(store, "missing", qualifier) == version

    def test_an_alias_is_its_version(self, store):
        alias(store)
        alias(store, "latest", "LATEST")

        assert resolve(store, "s", "a") == "1"
        assert resolve(store, "s", "latest") == ""

    @pytest.mark.parametrize(
        ("drawn", "version"), [(0.0, "2"), (0.24, "2"), (0.25, "1"), (0.99, "1")]
    )
    def test_the_other_version_has_its_share(self, store, drawn, version):
        alias(store, weights={"2": 0.25})

        assert resolve(store, "s", "a", lambda: drawn) == version
        assert resolve(store, "s", "a") == "1"

    def test_the_outermost_missing_resource_is_named(self, store):
        with pytest.raises(MissingResourceError, match="alias 'b' does not exist"):
            resolve(store, "s", "b")
        with pytest.raises(MissingResourceError, match="service 'x' does not exist"):
            resolve(store, "x", "b")


class TestFinding:
    def test_each_version_has_its_own(self, store):
        assert find_service(store, "s").document == {"is": "new"}
        assert find_service(store, "s", "1").document == {"is": "old"}
        service, function = find_function(store, FunctionVersion("s", "g", "1"))
        assert (service.document, function.document) == ({"is": "old"}, {"codeChecksum": "1"})

    @pytest.mark.parametrize(
        ("function", "kind", "name"),
        [
            (("x", "f"), "Service", "x"),
            (("x", "f", "1"), "Service", "x"),
            (("s", "f", "2"), "Version", "2"),
            (("s", "f", "01"), "Version", "01"),
            (("s", "f", "9" * 40), "Version", "9" * 40),
            (("s", "g"), "Function", "g"),
            (("s", "f", "1"), "Function", "f"),
        ],
    )
    def test_the_outermost_missing_resource_is_named(self, store, function, kind, name):
        with pytest.raises(MissingResourceError) as caught:
            find_function(store, FunctionVersion(*function))

        assert (caught.value.kind, caught.value.name) == (kind, name)
