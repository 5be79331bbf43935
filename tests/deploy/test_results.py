"""What a deployment says about itself."""

import dataclasses
import pickle

import pytest

from fc_client import Service
from fc_client.deploy import Change, Deployment

SERVICE = Service("demo")


def deployment(action, *changes, **more):
    return Deployment(action, changes, SERVICE, "service demo", **more)


class TestChange:
    @pytest.mark.parametrize(
        ("name", "before", "after", "diff"),
        [
            ("timeout", None, 3, ["+ timeout: 3"]),
            ("timeout", 3, 20, ["~ timeout: 3 -> 20"]),
            ("description", "old", "", ['~ description: "old" -> ""']),
            ("trigger_config", {"enable": 1}, {"enable": True},
             ["~ trigger_config.enable: 1 -> true"]),
            ("trigger_config", {"a": None}, {}, ["- trigger_config.a: null",
             "+ trigger_config: {}"]),
            ("internet_access", True, False, ["~ internet_access: true -> false"]),
            ("log_config", {"project": "p", "logstore": "l"}, {"project": "q"},
             ['~ log_config.project: "p" -> "q"', '- log_config.logstore: "l"']),
            ("trigger_config", {"methods": ["GET"]}, {"methods": ["GET", "PUT"]},
             ['~ trigger_config.methods: ["GET"] -> ["GET", "PUT"]']),
            ("trigger_config", {"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1, "d": 3}}},
             ["~ trigger_config.a.b.d: 2 -> 3"]),
            ("environment_variables", {"A": "1"}, {},
             ["- environment_variables.A: ***", "+ environment_variables: {}"]),
            ("code", {"checksum": "1", "size": 2}, {"bucket": "b", "object": "o"},
             ['- code.checksum: "1"', "- code.size: 2",
              '+ code.bucket: "b"', '+ code.object: "o"']),
            ("additional_version_weight", {}, {"2": 0.1}, ["+ additional_version_weight.2: 0.1"]),
            ("code", None, None, []),
        ],
    )  # fmt: skip
    def test_is_printed_as_a_diff(self, name, before, after, diff):
        assert str(Change(name, before, after)).splitlines() == diff

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("environment_variables", {"ANY": "hunter2"}),
            ("trigger_config", {"payload": "hunter2"}),
            ("trigger_config", {"functionParameter": {"a": ["hunter2"]}}),
            ("trigger_config", {"source": {"dbPassword": "hunter2"}}),
            ("trigger_config", {"accessKeyId": "hunter2", "authToken": "hunter2"}),
            ("trigger_config", {"targets": [{"token": "hunter2"}]}),
            ("trigger_config", {"x-api-key": "hunter2", "access-key": "hunter2"}),
            ("description", "see https://x.test/?signature=hunter2"),
        ],
    )
    def test_secrets_are_in_its_values_alone(self, name, value):
        change = Change(name, None, value)

        assert change.after == value
        for text in (str(change), repr(change), str(deployment("created", change))):
            assert "hunter2" not in text
        assert "***" in str(change)

    def test_an_environment_variable_that_changes_is_named(self):
        change = Change("environment_variables", {"A": "1", "B": "1"}, {"A": "2", "B": "1"})

        assert str(change) == "~ environment_variables.A: *** -> ***"

    def test_a_hostile_value_is_one_line(self):
        text = str(Change("description", "a\nb\x1b[31m", {"\ud800\n": "c" * 5000}))

        assert len(text.splitlines()) == 2
        assert len(text) < 2500
        assert all(line.isprintable() for line in text.splitlines())

    def test_values_can_be_nested_deeply(self):
        deep = {}
        for _ in range(5000):
            deep = {"a": deep}

        assert str(Change("trigger_config", None, deep)).endswith(": {}")

    def test_is_frozen_and_can_be_hashed_and_pickled(self):
        change = Change("environment_variables", None, {"A": "b"})

        with pytest.raises(dataclasses.FrozenInstanceError):
            change.name = "timeout"
        assert hash(change) == hash(pickle.loads(pickle.dumps(change)))
        assert pickle.loads(pickle.dumps(change)) == change


class TestDeployment:
    @pytest.mark.parametrize(
        ("action", "dry_run", "head"),
        [
            ("created", False, "created service demo"),
            ("updated", False, "updated service demo"),
            ("replaced", False, "replaced service demo"),
            ("created", True, "would create service demo"),
            ("updated", True, "would update service demo"),
            ("replaced", True, "would replace service demo"),
        ],
    )
    def test_is_printed_with_its_changes(self, action, dry_run, head):
        changes = Change("description", None, "d"), Change("role", "a", "b")

        text = str(deployment(action, *changes, dry_run=dry_run))

        assert text == f'{head}\n  + description: "d"\n  ~ role: "a" -> "b"'

    @pytest.mark.parametrize("dry_run", [False, True])
    def test_without_changes(self, dry_run):
        unchanged = deployment("unchanged", dry_run=dry_run)

        assert str(unchanged) == "unchanged service demo"
        assert unchanged.changed == ()

    def test_says_what_must_be_created_first(self):
        text = str(deployment("created", dry_run=True, requires="service s"))

        assert text == "would create service demo, once service s exists"

    def test_has_the_names_of_its_changes(self):
        changes = Change("timeout", 1, 2), Change("code", None, {})

        assert deployment("updated", *changes).changed == ("timeout", "code")
