import json

import pytest
from fcli.support import done, run

TIMER = {"triggerConfig": {"cronExpression": "0 0 4 * * *", "payload": "x", "enable": True}}


@pytest.fixture
def timer(demo, folder):
    """Return a client of a server with a trigger; timer.json is its configuration."""
    (folder / "timer.json").write_text(json.dumps(TIMER))
    done("mkt", "demo/hello/timer", "-t", "timer", "-c", "timer.json")
    return demo


class TestCreate:
    def test_from_json(self, timer):
        trigger = timer.get_trigger("demo", "hello", "timer")
        assert trigger.trigger_type == "timer"
        assert trigger.trigger_config == TIMER["triggerConfig"]

    def test_from_yaml(self, demo, folder):
        (folder / "oss.yml").write_text(
            "triggerConfig:\n"
            "  events: ['oss:ObjectCreated:*']\n"
            "  filter: {key: {prefix: in/, suffix: .jpg}}\n"
        )
        result = done(
            "mkt", "demo/hello/up", "-s", "acs:oss:cn-shanghai:1:bucket",
            "-r", "acs:ram::1:role/r", "-c", "oss.yml",
        )  # fmt: skip
        trigger = demo.get_trigger("demo", "hello", "up")
        assert result.out == "/fc/demo/hello/up created\n"
        assert trigger.trigger_type == "oss"
        assert trigger.trigger_config["filter"] == {"key": {"prefix": "in/", "suffix": ".jpg"}}

    def test_from_stdin(self, demo):
        text = json.dumps(TIMER).encode()
        done("mkt", "demo/hello/timer", "-t", "timer", "-c", "-", stdin=text)
        assert demo.get_trigger("demo", "hello", "timer")

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "expected a mapping with the key triggerConfig"),
            ("[]", "expected a mapping with the key triggerConfig"),
            ("cronExpression: x", "expected a mapping with the key triggerConfig"),
            ("triggerConfig: x", "whose value is a mapping"),
            ("triggerConfig: {", "not valid YAML or JSON"),
        ],
    )
    def test_bad_file_is_wrong_usage(self, demo, folder, text, problem):
        (folder / "c.yml").write_text(text)
        result = run("mkt", "demo/hello/t", "-t", "timer", "-c", "c.yml")
        assert result.code == 2
        assert problem in result.err
        assert list(demo.iter_triggers("demo", "hello")) == []

    def test_missing_file_is_wrong_usage(self, demo):
        result = run("mkt", "demo/hello/t", "-c", "none.yml")
        assert result.code == 2
        assert "none.yml: cannot be read" in result.err
        assert run("mkt", "demo/hello/t").code == 2
        assert demo


class TestUpdate:
    def test_configuration(self, timer, folder):
        new = {"triggerConfig": {**TIMER["triggerConfig"], "payload": "new"}}
        (folder / "new.json").write_text(json.dumps(new))
        done("upt", "demo/hello/timer", "-c", "new.json")
        trigger = timer.get_trigger("demo", "hello", "timer")
        assert trigger.trigger_config["payload"] == "new"

    @pytest.mark.parametrize(("flag", "value"), [("-t", "oss"), ("-s", "acs:oss:x:1:b")])
    def test_type_and_source_cannot_change(self, timer, flag, value):
        result = run("upt", "demo/hello/timer", "-c", "timer.json", flag, value)
        assert result.code == 2
        assert "cannot change" in result.err
        assert timer

    def test_without_flags_is_wrong_usage(self, timer):
        assert run("upt", "demo/hello/timer").code == 2
        assert timer
