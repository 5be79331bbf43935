"""Which calls are repeated, and how a lost reply is settled."""

import time

import pytest
import requests
import responses
from support.fake_service import EMPTY_ZIP, INVOCATIONS, KEYS, SERVICE, SERVICES, sent, signature_of

from fc_client import (
    Client,
    Code,
    FunctionAlreadyExistsError,
    InternalServerError,
    PreconditionFailedError,
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    ServiceAlreadyExistsError,
    ServiceNotFoundError,
    TransportError,
)


class TestRetries:
    @pytest.mark.parametrize("status", [429, 503])
    def test_what_did_not_run_is_repeated(self, client, status):
        responses.post(INVOCATIONS, status=status)
        responses.post(INVOCATIONS, body=b"done")
        assert client.invoke_function("s", "f", b"event").payload == b"done"
        assert [call.request.body for call in responses.calls] == [b"event", b"event"]

    @pytest.mark.parametrize("invocation_type", ["Sync", "Async"])
    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_what_may_have_run_is_not(self, client, status, invocation_type):
        responses.post(INVOCATIONS, status=status)
        with pytest.raises(ServerError):
            client.invoke_function("s", "f", invocation_type=invocation_type)
        assert len(responses.calls) == 1

    def test_every_attempt_is_dated_and_signed_anew(self, client):
        def refuse_late(_):
            time.sleep(1.01)
            return 503, {}, ""

        responses.add_callback("PUT", SERVICE, refuse_late)
        responses.put(SERVICE, json={"serviceName": "s"})
        client.update_service("s")
        assert sent(0).headers["Date"] != sent(1).headers["Date"]
        for index in (0, 1):
            assert sent(index).headers["Authorization"] == signature_of(sent(index))

    def test_last_error_keeps_code_and_request_id(self, client):
        for number in (1, 2, 3):
            responses.get(
                SERVICE,
                json={"ErrorCode": "InternalServerError", "ErrorMessage": "oops"},
                status=500,
                headers={"X-Fc-Request-Id": f"id-{number}"},
            )
        with pytest.raises(InternalServerError) as caught:
            client.get_service("s")
        assert str(caught.value) == (
            "GetService failed: 500 InternalServerError: oops (request id id-3)"
        )

    def test_retry_after_is_kept(self):
        responses.get(SERVICE, status=429, headers={"Retry-After": "1"})
        responses.get(SERVICE, json={"serviceName": "s"})
        client = Client("http://fc.test", **KEYS, retry=RetryPolicy(base_delay=0))
        started = time.monotonic()
        client.get_service("s")
        assert time.monotonic() - started >= 1

    def test_lost_call_is_repeated_if_idempotent(self, client):
        responses.delete(SERVICE, body=requests.ConnectionError("reset"))
        responses.delete(SERVICE, status=204)
        assert client.delete_service("s") is None
        assert len(responses.calls) == 2

    def test_deletion_that_was_done_by_a_lost_attempt_is_done(self, client):
        responses.delete(SERVICE, body=requests.ConnectionError("reset"))
        responses.delete(SERVICE, status=404, json={"ErrorCode": "ServiceNotFound"})

        assert client.delete_service("s") is None

    def test_deletion_of_what_never_was_is_an_error(self, client):
        responses.delete(SERVICE, status=404, json={"ErrorCode": "ServiceNotFound"})

        with pytest.raises(ServiceNotFoundError):
            client.delete_service("s")

    @pytest.mark.parametrize("lost", [requests.ConnectionError("reset"), None])
    def test_update_that_was_done_by_a_lost_attempt_is_no_conflict(self, client, lost):
        responses.put(SERVICE, **({"body": lost} if lost else {"status": 502}))
        responses.put(SERVICE, status=412, json={"ErrorCode": "PreconditionFailed"})
        responses.get(SERVICE, json={"serviceName": "s", "description": "new"})

        service = client.update_service("s", description="new", if_match="e1")

        assert service.description == "new"

    def test_update_that_somebody_elses_came_before_is_a_conflict(self, client):
        responses.put(SERVICE, body=requests.ConnectionError("reset"))
        responses.put(SERVICE, status=412, json={"ErrorCode": "PreconditionFailed"})
        responses.get(SERVICE, json={"serviceName": "s", "description": "other"})

        with pytest.raises(PreconditionFailedError):
            client.update_service("s", description="new", if_match="e1")

    def test_creation_that_was_done_by_a_lost_attempt_is_done(self, client):
        responses.post(SERVICES, body=requests.ConnectionError("reset"))
        responses.post(SERVICES, status=409, json={"ErrorCode": "ServiceAlreadyExists"})
        responses.get(
            SERVICE, json={"serviceName": "s", "description": "d"}, headers={"ETag": "e1"}
        )

        service = client.create_service("s", description="d")

        assert (service.description, service.etag) == ("d", "e1")

    def test_creation_that_somebody_elses_came_before_is_an_error(self, client):
        responses.post(SERVICES, body=requests.ConnectionError("reset"))
        responses.post(SERVICES, status=409, json={"ErrorCode": "ServiceAlreadyExists"})
        responses.get(SERVICE, json={"serviceName": "s", "description": "other"})

        with pytest.raises(ServiceAlreadyExistsError) as caught:
            client.create_service("s", description="d")

        assert caught.value.attempts == 2
        assert isinstance(caught.value.__cause__, TransportError)

    @pytest.mark.parametrize("same", [True, False])
    def test_creation_of_a_function_is_known_by_its_code(self, client, same):
        code = Code.from_zip(EMPTY_ZIP)
        stored = {"functionName": "f", "runtime": "python3", "handler": "m.h"}
        stored["codeChecksum"] = code.checksum if same else "1"
        functions = f"{SERVICE}/functions"
        responses.post(functions, body=requests.ConnectionError("reset"))
        responses.post(functions, status=409, json={"ErrorCode": "FunctionAlreadyExists"})
        responses.get(f"{functions}/f", json=stored)

        def create():
            return client.create_function("s", "f", runtime="python3", handler="m.h", code=code)

        if same:
            assert create().code_checksum == code.checksum
        else:
            with pytest.raises(FunctionAlreadyExistsError):
                create()

    def test_invocation_that_the_caller_calls_idempotent_is_repeated(self, client):
        responses.post(INVOCATIONS, body=requests.ConnectionError("reset"))
        responses.post(INVOCATIONS, status=500)
        responses.post(INVOCATIONS, body=b"done")

        assert client.invoke_function("s", "f", idempotent=True).payload == b"done"

    def test_budget_is_the_clients(self):
        client = Client("http://fc.test", **KEYS, retry=RetryPolicy(base_delay=0, budget=1))
        responses.get(SERVICE, status=503)

        for expected in (2, 3):
            with pytest.raises(ServerError):
                client.get_service("s")
            assert len(responses.calls) == expected

    def test_lost_invocation_is_not_repeated(self, client):
        responses.post(INVOCATIONS, body=requests.ConnectionError("reset"))
        with pytest.raises(TransportError, match=r"^InvokeFunction failed: reset$"):
            client.invoke_function("s", "f")
        assert len(responses.calls) == 1

    def test_timeout_is_its_own_error(self, client):
        responses.post(INVOCATIONS, body=requests.ReadTimeout())
        with pytest.raises(RequestTimeoutError, match=r"^InvokeFunction failed: ReadTimeout$"):
            client.invoke_function("s", "f")
        assert len(responses.calls) == 1

    def test_one_attempt_is_no_retry(self, client):
        responses.get(SERVICE, status=503)
        with pytest.raises(ServerError):
            client.with_options(retry=RetryPolicy(attempts=1)).get_service("s")
        assert len(responses.calls) == 1
