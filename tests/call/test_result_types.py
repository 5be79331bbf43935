"""Replies whose values have other types than the models promise."""

import copy
import json
import pickle

import pytest
from support.clients import CLIENTS
from support.http_server import replying, serving

from fc_client import InvocationResult, LogConfig, Page, ResponseError, Service, VPCConfig
from fc_client._call.result_types import checked

KEYS = {"access_key_id": "i", "access_key_secret": "s"}

NAMES = {
    "serviceName": "s",
    "functionName": "f",
    "triggerName": "t",
    "url": "http://x",
    "versionId": "1",
    "aliasName": "a",
    "domainName": "d",
    "resourceArn": "a",
}

CALLS = {
    "get_service": ("s",),
    "get_function": ("s", "f"),
    "get_trigger": ("s", "f", "t"),
    "get_function_code": ("s", "f"),
    "get_alias": ("s", "a"),
    "get_custom_domain": ("d",),
    "get_resource_tags": ("services/s",),
}

FIELDS = {
    "get_service": "serviceName serviceId description role createdTime logConfig vpcConfig "
    "internetAccess",
    "get_function": "functionName functionId runtime handler memorySize timeout codeSize "
    "codeChecksum environmentVariables initializer lastModifiedTime",
    "get_trigger": "triggerName triggerType triggerConfig sourceArn invocationRole",
    "get_function_code": "url",
    "get_alias": "aliasName versionId additionalVersionWeight routePolicy createdTime",
    "get_custom_domain": "domainName accountId routeConfig certConfig createdTime",
    "get_resource_tags": "resourceArn tags",
}

LISTS = {
    "services": ("iter_services", ()),
    "functions": ("iter_functions", ("s",)),
    "triggers": ("iter_triggers", ("s", "f")),
    "versions": ("iter_service_versions", ("s",)),
    "aliases": ("iter_aliases", ("s",)),
    "customDomains": ("iter_custom_domains", ()),
    "resources": ("iter_tagged_resources", ()),
}

ODD = [5, 1.5, True, [], ["x"], {"a": 1}, "2016-99", {"project": 5}, {"vSwitchIds": [5]}]


def outcome(call):
    """Return the result of a call, or its ResponseError; no other error is expected."""
    try:
        return call()
    except ResponseError as error:
        return error


@pytest.mark.parametrize("kind", CLIENTS)
class TestReplies:
    @pytest.mark.parametrize("name", CALLS)
    def test_with_odd_values_are_errors_or_have_the_types_of_the_model(self, name, kind):
        with serving(b"") as server, CLIENTS[kind](server.url, **KEYS) as client:
            for field in FIELDS[name].split():
                for value in ODD:
                    body = json.dumps({**NAMES, field: value}).encode()
                    server.replies[:] = [replying(200, body)]
                    result = outcome(lambda: getattr(client, name)(*CALLS[name]))
                    if not isinstance(result, ResponseError):
                        assert checked(result) is result
                    assert str(pickle.loads(pickle.dumps(result))) == str(result)
                    assert repr(copy.deepcopy(result)) == repr(result)

    @pytest.mark.parametrize("key", LISTS)
    @pytest.mark.parametrize(
        "fields",
        [{"nextToken": token} for token in (5, 0, True, ["a"], {"a": 1}, 1.5)]
        + [{"items": items} for items in ("x", 5, {"a": 1}, ["x"], [5], [[]], [None], [{}])],
    )
    def test_with_odd_pages_are_errors(self, key, fields, kind):
        body = {**fields, key: fields.get("items", [NAMES])}
        name, arguments = LISTS[key]
        with (
            serving(replying(200, json.dumps(body).encode())) as server,
            CLIENTS[kind](server.url, **KEYS) as client,
            pytest.raises(ResponseError, match="could not be parsed"),
        ):
            getattr(client, name.replace("iter", "list"))(*arguments)

    @pytest.mark.parametrize("token", ["null", '""'])
    def test_without_a_token_are_the_last_page(self, token, kind):
        body = b'{"services": null, "nextToken": %s}' % token.encode()
        with (
            serving(replying(200, body)) as server,
            CLIENTS[kind](server.url, **KEYS) as client,
        ):
            page = client.list_services()
        assert (len(page), page.next_token) == (0, None)

    @pytest.mark.parametrize(
        "body",
        [
            b'{"serviceName": "s", "x": NaN}',
            b'{"serviceName": "s", "x": -Infinity}',
            b'{"serviceName": "s", "x": ' + b"9" * 5000 + b"}",
            b'{"serviceName": "s", "x": ' + b"[" * 101 + b"]" * 101 + b"}",
            b'{"serviceName": "s", "x": ' + b'{"a":' * 500 + b"1" + b"}" * 501,
            b"[" * 100_000,
            '{"serviceName": "s"}'.encode("utf-16"),
            b'{"serviceName": "\xff"}',
            b"",
            b"null",
            b"\0",
        ],
    )
    def test_that_are_no_json_objects_are_errors(self, body, kind):
        with (
            serving(replying(200, body)) as server,
            CLIENTS[kind](server.url, **KEYS) as client,
            pytest.raises(ResponseError, match="could not be parsed") as caught,
        ):
            client.get_service("s")
        assert len(str(caught.value)) < 700
        assert str(caught.value).isprintable()

    @pytest.mark.parametrize(
        "body",
        [
            '{"serviceName": "s", "description": "\\ud800 \\u0000"}',
            '{"serviceName": "s", "x": ' + "[" * 90 + "]" * 90 + "}",
            '\N{ZERO WIDTH NO-BREAK SPACE}{"serviceName": "s"}',
            '{"serviceName": "a", "serviceName": "s"}',
            '{"serviceName": "s", "vpcConfig": {"vpcId": null}, "logConfig": {"project": null}}',
        ],
    )
    def test_that_are_unusual_are_results(self, body, kind):
        with (
            serving(replying(200, body.encode())) as server,
            CLIENTS[kind](server.url, **KEYS) as client,
        ):
            service = client.get_service("s")
        assert service.service_name == "s"
        assert pickle.loads(pickle.dumps(service)) == service
        assert copy.deepcopy(service) == service
        assert repr(service).encode()
        json.dumps(service.raw)


class TestChecked:
    @pytest.mark.parametrize(
        "model",
        [
            Service("s", log_config=LogConfig("p", "l"), vpc_config=VPCConfig("v", ("a",))),
            Page((Service("s"), Service("t")), "next"),
            InvocationResult(b"", 200, duration_ms=1, max_memory_mb=3, headers={"a": "b"}),
            {"serviceName": 5},
            None,
        ],
    )
    def test_returns_what_is_right(self, model):
        assert checked(model) is model

    @pytest.mark.parametrize(
        ("model", "problem"),
        [
            (Service(5), "service_name: expected str, got int"),
            (Service("s", internet_access=1), "internet_access: expected bool, got int"),
            (Service("s", role=b"r"), "role: expected str, got bytes"),
            (Service("s", log_config=LogConfig(None)), "project: expected str, got NoneType"),
            (
                Service("s", vpc_config=VPCConfig("v", (5,))),
                "an item of v_switch_ids: expected str, got int",
            ),
            (Page((Service("s"), Service(None))), "service_name: expected str, got NoneType"),
            (Page((), 5), "next_token: expected str, got int"),
            (InvocationResult(b"", True), "status_code: expected int, got bool"),
            (InvocationResult(b"", 200, headers={"a": 1}), "an item of headers: expected str"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, model, problem):
        with pytest.raises(ValueError, match=f"^{problem}"):
            checked(model)
