"""Configurations of functions by qualifier, and stateful invocations."""

import pytest
from fcli.support import done, run

LATEST = ("-s", "demo", "-f", "hello", "-q", "LATEST")
ACTIONS = """
scheduledActions:
  - name: morning
    startTime: "2020-10-10T10:10:10Z"
    endTime: "2099-10-10T10:10:10Z"
    target: 1
    scheduleExpression: at(2098-10-20T10:10:10Z)
"""


class TestOnDemand:
    def test_life(self, demo):
        demo.create_function(
            "demo", "other", code="code", handler="index.handler", runtime="python3"
        )
        demo.put_on_demand_config("demo", "other", qualifier="LATEST", maximum_instance_count=1)
        result = done("on-demand", "put", *LATEST, "-m", "3")
        assert result.out == "/on-demand-configs/demo/hello/LATEST updated\n"
        config = demo.get_on_demand_config("demo", "hello", qualifier="LATEST")
        assert config.maximum_instance_count == 3
        assert done("on-demand", "list", "-s", "demo", "-f", "hello").lines == ["LATEST"]
        assert done("on-demand", "get", *LATEST).json()["maximumInstanceCount"] == 3
        assert run("on-demand", "put", *LATEST, "-m", "4", "--etag", "other").code == 1
        done("on-demand", "delete", *LATEST, "--yes")
        assert done("ls", "/on-demand-configs/demo/hello").out == ""

    def test_without_a_number_is_wrong_usage(self, demo):
        assert "missing --maximum-instance-count" in run("on-demand", "put", *LATEST).err
        assert run("on-demand", "put", *LATEST, "-m", "x").code == 2
        assert demo


class TestProvision:
    def test_life(self, demo, folder):
        (folder / "actions.yml").write_text(ACTIONS)
        result = done("provision", "put", *LATEST, "--target", "1", "-c", "actions.yml")
        assert result.out == "/provision-configs/demo/hello/LATEST updated\n"
        config = demo.get_provision_config("demo", "hello", qualifier="LATEST")
        assert (config.target, config.scheduled_actions[0].name) == (1, "morning")
        assert done("provision", "list", "demo/hello").lines == ["LATEST"]
        done("provision", "put", *LATEST, "--target", "2", "--no-always-allocate-cpu")
        shown = done("provision", "get", *LATEST).json()
        assert (shown["target"], shown["alwaysAllocateCPU"]) == (2, False)
        done("provision", "delete", *LATEST, "--yes")
        assert list(demo.iter_provision_configs()) == []

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("put", "demo/hello/LATEST"), "missing --target"),
            (("put", "demo/hello/LATEST", "--target", "1", "-c", "none"), "cannot be read"),
            (("put", "demo/hello", "--target", "1"), "expected /provision-configs/SERVICE"),
        ],
    )
    def test_bad_input_is_wrong_usage(self, server, words, problem):
        result = run("provision", *words)
        assert result.code == 2
        assert problem in result.err
        assert server


class TestAsyncConfig:
    def test_life(self, demo):
        arn = "acs:fc:::services/demo/functions/hello"
        words = ("--max-retries", "1", "--max-age", "60", "--stateful", "--on-success", arn)
        result = done("async-config", "put", *LATEST, *words)
        assert result.out == "/async-configs/demo/hello/LATEST updated\n"
        config = demo.get_function_async_invoke_config("demo", "hello")
        assert (config.max_async_retry_attempts, config.stateful_invocation) == (1, True)
        assert config.max_async_event_age_in_seconds == 60
        assert config.destination_config.on_success == arn
        assert done("async-config", "list", "-s", "demo", "-f", "hello").lines == ["LATEST"]
        assert done("async-config", "get", *LATEST).json()["maxAsyncRetryAttempts"] == 1
        done("async-config", "delete", *LATEST, "--yes")
        assert list(demo.iter_function_async_invoke_configs("demo", "hello")) == []

    def test_without_settings_is_wrong_usage(self, server):
        result = run("async-config", "put", *LATEST)
        assert result.code == 2
        assert "nothing to set" in result.err
        assert server


class TestStateful:
    @pytest.fixture
    def stateful(self, demo):
        """Return a client of a server that stores the invocations of demo/hello."""
        demo.put_function_async_invoke_config("demo", "hello", stateful_invocation=True)
        return demo

    def test_is_listed_and_shown(self, stateful, server):
        done("invk", "demo/hello", "--async", "--stateful-id", "order-1")
        done("invk", "demo/hello", "--async", "--stateful-id", "other")
        server.drain()
        words = ("-s", "demo", "-f", "hello")
        assert sorted(done("stateful", "list", *words).lines) == ["order-1", "other"]
        assert done("stateful", "list", *words, "-p", "order").lines == ["order-1"]
        shown = done("stateful", "get", *words, "-i", "order-1").json()
        assert (shown["invocationId"], shown["status"]) == ("order-1", "Succeeded")
        table = done("ls", "/stateful-invocations/demo/hello", "--output", "table").lines
        assert table[0].split() == ["INVOCATION", "STATUS", "STARTED", "ENDED"]
        assert all(line.endswith((" ago", "now")) for line in table[1:])
        assert stateful

    def test_is_stopped(self, stateful, folder):
        (folder / "code" / "index.py").write_text(
            "import time\ndef handler(event, context):\n    time.sleep(60)\n"
        )
        done("upf", "demo/hello", "-d", "code", "--timeout", "60")
        done("invk", "demo/hello", "--async", "--stateful-id", "long")
        assert done("stateful", "stop", "demo/hello/long").out == (
            "/stateful-invocations/demo/hello/long stopping\n"
        )
        stored = stateful.wait_for_invocation("demo", "hello", "long")
        assert stored.status == "Stopped"

    @pytest.mark.parametrize("words", [(), ("--async", "-n", "2")])
    def test_id_needs_one_async_invocation(self, server, words):
        result = run("invk", "demo/hello", "--stateful-id", "x", *words)
        assert result.code == 2
        assert "--stateful-id needs --async" in result.err
        assert server


class TestDelay:
    def test_is_sent(self, demo, server):
        result = done("invk", "demo/hello", "--async", "--delay", "0", "--debug")
        assert "> x-fc-async-delay: 0\n" in result.err.lower()
        server.drain()
        assert demo

    @pytest.mark.parametrize("words", [(), ("--async", "-n", "2")])
    def test_of_other_invocations_is_wrong_usage(self, demo, words):
        result = run("invk", "demo/hello", "--delay", "1", *words)
        assert result.code == 2
        assert "--delay needs --async" in result.err
        assert demo
