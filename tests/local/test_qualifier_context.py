"""What functions see of the qualifier that they were called with."""

import json
from dataclasses import replace

import pytest
from local.custom_support import create as create_custom
from local.custom_support import program
from local.execution_support import (
    REQUEST_ID,
    requires_node,
    run_in_pools,
    spec_of,
    write_function,
)
from local.http_support import add_trigger, create_node, create_python, fetch
from local.support import VERSION

from fc_client.local import LocalFunctionCompute

PYTHON = """
def h(event, context):
    return [context.service.qualifier, context.service.version_id]
"""
WSGI = """
import json
def h(environ, start_response):
    start_response("200 OK", [])
    service = environ["fc.context"].service
    return [json.dumps([service.qualifier, service.version_id]).encode()]
"""
NODE = """
exports.h = (event, context, callback) =>
  callback(null, [context.service.qualifier, context.service.versionId]);
"""
CUSTOM = """
def do_POST(self):
    names = ("x-fc-qualifier", "x-fc-version-id")
    self.reply(json.dumps([self.headers[name] for name in names]).encode())
"""
# By what is called.
EXPECTED = {"s": ["LATEST", "LATEST"], "s.1": ["1", "1"], "s.prod": ["prod", "1"]}


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as fc:
        yield fc


@pytest.fixture
def api(function_compute, make_api):
    """Return the API of an empty server that runs functions."""
    function_compute.reset()
    return make_api(function_compute)


def publish(api):
    """Publish version 1 of s, for which the alias prod stands."""
    api.call("POST", "/services/s/versions", {}).raise_for_status()
    alias = {"aliasName": "prod", "versionId": "1"}
    api.call("POST", "/services/s/aliases", alias).raise_for_status()


@pytest.mark.parametrize(
    ("create", "source"),
    [
        pytest.param(create_python, PYTHON, id="python"),
        pytest.param(create_node, NODE, id="node", marks=requires_node),
        pytest.param(create_custom, program(CUSTOM), id="custom"),
    ],
)
def test_of_events(api, create, source):
    create(api, source)
    publish(api)

    replies = {
        service: api.call("POST", f"/services/{service}/functions/f/invocations", b"")
        for service in EXPECTED
    }

    assert {service: reply.json() for service, reply in replies.items()} == EXPECTED
    # An alias uses the instance of its version.
    assert len({reply.headers["X-Fc-Instance-Id"] for reply in replies.values()}) == 2


def test_of_http_calls(api):
    create_python(api, WSGI)
    publish(api)
    for qualifier in ("LATEST", "1", "prod"):
        add_trigger(api, triggerName=f"http{qualifier}", qualifier=qualifier).raise_for_status()

    seen = {
        service: json.loads(fetch(api, "GET", f"{VERSION}/proxy/{service}/f/").content)
        for service in EXPECTED
    }

    assert seen == EXPECTED


def test_of_the_initializer_of_an_instance_that_is_kept_warm(tmp_path):
    source = """
seen = []
def start(context): seen.extend([context.service.qualifier, context.tracing.span_context])
def handler(event, context): return seen
"""
    code = write_function(tmp_path, source)
    spec = spec_of(code, initializer="index.start", service_version="1", qualifier="prod")

    async def scenario(pools):
        assert await pools.keep_warm(spec, 1) == ""
        return await pools.invoke(replace(spec, qualifier="1"), REQUEST_ID, b"")

    assert json.loads(run_in_pools(tmp_path, scenario).payload) == ["prod", ""]
