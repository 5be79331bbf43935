import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

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


class TestSchemas:
    @pytest.mark.parametrize(("schema", "kind"), SCHEMAS)
    def test_every_field_of_the_guide_is_there_in_snake_case(self, schema, kind):
        wanted = {
            re.sub("(?<!^)([A-Z])", r"_\1", name).lower()
            for name in GUIDE["schemas"][schema]["fields"]
        }
        assert wanted <= {field.name for field in fields(kind)}


class TestVPCConfig:
    def test_one_str_is_no_list_of_ids(self):
        with pytest.raises(TypeError, match="v_switch_ids: expected a tuple or list"):
            VPCConfig(v_switch_ids="vsw-1")


class TestInvocationResult:
    def test_headers_are_empty_by_default(self):
        assert InvocationResult(b"", 200).headers == {}

    def test_what_is_no_text_or_no_json_says_so(self):
        result = InvocationResult(b"\xff", 200)
        with pytest.raises(UnicodeDecodeError):
            _ = result.text
        with pytest.raises(ValueError, match="utf"):
            result.json()

    def test_repr_shows_neither_payload_nor_log(self):
        assert "secret" not in repr(InvocationResult(b"secret", 200, log="secret"))

    @pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"[" * 100_000])
    def test_payload_that_is_no_json_is_a_value_error(self, payload):
        with pytest.raises(ValueError, match=r"."):
            InvocationResult(payload, 200).json()

    def test_functions_may_return_nan(self):
        assert str(InvocationResult(b"NaN", 200).json()) == "nan"
