import base64
import json
import pickle
import re
from dataclasses import FrozenInstanceError, fields
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from fc_client._messages import Headers, Response
from fc_client.models import (
    Function,
    FunctionCode,
    InvocationResult,
    LogConfig,
    Service,
    Trigger,
    VPCConfig,
)

GUIDE = json.loads((Path(__file__).parent / "vectors" / "api.json").read_text(encoding="utf-8"))

SCHEMAS = [
    ("LogConfig", LogConfig),
    ("VPCConfig", VPCConfig),
    ("ServiceResponse", Service),
    ("FunctionResponse", Function),
    ("FunctionCodeResponse", FunctionCode),
    ("TriggerResponse", Trigger),
]

TIMES = {
    "createdTime": "2016-08-15T16:06:05.000+0000",
    "lastModifiedTime": "2016-08-15T18:06:05.123+0200",
}

MINIMAL = [
    (Service, {"serviceName": "s"}),
    (Function, {"functionName": "f"}),
    (FunctionCode, {"url": "http://oss.test"}),
    (Trigger, {"triggerName": "t"}),
]

each_minimal = pytest.mark.parametrize(("kind", "raw"), MINIMAL)


def response(raw, **headers):
    items = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Response(200, Headers(items), json.dumps(raw).encode())


class TestSchemas:
    @pytest.mark.parametrize(("schema", "kind"), SCHEMAS)
    def test_every_field_of_the_guide_is_there_in_snake_case(self, schema, kind):
        wanted = {
            re.sub("(?<!^)([A-Z])", r"_\1", name).lower()
            for name in GUIDE["schemas"][schema]["fields"]
        }
        assert wanted <= {field.name for field in fields(kind)}

    @each_minimal
    def test_all_but_the_name_may_be_absent(self, kind, raw):
        model = kind.from_response(response(raw))
        absent = {field.name for field in fields(kind) if getattr(model, field.name) is None}
        assert len(absent) == len(fields(kind)) - 2

    @each_minimal
    def test_unknown_fields_survive_in_raw(self, kind, raw):
        model = kind.from_response(response({**raw, "instanceType": {"x": 1}}))
        assert model.raw == {**raw, "instanceType": {"x": 1}}

    @each_minimal
    def test_frozen_hashable_and_picklable(self, kind, raw):
        model = kind.from_response(response(raw))
        with pytest.raises(FrozenInstanceError):
            model.raw = {}
        assert isinstance(hash(model), int)
        assert pickle.loads(pickle.dumps(model)) == model

    @pytest.mark.parametrize(
        ("kind", "raw"), [row for row in MINIMAL if row[0] is not FunctionCode]
    )
    def test_times_and_headers(self, kind, raw):
        model = kind.from_response(response({**raw, **TIMES}, ETAG="e", X_FC_Request_ID="id-1"))
        utc = timezone.utc
        assert model.created_time == datetime(2016, 8, 15, 16, 6, 5, tzinfo=utc)
        assert model.last_modified_time == datetime(2016, 8, 15, 16, 6, 5, 123000, tzinfo=utc)
        assert (model.etag, model.request_id) == ("e", "id-1")

    @pytest.mark.parametrize("text", ["2016-08-15T16:06:05", "2016-08-15T16:06:05Z"])
    def test_times_are_aware(self, text):
        service = Service.from_response(response({"serviceName": "s", "createdTime": text}))
        assert service.created_time.utcoffset() == timedelta(0)

    def test_empty_time_is_none(self):
        raw = {"serviceName": "s", "createdTime": ""}
        assert Service.from_response(response(raw)).created_time is None

    @pytest.mark.parametrize(("kind", "raw"), [*MINIMAL])
    def test_reply_without_the_name_is_refused(self, kind, raw):
        with pytest.raises(KeyError):
            kind.from_response(response({"x": raw}))


class TestService:
    def test_structures(self):
        raw = {
            "serviceName": "s",
            "internetAccess": False,
            "logConfig": {"project": "p", "logstore": "l"},
            "vpcConfig": {"vpcId": "v", "vSwitchIds": ["a", "b"], "securityGroupId": "g"},
        }
        service = Service.from_response(response(raw))
        assert service.internet_access is False
        assert service.log_config == LogConfig("p", "l")
        assert service.vpc_config == VPCConfig("v", ("a", "b"), "g")

    def test_empty_structures(self):
        raw = {"serviceName": "s", "logConfig": {}, "vpcConfig": {"vSwitchIds": None}}
        service = Service.from_response(response(raw))
        assert service.log_config == LogConfig()
        assert service.vpc_config == VPCConfig()


class TestFunction:
    def test_fields(self):
        raw = {
            "functionName": "f",
            "memorySize": 128,
            "timeout": 3,
            "codeSize": 22,
            "codeChecksum": "1",
            "environmentVariables": {"aKey": "secret"},
            "initializer": "i.i",
            "initializationTimeout": 30,
        }
        function = Function.from_response(response(raw))
        assert (function.memory_size, function.timeout, function.code_size) == (128, 3, 22)
        assert function.environment_variables == {"aKey": "secret"}
        assert (function.initializer, function.initialization_timeout) == ("i.i", 30)
        assert "secret" not in repr(function)


class TestFunctionCode:
    def test_repr_hides_the_url(self):
        raw = {"url": "http://oss.test/?Signature=secret", "checksum": "1"}
        code = FunctionCode.from_response(response(raw, x_fc_request_id="id-1"))
        assert (code.url, code.checksum, code.request_id) == (raw["url"], "1", "id-1")
        assert "secret" not in repr(code)

    @pytest.mark.parametrize(
        "url",
        ["", "ftp://oss.test", "oss.test/x", "http://", "http:///x", "http://a b", "http://é.test"]
        + [f"http://oss.test/{character}X: y" for character in "\0\t\r\n\x0b\x7f\x85\ud800"],
    )
    def test_what_is_no_url_is_refused(self, url):
        with pytest.raises(ValueError, match="url is no http or https URL"):
            FunctionCode.from_response(response({"url": url}))


class TestVPCConfig:
    def test_one_str_is_no_list_of_ids(self):
        with pytest.raises(TypeError, match="v_switch_ids: expected ids"):
            VPCConfig(v_switch_ids="vsw-1")


class TestTrigger:
    def test_keys_of_the_config_are_untouched(self):
        config = {"cronExpression": "@every 1m", "some_key": {"aKey": None}}
        trigger = Trigger.from_response(response({"triggerName": "t", "triggerConfig": config}))
        assert trigger.trigger_config == config


class TestInvocationResult:
    def test_headers_become_attributes(self):
        result = InvocationResult.from_response(
            Response(
                200,
                Headers(
                    [
                        ("X-Fc-Request-Id", "id-1"),
                        ("X-Fc-Error-Type", "HandledInvocationError"),
                        ("X-Fc-Invocation-Duration", "12"),
                        ("X-Fc-Max-Memory-Usage", "30.99"),
                        ("X-Fc-Log-Result", base64.b64encode("…é".encode()[1:]).decode()),
                        ("X-Own", "1"),
                    ]
                ),
                b'{"a": 1}',
            )
        )
        assert (result.payload, result.text, result.json()) == (b'{"a": 1}', '{"a": 1}', {"a": 1})
        assert (result.status_code, result.request_id) == (200, "id-1")
        assert result.error_type == "HandledInvocationError"
        assert (result.duration_ms, result.max_memory_mb) == (12, 30.99)
        assert result.log.endswith("é")
        assert result.headers["x-OWN"] == "1"

    def test_all_of_them_may_be_absent(self):
        result = InvocationResult.from_response(Response(202, Headers()))
        assert result == InvocationResult(b"", 202)

    @pytest.mark.parametrize(
        "name", ["x-fc-log-result", "x-fc-invocation-duration", "x-fc-max-memory-usage"]
    )
    def test_a_header_of_nonsense_does_not_lose_the_result(self, name):
        result = InvocationResult.from_response(Response(200, Headers([(name, "?")]), b"done"))

        assert result.payload == b"done"
        assert (result.log, result.duration_ms, result.max_memory_mb) == (None, None, None)

    def test_what_is_no_text_or_no_json_says_so(self):
        result = InvocationResult(b"\xff", 200)
        with pytest.raises(UnicodeDecodeError):
            _ = result.text
        with pytest.raises(ValueError, match="utf"):
            result.json()

    def test_repr_shows_neither_payload_nor_log(self):
        assert "secret" not in repr(InvocationResult(b"secret", 200, log="secret"))
