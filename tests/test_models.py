import json
import re
from dataclasses import fields
from datetime import datetime, timezone
from pathlib import Path

import pytest

from fc_client import models
from fc_client._messages import Headers
from fc_client.exceptions import TransportError
from fc_client.models import (
    Alias,
    CustomDomain,
    Function,
    FunctionCode,
    HttpResponse,
    InvocationResult,
    LogConfig,
    ResourceTags,
    Service,
    ServiceVersion,
    Trigger,
    VPCConfig,
)

GUIDE = json.loads((Path(__file__).parent / "vectors" / "api.json").read_text(encoding="utf-8"))

LATER = json.loads(
    (Path(__file__).parent / "vectors" / "api-later.json").read_text(encoding="utf-8")
)
API_SCHEMAS = {**GUIDE["schemas"], **LATER["schemas"]}

SCHEMAS = [
    ("LogConfig", LogConfig),
    ("VPCConfig", VPCConfig),
    ("ServiceResponse", Service),
    ("FunctionResponse", Function),
    ("FunctionCodeResponse", FunctionCode),
    ("TriggerResponse", Trigger),
    ("VersionResponse", ServiceVersion),
    ("AliasResponse", Alias),
    ("CustomDomainResponse", CustomDomain),
    ("ResourceTags", ResourceTags),
]


class TestSchemas:
    @pytest.mark.parametrize(("schema", "kind"), SCHEMAS)
    def test_every_field_of_the_api_is_there_in_snake_case(self, schema, kind):
        wanted = {
            re.sub("(?<!^)([A-Z])", r"_\1", name).lower() for name in API_SCHEMAS[schema]["fields"]
        }
        assert wanted <= {field.name for field in fields(kind)}


class TestVPCConfig:
    def test_one_str_is_no_list_of_ids(self):
        with pytest.raises(TypeError, match="v_switch_ids: expected a tuple or list"):
            VPCConfig(v_switch_ids="vsw-1")


class TestNames:
    def test_dir_has_all_models(self):
        assert set(models.__all__) <= set(dir(models))

    def test_other_names_are_attribute_errors(self):
        with pytest.raises(AttributeError, match=r"'fc_client\.models' has no attribute 'nope'"):
            _ = models.nope


class TestHttpResponse:
    REPLY = HttpResponse(404, Headers([("X-Fc-Error-Type", "Handled")]), (), "id-1", b"secret")

    def test_text_and_json(self):
        assert self.REPLY.text == "secret"
        assert HttpResponse(200, Headers(), (), None, b"[1]").json() == [1]
        with pytest.raises(json.JSONDecodeError, match=r"the body \(6 bytes: secret\) is not JSON"):
            self.REPLY.json()

    def test_type_of_the_error(self):
        assert self.REPLY.error_type == "Handled"

    def test_print_shows_the_start_of_the_body_and_repr_its_size(self):
        shown = "HttpResponse(status_code=404, request_id='id-1', body=<6 bytes"
        assert (str(self.REPLY), repr(self.REPLY)) == (f"{shown}: secret>)", f"{shown}>)")


class TestInvocationResult:
    def test_headers_are_empty_by_default(self):
        assert InvocationResult(b"", 200).headers == {}

    def test_text_that_is_not_utf8_is_a_unicode_error(self):
        with pytest.raises(UnicodeDecodeError):
            _ = InvocationResult(b"\xff", 200).text

    @pytest.mark.parametrize(
        ("payload", "status", "message"),
        [
            (b"Hello World", 200, "the payload (11 bytes: Hello World) is not JSON: Expecting"),
            (b'{"a": 1\n', 200, 'the payload (8 bytes: {"a": 1) is not JSON: Expecting'),
            (b"\xff", 200, r"the payload (1 byte: b'\xff') is not JSON: not UTF-8 text"),
            (
                b"[" * 100_000,
                200,
                f"the payload (100000 bytes: {'[' * 100}...) is not JSON: nested",
            ),
            (b"1" * 5000, 200, "is not JSON: Exceeds the limit"),
            (b"\x1b[2J", 200, r"the payload (4 bytes: \x1b[2J) is not JSON"),
            (b"", 200, "the payload is empty, which is not JSON: line 1"),
            (b"", 202, "is empty, which is not JSON; Async returns no result of the function"),
        ],
    )
    def test_payload_that_is_not_json_is_shown(self, payload, status, message):
        with pytest.raises(json.JSONDecodeError, match=re.escape(message)):
            InvocationResult(payload, status).json()

    def test_failed_event_is_named_where_json_is_missing(self):
        failed = InvocationResult(b"", 0, error=TransportError("no connection"))
        with pytest.raises(json.JSONDecodeError, match="since the event failed: no connection"):
            failed.json()

    def test_functions_may_return_nan(self):
        assert str(InvocationResult(b"NaN", 200).json()) == "nan"

    def test_print_shows_size_and_start_of_the_payload(self):
        result = InvocationResult(
            b'{"greeting":\n "Hello"}', 200, "id-1", log="x" * 300, duration_ms=3
        )
        assert str(result) == (
            "InvocationResult(status_code=200, request_id='id-1', duration_ms=3, "
            'payload=<22 bytes: {"greeting": "Hello"}>, log=<300 characters>)'
        )

    def test_repr_shows_neither_payload_nor_log(self):
        result = InvocationResult(b"secret", 200, log="secret")
        expected = "InvocationResult(status_code=200, payload=<6 bytes>, log=<6 characters>)"
        assert repr(result) == expected


class TestRepr:
    def test_leaves_out_what_is_empty_or_secret(self):
        function = Function("hello", memory_size=128, environment_variables={"A": "secret"})
        assert repr(function) == "Function(function_name='hello', memory_size=128)"

    def test_shows_nested_results_and_dates(self):
        service = Service(
            "demo",
            log_config=LogConfig("p", "l"),
            created_time=datetime(2026, 11, 26, tzinfo=timezone.utc),
        )
        assert repr(service) == (
            "Service(service_name='demo', log_config=LogConfig(project='p', logstore='l'), "
            "created_time=2026-11-26T00:00:00+00:00)"
        )

    def test_never_shows_the_url_of_code(self):
        assert (
            repr(FunctionCode("http://oss/?Signature=secret", "1")) == "FunctionCode(checksum='1')"
        )

    def test_cuts_long_values(self):
        service = Service("s", description="x" * 1000)
        assert len(repr(service)) < 170
        assert repr(service).endswith("xxx...)")

    def test_never_shows_payloads_and_secrets_of_triggers(self):
        config = {"enable": True, "payload": "hunter2", "hooks": [{"token": "hunter2"}]}
        assert repr(Trigger("t", trigger_config=config)) == (
            "Trigger(trigger_name='t', trigger_config="
            '{"enable": true, "payload": "***", "hooks": [{"token": "***"}]})'
        )
