from __future__ import annotations

import time

import pytest
from local.invocation_support import FUNCTION_DOCUMENT
from local.support import outcome

from fc_client.local.dispatch.invocations import RetrySettings
from fc_client.local.storage.reading import read_logs
from fc_client.local.storage.schema import FUNCTION, SERVICE, FunctionKey


class TestRetrySettings:
    def test_delays_grow_up_to_a_limit(self):
        retry = RetrySettings(base_delay=1.0, max_delay=60.0)

        assert [retry.after_failure(n) for n in (1, 2, 3)] == [1.0, 2.0, 4.0]
        assert [retry.after_throttle(n) for n in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
        assert retry.after_throttle(5000) == 60.0


class TestInvoke:
    def test_the_spec_has_all_settings(self, run, pools, tmp_path):
        async def test(bench):
            await bench.invocations.invoke(FunctionKey("s", "f"), "r-1", b"event")

        run(test)

        (spec, request_id, event) = pools.calls[0]
        assert (request_id, event) == ("r-1", b"event")
        assert (spec.service_name, spec.function_name) == ("s", "f")
        assert (spec.runtime, spec.handler) == ("python3", "m.h")
        assert (spec.memory_size, spec.timeout) == (128, 3)
        assert (spec.initializer, spec.initialization_timeout) == (None, 30)
        assert spec.environment_variables == {}
        assert (spec.log_project, spec.log_store) == ("p", "l")
        assert spec.code_dir == tmp_path / "code" / "trees" / "5"
        assert (spec.account_id, spec.region) == ("1", "local")
        assert (spec.access_key_id, spec.access_key_secret) == ("id", "secret")

    def test_optional_fields_of_the_function(self, run, pools):
        fields = {
            "initializer": "m.i",
            "initializationTimeout": 9,
            "environmentVariables": {"A": "b"},
        }

        async def test(bench):
            bench.store.put(FUNCTION, ("s", "f"), {**FUNCTION_DOCUMENT, **fields})
            await bench.invocations.invoke(FunctionKey("s", "f"), "r", b"")

        run(test)

        spec = pools.calls[0][0]
        assert (spec.initializer, spec.initialization_timeout) == ("m.i", 9)
        assert spec.environment_variables == {"A": "b"}

    @pytest.mark.parametrize("changed", [SERVICE, FUNCTION])
    def test_the_version_changes_with_function_and_service(self, run, pools, changed):
        async def test(bench):
            await bench.invocations.invoke(FunctionKey("s", "f"), "r", b"")
            await bench.invocations.invoke(FunctionKey("s", "f"), "r", b"")
            key = ("s", "f")[: len(changed.keys)]
            bench.store.put(changed, key, bench.store.get(changed, key).document)
            await bench.invocations.invoke(FunctionKey("s", "f"), "r", b"")

        run(test)

        first, second, third = (spec.version for spec, _, _ in pools.calls)
        assert first == second != third

    def test_the_log_is_kept(self, run, pools):
        async def logging(_spec, _event):
            return outcome(log=b"caf\xc3\xa9 \xff\n")

        pools.behaviour = logging

        async def test(bench):
            await bench.invocations.invoke(FunctionKey("s", "f"), "r-1", b"")

        bench = run(test)

        (entry,) = read_logs(bench.path, "s")
        assert (entry.function, entry.request_id) == ("f", "r-1")
        assert entry.text == "café \ufffd\n"
        assert abs(entry.time - time.time()) < 10
