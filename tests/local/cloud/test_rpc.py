"""The address of RPC-style APIs: signatures, nonces, times, dispatch."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest
import requests
from local.cloud_support import TRUST, CloudApi, assert_rpc_error, encoded, now
from local.support import FakePools, Server

from fc_client.local.cloud.rpc_signatures import string_to_sign
from fc_client.local.engine import Settings


@contextmanager
def cloud_of(fc):
    api = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
    with closing(api.session):
        yield api


class TestAddresses:
    """Host and path name a service; so does Action alone."""

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_action_is_enough(self, cloud, method):
        reply = cloud.rpc("ListRoles", method=method)

        assert reply.status_code == 200
        assert uuid.UUID(reply.json()["RequestId"])
        assert "Roles" in reply.json()

    def test_host_of_ram(self, cloud):
        reply = cloud.rpc("ListRoles", headers={"Host": "ram.aliyuncs.com"})

        assert reply.status_code == 200

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_path_that_starts_with_the_host_of_ram(self, cloud, method):
        reply = cloud.rpc("ListRoles", method=method, path="/ram.aliyuncs.com/")

        assert reply.status_code == 200

    def test_function_compute_answers_everything_else(self, cloud, fc):
        reply = cloud.session.get(fc.endpoint + "/")

        assert reply.json()["ErrorCode"] == "PathNotSupported"
        assert fc.api.call("GET", "/services").status_code == 200

    def test_other_hosts_are_refused(self, cloud):
        reply = cloud.rpc("ListRoles", headers={"Host": "ram.example.com"})

        assert reply.json()["ErrorCode"] == "AccessDenied"

    def test_web_pages_are_refused(self, cloud):
        reply = cloud.rpc("ListRoles", headers={"Origin": "http://127.0.0.1"})

        assert reply.json()["ErrorCode"] == "AccessDenied"


class TestDispatch:
    def test_unknown_action(self, cloud):
        assert_rpc_error(cloud.rpc("Nope"), 404, "InvalidAction.NotFound", "'Nope'")

    def test_unknown_version(self, cloud):
        reply = cloud.rpc("ListRoles", Version="2016-07-14-x")

        assert_rpc_error(reply, 400, "InvalidVersion", "2016-07-14-x", "2015-05-01")

    @pytest.mark.parametrize(
        "name",
        [
            "Action",
            "Version",
            "AccessKeyId",
            "SignatureMethod",
            "SignatureVersion",
            "SignatureNonce",
            "Timestamp",
        ],
    )
    def test_a_common_parameter_is_missing(self, cloud, name):
        parameters = cloud.signed("POST", "ListRoles", {name: None})

        assert_rpc_error(cloud.send(parameters), 400, "MissingParameter", f'"{name}"')

    def test_an_unsigned_request_is_refused(self, cloud):
        reply = cloud.send({"Action": "ListRoles", "Version": "2015-05-01"})

        assert_rpc_error(reply, 400, "MissingParameter", '"Signature"')


class TestSignedParameters:
    def test_text_of_the_published_example(self):
        """The example of Alibaba Cloud's documentation of RPC-style signatures."""
        parameters = {
            "AccessKeyId": "testid",
            "Action": "DescribeRegions",
            "Format": "XML",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
            "SignatureVersion": "1.0",
            "Timestamp": "2016-02-23T12:46:24Z",
            "Version": "2014-05-26",
        }

        text = string_to_sign("GET", parameters)

        digest = hmac.new(b"testsecret&", text.encode(), hashlib.sha1).digest()
        assert base64.b64encode(digest) == b"OLeaidS1JvxuMvnyHOwuJ+uX5qY="

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("text", ["a b", "*~+%/&=", "!'()", "角色", "undefined", "a\nb"])
    def test_every_character_is_encoded_as_the_tools_do(self, cloud, method, text):
        name = f"enc-{uuid.uuid4().hex}"
        created = cloud.rpc(
            "CreateRole",
            method=method,
            RoleName=name,
            Description=text,
            AssumeRolePolicyDocument=TRUST,
        )

        assert created.json()["Role"]["Description"] == text

    def test_an_unknown_key(self, cloud):
        reply = cloud.rpc("ListRoles", AccessKeyId="another")

        assert_rpc_error(reply, 404, "InvalidAccessKeyId.NotFound")

    @pytest.mark.parametrize(
        "change", [{"Signature": "bm90IHRoZSBvbmU="}, {"RoleName": "x"}, {"Signature": "ö"}]
    )
    def test_a_wrong_signature(self, cloud, change):
        parameters = {**cloud.signed("POST", "ListRoles", {}), **change}

        assert_rpc_error(cloud.send(parameters), 400, "SignatureDoesNotMatch")

    def test_the_method_is_signed(self, cloud):
        parameters = cloud.signed("GET", "ListRoles", {})

        assert_rpc_error(cloud.send(parameters, "POST"), 400, "SignatureDoesNotMatch")

    def test_another_method_of_signing(self, cloud):
        reply = cloud.rpc("ListRoles", SignatureMethod="HMAC-MD5")

        assert_rpc_error(reply, 400, "InvalidParameter.SignatureMethod", "HMAC-MD5")

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_a_time_too_far_off(self, cloud, minutes):
        moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        reply = cloud.rpc("ListRoles", Timestamp=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

        assert_rpc_error(reply, 400, "InvalidTimeStamp.Expired", "15 minutes")

    @pytest.mark.parametrize("minutes", [-14, 14])
    def test_a_time_close_enough(self, cloud, minutes):
        moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        reply = cloud.rpc("ListRoles", Timestamp=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

        assert reply.status_code == 200

    @pytest.mark.parametrize("text", ["yesterday", "2026-01-01 00:00:00", "2026-13-01T00:00:00Z"])
    def test_a_time_in_another_form(self, cloud, text):
        reply = cloud.rpc("ListRoles", Timestamp=text)

        assert_rpc_error(reply, 400, "InvalidTimeStamp.Format", text)


class TestNonces:
    def test_a_replayed_request_is_refused(self, cloud):
        parameters = cloud.signed("POST", "ListRoles", {})
        assert cloud.send(parameters).status_code == 200

        assert_rpc_error(cloud.send(parameters), 400, "SignatureNonceUsed")

    def test_a_used_nonce_with_another_time_is_refused(self, cloud):
        nonce = str(uuid.uuid4())
        earlier = datetime.now(timezone.utc) - timedelta(minutes=1)
        assert cloud.rpc("ListRoles", SignatureNonce=nonce).status_code == 200

        again = cloud.rpc(
            "ListRoles", SignatureNonce=nonce, Timestamp=earlier.strftime("%Y-%m-%dT%H:%M:%SZ")
        )

        assert_rpc_error(again, 400, "SignatureNonceUsed")

    def test_a_request_with_a_wrong_signature_uses_no_nonce(self, cloud):
        parameters = cloud.signed("POST", "ListRoles", {})
        cloud.send({**parameters, "Signature": "bm90IHRoZSBvbmU="})

        assert cloud.send(parameters).status_code == 200

    def test_a_restart_does_not_forget_them(self, tmp_path):
        settings = Settings(make_pools=lambda _: FakePools())
        with Server(settings, tmp_path / "data") as fc, cloud_of(fc) as api:
            parameters = api.signed("POST", "ListRoles", {})
            assert api.send(parameters).status_code == 200
        with Server(settings, tmp_path / "data") as fc, cloud_of(fc) as api:
            assert_rpc_error(api.send(parameters), 400, "SignatureNonceUsed")

    def test_they_are_forgotten_when_their_time_has_passed(self, tmp_path):
        offset = [0.0]
        start = datetime.now(timezone.utc).timestamp()
        settings = Settings(make_pools=lambda _: FakePools(), clock=lambda: start + offset[0])
        with Server(settings, tmp_path / "data") as fc, cloud_of(fc) as api:
            nonce = str(uuid.uuid4())
            assert api.rpc("ListRoles", SignatureNonce=nonce).status_code == 200
            offset[0] = 31 * 60
            moment = datetime.fromtimestamp(start + offset[0], timezone.utc)
            later = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            assert api.rpc("ListRoles", Timestamp=later).status_code == 200

            # The request of then would be refused for its time.
            reply = api.rpc("ListRoles", SignatureNonce=nonce, Timestamp=later)

            assert reply.status_code == 200

    def test_reset_forgets_them(self):
        settings = Settings(make_pools=lambda _: FakePools())
        with Server(settings) as fc, cloud_of(fc) as api:
            parameters = api.signed("POST", "ListRoles", {})
            api.send(parameters)
            fc.thread.reset()

            assert api.send(parameters).status_code == 200


class TestAcs3:
    """The signature of newer clients, which is in the headers."""

    def headers(self, cloud, body=b"", **changes):
        """Return headers; a change to None leaves one out."""
        headers = {
            "host": cloud.endpoint.removeprefix("http://"),
            "x-acs-action": "ListRoles",
            "x-acs-version": "2015-05-01",
            "x-acs-date": now(),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        }
        headers.update({name.replace("_", "-"): value for name, value in changes.items()})
        return {name: value for name, value in headers.items() if value is not None}

    def send(self, cloud, headers, query="", body=b"", secret=None, path="/"):
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = "\n".join(
            ["POST", path, query, lines, names, headers.get("x-acs-content-sha256", "")]
        )
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = (secret or cloud.secret).encode()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        given = (
            f"ACS3-HMAC-SHA256 Credential={cloud.key_id},SignedHeaders={names},"
            f"Signature={signature}"
        )
        url = f"{cloud.endpoint}{path}" + (f"?{query}" if query else "")
        every = {**headers, "Authorization": given}
        return cloud.session.post(url, data=body, headers=every)

    def test_a_signed_request(self, cloud):
        query = f"MaxItems=1&Note={quote('a b*~', safe='~')}"

        assert self.send(cloud, self.headers(cloud), query).status_code == 200

    def test_a_wrong_secret(self, cloud):
        reply = self.send(cloud, self.headers(cloud), secret="another")

        assert_rpc_error(reply, 400, "SignatureDoesNotMatch")

    def test_a_replay(self, cloud):
        headers = self.headers(cloud)
        assert self.send(cloud, headers).status_code == 200

        assert_rpc_error(self.send(cloud, headers), 400, "SignatureNonceUsed")

    def test_an_old_time(self, cloud):
        headers = self.headers(cloud, x_acs_date="2020-01-01T00:00:00Z")

        assert_rpc_error(self.send(cloud, headers), 400, "InvalidTimeStamp.Expired")

    @pytest.mark.parametrize(
        "name", ["x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"]
    )
    def test_a_header_is_not_signed(self, cloud, name):
        headers = self.headers(cloud, **{name: None})

        assert_rpc_error(self.send(cloud, headers), 400, "IncompleteSignature", name)

    def test_another_body(self, cloud):
        headers = self.headers(cloud, b"RoleName=a")

        assert_rpc_error(self.send(cloud, headers, body=b"RoleName=b"), 400, "InvalidDigest")

    def test_parameters_do_not_overrule_the_signed_action(self, cloud):
        reply = self.send(cloud, self.headers(cloud), "Action=CreateRole")

        assert "Roles" in reply.json()

    def test_a_malformed_header(self, cloud):
        reply = cloud.session.post(
            cloud.endpoint,
            headers={"Authorization": "ACS3-HMAC-SHA256 x", "x-acs-action": "ListRoles"},
        )

        assert_rpc_error(reply, 400, "IncompleteSignature")


class TestWithoutAuth:
    def test_a_request_needs_no_signature(self):
        with Server(Settings(make_pools=lambda _: FakePools(), auth=False)) as fc:
            reply = requests.get(
                fc.endpoint, params={"Action": "ListRoles", "Version": "2015-05-01"}, timeout=30
            )

        assert reply.json()["Roles"] == {"Role": []}


def test_the_encoding_of_these_tests_is_not_that_of_the_server():
    """Both must come to the same, from different rules."""
    assert encoded("a b*~!'()+/") == quote("a b*~!'()+/", safe="~")
