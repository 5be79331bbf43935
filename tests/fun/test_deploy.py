"""Services, functions and triggers: planned, deployed, deployed again."""

import json

import pytest
from fun.support import HANDLER, PROJECT, done, process, run, write
from support.http_server import free_port, replying, serving

from fc_client.exceptions import NotFoundError
from fc_client.fun.project.loading import load_project

SETTINGS = """\
accountid: '1234567890123456'
function-compute:
  region: cn-shanghai
  services:
    - name: svc
      role: worker
      internetAccess: false
      logConfig: {project: p, logstore: s}
      functions:
        - name: greeting
          runtime: nodejs8
          handler: greeting.index
          initializer: greeting.init
          initializationTimeout: 20
          timeout: 10
          memorySize: 256
          environmentVariables: {DEBUG: yes, PORT: 8080}
          codes: [greeting.js]
          triggers:
            - name: nightly
              type: timer
              config: {cronExpression: 0 0 4 * * *, payload: 007}
    - name: other
      region: cn-beijing
      functions: []
"""

TIMER = """\
          triggers:
            - name: t
              type: timer
              config: {cronExpression: '@every 60m', enable: false}
"""

OSS = """\
          triggers:
            - name: t
              type: oss
              sourceArn: acs:oss:cn-shanghai:123:bucket
              role: acs:ram::123:role/r
              config: {events: ['oss:ObjectCreated:*'], filter: {key: {prefix: in/}}}
"""


def change(folder, old, new):
    text = (folder / "faas.yml").read_text(encoding="utf-8")
    assert old in text
    write(folder, {"faas.yml": text.replace(old, new)})


class TestDryRun:
    @pytest.mark.parametrize("argv", [("diff",), ("deploy", "--dry-run")])
    @pytest.mark.usefixtures("folder")
    def test_shows_what_would_be_created_and_creates_nothing(self, client, argv):
        result = done(*argv)
        assert result.out.startswith("Function compute(cn-shanghai):\n    service svc would be")
        assert '        + handler: "greeting.index"\n' in result.out
        assert result.err == "2 would be created\n"
        assert not list(client.iter_services())

    def test_shows_what_would_change_field_by_field(self, folder, client):
        done("deploy")
        change(folder, "nodejs8", "nodejs10")
        assert '~ runtime: "nodejs8" -> "nodejs10"' in done("diff").out
        assert client.get_function("svc", "greeting").runtime == "nodejs8"


class TestDeploy:
    @pytest.mark.usefixtures("folder", "server")
    def test_output_is_the_guides(self):
        result = done("deploy")
        assert result.out == (
            "Function compute(cn-shanghai):\n"
            "    service svc ok. (created; by default: internetAccess true)\n"
            "    function greeting ok. (created; by default: timeout 3, memorySize 128)\n"
        )

    @pytest.mark.usefixtures("folder")
    def test_function_runs(self, client):
        done("deploy")
        assert client.invoke_function("svc", "greeting", "you").payload == b"hello you"

    @pytest.mark.usefixtures("folder")
    def test_again_changes_nothing(self, client):
        done("deploy")
        before = client.get_function("svc", "greeting")
        result = done("deploy")
        assert [line.strip().split(" (")[0] for line in result.out.splitlines()[1:]] == [
            "service svc unchanged.",
            "function greeting unchanged.",
        ]
        assert client.get_function("svc", "greeting").etag == before.etag

    def test_changed_code_is_sent(self, folder, client):
        done("deploy")
        write(folder, {"greeting.js": HANDLER.replace("hello", "bye")})
        assert "~ code.checksum: " in done("deploy").out
        assert client.invoke_function("svc", "greeting", "you").payload == b"bye you"

    def test_settings(self, folder, client):
        write(folder, {"faas.yml": SETTINGS})
        done("deploy")
        service, function = client.get_service("svc"), client.get_function("svc", "greeting")
        assert service.role == "acs:ram::1234567890123456:role/worker"
        assert service.internet_access is False
        assert service.log_config.logstore == "s"
        assert (function.timeout, function.memory_size) == (10, 256)
        assert (function.initializer, function.initialization_timeout) == ("greeting.init", 20)
        assert function.environment_variables == {"DEBUG": "yes", "PORT": "8080"}
        trigger = client.get_trigger("svc", "greeting", "nightly")
        assert trigger.trigger_config["payload"] == "007"
        assert done("deploy").err == "4 unchanged\n"

    @pytest.mark.usefixtures("server")
    def test_regions_have_headings_of_their_own(self, folder):
        write(folder, {"faas.yml": SETTINGS})
        headings = [line for line in done("deploy").out.splitlines() if line[:1] != " "]
        assert headings == ["Function compute(cn-beijing):", "Function compute(cn-shanghai):"]

    @pytest.mark.usefixtures("folder")
    def test_what_the_file_does_not_have_is_left(self, client):
        done("deploy")
        client.update_function("svc", "greeting", environment_variables={"A": "b"})
        client.create_service("other")
        done("deploy")
        assert client.get_function("svc", "greeting").environment_variables == {"A": "b"}
        assert client.get_service("other").service_name == "other"

    def test_trigger_of_another_type_is_replaced_only_if_asked(self, folder, client):
        write(folder, {"faas.yml": PROJECT + TIMER})
        done("deploy")
        write(folder, {"faas.yml": PROJECT + OSS})
        refused = run("deploy")
        assert refused.code == 1
        assert "pass --replace" in refused.err
        assert client.get_trigger("svc", "greeting", "t").trigger_type == "timer"
        assert "trigger greeting/t ok. (replaced)" in done("deploy", "--replace").out
        assert client.get_trigger("svc", "greeting", "t").trigger_type == "oss"

    def test_in_a_locale_without_utf8(self, folder, server):
        change(folder, "svc test", "时间 本地")
        result = process("deploy", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
        assert result.code == 0
        with server.client() as client:
            assert client.get_service("svc").description == "时间 本地"


class TestFailure:
    @pytest.mark.usefixtures("client")
    def test_in_the_middle_says_what_was_done_and_what_not(self, folder):
        write(folder, {"faas.yml": PROJECT + TIMER})
        done("deploy")
        write(folder, {"faas.yml": PROJECT + OSS})
        change(folder, "svc test", "another")
        change(folder, "Hello there!", "Hello again!")
        result = run("deploy")
        assert result.code == 1
        name = "cn-shanghai/svc/greeting"
        assert result.err.startswith(f"Error: trigger {name}/t: ")
        assert f"Done: service cn-shanghai/svc updated, function {name} updated.\n" in result.err
        assert "'fun deploy' goes on from here.\n" in result.err
        assert done("deploy", "--replace").err == "1 replaced, 2 unchanged\n"

    @pytest.mark.usefixtures("client")
    def test_names_functions_of_the_same_name_by_their_services(self, folder):
        functions = PROJECT.partition("      functions:\n")[2]
        other = f"    - name: other\n      functions:\n{functions}"
        write(folder, {"faas.yml": PROJECT + TIMER + other})
        done("deploy")
        write(folder, {"faas.yml": PROJECT + OSS + other})
        change(folder, "Hello there!", "Hello again!")
        err = run("deploy").err
        for service in ("svc", "other"):
            assert f"function cn-shanghai/{service}/greeting" in err

    @pytest.mark.usefixtures("folder")
    def test_of_the_first_step_leaves_the_others(self):
        body = json.dumps({"ErrorCode": "AccessDenied", "ErrorMessage": "doesn't belong to you"})
        with serving(replying(403, body.encode())) as service:
            result = process(
                "deploy",
                FC_ENDPOINT=service.url,
                ACCOUNT_ID="1234567890123456",
                ACCESS_KEY_ID="testkeyid",
                ACCESS_KEY_SECRET="test+secret+made+up",
            )
        assert result.code == 1
        assert "Error: service cn-shanghai/svc: " in result.err
        assert "access key testke... is not one of account 1234567890123456" in result.err
        assert "Done: nothing.\nNot done: function cn-shanghai/svc/greeting.\n" in result.err
        assert "test+secret" not in result.out + result.err
        assert "Traceback" not in result.err

    @pytest.mark.usefixtures("folder")
    def test_nothing_reached(self):
        result = process(
            "deploy",
            FC_ENDPOINT=f"http://127.0.0.1:{free_port()}",
            ACCESS_KEY_ID="k",
            ACCESS_KEY_SECRET="s",
        )
        assert result.code == 3

    @pytest.mark.usefixtures("folder")
    def test_reply_of_another_server_is_quoted(self):
        with serving(replying(400, b"<html>Login</html>")) as service:
            result = process(
                "deploy", FC_ENDPOINT=service.url, ACCESS_KEY_ID="k", ACCESS_KEY_SECRET="s"
            )
        assert "400" in result.err
        assert "<html>Login</html>" in result.err


class TestAccount:
    @pytest.mark.usefixtures("folder")
    def test_missing(self):
        result = run("deploy")
        assert result.code == 2
        assert "no account ID" in result.err
        assert "'fun local' needs no account" in result.err

    @pytest.mark.parametrize("name", ["ACCOUNT_ID", "ALIBABA_CLOUD_ACCOUNT_ID"])
    @pytest.mark.usefixtures("folder")
    def test_id_is_digits_only(self, name, monkeypatch):
        monkeypatch.setenv(name, "1234567890123456@evil.example")
        result = run("deploy")
        assert result.code == 2
        assert f"{name}: must be 10 to 20 digits" in result.err

    def test_name_of_a_role_without_an_account(self, folder, client, monkeypatch):
        monkeypatch.delenv("ACCOUNT_ID")
        monkeypatch.delenv("ALIBABA_CLOUD_ACCOUNT_ID")
        write(folder, {"faas.yml": PROJECT.replace("- name: svc", "- name: svc\n      role: r")})
        result = run("deploy")
        assert (result.code, result.out) == (2, "")
        assert "no account ID for the role 'r'" in result.err
        assert list(client.iter_services()) == []

    @pytest.mark.usefixtures("folder", "server")
    def test_wrong_secret(self, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "wrong+secret+made+up")
        result = run("deploy")
        assert result.code == 1
        assert "check the access key secret" in result.err
        assert "wrong+secret" not in result.err

    @pytest.mark.usefixtures("server")
    def test_key_of_the_cloud_is_not_used_for_a_server_on_this_machine(self, folder, monkeypatch):
        monkeypatch.setenv("ACCESS_KEY_ID", "real")
        monkeypatch.setenv("ACCESS_KEY_SECRET", "real")
        keys = "accessKeyId: testreal\naccessKeySecret: testreal\n"
        write(folder, {"faas.yml": keys + PROJECT})
        assert "with the access key of ALIBABA_CLOUD_ACCESS_KEY_ID; not used:" in done("deploy").err

    def test_secret_is_not_in_reprs(self, folder):
        keys = "accessKeyId: testkeyid\naccessKeySecret: testsecret\n"
        write(folder, {"faas.yml": keys + PROJECT})
        assert "testsecret" not in repr(load_project(folder))


class TestCommandLine:
    def test_without_arguments_is_the_usage(self):
        result = process()
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith("Usage: fun ")

    @pytest.mark.parametrize("argv", [("nope",), ("deploy", "PROD"), ("deploy", "--nope")])
    @pytest.mark.usefixtures("folder")
    def test_wrong_usage(self, argv):
        result = process(*argv)
        assert result.code == 2
        assert len(result.err.splitlines()) == 1

    @pytest.mark.parametrize("argv", [("help", "deploy"), ("deploy", "--help")])
    def test_help_of_a_command(self, argv):
        assert done(*argv).out.startswith("Usage: fun deploy [OPTIONS] [STAGE]")

    def test_without_a_project(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        result = run("deploy")
        assert result.code == 2
        assert f"no faas.yml or faas.yaml in '{tmp_path}'; 'fun init' writes one" in result.err

    @pytest.mark.usefixtures("folder", "server")
    def test_stage_in_any_case(self):
        done("deploy", "test")


def test_nothing_is_created_for_an_invalid_file(folder, client):
    change(folder, "nodejs8", "nodejs9")
    assert run("deploy").code == 2
    with pytest.raises(NotFoundError):
        client.get_service("svc")
