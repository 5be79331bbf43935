"""The commands beside deploy: init, info, invoke, logs, remove, validate."""

import json
import os
import shutil

import pytest
from fun.serving import fetched
from fun.support import FAAS, HANDLER, PROJECT, done, process, run, write

from fc_client.exceptions import NotFoundError
from fc_client.fun.project.json_schema import json_schema
from fc_client.fun.project.loading import load_project

# In CI a machine without Node.js is a failure: this test then says so.
needs_node = pytest.mark.skipif(
    shutil.which("npm") is None and "CI" not in os.environ, reason="Node.js is not installed"
)

ECHO = (
    "exports.index = (e, c, callback) => callback(null, "
    "{isBase64Encoded: false, statusCode: 200, headers: {}, body: 'hi'});\n"
)

TRIGGER = """\
          triggers:
            - name: t
              type: timer
              config: {cronExpression: '@every 60m', enable: false}
"""


@pytest.fixture
def deployed(folder, server):
    """Return the current folder, whose project with an api is deployed."""
    text = (FAAS / "r01-hello.yml").read_text(encoding="utf-8")
    write(folder, {"faas.yml": text, "greeting.js": ECHO})
    done("deploy")
    assert server
    return folder


class TestInit:
    @pytest.mark.parametrize("language", ["nodejs", "python"])
    @pytest.mark.parametrize("gateway", [True, False])
    @pytest.mark.usefixtures("server")
    def test_project_deploys_at_once(self, tmp_path, monkeypatch, language, gateway):
        monkeypatch.chdir(tmp_path)
        done("init", language, "--gateway" if gateway else "--no-gateway")
        result = done("deploy")
        if gateway:
            url = next(word for word in result.out.split() if word.startswith("http"))
            assert fetched(url, params={"name": "you"}).text == "Hello you!\n"
        else:
            assert done("invoke", "hello", "-s", "you").out == "Hello you!\n"
        assert "created" not in done("deploy").err

    @needs_node
    @pytest.mark.parametrize("language", ["nodejs", "python"])
    @pytest.mark.usefixtures("server")
    def test_project_with_the_helper_deploys_at_once(self, tmp_path, monkeypatch, language):
        monkeypatch.chdir(tmp_path)
        done("init", language, "--helper")
        url = next(word for word in done("deploy").out.split() if word.startswith("http"))
        assert fetched(url, params={"name": "you"}).text == "Hello you!\n"

    def test_helper_needs_a_url(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        result = run("init", "--no-gateway", "--helper")
        assert result.code == 2
        assert "leave out --no-gateway" in result.err

    @pytest.mark.parametrize("name", ["faas.yml", "faas.yaml", "hello.py"])
    def test_overwrites_nothing(self, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        write(tmp_path, {name: "mine"})
        result = run("init")
        assert result.code == 2
        assert f"Error: {name}: exists already" in result.err
        assert [path.name for path in tmp_path.iterdir()] == [name]

    @pytest.mark.parametrize("name", ["1", "my project", "时间", "a" * 200, "x.y"])
    def test_names_are_made_of_the_folder(self, tmp_path, monkeypatch, name):
        root = tmp_path / name
        root.mkdir()
        monkeypatch.chdir(root)
        done("init")
        assert load_project(root).content.function_compute.services[0].name


class TestInfo:
    @pytest.mark.usefixtures("server")
    def test_of_nothing(self, folder):
        assert done("info").out == (
            "Function compute(cn-shanghai):\n"
            "    service svc is not deployed.\n"
            "    function greeting is not deployed.\n"
        )
        text = (FAAS / "r01-hello.yml").read_text(encoding="utf-8")
        write(folder, {"faas.yml": text})
        assert "    group grp_svc is not deployed.\n" in done("info").out

    @pytest.mark.usefixtures("deployed")
    def test_shows_states_and_urls(self):
        lines = done("info").out.splitlines()
        assert lines[1].startswith("    service svc is deployed, last changed 20")
        assert lines[2].startswith("    function greeting is deployed, nodejs6, ")
        assert "    api greeting is deployed." in lines
        assert any(line.startswith("    URL: GET http://") for line in lines)

    @pytest.mark.usefixtures("server")
    def test_shows_triggers(self, folder):
        write(folder, {"faas.yml": PROJECT + TRIGGER})
        done("deploy")
        assert "trigger greeting/t is deployed, timer." in done("info").out


class TestInvoke:
    @pytest.fixture(autouse=True)
    def project(self, folder, server):
        done("deploy")
        assert server
        return folder

    @pytest.mark.parametrize("name", ["greeting", "svc/greeting"])
    def test_prints_the_result(self, name):
        assert done("invoke", name, "-s", "you").out == "hello you"

    def test_takes_the_flags_of_fcli(self, project):
        done("invoke", "greeting", "-s", "you", "-o", "result", "--tail")
        assert (project / "result").read_text() == "hello you"

    def test_failing_function(self, project):
        write(project, {"greeting.js": "exports.index = () => { throw new Error('no'); };\n"})
        done("deploy")
        assert run("invoke", "greeting").code == 1

    @pytest.mark.parametrize(
        ("argv", "message"),
        [
            (("greting",), "no function 'greting'; did you mean 'greeting'?"),
            (("-s", "you", "greeting"), "the name comes before the flags"),
            (("greeting", "--nope"), "--nope"),
        ],
    )
    def test_wrong_usage(self, argv, message):
        result = run("invoke", *argv)
        assert result.code == 2
        assert message in result.err

    def test_name_of_several(self, project):
        _, _, services = PROJECT.partition("services:\n")
        write(project, {"faas.yml": PROJECT + services.replace("name: svc", "name: two")})
        result = run("invoke", "greeting")
        assert result.code == 2
        assert "'greeting' is the name of several: svc/greeting, two/greeting" in result.err

    def test_key_of_the_environment_is_used(self, project):
        keys = "accessKeyId: another\naccessKeySecret: another\n"
        write(project, {"faas.yml": keys + PROJECT})
        assert done("invoke", "greeting", "-s", "you").out == "hello you"


class TestLogs:
    @pytest.mark.parametrize("name", ["svc", "greeting", "svc/greeting"])
    @pytest.mark.usefixtures("server")
    def test_shows_lines(self, folder, name):
        write(folder, {"greeting.js": HANDLER.replace("=> ", "=> console.log('seen') || ")})
        done("deploy")
        done("invoke", "greeting")
        assert "seen" in done("logs", name).out


class TestRemove:
    @pytest.mark.usefixtures("deployed")
    def test_asks(self):
        result = run("remove")
        assert result.code == 2
        assert "    api grp_svc/greeting\n    group grp_svc\n" in result.err
        assert "pass --yes" in result.err

    @pytest.mark.usefixtures("deployed")
    def test_deletes_what_the_file_has(self, client):
        assert done("remove", "--yes").out == (
            "api grp_svc/greeting deleted.\n"
            "group grp_svc deleted.\n"
            "function svc/greeting deleted.\n"
            "service svc deleted.\n"
        )
        assert not list(client.iter_services())
        assert done("remove", "--yes").out == "Nothing of the project is deployed.\n"

    @pytest.mark.usefixtures("deployed")
    def test_leaves_what_the_file_does_not_have(self, deployed, client):
        write(deployed, {"faas.yml": (deployed / "faas.yml").read_text() + "\n        - name: two"
            "\n          path: /two\n          function: cn-shanghai/svc/greeting\n"})  # fmt: skip
        done("deploy")
        text = (FAAS / "r01-hello.yml").read_text(encoding="utf-8")
        write(deployed, {"faas.yml": text})
        client.create_function(
            "svc", "other", runtime="nodejs8", handler="greeting.index", code=deployed
        )
        result = done("remove", "--yes")
        assert "group grp_svc left: it has apis that the file does not have (two)." in result.out
        assert "service svc left: it has functions that the file does not have (other)." in (
            result.out
        )

    def test_lists_triggers_that_the_file_does_not_have(self, folder, client):
        write(folder, {"faas.yml": PROJECT + TRIGGER})
        done("deploy")
        assert "    function svc/greeting\n" in run("remove").err
        write(folder, {"faas.yml": PROJECT})
        remark = "(with triggers that the file does not have: t)"
        assert f"    function svc/greeting {remark}\n" in run("remove").err
        assert [each.trigger_name for each in client.iter_triggers("svc", "greeting")] == ["t"]

    def test_deletes_triggers_of_functions(self, folder, client):
        write(folder, {"faas.yml": PROJECT + TRIGGER})
        done("deploy")
        done("remove", "--yes")
        with pytest.raises(NotFoundError):
            client.get_service("svc")


class TestValidate:
    @pytest.mark.usefixtures("folder")
    def test_needs_neither_account_nor_network(self):
        assert done("validate").out == "faas.yml: ok\n"

    @pytest.mark.usefixtures("folder")
    def test_imports_no_clients(self):
        """It is run by editors and hooks, so it has to be quick."""
        result = process("validate", PYTHONPROFILEIMPORTTIME="1")
        assert result.code == 0
        assert "requests" not in result.err
        assert "alibabacloud" not in result.err

    def test_prints_the_schema(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert json.loads(done("validate", "--print-schema").out) == json.loads(json_schema())
