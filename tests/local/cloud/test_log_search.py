"""Searches of the logs of functions, by requests that are signed by hand."""

from __future__ import annotations

import time
import uuid

import pytest
from local.cloud_support import INDEX, CloudApi, assert_log_error
from local.support import FakePools, Server, outcome

from fc_client.local.engine import Settings


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
        assert_log_error(search(logged, "bare"), 400, "IndexConfigNotExist")

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
