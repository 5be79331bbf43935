import pytest

from fc_client.code.variables import environment_without, expanded, secrets_of, variables_in


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("SET", "value")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.delenv("UNSET", raising=False)


class TestExpanded:
    def test_has_the_values_of_variables_that_are_set_and_not_empty(self):
        assert expanded("a ${SET} $SET ${EMPTY} ${UNSET} ${SET?}") == (
            "a value $SET ${EMPTY} ${UNSET} value"
        )


class TestVariablesIn:
    def test_are_those_that_are_set(self, tmp_path):
        (tmp_path / "a").write_text("${SET}${UNSET}")
        (tmp_path / "b").write_bytes(b"\xff${EMPTY}")
        files = [tmp_path / "a", tmp_path / "b", tmp_path, tmp_path / "missing"]
        assert variables_in(files) == {"EMPTY": "", "SET": "value"}


class TestSecretsOf:
    def test_versions_are_not_secrets(self):
        assert secrets_of({"A": "1.20.300", "B": "", "C": "t0ken"}) == ["t0ken"]


class TestEnvironmentWithout:
    @pytest.mark.parametrize("name", ["SOME_NAME", "some_name"])
    def test_ignores_case(self, monkeypatch, name):
        monkeypatch.setenv(name, "1")
        found = environment_without(["some_name"])
        assert name not in found
        assert found["SET"] == "value"
