"""Arguments are checked before anything is sent."""

import pytest
import responses
from support.fake_service import KEYS, ZIP

from fc_client import (
    Client,
)


def make(client, function_name="f", **arguments):
    given = {"runtime": "python3", "handler": "i.h", "code": ZIP, **arguments}
    return client.create_function("s", function_name, **given)


def trigger(client, trigger_name="t", **arguments):
    given = {"trigger_type": "timer", "trigger_config": {}, **arguments}
    return client.create_trigger("s", "f", trigger_name, **given)


BAD_CALLS = [
    (lambda c: c.update_function("s", "f", progress=5), TypeError, "progress"),
    (lambda c: c.download_function_code("s", "f", "x", progress=5), TypeError, "progress"),
    (lambda c: c.get_service(""), ValueError, "service_name"),
    (lambda c: c.get_service(".."), ValueError, "service_name"),
    (lambda c: c.get_service(None), TypeError, "service_name"),
    (lambda c: c.create_service(""), ValueError, "service_name"),
    (lambda c: c.create_service(5), TypeError, "service_name"),
    (lambda c: c.create_service("s", internet_access="no"), TypeError, "internet_access"),
    (lambda c: c.create_service("s", log_config="p/l"), TypeError, "log_config"),
    (lambda c: c.create_service("s", vpc_config=["v"]), TypeError, "vpc_config"),
    (lambda c: c.update_service("s", description=5), TypeError, "description"),
    (lambda c: c.update_service("s", role=b"r"), TypeError, "role"),
    (lambda c: c.update_service("s", if_match="a\nb"), ValueError, "if_match"),
    (lambda c: c.delete_service("s", if_match=5), TypeError, "if_match"),
    (lambda c: c.list_services(limit="5"), TypeError, "limit"),
    (lambda c: c.list_services(next_token=5), TypeError, "next_token"),
    (lambda c: c.list_services(prefix=b"p"), TypeError, "prefix"),
    (lambda c: c.list_services(start_key=5), TypeError, "start_key"),
    (lambda c: next(c.iter_services(page_size="5")), TypeError, "page_size"),
    (lambda c: next(c.iter_functions("s", page_size=1.5)), TypeError, "page_size"),
    (lambda c: next(c.iter_functions("")), ValueError, "service_name"),
    (lambda c: next(c.iter_triggers("s", "f", page_size=True)), TypeError, "page_size"),
    (lambda c: make(c, function_name=""), ValueError, "function_name"),
    (lambda c: make(c, runtime=None), TypeError, "runtime"),
    (lambda c: make(c, handler=""), ValueError, "handler"),
    (lambda c: make(c, code=None), TypeError, "code"),
    (lambda c: make(c, code="/no/such/place"), ValueError, "code"),
    (lambda c: make(c, code=b"PK"), TypeError, "code"),
    (lambda c: make(c, memory_size="128"), TypeError, "memory_size"),
    (lambda c: make(c, timeout=1.5), TypeError, "timeout"),
    (lambda c: make(c, environment_variables={"A": 1}), TypeError, "environment_variables"),
    (lambda c: make(c, environment_variables="A=1"), TypeError, "environment_variables"),
    (lambda c: make(c, initializer=5), TypeError, "initializer"),
    (lambda c: make(c, initialization_timeout="3"), TypeError, "initialization_timeout"),
    (lambda c: c.update_function("s", "f", code=5), TypeError, "code"),
    (lambda c: c.get_function("s", "a\ud800"), ValueError, "function_name"),
    (lambda c: c.invoke_function("s", "f", {"a": 1}), TypeError, "payload"),
    (lambda c: c.invoke_function("s", "f", ["text"]), TypeError, "payload"),
    (lambda c: c.invoke_function("s", "f", 5), TypeError, "payload"),
    (lambda c: c.invoke_function("s", "f", b"", json={}), ValueError, "payload"),
    (lambda c: c.invoke_function("s", "f", json={1, 2}), TypeError, "json"),
    (lambda c: c.invoke_function("s", "f", invocation_type=1), TypeError, "invocation_type"),
    (lambda c: c.invoke_function("s", "f", log_type="\n"), ValueError, "log_type"),
    (lambda c: c.invoke_function("s", "f", trace_id=5), TypeError, "trace_id"),
    (lambda c: c.get_trigger("s", "f", "."), ValueError, "trigger_name"),
    (lambda c: trigger(c, trigger_name=""), ValueError, "trigger_name"),
    (lambda c: trigger(c, trigger_type=None), TypeError, "trigger_type"),
    (lambda c: trigger(c, trigger_config=None), TypeError, "trigger_config"),
    (lambda c: trigger(c, trigger_config={"a": b"b"}), TypeError, "trigger_config"),
    (lambda c: trigger(c, source_arn=5), TypeError, "source_arn"),
    (lambda c: trigger(c, invocation_role=5), TypeError, "invocation_role"),
]


class TestArguments:
    @pytest.mark.parametrize(("call", "error", "name"), BAD_CALLS)
    def test_bad_one_is_named_before_anything_is_sent(self, client, call, error, name):
        with pytest.raises(error, match=rf"^{name}\b"):
            call(client)
        assert len(responses.calls) == 0

    def test_unknown_one_is_a_type_error(self):
        with pytest.raises(TypeError, match="Timeout"):
            Client("http://fc.test", **KEYS, Timeout=5)

    def test_missing_one_is_a_type_error(self, client):
        with pytest.raises(TypeError, match="handler"):
            client.create_function("s", "f", runtime="python3", code=ZIP)
