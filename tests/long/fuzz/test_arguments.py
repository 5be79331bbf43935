"""Any argument, to both clients: a sound request, or an error that callers can expect.

Whatever is refused is not sent, and whatever is sent is a sound, rightly signed request.
"""

import inspect
import json
import os
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fc_client import (
    Client,
    FCError,
    RetryPolicy,
)
from fuzz.attack import more_cases
from fuzz.calls import (
    ACCESS_KEY,
    CALLS,
    HEADERS,
    MANY,
    OPERATIONS,
    arguments_of,
    assert_sound,
    call,
    use,
)
from fuzz.replies import http_reply
from fuzz.values import ODD, TEXTS, is_directory, is_harmless, is_lazy

# Values are gigantic here; printing one that failed is worth its time.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


class TestArguments:
    @pytest.mark.parametrize("method", CALLS)
    @given(data=st.data())
    def test_any_value_of_any_parameter(self, wire, kind, method, data):
        arguments = arguments_of(method)
        names = st.lists(st.sampled_from([*arguments]), min_size=1, max_size=3, unique=True)
        for name in data.draw(names) if arguments else []:
            arguments[name] = data.draw(ODD)
        assume(not is_directory(arguments.get("code")))
        lazy = is_lazy(arguments)
        wire.expect()

        error = call(kind, wire.endpoint, method, arguments)

        refused = error is not None and not isinstance(error, FCError)
        if refused:
            assert not [request for request in wire.requests if request.whole or not lazy]
        else:
            [request] = wire.requests
            assert_sound(request, method, arguments)

    @more_cases(2)
    @given(
        st.dictionaries(
            st.sampled_from(["access_key_id", "access_key_secret", "security_token"])
            | st.sampled_from(["account_id", "region", "user_agent", "endpoint"]),
            TEXTS | st.none() | st.integers() | st.binary(max_size=5),
            max_size=3,
        )
    )
    def test_any_value_of_the_constructor(self, wire, kind, options):
        wire.expect()
        right = {"endpoint": wire.endpoint, **ACCESS_KEY}
        try:
            client = kind(**(right | options), proxies={}, retry=RetryPolicy(attempts=1))
        except (ValueError, TypeError, FCError):
            return
        # The only place with a server that answers.
        assume(client.endpoint == wire.endpoint)
        with suppress(FCError, ValueError, TypeError):
            use(client, "get_service", {"service_name": "s"})
        for request in wire.requests:
            headers = [name.lower() for name, _ in request.headers]
            assert set(headers) <= HEADERS | {"x-fc-security-token", "x-fc-account-id"}
            assert len(headers) == len(set(headers))

    @given(target=ODD)
    def test_any_target_of_a_download(self, wire, kind, target):
        assume(not isinstance(target, str | os.PathLike) or is_harmless(target))
        reply = json.dumps({"url": f"{wire.endpoint}/code", "checksum": "0"}).encode()
        wire.expect(http_reply(200, {}, reply), http_reply(200, {}, b""))
        arguments = {"service_name": "s", "function_name": "f", "target": target}
        error = call(kind, wire.endpoint, "download_function_code", arguments)
        if error is not None and not isinstance(error, FCError):
            assert wire.requests == []


class TestTable:
    def test_what_makes_many_calls_has_all_parameters(self):
        for method, arguments in MANY.items():
            parameters = inspect.signature(getattr(Client, method)).parameters
            assert arguments.keys() == parameters.keys() - {"self"}

    def test_calls_are_all_operations(self):
        assert CALLS.keys() == OPERATIONS.keys()

    @pytest.mark.parametrize("method", CALLS)
    def test_calls_have_all_parameters(self, method):
        assert arguments_of(method).keys() == inspect.signature(
            getattr(Client, method)
        ).parameters.keys() - {"self"}

    @pytest.mark.parametrize("method", CALLS)
    def test_right_values_are_sent(self, wire, kind, method):
        """The cases above could otherwise all be refused for a reason of their own."""
        wire.expect()
        call(kind, wire.endpoint, method, arguments_of(method))
        [request] = wire.requests
        assert_sound(request, method, arguments_of(method))
