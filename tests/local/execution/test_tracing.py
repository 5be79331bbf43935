from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from local.execution_support import invoke, requires_node, spec_of, write_function
from local.support import Server, zip_code, zipped

from fc_client.local.engine import Settings
from fc_client.local.execution.function_spec import Tracing
from fc_client.local.execution.tracing import tracing_of

HEADERS = {
    "x-fc-tracing-opentracing-span-context": "5f22f355044a957a:5708f3a959736136:0:1",
    "x-fc-tracing-opentracing-span-baggages": base64.b64encode(b'{"key": "value"}').decode(),
}
CONFIG = {"type": "Jaeger", "params": {"endpoint": "http://jaeger:14268/api/traces"}}
TRACING = Tracing(
    "5f22f355044a957a:5708f3a959736136:0:1", "http://jaeger:14268/api/traces", {"key": "value"}
)
PYTHON = """
def handler(event, context):
    t = context.tracing
    return [t.span_context, t.jaeger_endpoint, t.span_baggages]
"""
NODE = "exports.handler = (event, context, callback) => callback(null, context.tracing)"


class TestTracingOf:
    def test_headers_and_configuration(self):
        assert tracing_of(HEADERS, CONFIG) == TRACING

    @pytest.mark.parametrize(
        "config", [None, {}, {"params": None}, {"params": []}, {"params": {"endpoint": 5}}]
    )
    def test_without_them_it_is_empty(self, config):
        assert tracing_of({}, config) == Tracing("", "", {})

    @pytest.mark.parametrize("content", [b"", b"x", b"[]", b'{"a": 1}', b"[" * 99999])
    @pytest.mark.parametrize("encode", [base64.b64encode, bytes])
    def test_invalid_baggages_are_left_out(self, content, encode):
        text = encode(content).decode()

        assert tracing_of({"x-fc-tracing-opentracing-span-baggages": text}, None) == Tracing()


class TestContext:
    def test_of_python_has_that_of_the_event(self, tmp_path: Path):
        code = write_function(tmp_path, PYTHON)

        (traced,) = invoke(spec_of(code, tracing=TRACING), tmp_path)
        (other,) = invoke(spec_of(code), tmp_path)

        assert json.loads(traced.payload) == list(vars(TRACING).values())
        assert json.loads(other.payload) == ["", "", {}]

    @requires_node
    def test_of_node(self, tmp_path: Path):
        code = write_function(tmp_path, NODE, "index.js")

        (outcome,) = invoke(spec_of(code, runtime="nodejs8", tracing=TRACING), tmp_path)

        assert json.loads(outcome.payload) == {
            "openTracingSpanContext": TRACING.span_context,
            "openTracingSpanBaggages": TRACING.span_baggages,
            "jaegerEndpoint": TRACING.jaeger_endpoint,
        }


class TestServer:
    def test_passes_headers_and_configuration_on(self):
        with Server(Settings()) as server:
            server.api.create_service(tracingConfig=CONFIG).raise_for_status()
            server.api.create_function(
                handler="m.handler", code=zip_code(zipped(m=PYTHON))
            ).raise_for_status()
            path = "/services/s/functions/f/invocations"

            traced = server.api.call("POST", path, b"", headers=HEADERS).json()
            other = server.api.call("POST", path, b"").json()

        assert traced == list(vars(TRACING).values())
        assert other == ["", TRACING.jaeger_endpoint, {}]
