import base64
import json
import pickle
from dataclasses import FrozenInstanceError, fields
from datetime import datetime, timedelta, timezone

import pytest

from fc_client import InvocationResult, LogConfig, VPCConfig
from fc_client._messages import Headers, Response
from fc_client._operations.aliases import parse_alias
from fc_client._operations.custom_domains import parse_custom_domain
from fc_client._operations.function_code import parse_function_code
from fc_client._operations.function_fields import parse_function
from fc_client._operations.invocations import parse_result
from fc_client._operations.resources import item_of
from fc_client._operations.services import parse_service
from fc_client._operations.tags import parse_tags
from fc_client._operations.triggers import parse_trigger
from fc_client._operations.versions import parse_published, parse_version

TIMES = {
    "createdTime": "2016-08-15T16:06:05.000+0000",
    "lastModifiedTime": "2016-08-15T18:06:05.123+0200",
}

MINIMAL = [
    (item_of(parse_service), {"serviceName": "s"}),
    (item_of(parse_function), {"functionName": "f"}),
    (item_of(parse_trigger), {"triggerName": "t"}),
    (item_of(parse_version), {"versionId": "1"}),
    (item_of(parse_alias), {"aliasName": "a"}),
    (item_of(parse_custom_domain), {"domainName": "d"}),
    (parse_function_code, {"url": "http://oss.test"}),
]

each_minimal = pytest.mark.parametrize(("parse", "raw"), MINIMAL)


def response(raw, **headers):
    items = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Response(200, Headers(items), json.dumps(raw).encode())


class TestEveryParser:
    @each_minimal
    def test_all_but_the_name_may_be_absent(self, parse, raw):
        model = parse(response(raw))
        absent = {field.name for field in fields(model) if getattr(model, field.name) is None}
        assert len(absent) == len(fields(model)) - 2

    @each_minimal
    def test_unknown_fields_survive_in_raw(self, parse, raw):
        model = parse(response({**raw, "instanceType": {"x": 1}}))
        assert model.raw == {**raw, "instanceType": {"x": 1}}

    @each_minimal
    def test_frozen_hashable_and_picklable(self, parse, raw):
        model = parse(response(raw))
        with pytest.raises(FrozenInstanceError):
            model.raw = {}
        assert isinstance(hash(model), int)
        assert pickle.loads(pickle.dumps(model)) == model

    @pytest.mark.parametrize(("parse", "raw"), MINIMAL[:6])
    def test_times_and_headers(self, parse, raw):
        model = parse(response({**raw, **TIMES}, ETAG="e", X_FC_Request_ID="id-1"))
        utc = timezone.utc
        assert model.created_time == datetime(2016, 8, 15, 16, 6, 5, tzinfo=utc)
        assert model.last_modified_time == datetime(2016, 8, 15, 16, 6, 5, 123000, tzinfo=utc)
        assert (model.etag, model.request_id) == ("e", "id-1")

    @pytest.mark.parametrize("text", ["2016-08-15T16:06:05", "2016-08-15T16:06:05Z"])
    def test_times_are_aware(self, text):
        service = item_of(parse_service)(response({"serviceName": "s", "createdTime": text}))
        assert service.created_time.utcoffset() == timedelta(0)

    def test_empty_time_is_none(self):
        raw = {"serviceName": "s", "createdTime": ""}
        assert item_of(parse_service)(response(raw)).created_time is None

    @each_minimal
    def test_a_response_without_the_name_is_rejected(self, parse, raw):
        with pytest.raises(KeyError):
            parse(response({"x": raw}))


class TestParseService:
    def test_structures(self):
        raw = {
            "serviceName": "s",
            "internetAccess": False,
            "logConfig": {"project": "p", "logstore": "l"},
            "vpcConfig": {"vpcId": "v", "vSwitchIds": ["a", "b"], "securityGroupId": "g"},
        }
        service = item_of(parse_service)(response(raw))
        assert service.internet_access is False
        assert service.log_config == LogConfig("p", "l")
        assert service.vpc_config == VPCConfig("v", ("a", "b"), "g")

    def test_empty_structures(self):
        raw = {"serviceName": "s", "logConfig": {}, "vpcConfig": {"vSwitchIds": None}}
        service = item_of(parse_service)(response(raw))
        assert service.log_config == LogConfig()
        assert service.vpc_config == VPCConfig()


class TestParseFunction:
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
        function = item_of(parse_function)(response(raw))
        assert (function.memory_size, function.timeout, function.code_size) == (128, 3, 22)
        assert function.environment_variables == {"aKey": "secret"}
        assert (function.initializer, function.initialization_timeout) == ("i.i", 30)
        assert "secret" not in repr(function)


class TestParseFunctionCode:
    def test_repr_hides_the_url(self):
        raw = {"url": "http://oss.test/?Signature=secret", "checksum": "1"}
        code = parse_function_code(response(raw, x_fc_request_id="id-1"))
        assert (code.url, code.checksum, code.request_id) == (raw["url"], "1", "id-1")
        assert "secret" not in repr(code)

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "ftp://oss.test",
            "oss.test/x",
            "http://",
            "http:///x",
            "http://a b",
            "http://é.test",
            "http://user:secret@oss.test/x",
        ]
        + [f"http://oss.test/{character}X: y" for character in "\0\t\r\n\x0b\x7f\x85\ud800"],
    )
    def test_an_invalid_url_is_rejected(self, url):
        with pytest.raises(ValueError, match="url is not a valid http or https URL"):
            parse_function_code(response({"url": url}))


class TestParsePublished:
    def test_is_the_version_or_the_newest_of_a_list(self):
        newest, older = {"versionId": "2"}, {"versionId": "1"}
        assert parse_published(response(newest, etag="e")).etag == "e"
        assert parse_published(response({"versions": [newest, older]})).version_id == "2"

    @pytest.mark.parametrize("raw", [{}, {"versions": []}, {"versions": ["2"]}])
    def test_a_response_without_a_version_is_rejected(self, raw):
        with pytest.raises(KeyError):
            parse_published(response(raw))


class TestParseAlias:
    def test_fields(self):
        raw = {"aliasName": "a", "versionId": "1", "additionalVersionWeight": {"2": 0.05}}
        alias = item_of(parse_alias)(response(raw))
        assert (alias.version_id, alias.additional_version_weight) == ("1", {"2": 0.05})


class TestParseTags:
    @pytest.mark.parametrize("raw", [{}, {"tags": None}, {"tags": {}}])
    def test_no_tags_are_empty(self, raw):
        assert item_of(parse_tags)(response({"resourceArn": "a", **raw})).tags == {}


class TestParseTrigger:
    def test_keys_of_the_config_are_untouched(self):
        config = {"cronExpression": "@every 1m", "some_key": {"aKey": None}}
        trigger = item_of(parse_trigger)(response({"triggerName": "t", "triggerConfig": config}))
        assert trigger.trigger_config == config


class TestParseResult:
    def test_headers_become_attributes(self):
        result = parse_result(
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
        result = parse_result(Response(202, Headers()))
        assert result == InvocationResult(b"", 202)

    @pytest.mark.parametrize(
        "name", ["x-fc-log-result", "x-fc-invocation-duration", "x-fc-max-memory-usage"]
    )
    def test_an_invalid_header_does_not_lose_the_result(self, name):
        result = parse_result(Response(200, Headers([(name, "?")]), b"done"))

        assert result.payload == b"done"
        assert (result.log, result.duration_ms, result.max_memory_mb) == (None, None, None)
