"""Any argument of what is not one operation: iterators, options, credentials, deployments."""

import inspect
from contextlib import suppress
from datetime import timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fc_client import (
    Client,
    Credentials,
    FCError,
    RetryPolicy,
)
from fc_client.deploy import deploy_function, deploy_service, deploy_trigger
from fuzz.attack import wild_json
from fuzz.calls import (
    ACCESS_KEY,
    FUNCTION,
    MANY,
    NAMES,
    SERVICE,
    TRIGGER,
    call,
)
from fuzz.replies import DOCUMENTS, http_reply
from fuzz.values import ODD, is_directory

# Values are gigantic here; printing one that failed is worth its time.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


class TestBesideTheOperations:
    @pytest.mark.parametrize("method", MANY)
    @given(data=st.data())
    def test_any_value_of_what_makes_many_calls(self, wire, kind, method, data):
        arguments = dict(MANY[method])
        for name in data.draw(st.lists(st.sampled_from([*arguments]), min_size=1, max_size=3)):
            arguments[name] = data.draw(ODD)
        wire.expect()
        call(kind, wire.endpoint, method, arguments)

    @given(options=st.dictionaries(st.sampled_from(["timeout", "retry"]), ODD))
    def test_any_option_of_a_copy(self, wire, kind, options):
        with suppress(TypeError, ValueError):
            kind(wire.endpoint, **ACCESS_KEY).with_options(**options)

    @given(
        st.dictionaries(
            st.sampled_from(["attempts", "base_delay", "max_delay", "max_elapsed", "budget"]),
            ODD,
            max_size=3,
        )
    )
    def test_any_retry_policy(self, options):
        with suppress(TypeError, ValueError):
            RetryPolicy(**options)

    @given(ODD, ODD, ODD, ODD | st.datetimes() | st.datetimes(timezones=st.just(timezone.utc)))
    def test_any_credentials(self, key_id, secret, token, expiration):
        with suppress(TypeError, ValueError):
            repr(Credentials(key_id, secret, token, expiration=expiration))
        with suppress(TypeError, ValueError):
            Credentials.from_context(
                {"credentials": {"access_key_id": key_id, "accessKeySecret": secret}}
            )

    @pytest.mark.parametrize("deploy", [deploy_service, deploy_function, deploy_trigger])
    @given(data=st.data())
    def test_any_value_of_a_deployment(self, wire, deploy, data):
        names = [*inspect.signature(deploy).parameters][1:]
        right = NAMES | SERVICE | FUNCTION | TRIGGER | {"dry_run": True, "replace": True}
        arguments = {name: right[name] for name in names}
        for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
            arguments[name] = data.draw(ODD)
        assume(not is_directory(arguments.get("code")))
        stored = {
            "serviceName": "s",
            "functionName": "f",
            "triggerName": "t",
            **data.draw(DOCUMENTS),
        }
        wire.expect(http_reply(200, {}, wild_json(stored)))
        with (
            Client(wire.endpoint, **ACCESS_KEY, retry=RetryPolicy(attempts=1)) as client,
            suppress(FCError, TypeError, ValueError, OSError),
        ):
            str(deploy(client, **arguments))
