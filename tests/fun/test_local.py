"""``fun local``, as a process: what users see in their first three commands."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass

import pytest
from fun.serving import eventually, fetched, serving
from fun.support import done, wait_for_interrupt, write
from support import http_server
from support.packages import write_wheel

from fc_client.fun.serving.modules import Modules
from fc_client.fun.serving.project import ServedProject
from fc_client.fun.session import Session
from fc_client.local.storage.data_directory import database_path

# In CI a machine without Node.js is a failure: this test then says so.
needs_node = pytest.mark.skipif(
    shutil.which("npm") is None and "CI" not in os.environ, reason="Node.js is not installed"
)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return the current folder, with a new project."""
    root = tmp_path / "demo"
    root.mkdir()
    monkeypatch.chdir(root)
    done("init")
    return root


def test_project_runs_and_saved_changes_take_effect(root):
    with serving(root) as running:
        url = running.url()
        fetched(url)
        shown = subprocess.run(
            ["curl", "-s", f"{url}?name=you"], capture_output=True, text=True, check=True
        )
        assert shown.stdout == "Hello you!\n"
        running.wait_for(r"GET /hello -> demo/hello 200")
        write(root, {"hello.py": (root / "hello.py").read_text().replace("Hello", "Bye")})
        assert fetched(url).text == "Bye world!\n"


def test_changed_file_is_deployed_and_a_broken_one_is_not(root):
    text = (root / "faas.yml").read_text()
    with serving(root) as running:
        url = running.url()
        write(root, {"faas.yml": text.replace("path: /hello", "path: hello")})
        running.wait_for(r"groups\[0\].apis\[0\].path: must begin with /")
        assert fetched(url).status_code == 200
        write(root, {"faas.yml": text.replace("path: /hello", "path: /bye")})
        running.wait_for(r"URL: GET \S+/bye")
        assert fetched(running.url()).text == "Hello world!\n"


def test_renamed_api_is_taken_over(root):
    text = (root / "faas.yml").read_text()
    with serving(root) as running:
        url = running.url()
        write(
            root,
            {
                "faas.yml": text.replace(
                    "- name: hello\n          method", "- name: renamed\n          method"
                )
            },
        )
        running.wait_for(r"api renamed ok. \(created")
        assert fetched(url).text == "Hello world!\n"


def test_apis_may_swap_their_paths(root):
    text = (root / "faas.yml").read_text()
    second = text[text.index("        - name: hello\n          method") :]
    both = text + second.replace("name: hello", "name: other").replace(" /hello", " /other")
    write(root, {"faas.yml": both})
    swapped = both.replace("path: /hello", "path: /x").replace("path: /other", "path: /hello")
    with serving(root) as running:
        url = running.url()
        write(root, {"faas.yml": swapped.replace("path: /x", "path: /other")})
        running.wait_for(r"api hello ok. \(updated[^$]+api other ok. \(created")
        for name in ("/hello", "/other"):
            found = fetched(url.rpartition("/")[0] + name)
            assert found.text == "Hello world!\n"


TRIGGER = """\
          triggers:
            - name: t
              type: timer
              config: {cronExpression: '@every 60m'}
"""


def test_what_is_removed_from_the_file_is_deleted(root):
    text = (root / "faas.yml").read_text()
    head, gateway = text.split("\n# The URLs")
    other = head[head.index("        - name: hello") :].replace("name: hello", "name: other")
    write(root, {"faas.yml": head + TRIGGER + other + "\n# The URLs" + gateway})
    with serving(root) as running:
        url = running.url()
        write(
            root, {"faas.yml": head + "\n# The URLs" + gateway.replace("name: demo", "name: new")}
        )
        for title in (
            "api demo/hello",
            "group demo",
            "function demo/other",
            "trigger demo/hello/t",
        ):
            running.wait_for(f"{title} deleted.")
        assert fetched(url).status_code == 404
        assert fetched(running.url()).text == "Hello world!\n"


def test_trigger_may_become_another(root):
    head, gateway = (root / "faas.yml").read_text().split("\n# The URLs")
    log = """type: log
              role: r
              sourceArn: acs:log:cn-shanghai:1234567890123456:project/p
              config:
                sourceConfig: {logstore: s}
                logConfig: {project: p, logstore: other}"""
    timer = "type: timer\n              config: {cronExpression: '@every 60m'}"
    write(root, {"faas.yml": head + TRIGGER + "\n# The URLs" + gateway})
    with serving(root) as running:
        running.url()
        changed = TRIGGER.replace(timer, log)
        write(root, {"faas.yml": head + changed + "\n# The URLs" + gateway})
        running.wait_for(r"trigger hello/t ok. \(replaced")


def test_ctrl_c_while_a_change_is_deployed(root, tmp_path):
    """The server cannot write at first, so that the change is not deployed before Ctrl-C."""
    text = (root / "faas.yml").read_text()
    head, gateway = text.split("\n# The URLs")
    function = head[head.index("        - name: hello") :]
    others = [function.replace("name: hello", f"name: f{number}") for number in range(20)]
    text = f"{head}{''.join(others)}\n# The URLs{gateway}"
    write(root, {"faas.yml": text})
    changed = text.replace("python3\n", "python3\n          timeout: 9\n")
    with serving(root, "--data-dir", str(tmp_path / "state")) as running:
        running.url()
        with closing(sqlite3.connect(database_path(tmp_path / "state"))) as database:
            database.execute("BEGIN IMMEDIATE")
            write(root, {"changed.yml": changed})
            (root / "changed.yml").replace(root / "faas.yml")
            running.wait_for(r"GetFunction demo/\S+ 200")
            running.interrupt()
            wait_for_interrupt(running.process)
    assert "function f19 ok. (updated" not in running.out
    assert re.search("^Error", running.err, re.MULTILINE) is None


def test_package_that_becomes_too_large_is_not_deployed(root):
    text = (root / "faas.yml").read_text()
    with serving(root) as running:
        url = running.url()
        (root / "large.bin").write_bytes(os.urandom(51 << 20))
        write(root, {"faas.yml": text.replace("- hello.py", "- hello.py\n            - large.bin")})
        running.wait_for(r"Error: the package of \S+demo/hello has 51.0 MB")
        assert fetched(url).text == "Hello world!\n"
        write(root, {"faas.yml": text.replace("path: /hello", "path: /bye")})
        running.wait_for(r"URL: GET \S+/bye")


def write_zip(root, source):
    """Replace code.zip as a build does: write another file and rename it."""
    with zipfile.ZipFile(root / "code.tmp", "w") as archive:
        archive.writestr("hello.py", source)
    (root / "code.tmp").replace(root / "code.zip")


def test_archive_is_unpacked_and_deployed_again_when_it_changes(root):
    text = (root / "faas.yml").read_text()
    source = (root / "hello.py").read_text()
    write_zip(root, source.replace("Hello", "Zipped"))
    write(root, {"faas.yml": text.replace("- hello.py", "- code.zip")})
    with serving(root) as running:
        url = running.url()
        assert fetched(url).text == "Zipped world!\n"
        write_zip(root, source.replace("Hello", "Again"))
        running.wait_for(r"code.zip has changed")
        assert eventually(url, "Again world!\n")


def test_files_may_become_an_archive_and_files_again(root):
    text = (root / "faas.yml").read_text()
    write_zip(root, (root / "hello.py").read_text().replace("Hello", "Zipped"))
    with serving(root) as running:
        url = running.url()
        for codes, greeting in (("code.zip", "Zipped"), ("hello.py", "Hello")):
            write(root, {"faas.yml": text.replace("- hello.py", f"- {codes}")})
            assert eventually(url, f"{greeting} world!\n")
        assert running.out.count("function hello ok. (created") == 1


def test_urls_stay_the_same_with_a_port_and_a_data_directory(root, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    urls = []
    for _ in range(2):
        with serving(root, "--port", str(port), "--data-dir", str(tmp_path / "state")) as running:
            urls.append(running.url())
    assert urls[0] == urls[1]
    assert f":{port}/" in urls[0]


def test_dependencies_are_there(root):
    wheel = write_wheel(root, "own", {"made_up_module.py": "NAME = 'from a package'\n"})
    source = (
        (root / "hello.py")
        .read_text()
        .replace("import json\n", "import json\nimport made_up_module\n")
    )
    write(
        root,
        {
            "requirements.txt": f"./{wheel.name}\n",
            "hello.py": source.replace('"world"', "made_up_module.NAME"),
        },
    )
    with serving(root) as running:
        assert fetched(running.url()).text == "Hello from a package!\n"


def module(root, version):
    """Write a wheel of a version, and return a line of requirements.txt."""
    code = {"made_up_module.py": f"NAME = 'version {version}'\n"}
    return f"./{write_wheel(root, 'own', code, version=version).name}\n"


USE_MODULE = """\
import json

def handler(event, context):
    try:
        from made_up_module import NAME
    except ImportError:
        NAME = "nothing"
    return json.dumps({"statusCode": 200, "body": NAME})
"""


def test_dependencies_are_installed_again_when_they_change(root):
    write(root, {"hello.py": USE_MODULE})
    with serving(root) as running:
        url = running.url()
        assert fetched(url).text == "nothing"
        write(root, {"requirements.txt": module(root, "1")})
        assert eventually(url, "version 1")
        write(root, {"requirements.txt": "-r base.txt\n", "base.txt": module(root, "2")})
        assert eventually(url, "version 2")
        write(root, {"base.txt": module(root, "3")})
        assert eventually(url, "version 3")
        write(root, {"requirements.txt": "no-such-file.whl\n"})
        running.wait_for("Error: install: ")
        assert fetched(url).text == "version 3"
        (root / "requirements.txt").unlink()
        assert eventually(url, "nothing")


@needs_node
def test_packages_of_npm_are_installed_again_when_they_change(root):
    for name in ("faas.yml", "hello.py"):
        (root / name).unlink()
    done("init", "nodejs")
    source = (
        "exports.handler = (event, context, callback) => callback(null, "
        "{ statusCode: 200, body: require('made-up').name });\n"
    )
    package = {"dependencies": {"made-up": "file:../made-up"}}
    write(
        root,
        {
            "hello.js": source,
            "package.json": json.dumps(package),
            "../made-up/package.json": '{"name": "made-up", "version": "1.0.0"}',
            "../made-up/index.js": "exports.name = 'first';\n",
        },
    )
    with serving(root) as running:
        url = running.url()
        assert fetched(url).text == "first"
        write(
            root,
            {
                "../made-up/index.js": "exports.name = 'second';\n",
                "package.json": json.dumps({**package, "version": "2.0.0"}),
            },
        )
        assert eventually(url, "second")


def test_other_tools_find_the_server(root):
    with serving(root) as running:
        running.url()
        exports = dict(re.findall(r"export (\w+)=(\S+)", running.out))
        shown = subprocess.run(
            [sys.executable, "-m", "fc_client.fun", "deploy"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **exports},
            cwd=root,
        )
        assert shown.stderr == "5 unchanged\n"


def test_invalid_project_is_not_served(root):
    write(root, {"faas.yml": "a: 1\n"})
    ended = subprocess.run(
        [sys.executable, "-m", "fc_client.fun", "local"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.endswith("[OTHER]\n")


@dataclass(frozen=True)
class Refusing:
    """What a project needs of an embedded server, at the address of another one."""

    endpoint: str
    account_id: str = "1234567890123456"
    access_key_id: str = "id"
    access_key_secret: str = "made up"

    @property
    def variables(self):
        return {"FC_ENDPOINT": self.endpoint}


def test_error_of_a_deployment_says_what_to_do(folder, tmp_path, capsys):
    (tmp_path / "links").mkdir()
    body = b'{"ErrorCode": "AccessDenied", "ErrorMessage": "no"}'
    with http_server.serving(http_server.replying(403, body)) as service, Session() as session:
        modules = Modules(tmp_path / "links", folder, session.note)
        assert ServedProject(session, Refusing(service.url), modules).deploy() == 1
    err = capsys.readouterr().err
    assert "Error: service cn-shanghai/svc: " in err
    assert '; hint: ask for the policy {"Version":"1",' in err
