"""Projects, logstores and indexes, by requests that are signed by hand."""

from __future__ import annotations

import json
from contextlib import closing

import pytest
from local.cloud_support import INDEX, CloudApi, assert_log_error
from local.support import FakePools, Server

from fc_client.local.engine import Settings


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

    @pytest.mark.parametrize(
        "query", [{"size": "501"}, {"size": "x"}, {"size": "--1"}, {"offset": "-1"}]
    )
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
        assert_log_error(missing, 400, "IndexConfigNotExist")
        assert_log_error(cloud.log("PUT", path, INDEX, project=project), 400, "IndexConfigNotExist")

        cloud.log("POST", path, INDEX, project=project).raise_for_status()
        assert cloud.log("GET", path, project=project).json()["keys"] == INDEX["keys"]
        again = cloud.log("POST", path, INDEX, project=project)
        assert_log_error(again, 400, "IndexAlreadyExist")
        cloud.log("PUT", path, {"line": {"token": [" "]}}, project=project).raise_for_status()
        assert "keys" not in cloud.log("GET", path, project=project).json()
        # The index is not part of its logstore.
        assert "index" not in cloud.log("GET", f"/logstores/{store}", project=project).json()

        cloud.log("DELETE", path, project=project).raise_for_status()
        assert_log_error(cloud.log("DELETE", path, project=project), 400, "IndexConfigNotExist")

    @pytest.mark.parametrize(
        "body", [{}, {"keys": {}}, {"keys": []}, {"keys": [1]}, {"keys": {"a": 1}}, {"line": "x"}]
    )
    def test_bad_ones(self, cloud, project, store, body):
        reply = cloud.log("POST", f"/logstores/{store}/index", body, project=project)

        assert_log_error(reply, 400, "ParameterInvalid", "keys")


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
