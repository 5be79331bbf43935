from __future__ import annotations

import pytest
from local.support import assert_error


class TestValidation:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("serviceName", ""),
            ("serviceName", "1a"),
            ("serviceName", "-a"),
            ("serviceName", "a.b"),
            ("serviceName", "é"),
            ("serviceName", "a\n"),
            ("serviceName", "a" * 129),
            ("serviceName", 5),
            ("serviceName", None),
            ("description", 5),
            ("internetAccess", "true"),
            ("internetAccess", 1),
            ("logConfig", "x"),
            ("logConfig", {"project": 1}),
            ("role", {}),
            ("vpcConfig", []),
            ("vpcConfig", {"vSwitchIds": "a"}),
            ("vpcConfig", {"vSwitchIds": [1]}),
        ],
    )
    def test_a_bad_field_of_a_service_is_named(self, api, field, value):
        reply = api.call("POST", "/services", {"serviceName": "s", field: value})

        assert_error(reply, 400, "InvalidArgument", f"{field}:")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("functionName", "a" * 65),
            ("functionName", None),
            ("runtime", ""),
            ("runtime", None),
            ("handler", 1),
            ("handler", "m.\0"),
            ("handler", None),
            ("code", None),
            ("code", "zip"),
            ("code", {}),
            ("code", {"zipFile": "!"}),
            ("code", {"zipFile": "AAAA"}),
            ("code", {"ossBucketName": "b", "ossObjectName": "o"}),
            ("memorySize", 64),
            ("memorySize", 129),
            ("memorySize", 3136),
            ("memorySize", "128"),
            ("memorySize", 128.0),
            ("memorySize", True),
            ("timeout", 0),
            ("timeout", 301),
            ("timeout", True),
            ("timeout", 1.5),
            ("environmentVariables", {"A": 1}),
            ("environmentVariables", {"A=B": "x"}),
            ("environmentVariables", {"": "x"}),
            ("environmentVariables", {"A": "\0"}),
            ("environmentVariables", []),
            ("initializer", 1),
            ("initializationTimeout", 0),
            ("initializationTimeout", 301),
        ],
    )
    def test_a_bad_field_of_a_function_is_named(self, api, field, value):
        api.create_service()

        assert_error(api.create_function(**{field: value}), 400, "InvalidArgument", f"{field}:")
        assert api.call("GET", "/services/s/functions").json() == {"functions": []}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("timeout", 300),
            ("memorySize", 3072),
            ("environmentVariables", {}),
            ("runtime", "custom"),
            ("initializationTimeout", 300),
        ],
    )
    def test_the_limits_themselves_are_allowed(self, api, field, value):
        api.create_service()

        assert api.create_function(**{field: value}).json()[field] == value

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("triggerName", ""),
            ("triggerName", None),
            ("triggerType", "ftp"),
            ("triggerType", []),
            ("triggerType", None),
            ("triggerConfig", "x"),
            ("triggerConfig", None),
            ("sourceArn", 1),
            ("invocationRole", 1),
        ],
    )
    def test_a_bad_field_of_a_trigger_is_named(self, api, field, value):
        api.create_service()
        api.create_function()

        assert_error(api.create_trigger(**{field: value}), 400, "InvalidArgument", f"{field}:")

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"triggerConfig": {}}, "triggerConfig.cronExpression: is required"),
            ({"triggerConfig": {"cronExpression": "x"}}, "triggerConfig.cronExpression:"),
            (
                {"triggerType": "oss", "sourceArn": "a", "invocationRole": "r"},
                "triggerConfig.events:",
            ),
        ],
    )
    def test_a_configuration_that_cannot_fire_is_rejected(self, api, fields, named):
        api.create_service()
        api.create_function()

        assert_error(api.create_trigger(**fields), 400, "InvalidArgument", named)

    def test_an_update_cannot_make_one_either(self, api):
        api.create_all()

        changed = api.call(
            "PUT", "/services/s/functions/f/triggers/t", {"triggerConfig": {"enable": False}}
        )

        assert_error(changed, 400, "InvalidArgument", "triggerConfig.cronExpression:")

    @pytest.mark.parametrize("trigger_type", ["oss", "logs"])
    @pytest.mark.parametrize("missing", ["sourceArn", "invocationRole"])
    def test_only_a_timer_needs_no_source_and_role(self, api, trigger_type, missing):
        api.create_service()
        api.create_function()
        fields = {
            "triggerType": trigger_type,
            "triggerConfig": {"events": ["oss:ObjectCreated:*"]},
            "sourceArn": "acs:oss:cn-shanghai:12345:pictures",
            "invocationRole": "role",
        }

        refused = api.create_trigger(**{**fields, missing: None})

        assert_error(refused, 400, "InvalidArgument", f"{missing}:")
        assert api.create_trigger(**fields).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'"s"',
            b"null",
            b"\xff\xfe",
            b'{"serviceName": "s", "x": NaN}',
            b'{"serviceName": "s", "x": 1e999}',
            b'{"serviceName": "s", "x": "\\ud800"}',
            b'{"serviceName": "s", "x": ' + b"[" * 70 + b"]" * 70 + b"}",
            b"[" * 100_000,
            b'{"serviceName": "s", "x": ' + b"9" * 5000 + b"}",
        ],
    )
    def test_a_body_that_is_not_an_object_is_rejected(self, api, body):
        assert_error(api.call("POST", "/services", body), 400, "InvalidArgument", "body:")

    @pytest.mark.parametrize(
        ("path", "changes"),
        [
            ("/services/s", {"serviceName": "other"}),
            ("/services/s/functions/f", {"functionName": "other"}),
            ("/services/s/functions/f/triggers/t", {"triggerName": "other"}),
            ("/services/s/functions/f/triggers/t", {"triggerType": "oss"}),
            ("/services/s/functions/f/triggers/t", {"sourceArn": "other"}),
        ],
    )
    def test_what_cannot_be_changed_is_refused_unless_it_is_the_same(self, api, path, changes):
        api.create_all()
        (field,) = changes
        same = {field: api.call("GET", path).json()[field]}

        assert_error(api.call("PUT", path, changes), 400, "InvalidArgument", f"{field}:")
        assert api.call("PUT", path, same).status_code == 200
