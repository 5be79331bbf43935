"""Projects, logstores, indexes and searches, by requests that are signed by hand."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import uuid
from contextlib import closing
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests
from local.cloud_support import INDEX, CloudApi, assert_log_error, assert_rpc_error
from local.support import FakePools, Server, outcome

from fc_client.local.engine import Settings


@pytest.fixture
def project(cloud):
    name = f"p-{uuid.uuid4().hex[:12]}"
    cloud.log("POST", "/", {"projectName": name}, project=name).raise_for_status()
    return name


@pytest.fixture
def store(cloud, project):
    body = {"logstoreName": "logs", "ttl": 30, "shardCount": 1}
    cloud.log("POST", "/logstores", body, project=project).raise_for_status()
    return "logs"


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
            reply = requests.get(fc.endpoint, headers={"x-log-apiversion": "0.6.0"}, timeout=5)

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


class TestProjects:
    def test_a_new_project(self, cloud):
        body = {"projectName": "made-by-fcli", "description": "d"}
        created = cloud.log("POST", "/", body, project="made-by-fcli")

        assert (created.status_code, created.content) == (200, b"")
        # Clients parse what has the type of JSON.
        assert "Content-Type" not in created.headers
        found = cloud.log("GET", project="made-by-fcli").json()
        assert (found["projectName"], found["description"]) == ("made-by-fcli", "d")

    def test_creating_it_again(self, cloud, project):
        reply = cloud.log("POST", "/", {"projectName": project}, project=project)

        assert_log_error(reply, 400, "ProjectAlreadyExist", project)

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"projectName": "A"},
            {"projectName": "a"},
            {"projectName": 1},
            {"projectName": "a_b"},
        ],
    )
    def test_bad_names(self, cloud, body):
        assert_log_error(cloud.log("POST", "/", body), 400, "ParameterInvalid", "projectName")

    def test_bad_description(self, cloud):
        body = {"projectName": "abc", "description": 1}

        assert_log_error(cloud.log("POST", "/", body), 400, "ParameterInvalid", "description")

    def test_bad_body(self, cloud):
        assert_log_error(cloud.log("POST", "/", []), 400, "PostBodyInvalid", "object")
        assert_log_error(cloud.log("POST", "/"), 400, "PostBodyInvalid", "not JSON")

    def test_one_that_does_not_exist(self, cloud):
        for method, path in (("GET", "/"), ("DELETE", "/"), ("GET", "/logstores")):
            reply = cloud.log(method, path, project="gone")
            assert_log_error(reply, 404, "ProjectNotExist", "gone")

    def test_pages(self, cloud):
        for number in range(3):
            cloud.log("POST", "/", {"projectName": f"page-{number}"})

        query = {"offset": "1", "size": "1", "projectName": "page-"}
        page = cloud.log("GET", query=query).json()

        assert (page["count"], page["total"]) == (1, 3)
        assert [each["projectName"] for each in page["projects"]] == ["page-1"]

    def test_empty_parameters_count_as_missing(self, cloud):
        assert cloud.log("GET", query={"size": "", "offset": ""}).status_code == 200

    @pytest.mark.parametrize("query", [{"size": "501"}, {"size": "x"}, {"offset": "-1"}])
    def test_bad_pages(self, cloud, query):
        assert_log_error(cloud.log("GET", query=query), 400, "ParameterInvalid", *query)

    def test_delete_takes_the_logstores_along(self, cloud, project, store):
        cloud.log("DELETE", project=project).raise_for_status()
        cloud.log("POST", "/", {"projectName": project}).raise_for_status()

        reply = cloud.log("GET", f"/logstores/{store}", project=project)
        assert_log_error(reply, 404, "LogStoreNotExist")


class TestLogstores:
    def test_a_new_logstore(self, cloud, project, store):
        found = cloud.log("GET", f"/logstores/{store}", project=project).json()

        assert (found["logstoreName"], found["ttl"], found["shardCount"]) == ("logs", 30, 1)
        listed = cloud.log("GET", "/logstores", project=project).json()
        assert listed == {"count": 1, "total": 1, "logstores": ["logs"]}

    def test_creating_it_again(self, cloud, project, store):
        body = {"logstoreName": store, "ttl": 1, "shardCount": 1}

        reply = cloud.log("POST", "/logstores", body, project=project)

        assert_log_error(reply, 400, "LogStoreAlreadyExist", store)

    @pytest.mark.parametrize(
        "change",
        [
            {"ttl": 0},
            {"ttl": "x"},
            {"ttl": None},
            {"ttl": True},
            {"shardCount": 0},
            {"logstoreName": "A"},
        ],
    )
    def test_bad_fields(self, cloud, project, change):
        body = {"logstoreName": "another", "ttl": 1, "shardCount": 1, **change}

        reply = cloud.log("POST", "/logstores", body, project=project)

        assert_log_error(reply, 400, "ParameterInvalid", *change)

    def test_update(self, cloud, project, store):
        path = f"/logstores/{store}"
        cloud.log("PUT", path, {"logstoreName": store, "ttl": 7}, project=project)

        assert cloud.log("GET", path, project=project).json()["ttl"] == 7

    def test_delete(self, cloud, project, store):
        path = f"/logstores/{store}"
        cloud.log("DELETE", path, project=project).raise_for_status()

        for method in ("GET", "DELETE"):
            reply = cloud.log(method, path, project=project)
            assert_log_error(reply, 404, "LogStoreNotExist", store)


class TestIndexes:
    def test_life(self, cloud, project, store):
        path = f"/logstores/{store}/index"
        missing = cloud.log("GET", path, project=project)
        assert_log_error(missing, 404, "IndexConfigNotExist")
        assert_log_error(cloud.log("PUT", path, INDEX, project=project), 404, "IndexConfigNotExist")

        cloud.log("POST", path, INDEX, project=project).raise_for_status()
        assert cloud.log("GET", path, project=project).json()["keys"] == INDEX["keys"]
        again = cloud.log("POST", path, INDEX, project=project)
        assert_log_error(again, 400, "IndexAlreadyExist")
        cloud.log("PUT", path, {"line": {"token": [" "]}}, project=project).raise_for_status()
        assert "keys" not in cloud.log("GET", path, project=project).json()
        # The index is not part of its logstore.
        assert "index" not in cloud.log("GET", f"/logstores/{store}", project=project).json()

        cloud.log("DELETE", path, project=project).raise_for_status()
        assert_log_error(cloud.log("DELETE", path, project=project), 404, "IndexConfigNotExist")

    @pytest.mark.parametrize(
        "body", [{}, {"keys": {}}, {"keys": []}, {"keys": [1]}, {"keys": {"a": 1}}, {"line": "x"}]
    )
    def test_bad_ones(self, cloud, project, store, body):
        reply = cloud.log("POST", f"/logstores/{store}/index", body, project=project)

        assert_log_error(reply, 400, "ParameterInvalid", "keys")


async def chatty(spec, event):
    return outcome(
        event, log=f"start {spec.function_name}\nerror in {event.decode()}\n\nend\n".encode()
    )


@pytest.fixture(scope="module")
def logged():
    """Yield a way to the logs of f and g of s, and of f of another service."""
    pools = FakePools(behaviour=chatty)
    with Server(Settings(make_pools=lambda _: pools)) as fc:
        cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
        config = {"project": "demo", "logstore": "logs"}
        cloud.log("POST", "/", {"projectName": "demo"}).raise_for_status()
        for name in ("logs", "others", "bare"):
            body = {"logstoreName": name, "ttl": 1, "shardCount": 1}
            cloud.log("POST", "/logstores", body, project="demo").raise_for_status()
        for name in ("logs", "others"):
            cloud.log("POST", f"/logstores/{name}/index", INDEX, project="demo").raise_for_status()
        fc.api.create_service("s", logConfig=config)
        fc.api.create_service("silent")
        fc.api.create_service("t", logConfig=config)
        for service, name in (("s", "f"), ("s", "g"), ("t", "f"), ("silent", "f")):
            fc.api.create_function(name, service)
            path = f"/services/{service}/functions/{name}/invocations"
            fc.api.call("POST", path, f"{service}.{name}".encode()).raise_for_status()
        yield cloud
        cloud.session.close()


def search(cloud, store="logs", **query):
    now = int(time.time())
    every = {"type": "log", "from": str(now - 60), "to": str(now + 60), **query}
    reply = cloud.log("GET", f"/logstores/{store}", project="demo", query=every)
    if reply.status_code == 200:
        assert reply.headers["x-log-count"] == str(len(reply.json()))
        assert reply.headers["x-log-progress"] == "Complete"
    return reply


def messages(reply):
    return [entry["message"] for entry in reply.json()]


class TestSearch:
    def test_an_entry_has_what_fcli_prints(self, logged):
        entries = search(logged, topic="s", query="f").json()

        assert [entry["message"] for entry in entries] == ["start f", "error in s.f", "end"]
        for entry in entries:
            assert abs(int(entry["__time__"]) - time.time()) < 60
            assert (entry["serviceName"], entry["functionName"]) == ("s", "f")
            assert uuid.UUID(entry["requestId"])

    def test_services_that_name_the_logstore_and_no_others(self, logged):
        found = {(each["serviceName"], each["functionName"]) for each in search(logged).json()}

        assert found == {("s", "f"), ("s", "g"), ("t", "f")}
        assert search(logged, "others").json() == []

    def test_topic_that_is_not_one_of_them(self, logged):
        assert search(logged, topic="silent").json() == []

    def test_query_of_a_field(self, logged):
        assert messages(search(logged, query="functionName: g")) == [
            "start g",
            "error in s.g",
            "end",
        ]

    def test_time(self, logged):
        assert search(logged, **{"from": "1000", "to": "2000"}).json() == []

    def test_pages(self, logged):
        every = messages(search(logged))
        pages = [messages(search(logged, line="4", offset=str(at))) for at in (0, 4, 8)]

        assert [len(page) for page in pages] == [4, 4, 1]
        assert [message for page in pages for message in page] == every

    def test_reverse(self, logged):
        assert messages(search(logged, reverse="true")) == messages(search(logged))[::-1]

    def test_newer_form(self, logged):
        now = int(time.time())
        body = {"from": now - 60, "to": now + 60, "query": "g", "line": 2, "reverse": False}

        reply = logged.log("POST", "/logstores/logs/logs", body, project="demo").json()

        assert reply["meta"]["progress"] == "Complete"
        assert reply["meta"]["count"] == 2
        assert [each["message"] for each in reply["data"]] == ["start g", "error in s.g"]

    def test_logstore_without_index(self, logged):
        assert_log_error(search(logged, "bare"), 404, "IndexConfigNotExist")

    def test_logstore_that_does_not_exist(self, logged):
        assert_log_error(search(logged, "gone"), 404, "LogStoreNotExist", "gone")

    @pytest.mark.parametrize(
        "change",
        [
            {"from": "x"},
            {"to": "-1"},
            {"line": "101"},
            {"offset": "-1"},
            {"from": "2000", "to": "1000"},
            {"type": "histogram"},
            {"query": "a or b"},
        ],
    )
    def test_bad_parameters(self, logged, change):
        assert_log_error(search(logged, **change), 400, "ParameterInvalid")


def test_state_survives_a_restart_and_reset_removes_it(tmp_path):
    settings = Settings(make_pools=lambda _: FakePools())
    with Server(settings, tmp_path / "data") as fc:
        cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
        cloud.log("POST", "/", {"projectName": "demo"}).raise_for_status()
        cloud.session.close()
    with Server(settings, tmp_path / "data") as fc:
        cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
        with closing(cloud.session):
            assert cloud.log("GET").json()["total"] == 1
            fc.thread.reset()
            assert json.loads(cloud.log("GET").content)["total"] == 0


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
