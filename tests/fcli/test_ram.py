"""Commands of RAM and Log Service, against the stand-ins of the embedded server."""

from datetime import datetime, timedelta, timezone

import pytest
from fcli.support import done, process, run

from fc_client import Credentials
from fc_client.cloud import LogClient
from fc_client.fcli.log_sources.log_service import LogServiceLogs


class TestRoles:
    @pytest.mark.parametrize(
        ("command", "service"),
        [
            ("mksr", "fc.aliyuncs.com"),
            ("mkir", "oss.aliyuncs.com"),
            ("mkrir", "oss.aliyuncs.com"),
        ],
    )
    def test_trusts_its_service(self, server, command, service):
        assert done(command, "reader").out == "/ram/roles/reader created\n"
        role = done("info", "/ram/roles/reader").json()
        assert role["RoleName"] == "reader"
        assert role["Description"] == "create the role reader"
        assert service in role["AssumeRolePolicyDocument"]
        assert server

    def test_twice_is_refused(self, server):
        done("mksr", "reader")
        result = run("mksr", "reader")
        assert result.code == 1
        assert "EntityAlreadyExists.Role" in result.err
        assert server

    def test_are_listed_and_removed(self, server):
        for name in ("b", "a"):
            done("mksr", name)
        assert sorted(done("ls", "/ram/roles").lines) == ["a", "b"]
        assert run("ls", "/ram/roles", "-p", "a").code == 2
        assert run("rm", "/ram/roles/a").code == 2
        done("rm", "/ram/roles/a", "--yes")
        assert done("ls", "/ram/roles").lines == ["b"]
        assert server


class TestPolicies:
    def test_has_its_document(self, server):
        done("mkrp", "p", "-a", '["oss:GetObject"]', "-r", '["acs:oss:*:*:b/*"]')
        policy = done("info", "/ram/policies/p").json()
        assert policy["PolicyName"] == "p"
        [statement] = policy["DefaultDocument"]["Statement"]
        assert statement["Action"] == ["oss:GetObject"]
        assert statement["Resource"] == ["acs:oss:*:*:b/*"]
        assert "p" in done("ls", "/ram/policies").lines
        assert server

    @pytest.mark.parametrize(
        ("option", "text"),
        [("-a", "oss:*"), ("-a", "[]"), ("-r", "{}"), ("-r", "[1]"), ("-a", "[")],
    )
    def test_bad_array_is_wrong_usage(self, server, option, text):
        given = {"-a": '["oss:*"]', "-r": '["*"]', option: text}
        result = run("mkrp", "p", *(word for pair in given.items() for word in pair))
        assert result.code == 2
        assert "expected a JSON array of texts" in result.err
        assert server

    def test_attach_and_detach(self, server):
        done("mksr", "r")
        done("mkrp", "p", "-a", '["oss:*"]', "-r", '["*"]')
        result = done("attach", "-p", "/ram/policies/p", "-r", "/ram/roles/r")
        assert result.out == "/ram/policies/p attached: /ram/roles/r\n"
        attached = done("info", "/ram/roles/r").json()["Policies"]
        assert attached == [{"PolicyName": "p", "PolicyType": "Custom"}]
        done("detach", "-p", "p", "-r", "r", "--policy-type", "custom")
        assert done("info", "/ram/roles/r").json()["Policies"] == []
        assert server

    def test_removal_with_attachments_and_versions(self, server):
        grant = ["--scenario", "oss-copy", "--role", "r", "--policy", "p"]
        done("mks", "demo")
        done("grant", "demo", *grant, "--bucket", "one")
        done("grant", "demo", *grant, "--bucket", "two")
        attachment = "attachment of /ram/policies/p to /ram/roles/r"
        refused = run("rm", "/ram/policies/p", "--yes")
        assert refused.code == 1
        assert "DeleteConflict.Policy.Role" in refused.err
        assert "remove it with -r" in refused.err

        result = done("rm", "-r", "/ram/policies/p", "--yes")
        steps = [attachment, "version v1 of /ram/policies/p", "/ram/policies/p"]
        assert result.err.splitlines() == steps
        assert result.lines == [f"{step} removed" for step in steps]
        assert run("info", "/ram/policies/p").code == 1
        assert server

    def test_removal_of_a_role_detaches_its_policies(self, server):
        done("mksr", "r")
        done("attach", "-p", "AliyunOSSReadOnlyAccess", "-r", "r", "--policy-type", "System")
        assert "remove it with -r" in run("rm", "/ram/roles/r", "--yes").err
        result = done("rm", "-r", "/ram/roles/r", "--yes")
        assert result.lines[-1] == "/ram/roles/r removed"
        assert done("ls", "/ram/roles").lines == []
        assert server

    def test_bad_path_is_wrong_usage(self, server):
        assert run("attach", "-p", "/ram/roles/p", "-r", "r").code == 2
        assert run("attach", "-p", "p").code == 2
        assert server


class TestHint:
    @pytest.mark.parametrize(
        ("argv", "hint"),
        [
            (["info", "/ram/roles/none"], "list what there is"),
            (["ls", "/sls/none"], "list what there is"),
            (["info", "/sls/project/none"], "fcli mkl"),
        ],
    )
    def test_of_what_is_missing(self, server, argv, hint):
        done("mkl", "-p", "project", "-s", "store")
        assert hint in run(*argv).err
        assert server

    @pytest.mark.parametrize("path", ["/ram/roles", "/sls"])
    def test_of_a_wrong_key(self, server, monkeypatch, path):
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "made-up")
        result = run("ls", path)
        assert result.code == 1
        assert "check the access key secret" in result.err
        assert server


class TestLogStores:
    def test_are_made_listed_and_removed(self, server):
        done("mkl", "-p", "project", "-s", "store", "--ttl", "7", "--shard", "2")
        assert done("ls", "/sls").lines == ["project"]
        assert done("ls", "/sls/project").lines == ["store"]
        store = done("info", "/sls/project/store").json()
        assert (store["ttl"], store["shardCount"]) == (7, 2)
        # What exists is used.
        done("mkl", "-p", "project", "-s", "other")
        result = done("rm", "-r", "/sls/project", "--yes")
        assert result.lines[-1] == "/sls/project removed"
        assert done("ls", "/sls").lines == []
        assert server

    def test_logs_of_log_service(self, demo, server):
        done("mkl", "-p", "project", "-s", "store")
        done("ups", "demo", "-p", "project", "-l", "store")
        demo.invoke_function("demo", "hello", b"12345")
        key = Credentials(server.access_key_id, server.access_key_secret)
        client = LogClient(server.endpoint, key)
        logs = LogServiceLogs(client, ("project", "store"), "demo", "hello")
        now = datetime.now(timezone.utc)
        start = now - timedelta(minutes=1)

        first = logs.newest(start, now + timedelta(minutes=1), 1000, lambda _: True)
        assert "handled 5" in [line.message for line in first]
        assert logs.further(start) == []
        demo.invoke_function("demo", "hello", b"123456")
        further = [line.message for line in logs.further(start)]
        assert "handled 6" in further
        assert "handled 5" not in further

    def test_newest_lines_of_log_service(self, demo, server):
        done("mkl", "-p", "project", "-s", "store")
        done("ups", "demo", "-p", "project", "-l", "store")
        for size in range(40):
            demo.invoke_function("demo", "hello", b"x" * size)
        key = Credentials(server.access_key_id, server.access_key_secret)
        logs = LogServiceLogs(
            LogClient(server.endpoint, key), ("project", "store"), "demo", "hello"
        )
        now = datetime.now(timezone.utc)

        lines = logs.newest(
            now - timedelta(minutes=1),
            now + timedelta(minutes=1),
            30,
            lambda line: line.message.startswith("handled "),
        )
        assert {line.message for line in lines} == {f"handled {size}" for size in range(10, 40)}


class TestGrant:
    LOGS = ("--scenario", "logs", "--project", "project", "--store", "store")

    def test_gives_the_service_a_role(self, demo, server):
        done("grant", "demo", "-r", "r", "-p", "p", *self.LOGS)
        service = demo.get_service("demo")
        assert service.role.endswith("role/r")
        assert service.log_config.project == "project"
        [statement] = done("info", "/ram/policies/p").json()["DefaultDocument"]["Statement"]
        assert statement["Action"] == ["log:PostLogStoreLogs"]
        assert server

    def test_drops_no_statement(self, demo, server):
        done("grant", "demo", "-r", "r", "-p", "p", *self.LOGS)
        done("grant", "demo", "-r", "r", "-p", "p", "--scenario", "oss-copy", "--bucket", "b")
        statements = done("info", "/ram/policies/p").json()["DefaultDocument"]["Statement"]
        assert [each["Action"] for each in statements] == [
            ["log:PostLogStoreLogs"],
            ["oss:GetObject"],
        ]
        assert demo
        assert server

    def test_reports_the_steps_before_a_failure(self, demo, server):
        result = run("grant", "demo", "-r", "r", "-p", "no policy!", *self.LOGS)
        assert result.code == 1
        *steps, error = result.err.splitlines()
        assert steps == ["role r created"]
        assert error.startswith("Error: ")
        assert "InvalidParameter" in error
        assert demo.get_service("demo").role in (None, "")
        assert done("ls", "/ram/roles").lines == ["r"]
        assert server

    def test_service_that_is_not_there_changes_nothing(self, server):
        assert run("grant", "nope", "-r", "r", "-p", "p", *self.LOGS).code == 1
        assert done("ls", "/ram/roles").lines == []
        assert server

    @pytest.mark.parametrize(
        ("words", "missing"),
        [
            ((), "--role"),
            (("-r", "r"), "--policy"),
            (("-r", "r", "-p", "p"), "--scenario"),
            (("-r", "r", "-p", "p", "--scenario", "logs"), "--project"),
            (("-r", "r", "-p", "p", "--scenario", "oss-copy"), "--bucket"),
        ],
    )
    def test_never_asks_without_a_terminal(self, demo, words, missing):
        result = process("grant", "demo", *words)
        assert result.code == 2
        assert f"missing option {missing}" in result.err
        assert demo
