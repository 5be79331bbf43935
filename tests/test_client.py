import base64
import json
import logging
import pickle
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
import requests
import responses
from responses import matchers
from support.credentials import keys
from support.http_server import serving

from fc_client import (
    APIError,
    ChecksumMismatchError,
    Client,
    Code,
    ConfigurationError,
    Credentials,
    FunctionAlreadyExistsError,
    FunctionError,
    HandledInvocationError,
    InternalServerError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    RequestTimeoutError,
    RequestTimeTooSkewedError,
    ResponseError,
    RetryPolicy,
    ServerError,
    ServiceAlreadyExistsError,
    ServiceNotFoundError,
    TransportError,
    UnhandledInvocationError,
    signing,
)

SERVICES = "http://fc.test/2016-08-15/services"
SERVICE = f"{SERVICES}/s"
FUNCTION = f"{SERVICE}/functions/f"
INVOCATIONS = f"{FUNCTION}/invocations"
TRIGGERS = f"{FUNCTION}/triggers"

KEYS = {"access_key_id": "made-up-id", "access_key_secret": "made-up-secret"}
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
ZIP = Code.from_zip(EMPTY_ZIP)
ERROR = {"X-Fc-Request-Id": "id-1", "X-Fc-Error-Type": "UnhandledInvocationError"}


@pytest.fixture(autouse=True)
def fakes():
    with responses.mock:
        yield


def sent(index=0):
    return responses.calls[index].request


def signature_of(request, secret="made-up-secret"):
    """Sign what was sent as the service does, from the wire alone."""
    path = requests.compat.unquote(requests.compat.urlparse(request.url).path)
    return signing.authorization("made-up-id", secret, request.method, path, dict(request.headers))


def make(client, function_name="f", **arguments):
    given = {"runtime": "python3", "handler": "i.h", "code": ZIP, **arguments}
    return client.create_function("s", function_name, **given)


def trigger(client, trigger_name="t", **arguments):
    given = {"trigger_type": "timer", "trigger_config": {}, **arguments}
    return client.create_trigger("s", "f", trigger_name, **given)


class TestSigning:
    def test_every_call_is_signed_by_its_path_alone(self, client):
        responses.get(SERVICES, json={})
        client.list_services(limit=5, prefix="a b")
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_body_is_signed_by_its_digest(self, client):
        responses.post(INVOCATIONS)
        client.invoke_function("s", "f", b"event")
        assert sent().headers["Content-MD5"] == signing.content_md5(b"event")
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_names_are_signed_decoded(self, client):
        responses.get(f"{SERVICES}/%E6%9C%8D%20a", json={"serviceName": "服 a"})
        client.get_service("服 a")
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_date_is_now(self, client):
        responses.get(SERVICE, json={"serviceName": "s"})
        client.get_service("s")
        age = datetime.now(timezone.utc) - parsedate_to_datetime(sent().headers["Date"])
        assert 0 <= age.total_seconds() < 60

    def test_token_is_sent_and_signed(self):
        responses.get(SERVICE, json={"serviceName": "s"})
        Client("http://fc.test", **KEYS, security_token="token").get_service("s")
        assert sent().headers["x-fc-security-token"] == "token"
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_account_is_sent_and_signed(self):
        responses.get(SERVICE, json={"serviceName": "s"})
        Client("http://fc.test", **KEYS, account_id="1").get_service("s")
        assert sent().headers["x-fc-account-id"] == "1"
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_callable_is_asked_before_every_attempt(self):
        keys = [Credentials("made-up-id", secret) for secret in ("old", "new")]
        responses.get(SERVICE, status=503)
        responses.get(SERVICE, json={"serviceName": "s"})
        client = Client(
            "http://fc.test", credentials=lambda: keys.pop(0), retry=RetryPolicy(base_delay=0)
        )
        client.get_service("s")
        assert sent(0).headers["Authorization"] == signature_of(sent(0), "old")
        assert sent(1).headers["Authorization"] == signature_of(sent(1), "new")

    def test_callable_that_returns_nothing_is_told(self):
        client = Client("http://fc.test", credentials=lambda: None)
        with pytest.raises(TypeError, match=r"^credentials: "):
            client.get_service("s")


class TestClockSkew:
    @pytest.fixture
    def service_an_hour_ahead(self):
        def answer(request):
            server = datetime.now(timezone.utc) + timedelta(hours=1)
            sent = parsedate_to_datetime(request.headers["Date"])
            if abs(server - sent) < timedelta(minutes=15):
                return 200, {}, '{"serviceName": "s"}'
            headers = {"Date": format_datetime(server, usegmt=True)}
            return 403, headers, '{"ErrorCode": "RequestTimeTooSkewed"}'

        responses.add_callback("GET", SERVICE, answer)

    @pytest.mark.usefixtures("service_an_hour_ahead")
    def test_is_corrected_and_kept(self, client, caplog):
        for _ in range(3):
            assert client.get_service("s").service_name == "s"

        assert len(responses.calls) == 4
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "clock" in caplog.text

    @pytest.mark.usefixtures("service_an_hour_ahead")
    def test_is_corrected_without_retries_too(self):
        client = Client("http://fc.test", **KEYS, retry=RetryPolicy(attempts=1))

        assert client.get_service("s").service_name == "s"

    def test_that_comes_back_is_an_error(self, client):
        responses.get(
            SERVICE,
            status=403,
            json={"ErrorCode": "RequestTimeTooSkewed"},
            headers={"Date": "Mon, 08 May 2017 03:08:31 GMT"},
        )

        with pytest.raises(RequestTimeTooSkewedError) as caught:
            client.get_service("s")

        assert (caught.value.attempts, len(responses.calls)) == (2, 2)

    @pytest.mark.parametrize("headers", [{}, {"Date": "soon"}])
    def test_without_the_services_time_is_an_error(self, client, headers):
        responses.get(
            SERVICE, status=403, json={"ErrorCode": "RequestTimeTooSkewed"}, headers=headers
        )

        with pytest.raises(RequestTimeTooSkewedError):
            client.get_service("s")

        assert len(responses.calls) == 1


class TestExpiredToken:
    EXPIRED = '{"ErrorCode": "InvalidSecurityToken.Expired", "ErrorMessage": "expired"}'

    def asked(self, tokens):
        found = (Credentials("made-up-id", "made-up-secret", token) for token in tokens)
        return Client("http://fc.test", credentials=lambda: next(found))

    def test_is_replaced_and_the_call_made_once_more(self):
        responses.get(SERVICE, status=403, body=self.EXPIRED)
        responses.get(SERVICE, json={"serviceName": "s"})

        assert self.asked(["old", "new"]).get_service("s").service_name == "s"

        tokens = [sent(index).headers["x-fc-security-token"] for index in (0, 1)]
        assert tokens == ["old", "new"]

    def test_that_comes_back_is_an_error(self):
        responses.get(SERVICE, status=403, body=self.EXPIRED)

        with pytest.raises(PermissionDeniedError, match="expired") as caught:
            self.asked(["old", "older", "oldest"]).get_service("s")

        assert caught.value.attempts == 2

    def test_of_a_fixed_key_is_an_error_at_once(self):
        responses.get(SERVICE, status=403, body=self.EXPIRED)
        client = Client("http://fc.test", **KEYS, security_token="made-up-token")

        with pytest.raises(PermissionDeniedError):
            client.get_service("s")

        assert len(responses.calls) == 1

    def test_is_not_repeated_by_the_error(self):
        responses.get(SERVICE, status=403, body="no such token: made-up-token")
        client = Client("http://fc.test", **KEYS, security_token="made-up-token")

        with pytest.raises(PermissionDeniedError, match=r"no such token: \*\*\*"):
            client.get_service("s")


class TestCredentialsThatExpire:
    def test_are_replaced_before_an_attempt(self, monkeypatch):
        responses.get(SERVICE, json={"serviceName": "s"})

        with serving(keys(1, Expiration="2026-05-08T10:00:00Z"), keys(2)) as server:
            monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", f"{server.url}/keys")
            Client("http://fc.test").get_service("s")

        assert sent().headers["Authorization"].startswith("FC STS.id-2:")


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


class TestErrors:
    @pytest.mark.parametrize("keys", [("ErrorCode", "ErrorMessage"), ("errorCode", "errorMessage")])
    def test_both_spellings_are_read(self, client, keys):
        body = dict(zip(keys, ("ServiceNotFound", "service 's' does not exist"), strict=True))
        responses.get(SERVICE, json=body, status=404, headers={"X-Fc-Request-Id": "id-1"})
        with pytest.raises(ServiceNotFoundError) as caught:
            client.get_service("s")
        assert str(caught.value) == (
            "GetService failed: 404 ServiceNotFound: service 's' does not exist (request id id-1)"
        )
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)

    def test_page_of_a_gateway_is_typed(self, client):
        page = "<html>\n<h1>502 Bad Gateway</h1>" + "x" * 1000
        responses.post(INVOCATIONS, body=page, status=502, headers={"X-Fc-Request-Id": "id-1"})
        with pytest.raises(ServerError) as caught:
            client.invoke_function("s", "f")
        assert (caught.value.status_code, caught.value.request_id) == (502, "id-1")
        assert "<h1>502 Bad Gateway</h1>" in str(caught.value)
        assert len(str(caught.value)) < 400
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "body", ["", "<html>", "[]", '"s"', "{}", '{"serviceName": "s"', "\xff"]
    )
    def test_success_that_cannot_be_understood(self, client, body):
        responses.get(SERVICE, body=body.encode("latin-1"), headers={"X-Fc-Request-Id": "id-1"})
        with pytest.raises(ResponseError, match="could not be parsed") as caught:
            client.get_service("s")
        assert (caught.value.operation, caught.value.status_code) == ("GetService", 200)
        assert caught.value.request_id == "id-1"

    @pytest.mark.parametrize("field", ["createdTime", "logConfig", "vpcConfig"])
    def test_success_with_a_field_that_cannot_be_understood(self, client, field):
        responses.get(SERVICE, json={"serviceName": "s", field: ["?"]})
        with pytest.raises(ResponseError):
            client.get_service("s")

    def test_list_that_cannot_be_understood(self, client):
        responses.get(SERVICES, json={"services": ["s"]})
        with pytest.raises(ResponseError):
            client.list_services()

    def test_the_service_judges_values(self, client):
        """Limits change; what the service says is what the user sees."""
        responses.post(
            f"{SERVICE}/functions",
            json={"ErrorCode": "InvalidArgument", "ErrorMessage": "memorySize"},
            status=400,
        )
        with pytest.raises(InvalidArgumentError, match="memorySize"):
            client.create_function(
                "s", "1 bad name", runtime="cobol", handler="h", code=ZIP, memory_size=-1
            )


class TestInvokeFunction:
    @pytest.mark.parametrize(
        ("options", "content_type", "body"),
        [
            ({}, "application/octet-stream", None),
            ({"payload": "é"}, "application/octet-stream", b"\xc3\xa9"),
            ({"json": {"a": None}}, "application/json", b'{"a": null}'),
        ],
    )
    def test_event(self, client, options, content_type, body):
        responses.post(INVOCATIONS)
        client.invoke_function("s", "f", **options)
        assert sent().body == body
        assert sent().headers["Content-Type"] == content_type

    def test_types_are_sent(self, client):
        responses.post(
            INVOCATIONS,
            match=[
                matchers.header_matcher({"x-fc-invocation-type": "Sync", "x-fc-log-type": "None"})
            ],
        )
        client.invoke_function("s", "f")
        assert "x-fc-trace-id" not in sent().headers

    def test_async_is_accepted_without_result(self, client):
        responses.post(INVOCATIONS, status=202, headers={"X-Fc-Request-Id": "id-1"})
        result = client.invoke_function("s", "f", "event", invocation_type="Async")
        assert (result.status_code, result.payload, result.request_id) == (202, b"", "id-1")
        assert sent().headers["x-fc-invocation-type"] == "Async"

    @pytest.mark.parametrize(
        ("body", "message", "error_type", "trace"),
        [
            (
                b'{"errorMessage": "no", "errorType": "KeyError", "stackTrace": [["f", 1]]}',
                "no",
                "KeyError",
                [["f", 1]],
            ),
            (b'{"errorMessage": 5, "stackTrace": "f:1"}', "5", None, None),
            (b'{"errorMessage": ""}', "", None, None),
            (b'{"other": 1}', '{"other": 1}', None, None),
            (b'"just text"', '"just text"', None, None),
            (b"[1, 2]", "[1, 2]", None, None),
            (b"Task timed out", "Task timed out", None, None),
            (b"\xff", "\N{REPLACEMENT CHARACTER}", None, None),
            (b"[" * 100_000, "[" * 300, None, None),
            (b"", "", None, None),
        ],
    )
    def test_failure_with_any_body(self, client, body, message, error_type, trace):
        responses.post(INVOCATIONS, body=body, headers=ERROR)
        with pytest.raises(UnhandledInvocationError) as caught:
            client.invoke_function("s", "f")
        error = caught.value
        assert (error.error_message, error.error_type, error.stack_trace) == (
            message,
            error_type,
            trace,
        )
        assert (error.status_code, error.code) == (200, "UnhandledInvocationError")
        assert (error.operation, error.request_id) == ("InvokeFunction", "id-1")
        assert error.result.payload == body

    @pytest.mark.parametrize(
        ("header", "kind"),
        [
            ("HandledInvocationError", HandledInvocationError),
            ("handledinvocationerror", HandledInvocationError),
            ("UnhandledInvocationError", UnhandledInvocationError),
            ("SomethingNew", FunctionError),
        ],
    )
    def test_failure_by_its_header(self, client, header, kind):
        responses.post(INVOCATIONS, body=b"{}", headers={"x-fc-error-type": header})
        with pytest.raises(FunctionError) as caught:
            client.invoke_function("s", "f")
        assert type(caught.value) is kind
        assert not isinstance(caught.value, APIError)
        assert len(responses.calls) == 1

    def test_failure_is_returned_without_check(self, client):
        responses.post(INVOCATIONS, body=b'"text"', headers=ERROR)
        result = client.invoke_function("s", "f", check=False)
        assert (result.error_type, result.json()) == ("UnhandledInvocationError", "text")

    def test_refusal_is_raised_without_check_all_the_same(self, client):
        responses.post(INVOCATIONS, status=404)
        with pytest.raises(NotFoundError):
            client.invoke_function("s", "f", check=False)


class TestCode:
    @pytest.mark.parametrize("checksum", [{"codeChecksum": ZIP.checksum}, {}])
    def test_checksum_that_is_right_or_missing(self, client, checksum):
        responses.put(FUNCTION, json={"functionName": "f", **checksum})
        assert client.update_function("s", "f", code=ZIP).function_name == "f"

    @pytest.mark.parametrize(
        ("operation", "call"),
        [
            ("CreateFunction", make),
            ("UpdateFunction", lambda client: client.update_function("s", "f", code=ZIP)),
        ],
    )
    def test_checksum_that_is_wrong(self, client, operation, call):
        reply = {
            "json": {"functionName": "f", "codeChecksum": "1"},
            "headers": {"X-Fc-Request-Id": "id-1"},
        }
        responses.post(f"{SERVICE}/functions", **reply)
        responses.put(FUNCTION, **reply)
        message = f"{ZIP.checksum}, the code stored 1 "
        with pytest.raises(ChecksumMismatchError, match=message) as caught:
            call(client)
        assert (caught.value.operation, caught.value.status_code) == (operation, 200)
        assert caught.value.request_id == "id-1"

    def test_code_in_oss_has_none_to_compare(self, client):
        responses.put(FUNCTION, json={"functionName": "f", "codeChecksum": "1"})
        client.update_function("s", "f", code=Code.from_oss("b", "o"))
        assert json.loads(sent().body) == {"code": {"ossBucketName": "b", "ossObjectName": "o"}}
        assert "x-fc-code-checksum" not in sent().headers

    def test_path_is_packed(self, client, tmp_path):
        (tmp_path / "index.py").write_text("x = 1")
        responses.put(FUNCTION, json={"functionName": "f"})
        client.update_function("s", "f", code=tmp_path)
        zipped = base64.b64encode(b"".join(Code.from_directory(tmp_path).chunks())).decode()
        assert json.loads(b"".join(sent().body)) == {"code": {"zipFile": zipped}}


class TestDownloadFunctionCode:
    URL = "http://oss.test/code?Signature=secret"

    def test_stores_and_checks(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL, "checksum": ZIP.checksum})
        responses.get(self.URL, body=EMPTY_ZIP)
        code = client.download_function_code("s", "f", tmp_path / "code.zip")
        assert (tmp_path / "code.zip").read_bytes() == EMPTY_ZIP
        assert code.checksum == ZIP.checksum

    @pytest.mark.parametrize(("headers", "total"), [({}, 22), ({"Content-Length": "many"}, None)])
    def test_progress_is_told(self, client, tmp_path, headers, total):
        told = []
        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(
            self.URL, body=EMPTY_ZIP, headers=headers, auto_calculate_content_length=not headers
        )
        client.download_function_code(
            "s", "f", tmp_path / "code.zip", progress=lambda *numbers: told.append(numbers)
        )
        assert told == [(22, total)]

    def test_progress_that_raises_leaves_nothing(self, client, tmp_path):
        def progress(*_):
            raise LookupError("mine")

        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(self.URL, body=EMPTY_ZIP)
        with pytest.raises(LookupError, match="mine"):
            client.download_function_code("s", "f", tmp_path / "code.zip", progress=progress)
        assert list(tmp_path.iterdir()) == []

    def test_foreign_host_gets_no_signature_of_ours(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(self.URL, body=b"zip")
        client.download_function_code("s", "f", tmp_path / "code.zip")
        assert not {"Authorization", "Date", "Content-Type"} & set(sent(1).headers)

    def test_other_bytes_are_told(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL, "checksum": ZIP.checksum})
        responses.get(self.URL, body=b"other")
        with pytest.raises(ChecksumMismatchError):
            client.download_function_code("s", "f", tmp_path / "code.zip")
        assert list(tmp_path.iterdir()) == []

    def test_url_that_has_expired(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(self.URL, body=b"<Error><Code>AccessDenied</Code></Error>", status=403)
        with pytest.raises(APIError, match=r"^GetFunctionCode failed: 403: <Error>") as caught:
            client.download_function_code("s", "f", tmp_path / "code.zip")
        assert caught.value.operation == "GetFunctionCode"
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "url",
        [5, None, "", "oss.test/x", "ftp://oss.test/x", "http://", "http://[::1", "http://a:b/"],
    )
    def test_url_that_is_none_is_told(self, client, tmp_path, url):
        responses.get(f"{FUNCTION}/code", json={"url": url})
        with pytest.raises(ResponseError, match=r"^GetFunctionCode failed: "):
            client.download_function_code("s", "f", tmp_path / "code.zip")

    def test_target_is_checked_before_anything_is_sent(self, client, tmp_path):
        with pytest.raises(ValueError, match=r"^target: "):
            client.download_function_code("s", "f", tmp_path)
        assert len(responses.calls) == 0


class TestIteration:
    @pytest.mark.parametrize(
        ("method", "names", "url", "key", "item"),
        [
            ("iter_services", [], SERVICES, "services", "serviceName"),
            ("iter_functions", ["s"], f"{SERVICE}/functions", "functions", "functionName"),
            ("iter_triggers", ["s", "f"], TRIGGERS, "triggers", "triggerName"),
        ],
    )
    def test_asks_for_pages_of_100_until_the_last(self, client, method, names, url, key, item):
        first = {"limit": "100", "prefix": "p", "startKey": "q"}
        for query, reply in (
            (first, {key: [{item: "a"}, {item: "b"}], "nextToken": "n"}),
            ({**first, "nextToken": "n"}, {key: [{item: "c"}]}),
        ):
            responses.get(url, json=reply, match=[matchers.query_param_matcher(query)])

        items = getattr(client, method)(*names, prefix="p", start_key="q")

        assert len(responses.calls) == 0
        assert [found.raw[item] for found in items] == ["a", "b", "c"]
        assert len(responses.calls) == 2

    def test_repeated_token_is_told(self, client):
        responses.get(SERVICES, json={"services": [], "nextToken": "n"})
        with pytest.raises(ResponseError, match=r"^ListServices failed: .*nextToken repeated: 'n'"):
            list(client.iter_services())
        assert len(responses.calls) == 2


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


class TestOptions:
    @pytest.mark.parametrize(
        ("timeout", "wanted"), [(5, (5, 5)), ((1, 2.5), (1, 2.5)), ([1, 2], (1, 2))]
    )
    def test_timeout_is_one_number_or_two(self, timeout, wanted):
        responses.get(
            SERVICE,
            json={"serviceName": "s"},
            match=[matchers.request_kwargs_matcher({"timeout": wanted})],
        )
        Client("http://fc.test", **KEYS, timeout=timeout).get_service("s")

    def test_default_timeout_outlasts_every_function(self, client):
        responses.get(
            SERVICE,
            json={"serviceName": "s"},
            match=[matchers.request_kwargs_matcher({"timeout": (5, 610)})],
        )
        client.get_service("s")

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"timeout": "5"}, TypeError, "^timeout: expected seconds, got str"),
            ({"timeout": None}, TypeError, "^timeout: expected seconds, got NoneType"),
            ({"timeout": True}, TypeError, "^timeout: expected seconds, got bool"),
            (
                {"timeout": 0},
                ValueError,
                "^timeout: must be above 0 and at most 1000000000 seconds, got 0",
            ),
            ({"timeout": (5, -1)}, ValueError, "^timeout: must be .*, got -1"),
            ({"timeout": float("nan")}, ValueError, "^timeout: must be .*, got nan"),
            ({"timeout": float("inf")}, ValueError, "^timeout: must be .*, got inf"),
            ({"timeout": 1e300}, ValueError, r"^timeout: must be .*, got 1e\+300"),
            ({"timeout": (1, 2, 3)}, ValueError, "^timeout: expected a number or a pair .*, got 3"),
            ({"retry": 3}, TypeError, "^retry: expected a RetryPolicy, got int"),
            ({"account_id": 1}, TypeError, "^account_id: expected a str, got int"),
            ({"account_id": "1\n"}, ValueError, "^account_id: .* is not a valid header"),
            ({"region": 1}, TypeError, "^region: expected a str, got int"),
            ({"user_agent": "é"}, ValueError, "^user_agent: .* is not a valid header"),
            ({"verify": None}, TypeError, "^verify: "),
            ({"pool_size": 0}, ValueError, "^pool_size: "),
            ({"proxies": "http://p"}, TypeError, "^proxies: "),
        ],
    )
    def test_nonsense_is_refused(self, options, error, message):
        with pytest.raises(error, match=message):
            Client("http://fc.test", **KEYS, **options)

    def test_user_agent_names_the_library(self, client):
        responses.get(SERVICE, json={"serviceName": "s"})
        client.get_service("s")
        assert sent().headers["User-Agent"].startswith("fc-client/")

    def test_everything_may_come_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("FC_ENDPOINT", "http://fc.test/")
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "made-up-id")
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "made-up-secret")
        responses.get(SERVICE, json={"serviceName": "s"})
        client = Client()
        client.get_service("s")
        assert client.endpoint == "http://fc.test"
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_no_endpoint_names_every_place(self):
        with pytest.raises(ConfigurationError) as caught:
            Client(**KEYS)
        assert str(caught.value) == (
            "no endpoint: set endpoint (or the environment's FC_ENDPOINT, or endpoint in "
            "~/.fcli/config.yaml), or account_id (or the environment's ALIBABA_CLOUD_ACCOUNT_ID) "
            "and region (or the environment's ALIBABA_CLOUD_REGION_ID or "
            "ALIBABA_CLOUD_DEFAULT_REGION, or region_id in ~/.aliyun/config.json)"
        )

    def test_no_credentials_name_every_place(self):
        with pytest.raises(ConfigurationError, match="ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
            Client("http://fc.test")

    def test_endpoint_of_a_region(self):
        client = Client(**KEYS, account_id="1", region="cn-a", internal=True)
        assert client.endpoint == "https://1.cn-a-internal.fc.aliyuncs.com"


class TestWithOptions:
    def test_copy_has_its_own_options(self, client):
        responses.get(SERVICE, status=503)
        copy = client.with_options(timeout=1, retry=RetryPolicy(attempts=1))
        with pytest.raises(APIError):
            copy.get_service("s")
        assert len(responses.calls) == 1
        with pytest.raises(APIError):
            client.get_service("s")
        assert len(responses.calls) == 4

    def test_copy_keeps_the_rest(self, client):
        responses.get(
            SERVICE,
            json={"serviceName": "s"},
            match=[matchers.request_kwargs_matcher({"timeout": (5, 610)})],
        )
        copy = client.with_options()
        copy.get_service("s")
        assert copy.endpoint == client.endpoint
        assert sent().headers["Authorization"] == signature_of(sent())

    @pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": "1"}, {"retry": 3}])
    def test_nonsense_is_refused(self, client, options):
        with pytest.raises((TypeError, ValueError), match=f"^{next(iter(options))}: "):
            client.with_options(**options)


class TestLifetime:
    def test_context_manager_gives_the_client_and_lets_errors_through(self, client):
        responses.get(SERVICE, status=404)
        with pytest.raises(NotFoundError), client as same:
            same.get_service("s")
        assert same is client

    def test_closing_twice_does_no_harm(self, client):
        client.close()
        client.close()

    def test_repr_shows_where_and_no_secret(self, client):
        assert repr(client) == "Client('http://fc.test')"


class TestLogs:
    def test_one_line_for_each_attempt(self, client, caplog):
        caplog.set_level(logging.DEBUG, "fc_client")
        responses.get(SERVICE, body=requests.ConnectionError("reset"))
        responses.get(SERVICE, json={"serviceName": "s"}, headers={"X-Fc-Request-Id": "id-1"})
        client.get_service("s")
        lines = [record.getMessage().rpartition(" in ")[0] for record in caplog.records]
        assert lines == [
            "GetService attempt 1: no response",
            "GetService attempt 2: 200 (request id id-1)",
        ]
        assert {record.name for record in caplog.records} == {"fc_client"}

    def test_hold_no_secret(self, caplog):
        caplog.set_level(logging.DEBUG)
        client = Client("http://fc.test", **KEYS, security_token="token-x", retry=RetryPolicy(2, 0))
        responses.post(INVOCATIONS, status=429)
        responses.post(INVOCATIONS, body=b"result-x", headers=ERROR)
        responses.get(SERVICE, status=403)
        with pytest.raises(FunctionError):
            client.invoke_function("s", "f", b"event-x")
        with pytest.raises(APIError):
            client.get_service("s")
        assert "InvokeFunction attempt 2" in caplog.text
        signatures = [call.request.headers["Authorization"] for call in responses.calls]
        secrets = ["made-up-secret", "token-x", "event-x", "result-x", "FC made-up-id", *signatures]
        assert [secret for secret in secrets if secret in caplog.text] == []
