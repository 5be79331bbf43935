"""The official Python SDK, aliyun-fc2, unchanged, against the embedded Function Compute."""

import base64
import io
import json
import zipfile

import fc2
import pytest
import requests
import responses

import fc_client
from fc_client.local import LocalFunctionCompute

HANDLER = b"""
def handler(event, context):
    if event == b"fail":
        raise KeyError("asked to")
    return event[::-1]
"""


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as function_compute:
        yield function_compute


@pytest.fixture
def official(function_compute):
    return fc2.Client(
        endpoint=function_compute.endpoint,
        accessKeyID=function_compute.access_key_id,
        accessKeySecret=function_compute.access_key_secret,
    )


@pytest.fixture
def service(official):
    official.create_service("peer", description="made by aliyun-fc2")
    yield "peer"
    official.delete_service("peer")


@pytest.fixture
def function(official, service, tmp_path):
    (tmp_path / "index.py").write_bytes(HANDLER)
    official.create_function(service, "reverse", "python3", "index.handler", codeDir=str(tmp_path))
    yield "reverse"
    official.delete_function(service, "reverse")


@pytest.fixture
def trigger(official, service, function):
    config = {"payload": "awake", "cronExpression": "@every 300m", "enable": True}
    official.create_trigger(service, function, "clock", "timer", config, None, None)
    yield "clock"
    official.delete_trigger(service, function, "clock")


class TestService:
    def test_get(self, official, service):
        reply = official.get_service(service)

        assert reply.data["description"] == "made by aliyun-fc2"
        assert reply.headers["ETag"]

    def test_update_with_the_etag(self, official, service):
        etag = official.get_service(service).headers["ETag"]

        reply = official.update_service(service, description="new", headers={"If-Match": etag})

        assert reply.data["description"] == "new"

    def test_update_with_an_old_etag(self, official, service):
        with pytest.raises(fc2.FcError) as caught:
            official.update_service(service, description="new", headers={"If-Match": "old"})

        assert caught.value.status_code == 412

    def test_list(self, official, service):
        reply = official.list_services(limit=10, prefix="pe")

        assert [each["serviceName"] for each in reply.data["services"]] == [service]

    def test_error_has_status_code_and_request_id(self, official):
        with pytest.raises(fc2.FcError) as caught:
            official.get_service("nothing")

        assert (caught.value.status_code, caught.value.err_code) == (404, "ServiceNotFound")
        assert len(caught.value.request_id) == 36


class TestFunction:
    def test_get(self, official, service, function):
        assert official.get_function(service, function).data["runtime"] == "python3"

    def test_update(self, official, service, function):
        reply = official.update_function(service, function, memorySize=512, timeout=30)

        assert (reply.data["memorySize"], reply.data["timeout"]) == (512, 30)

    def test_list(self, official, service, function):
        reply = official.list_functions(service)

        assert [each["functionName"] for each in reply.data["functions"]] == [function]

    def test_code_can_be_fetched(self, official, service, function):
        reply = official.get_function_code(service, function)

        archive = zipfile.ZipFile(io.BytesIO(requests.get(reply.data["url"], timeout=10).content))
        assert archive.read("index.py") == HANDLER

    def test_invoke(self, official, service, function):
        reply = official.invoke_function(service, function, payload=b"\x00desserts\xff")

        assert reply.data == b"\xffstressed\x00"

    def test_invoke_with_log(self, official, service, function):
        reply = official.invoke_function(service, function, headers={"x-fc-log-type": "Tail"})

        log = base64.b64decode(reply.headers["X-Fc-Log-Result"]).decode()
        assert f"FC Invoke End RequestId: {reply.headers['X-Fc-Request-Id']}" in log

    def test_function_error(self, official, service, function):
        with pytest.raises(fc2.FcError) as caught:
            official.invoke_function(service, function, payload=b"fail")

        assert caught.value.status_code == 200
        assert json.loads(caught.value.message)["errorType"] == "KeyError"

    def test_invoke_asynchronously(self, official, function_compute, service, function):
        reply = official.invoke_function(
            service, function, payload=b"later", headers={"x-fc-invocation-type": "Async"}
        )

        function_compute.drain(timeout=20)
        request_id = reply.headers["X-Fc-Request-Id"]
        assert request_id in function_compute.logs(service, function)


class TestTrigger:
    def test_get(self, official, service, function, trigger):
        reply = official.get_trigger(service, function, trigger)

        assert reply.data["triggerConfig"]["payload"] == "awake"

    def test_update(self, official, service, function, trigger):
        config = {"payload": "tired", "cronExpression": "@every 400m", "enable": False}

        reply = official.update_trigger(service, function, trigger, triggerConfig=config)

        assert reply.data["triggerConfig"] == config

    def test_list(self, official, service, function, trigger):
        reply = official.list_triggers(service, function)

        assert [each["triggerName"] for each in reply.data["triggers"]] == [trigger]


class TestSignature:
    @responses.activate
    def test_both_sdks_sign_a_request_alike(self):
        url = "http://fc.test/2016-08-15/services/s/functions/f/invocations"
        responses.post(url, body=b"")
        ours = fc_client.Client(
            "http://fc.test",
            access_key_id="id",
            access_key_secret="secret",
            security_token="token",
        )
        theirs = fc2.Client(
            endpoint="http://fc.test",
            accessKeyID="id",
            accessKeySecret="secret",
            securityToken="token",
        )

        ours.invoke_function("s", "f", b"event", log_type="Tail", trace_id="t")
        sent = responses.calls[0].request.headers
        # Their signer gets what our client sent, date included.
        signed = {name.lower(): value for name, value in sent.items() if name != "Authorization"}
        expected = theirs.auth.sign_request("POST", url.removeprefix("http://fc.test"), signed)

        assert sent["Authorization"] == expected
