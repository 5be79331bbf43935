"""What the official SDKs and their test suites expect, beyond the guide."""

import pytest
from local.support import assert_error, outcome


class TestRuntime:
    @pytest.mark.parametrize(
        "runtime",
        [
            "nodejs4.4",
            "nodejs12",
            "python2.7",
            "python3",
            "python3.10",
            "java11",
            "php7.2",
            "dotnetcore2.1",
            "go1",
            "custom",
            "custom.debian10",
            "custom-container",
        ],
    )
    def test_of_a_known_family_can_be_created(self, api, runtime):
        api.create_service()

        assert api.create_function(runtime=runtime).json()["runtime"] == runtime

    @pytest.mark.parametrize(
        "runtime", ["cobol85", "python", "nodejs", "Python3", "python3 ", "xpython3", "python3x"]
    )
    def test_of_no_known_family_is_refused(self, api, runtime):
        api.create_all()
        words = ("runtime:", "Runtime is set to an invalid value", repr(runtime))

        created = api.create_function("g", runtime=runtime)
        updated = api.call("PUT", "/services/s/functions/f", {"runtime": runtime})

        assert_error(created, 400, "InvalidArgument", *words)
        assert_error(updated, 400, "InvalidArgument", *words)


class TestInvocation:
    @pytest.mark.parametrize("kind", ["HandledInvocationError", "UnhandledInvocationError"])
    def test_an_error_of_the_function_is_json(self, api, pools, kind):
        async def broken(_spec, _event):
            return outcome(b'{"errorMessage":"oops"}', error_type=kind)

        pools.behaviour = broken
        api.create_all()

        reply = api.invoke()

        assert reply.headers["Content-Type"] == "application/json"
        assert reply.headers["X-Fc-Error-Type"] == kind

    def test_a_result_is_bytes(self, api):
        api.create_all()

        assert api.invoke(b"{}").headers["Content-Type"] == "application/octet-stream"


class TestTriggerType:
    @pytest.mark.parametrize("trigger_type", ["log", "logs"])
    def test_of_log_service_has_two_names(self, api, trigger_type):
        api.create_service()
        api.create_function()

        reply = api.create_trigger(
            triggerType=trigger_type,
            triggerConfig={"enable": True},
            sourceArn="acs:log:local:1:project/p",
            invocationRole="r",
        )

        assert reply.json()["triggerType"] == trigger_type

    def test_oss_without_a_directory_of_buckets_is_created_with_a_warning(self, api, caplog):
        api.create_service()
        api.create_function()

        reply = api.create_trigger(
            triggerType="oss",
            triggerConfig={"events": ["oss:ObjectCreated:*"]},
            sourceArn="acs:oss:local:1:pictures",
            invocationRole="r",
        )

        assert reply.status_code == 200
        assert "OSS trigger s/f/t never fires: start the server with oss_root" in caplog.text


NOTHING = {"type": None, "params": None}


class TestTracingConfig:
    @pytest.mark.parametrize(
        ("given", "returned"),
        [
            ({}, NOTHING),
            (NOTHING, NOTHING),
            ({"type": "Jaeger"}, {"type": "Jaeger", "params": None}),
            (
                {"Type": "Jaeger", "params": {"endpoint": "e"}},
                {"type": "Jaeger", "params": {"endpoint": "e"}},
            ),
        ],
    )
    def test_has_both_keys(self, api, given, returned):
        api.create_service("other")

        created = api.create_service(tracingConfig=given).json()
        updated = api.call("PUT", "/services/other", {"tracingConfig": given}).json()

        assert created["tracingConfig"] == updated["tracingConfig"] == returned

    @pytest.mark.parametrize("value", ["Jaeger", [], {"type": 1}, {"params": "x"}])
    def test_of_another_form_is_refused(self, api, value):
        assert_error(
            api.create_service(tracingConfig=value), 400, "InvalidArgument", "tracingConfig:"
        )


class TestContainer:
    CONFIG = {"image": "registry.example.com/a/b:v1"}  # noqa: RUF012 - not changed

    def test_needs_no_code(self, api):
        api.create_service()

        made = api.create_function(
            runtime="custom-container", code=None, customContainerConfig=self.CONFIG
        )

        assert made.json()["customContainerConfig"] == self.CONFIG
        assert api.call("GET", "/services/s/functions/f/code").status_code == 200

    def test_needs_its_settings_without_code(self, api):
        api.create_service()

        refused = api.create_function(runtime="custom-container", code=None)

        assert_error(refused, 400, "InvalidArgument", "customContainerConfig: is required")


class TestDefaults:
    def test_of_a_function(self, api):
        api.create_service()

        function = api.create_function().json()

        assert function["initializer"] is None
        assert function["environmentVariables"] == {}
        assert function["initializationTimeout"] == 30
        assert function["instanceConcurrency"] == 1

    def test_of_a_trigger(self, api):
        api.create_service()
        api.create_function()

        trigger = api.create_trigger().json()

        assert trigger["qualifier"] is None
        assert trigger["description"] == ""
        assert len(trigger["triggerId"]) == 36

    def test_a_trigger_without_a_source_has_no_arn(self, api):
        api.create_service()
        api.create_function()
        config = {"authType": "anonymous", "methods": ["GET"]}

        http = api.create_trigger("h", triggerType="http", triggerConfig=config, sourceArn="dummy")
        api.call("DELETE", "/services/s/functions/f/triggers/h").raise_for_status()
        timer = api.create_trigger("t", sourceArn="dummy")

        assert http.json()["sourceArn"] is timer.json()["sourceArn"] is None


class TestInstanceType:
    def test_is_e1_by_default(self, api):
        api.create_service()

        assert api.create_function().json()["instanceType"] == "e1"
        assert api.create_function("g", instanceType="c1").json()["instanceType"] == "c1"


class TestQualifier:
    def test_latest_is_like_none(self, api, pools):
        api.create_all()

        service = api.call("GET", "/services/s.LATEST")
        function = api.call("GET", "/services/s.LATEST/functions/f")
        invoked = api.call("POST", "/services/s.LATEST/functions/f/invocations", b"x")

        assert service.json()["serviceName"] == "s"
        assert function.json()["functionName"] == "f"
        assert (invoked.content, pools.events) == (b"x", [b"x"])

    @pytest.mark.parametrize(
        ("name", "status", "code", "word"),
        [
            (".LATEST", 400, "InvalidArgument", "serviceName"),
            ("s.", 400, "InvalidArgument", "serviceName"),
            ("s.LATEST.LATEST", 400, "InvalidArgument", "qualifier"),
            ("s.a b", 400, "InvalidArgument", "qualifier"),
            ("s.latest", 404, "AliasNotFound", "'latest'"),
            ("s.1", 404, "VersionNotFound", "'1'"),
            ("s.01", 404, "VersionNotFound", "'01'"),
            (f"s.{10**18}", 404, "VersionNotFound", "does not exist"),
            ("other.1", 404, "ServiceNotFound", "'other'"),
            ("other.prod", 404, "ServiceNotFound", "'other'"),
        ],
    )
    def test_others_do_not_exist_or_are_refused(self, api, name, status, code, word):
        api.create_all()

        for path in ("", "/functions", "/functions/f", "/functions/f/code"):
            reply = api.call("GET", f"/services/{name}{path}")
            assert_error(reply, status, code, word)
        for kind in ("Sync", "Async"):
            reply = api.call(
                "POST",
                f"/services/{name}/functions/f/invocations",
                headers={"X-Fc-Invocation-Type": kind},
            )
            assert_error(reply, status, code, word)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("PUT", "/services/s.1"),
            ("DELETE", "/services/s.1"),
            ("POST", "/services/s.1/functions"),
            ("PUT", "/services/s.prod/functions/f"),
            ("DELETE", "/services/s.prod/functions/f"),
            ("GET", "/services/s.1/functions/f/triggers"),
            ("GET", "/services/s.1/functions/f/triggers/t"),
        ],
    )
    def test_only_reading_and_invoking_takes_one(self, api, method, path):
        api.create_all()

        assert_error(api.call(method, path, {}), 400, "InvalidArgument", "qualifier", "LATEST")

    def test_in_a_body_it_is_refused(self, api):
        assert_error(api.create_service("s.LATEST"), 400, "InvalidArgument", "serviceName")


class TestKeysOfBodies:
    def test_match_without_regard_to_case(self, api):
        service = {"ServiceName": "s", "LogConfig": {"Project": "p", "LogStore": "l"}}
        function = {
            "FunctionName": "f",
            "Runtime": "python3",
            "Handler": "m.h",
            "MemorySize": 256,
            "EnvironmentVariables": {"Path": "a", "description": "b"},
        }

        created = api.call("POST", "/services", service).json()
        api.create_function("g")
        code = {"OSSBucketName": "b", "ossobjectname": "o"}
        refused = api.call("POST", "/services/s/functions", {**function, "Code": code})
        updated = api.call("PUT", "/services/s/functions/g", {"MEMORYSIZE": 192, "Timeout": 9})

        assert created["logConfig"] == {"project": "p", "logstore": "l"}
        assert "ServiceName" not in created
        # The code was understood: only the folder of the bucket is missing.
        assert_error(refused, 400, "InvalidArgument", "code:", "OSS")
        assert (updated.json()["memorySize"], updated.json()["timeout"]) == (192, 9)

    def test_are_validated_in_any_case(self, api):
        api.create_all()

        refused = api.call("PUT", "/services/s/functions/f", {"MemorySize": 1})

        assert_error(refused, 400, "InvalidArgument", "memorySize:")
        assert_error(api.create_function("g", Code=5), 400, "InvalidArgument", "code:")
