"""LogClient against the embedded server, through the official library."""

import time

import pytest

from fc_client import ResponseError
from fc_client.cloud import CloudError, LogClient, LogPage
from fc_client.credentials import Credentials

CODE = "def handler(event, context):\n    for line in range(120):\n        print('line', line)\n"


@pytest.fixture
def project(log, name):
    log.create_project(name, description="d")
    return name


class TestProjects:
    def test_life(self, log, project):
        found = log.get_project(project)
        assert (found.name, found.description) == (project, "d")
        assert found.raw["status"] == "Normal"
        assert project in [each.name for each in log.iter_projects()]

        assert log.delete_project(project) is None
        with pytest.raises(CloudError) as caught:
            log.get_project(project)
        assert (caught.value.code, caught.value.status_code) == ("ProjectNotExist", 404)
        assert caught.value.operation == "GetProject"
        assert len(caught.value.request_id) == 24

    def test_pages(self, log, name):
        for number in range(3):
            log.create_project(f"{name}-{number}")

        first = log.list_projects(limit=2)
        assert len(first) == 2
        rest = log.list_projects(limit=500, offset=int(first.next_token))
        assert rest.next_token is None
        names = [each.name for each in (*first, *rest)]
        assert {f"{name}-{number}" for number in range(3)} <= set(names)
        assert len(names) == len(set(names))
        assert log.list_projects(offset=10_000).next_token is None

    def test_wrong_secret(self, fc):
        client = LogClient(fc.endpoint, Credentials(fc.access_key_id, "made-up-secret"))

        with pytest.raises(CloudError) as caught:
            client.list_projects()

        assert caught.value.code == "SignatureNotMatch"


class TestLogstores:
    def test_life(self, log, project):
        log.create_logstore(project, "logs", ttl=7, shard_count=2)

        found = log.get_logstore(project, "logs")
        assert (found.name, found.ttl, found.shard_count) == ("logs", 7, 2)
        assert list(log.iter_logstores(project)) == ["logs"]
        with pytest.raises(CloudError) as caught:
            log.create_logstore(project, "logs")
        assert caught.value.is_existing

        assert log.delete_logstore(project, "logs") is None
        assert list(log.iter_logstores(project)) == []

    def test_more_than_one_page(self, log, project):
        for number in range(3):
            log.create_logstore(project, f"s{number}")

        page = log.list_logstores(project, limit=2)

        assert (page.items, page.next_token) == (("s0", "s1"), "2")

    def test_index(self, log, project):
        log.create_logstore(project, "logs")
        with pytest.raises(CloudError) as caught:
            log.get_index(project, "logs")
        assert caught.value.is_missing

        log.create_index(project, "logs")
        found = log.get_index(project, "logs")
        assert found["keys"]["functionName"]["type"] == "text"
        keys = {"a": {"type": "long"}, **found["keys"]}
        log.update_index(project, "logs", {"keys": keys, "line": {"token": [" "]}})

        found = log.get_index(project, "logs")
        assert set(found["keys"]) == {"a", "functionName"}
        assert found["line"]["token"] == [" "]


class TestNames:
    @pytest.mark.parametrize(
        "bad", ["", "a.b", "evil.test/", "a/b", "a@b", "a?b", "-a", "a\n", "ä"]
    )
    def test_a_name_cannot_change_where_a_request_goes(self, log, bad):
        for call in (log.get_project, log.create_project, log.delete_project):
            with pytest.raises(ValueError, match=r"^project: "):
                call(bad)
        with pytest.raises(ValueError, match=r"^logstore: "):
            log.get_logstore("p", bad)
        with pytest.raises(ValueError, match=r"^logstore: "):
            log.create_logstore("p", bad)


@pytest.fixture(scope="module")
def logs(fc, log, tmp_path_factory):
    """Write 250 lines: two invocations with 120 lines each, and their frames."""
    code = tmp_path_factory.mktemp("code")
    (code / "index.py").write_text(CODE, encoding="utf-8")
    log.create_project("with-logs")
    log.create_logstore("with-logs", "logs")
    log.create_index("with-logs", "logs")
    with fc.client() as client:
        config = {"project": "with-logs", "logstore": "logs"}
        client.create_service("logged", log_config=config)
        client.create_function(
            "logged", "hello", runtime="python3", handler="index.handler", code=code
        )
        for _ in range(2):
            client.invoke_function("logged", "hello")
    now = time.time()
    return {"start": now - 60, "end": now + 60}


class TestLogs:
    def test_a_page(self, log, logs):
        page = log.get_logs("with-logs", "logs", topic="logged", query="hello", count=5, **logs)

        assert page.is_complete
        assert len(page.entries) == 5
        entry = page.entries[1]
        assert (entry["serviceName"], entry["functionName"]) == ("logged", "hello")
        assert entry["message"] == "line 0"
        assert int(entry["__time__"]) >= logs["start"]

    def test_newest_first(self, log, logs):
        page = log.get_logs("with-logs", "logs", reverse=True, count=4, **logs)

        assert page.entries[3]["message"].startswith("line 11")

    def test_all_of_them(self, log, logs):
        entries = list(log.iter_logs("with-logs", "logs", **logs))

        lines = [entry["message"] for entry in entries if entry["message"].startswith("line ")]
        assert lines == [f"line {number}" for number in range(120)] * 2

    @pytest.mark.parametrize("limit", [0, 1, 100, 101, 200])
    def test_a_limit(self, log, logs, limit):
        found = list(log.iter_logs("with-logs", "logs", limit=limit, **logs))

        assert len(found) == limit

    def test_another_topic(self, log, logs):
        assert list(log.iter_logs("with-logs", "logs", topic="other", **logs)) == []

    def test_a_query_that_is_refused(self, log, logs):
        with pytest.raises(CloudError, match="ParameterInvalid"):
            log.get_logs("with-logs", "logs", query="a or b", **logs)


class SlowLog(LogClient):
    """Completes a search at the third request, as Log Service does with long ones."""

    def __init__(self, parts):
        super().__init__("http://log.test", Credentials("id", "secret"))
        self.parts = parts
        self.calls = 0

    def get_logs(self, *_names, **_wanted):
        self.calls += 1
        is_complete = self.calls >= self.parts
        return LogPage([{"message": "m"}] if is_complete else [], is_complete=is_complete)


class TestIncompleteSearches:
    def test_they_are_asked_for_again(self):
        pauses = []
        log = SlowLog(3)

        found = list(log.iter_logs("p", "s", start=0, end=1, sleep=pauses.append))

        assert (len(found), log.calls, len(pauses)) == (1, 3, 2)

    def test_but_not_for_ever(self):
        log = SlowLog(1000)

        with pytest.raises(ResponseError, match="not complete after 60 requests"):
            list(log.iter_logs("p", "s", start=0, end=1, sleep=lambda _: None))
