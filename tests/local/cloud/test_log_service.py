"""The address of Log Service: signatures, dates, and where the project is named."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests
from local.cloud_support import CloudApi, assert_log_error, assert_rpc_error
from local.support import FakePools, Server

from fc_client.local.engine import Settings


class TestSignature:
    @pytest.mark.parametrize("scheme", ["SLS", "LOG"])
    def test_both_words_are_accepted(self, cloud, scheme):
        assert cloud.log("GET", scheme=scheme).status_code == 200

    def test_a_date_that_is_added_after_signing(self, cloud):
        """As the official Python library of Log Service does, for the sake of proxies."""
        now = format_datetime(datetime.now(timezone.utc), usegmt=True)

        reply = cloud.log("GET", headers={"Date": now}, unsigned={"x-log-date": now})

        assert reply.status_code == 200

    def test_hmac_sha256_must_be_one(self, cloud):
        """The header is signed, so a signature of the other kind does not match."""
        reply = cloud.log("GET", headers={"x-log-signaturemethod": "hmac-sha256"})

        assert_log_error(reply, 401, "SignatureNotMatch")

    def test_unknown_method(self, cloud):
        reply = cloud.log("GET", headers={"x-log-signaturemethod": "md5"})

        assert_log_error(reply, 400, "InvalidSignatureMethod", "md5")

    def test_wrong_secret(self, cloud):
        other = CloudApi(cloud.endpoint, cloud.key_id, "another")
        with closing(other.session):
            assert_log_error(other.log("GET"), 401, "SignatureNotMatch")

    def test_unknown_key(self, cloud):
        other = CloudApi(cloud.endpoint, "another", cloud.secret)
        with closing(other.session):
            assert_log_error(other.log("GET"), 401, "Unauthorized", "another")

    @pytest.mark.parametrize("value", [None, "", "Basic eDp5", "SLS x", "SLS4-HMAC-SHA256 x"])
    def test_malformed_header(self, cloud, value):
        headers = {"x-log-apiversion": "0.6.0"}
        if value is not None:
            headers["Authorization"] = value

        reply = cloud.session.get(cloud.endpoint, headers=headers)

        assert_log_error(reply, 401, "Unauthorized")

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_date_too_far_off(self, cloud, minutes):
        moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)

        reply = cloud.log("GET", headers={"Date": format_datetime(moment, usegmt=True)})

        assert_log_error(reply, 400, "RequestTimeExpired", "15 minutes")

    @pytest.mark.parametrize("value", ["", "now", "2026-01-01"])
    def test_malformed_date(self, cloud, value):
        assert_log_error(cloud.log("GET", headers={"Date": value}), 400, "InvalidDateFormat")

    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({"x-log-date": "20260101"}, "InvalidDateFormat"),
            ({"x-log-date": "20260101T000000Z"}, "SignatureNotMatch"),
            ({"x-log-content-sha256": "another"}, "PostBodyInvalid"),
        ],
    )
    def test_newer_form_with_bad_headers(self, cloud, headers, code):
        scope = f"{cloud.key_id}/20260101/local/sls/aliyun_v4_request"
        every = {
            "x-log-apiversion": "0.6.0",
            "x-log-date": "20260101T000000Z",
            "x-log-content-sha256": hashlib.sha256(b"").hexdigest(),
            "Authorization": f"SLS4-HMAC-SHA256 Credential={scope},Signature=00",
            **headers,
        }
        reply = cloud.session.get(cloud.endpoint, headers=every)

        assert reply.json()["errorCode"] == code

    def test_version(self, cloud):
        reply = cloud.log("GET", headers={"x-log-apiversion": "0.5.0"})

        assert_log_error(reply, 400, "InvalidAPIVersion", "0.5.0")

    def test_md5_of_the_body(self, cloud, project):
        headers = {"Content-MD5": hashlib.md5(b"another").hexdigest().upper()}

        reply = cloud.log("POST", "/logstores", {"a": 1}, project=project, headers=headers)

        assert_log_error(reply, 400, "PostBodyInvalid", "Content-MD5")

    def test_without_auth_nothing_is_checked(self):
        with Server(Settings(make_pools=lambda _: FakePools(), auth=False)) as fc:
            reply = requests.get(fc.endpoint, headers={"x-log-apiversion": "0.6.0"}, timeout=30)

        assert reply.json() == {"count": 0, "total": 0, "projects": []}


class TestAddresses:
    """Where the project is named."""

    @pytest.mark.parametrize(
        "host",
        ["{}.cn-shanghai.log.aliyuncs.com", "{}.127.0.0.1", "{}.localhost:80", "{}.LOCALHOST"],
    )
    def test_host(self, cloud, project, host):
        reply = cloud.log("GET", headers={"Host": host.format(project)})

        assert reply.json()["projectName"] == project

    @pytest.mark.parametrize("host", ["cn-shanghai-intranet.log.aliyuncs.com", "127.0.0.1"])
    def test_host_without_project(self, cloud, host):
        assert "projects" in cloud.log("GET", headers={"Host": host}).json()

    def test_path(self, cloud, project):
        prefix = f"/{project}.cn-hangzhou.log.aliyuncs.com"

        reply = cloud.log("GET", "/logstores", headers={"Host": "127.0.0.1"}, prefix=prefix)

        assert reply.json()["logstores"] == []

    def test_name_of_this_server(self):
        settings = Settings(make_pools=lambda _: FakePools(), allow_hosts=("fc.test",))
        with Server(settings) as fc:
            cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
            with closing(cloud.session):
                cloud.log("POST", "/", {"projectName": "demo"}, headers={"Host": "demo.fc.test"})
                found = cloud.log("GET", headers={"Host": "demo.fc.test:80"}).json()
                every = cloud.log("GET", headers={"Host": "fc.test"}).json()

        assert found["projectName"] == "demo"
        assert every["total"] == 1

    def test_unknown_paths(self, cloud, project):
        for path in ("/nope", "/logstores/a/b", "/logstores/a/index/x"):
            reply = cloud.log("GET", path, project=project)
            assert_log_error(reply, 404, "NotSupported", f"GET {path}")


class TestFailingDisk:
    """The database cannot be written for a while."""

    @pytest.fixture
    def failing(self, tmp_path):
        with Server(Settings(make_pools=lambda _: FakePools()), tmp_path / "data") as fc:
            cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
            database = sqlite3.connect(fc.data.database)
            with closing(cloud.session), closing(database):
                database.execute("DROP TABLE cloud_resources")
                yield cloud

    def test_errors_have_the_form_of_the_service(self, failing, caplog):
        assert_rpc_error(failing.rpc("ListRoles"), 500, "InternalError", "damaged")
        assert_log_error(failing.log("GET"), 500, "InternalServerError", "damaged")
        assert "a request to a stand-in failed" in caplog.text
