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

        archive = zipfile.ZipFile(io.BytesIO(requests.get(reply.data["url"], timeout=30).content))
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

        function_compute.drain()
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


class TestVersions:
    @pytest.fixture
    def versions(self, official, service, function, tmp_path):
        """Publish the function twice: version 1 reverses, version 2 returns "two"."""
        published = [official.publish_version(service, "reverses").data]
        directory = tmp_path / "two"
        directory.mkdir()
        (directory / "index.py").write_text("def handler(event, context):\n    return b'two'\n")
        official.update_function(service, function, codeDir=str(directory), description="two")
        published.append(official.publish_version(service).data)
        yield [each["versionId"] for each in published]
        for version in official.list_versions(service, limit=100).data["versions"]:
            official.delete_version(service, version["versionId"])

    @pytest.fixture
    def alias(self, official, service, versions):
        official.create_alias(service, "prod", versions[0], "live", {versions[1]: 0.5})
        yield "prod"
        official.delete_alias(service, "prod")

    def test_publishing_counts(self, official, service, versions):
        assert versions == ["1", "2"]
        newest = official.list_versions(service, limit=1).data
        oldest = official.list_versions(service, startKey="1", direction="FORWARD").data
        assert [each["versionId"] for each in newest["versions"]] == ["2"]
        rest = official.list_versions(service, nextToken=newest["nextToken"]).data
        assert [each["description"] for each in rest["versions"]] == ["reverses"]
        assert [each["versionId"] for each in oldest["versions"]] == ["1", "2"]

    @pytest.mark.usefixtures("versions")
    def test_publishing_without_a_change_fails(self, official, service):
        with pytest.raises(fc2.FcError) as caught:
            official.publish_version(service)

        assert (caught.value.status_code, caught.value.err_code) == (400, "VersionPublishError")

    @pytest.mark.usefixtures("versions")
    def test_deleted_ids_are_not_used_again(self, official, service):
        official.delete_version(service, "2")

        assert official.publish_version(service).data["versionId"] == "3"

    @pytest.mark.usefixtures("versions")
    def test_everything_is_read_by_qualifier(self, official, service, function):
        assert official.get_service(service, qualifier="1").data["description"] == "reverses"
        listed = official.list_functions(service, qualifier="1").data["functions"]
        old = official.get_function(service, function, qualifier="1").data
        assert listed == [old]
        assert old["description"] != official.get_function(service, function).data["description"]
        url = official.get_function_code(service, function, qualifier="1").data["url"]
        archive = zipfile.ZipFile(io.BytesIO(requests.get(url, timeout=30).content))
        assert archive.read("index.py") == HANDLER

    @pytest.mark.usefixtures("versions")
    def test_each_version_runs_its_own_code(self, official, service, function):
        replies = [
            official.invoke_function(service, function, payload=b"abc", qualifier=qualifier)
            for qualifier in ("1", "2", "LATEST", None)
        ]

        assert [reply.data for reply in replies] == [b"cba", b"two", b"two", b"two"]

    @pytest.mark.usefixtures("versions")
    def test_one_runs_asynchronously(self, official, function_compute, service, function):
        reply = official.invoke_function(
            service, function, headers={"x-fc-invocation-type": "Async"}, qualifier="1"
        )

        function_compute.drain()
        assert reply.headers["X-Fc-Request-Id"] in function_compute.logs(service, function)

    def test_an_alias_splits_invocations(self, official, service, function, alias):
        results = {
            official.invoke_function(service, function, payload=b"abc", qualifier=alias).data
            for _ in range(40)
        }

        assert results == {b"cba", b"two"}

    def test_an_alias_moves(self, official, service, function, alias):
        etag = official.get_alias(service, alias).headers["ETag"]

        moved = official.update_alias(
            service, alias, "2", "moved", {}, headers={"if-match": etag}
        ).data

        assert (moved["versionId"], moved["description"]) == ("2", "moved")
        assert moved["additionalVersionWeight"] == {}
        assert official.get_alias(service, alias).data == moved
        reply = official.invoke_function(service, function, qualifier=alias)
        assert (reply.data, reply.headers["X-Fc-Invocation-Service-Version"]) == (b"two", "2")

    def test_aliases_are_listed(self, official, service, alias):
        reply = official.list_aliases(service, limit=10, prefix="pr", startKey="p")

        assert [each["aliasName"] for each in reply.data["aliases"]] == [alias]

    def test_a_trigger_has_a_qualifier(self, official, service, function, alias):
        config = {"payload": "awake", "cronExpression": "@every 300m", "enable": True}
        made = official.create_trigger(
            service, function, "clock", "timer", config, None, None, qualifier=alias
        )

        official.delete_trigger(service, function, "clock")
        assert made.data["qualifier"] == alias

    @pytest.mark.usefixtures("versions")
    def test_versions_protect_the_service(self, official, service):
        with pytest.raises(fc2.FcError) as caught:
            official.delete_service(service)

        assert (caught.value.status_code, caught.value.err_code) == (409, "ServiceNotEmpty")


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
