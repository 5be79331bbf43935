"""What the documents show runs as it stands."""

import ast
import importlib.util
import itertools
import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import certifi
import charset_normalizer
import crcmod
import dateutil
import idna
import pytest
import requests
import urllib3
from docutils import nodes
from docutils.core import publish_doctree
from support.later import ALL_ROWS, OPERATIONS
from support.packages import write_wheel

import fc_client
from fc_client.local import LocalFunctionCompute

ROOT = Path(__file__).parent.parent


def blocks(document):
    """Return the code blocks of a document, in order."""
    source = (ROOT / document).read_text(encoding="utf-8")
    tree = publish_doctree(source, settings_overrides={"halt_level": 2, "report_level": 2})
    return [node for node in tree.findall(nodes.literal_block) if "code" in node["classes"]]


def run(block, namespace):
    """Write a named block to the file of that name, execute any other."""
    if block["names"]:
        file = Path(block["names"][0])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.astext(), encoding="utf-8")
        return
    exec(compile(block.astext(), f"<line {block.line}>", "exec"), namespace)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bundle(target, *packages):
    """Copy packages beside the code of a function."""
    for package in packages:
        source = Path(package.__file__).parent
        shutil.copytree(
            source, target / source.name, ignore=shutil.ignore_patterns("__pycache__", "local")
        )


class TestReadme:
    def test_every_block_runs(self, folder, capsys, monkeypatch):
        (folder / "event.json").write_text(json.dumps({"name": "Ada"}), encoding="utf-8")
        namespace = {}
        first, *others = blocks("README.rst")
        run(first, namespace)

        with LocalFunctionCompute() as function_compute, function_compute.client() as client:
            client.create_service("demo")
            client.create_function(
                "demo", "hello", runtime="python3", handler="index.handler", code="hello"
            )
            for name, value in function_compute.variables.items():
                monkeypatch.setenv(name, value)
            for block in others:
                if "server" in block["classes"]:
                    namespace["client"] = client
                run(block, namespace)

            client.update_service("demo", description="A first service")
            bundle(
                folder / "relay", fc_client, requests, urllib3, certifi, idna, charset_normalizer
            )
            bundle(folder / "relay", crcmod, dateutil)
            six = importlib.util.find_spec("six")
            if six is not None:
                # Older versions of dateutil need it.
                shutil.copy(six.origin, folder / "relay")
            # Its first call compiles the packages, which may take longer than three seconds.
            settings = {"runtime": "python3", "handler": "index.handler", "timeout": 60}
            client.create_function("demo", "relay", code="relay", **settings)
            assert client.invoke_function("demo", "relay").text == "A first service"

        printed = capsys.readouterr().out
        assert "Hello, Ada!" in printed
        assert "GetFunction failed: 404 FunctionNotFound" in printed
        assert "JSONDecodeError" in printed
        assert (
            "would update function demo/hello\n"
            "  ~ timeout: 20 -> 30\n"
            "  + environment_variables.TOKEN: ***\n"
        ) in printed
        assert 'hello {"greeting": "Hello, Ada!"}' in printed
        assert "prod 1\n" in printed
        assert (folder / "hello.zip").stat().st_size > 0


class TestTables:
    @pytest.mark.parametrize("document", ["README.rst", "docs/operations.rst"])
    def test_have_a_row_for_every_operation(self, document):
        text = (ROOT / document).read_text(encoding="utf-8")
        rows = re.findall(r"^([A-Z]\w+) +``(\w+)\(", text, re.MULTILINE)
        methods = {row.operation: row.method for row in ALL_ROWS}

        assert sorted(name for name, _ in rows) == sorted(OPERATIONS)
        assert {name: method for name, method in rows if name in methods} == methods


class TestDeploying:
    @pytest.mark.usefixtures("folder")
    def test_every_block_runs(self, capsys, monkeypatch):
        namespace = {}
        with LocalFunctionCompute() as function_compute, function_compute.client() as client:
            for name, value in function_compute.variables.items():
                monkeypatch.setenv(name, value)
            for block in blocks("docs/deploying.rst"):
                if "server" in block["classes"]:
                    namespace["client"] = client
                run(block, namespace)

        printed = capsys.readouterr().out
        text = (ROOT / "docs/deploying.rst").read_text(encoding="utf-8")
        shown = text.partition("The second call prints::\n\n")[2].partition("\n\n")[0]
        assert textwrap.dedent(shown) in printed
        assert "~ environment_variables.TOKEN: *** -> ***" in printed
        assert "would update function docs/hello" in printed
        assert "trigger docs/hello/nightly cannot be updated: trigger_type is 'timer'" in printed
        assert "created function docs/hello-again" in printed
        assert "created version docs/1\n" in printed
        assert "would create version docs/new\n  ~ functions.hello.timeout: 20 -> 60" in printed
        assert "  + additional_version_weight.2: 0.1\n" in printed
        assert "updated alias docs/prod\n  - additional_version_weight.2: 0.1" in printed
        assert "secret" not in printed


class TestLocal:
    def test_every_block_runs(self, folder, capsys):
        namespace = {}
        with LocalFunctionCompute(oss_root=folder) as function_compute:
            served = {"function_compute": function_compute, "client": function_compute.client()}
            for block in blocks("docs/local.rst"):
                if "server" in block["classes"]:
                    namespace.update(served)
                run(block, namespace)

        printed = capsys.readouterr().out
        assert "{'sum': 6, 'function': 'python'}\n{'sum': 6, 'function': 'node'}\n" in printed
        assert "nothing to add\nexports.handler (/code/index.js:4:" in printed
        assert "[INFO] serving" in printed
        assert "{'total': 3, 'function': 'python'}" in printed
        assert "python FC Invoke Start RequestId: " in printed

    @pytest.mark.usefixtures("folder")
    def test_its_tests_pass(self):
        for block in blocks("docs/local.rst"):
            if block["names"]:
                run(block, {})

        files = ["test_greeting.py", "test_greeting_async.py"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", *files],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

        assert "2 passed" in done.stdout


class TestGateway:
    @pytest.mark.usefixtures("folder")
    def test_every_block_runs(self, capsys):
        namespace = {}
        with LocalFunctionCompute() as function_compute, function_compute.client() as client:
            for block in blocks("docs/gateway.rst"):
                if "server" in block["classes"]:
                    namespace.update(function_compute=function_compute, client=client)
                run(block, namespace)

        assert capsys.readouterr().out == "{'hello': 'Ada'}\nTrue\nTrue None\n"


class TestHttp:
    @pytest.mark.usefixtures("folder")
    def test_every_block_runs_and_curl_gets_what_is_shown(self, capsys, monkeypatch):
        namespace = {}
        with LocalFunctionCompute() as function_compute, function_compute.client() as client:
            for name, value in function_compute.variables.items():
                monkeypatch.setenv(name, value)
            for block in blocks("docs/http.rst"):
                if "server" in block["classes"]:
                    namespace.update(function_compute=function_compute, client=client)
                run(block, namespace)
            port = function_compute.endpoint.rpartition(":")[2]
            shown = shown_commands("docs/http.rst")
            printed = [shell(command.replace(":9000", f":{port}")) for command, _ in shown]

        assert len(shown) == 5
        assert printed == [output for _, output in shown]
        assert capsys.readouterr().out == "b'PART 1, PART 2'\nb'tneve'\nb'tneve'\n"


def shown_commands(document):
    """Return the commands that a document shows, each with the line that it prints."""
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    pairs = itertools.pairwise(lines)
    return [(line[6:], after[4:]) for line, after in pairs if line.startswith("    $ ")]


def shell(command):
    """Run a command and return what it prints."""
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


class TestDependencies:
    def test_every_block_runs(self, folder, capsys, monkeypatch):
        source = "def pluralize(word): return f'{word}s'"
        write_wheel(folder / "index", "inflection", {"inflection.py": source}, version="0.5.1")
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder / "index"))
        with LocalFunctionCompute() as function_compute, function_compute.client() as client:
            namespace = {"client": client}
            for block in blocks("docs/dependencies.rst"):
                run(block, namespace)

        assert capsys.readouterr().out == "True\norders\n"


class TestReliability:
    def test_every_test_that_it_names_exists(self):
        text = (ROOT / "docs/reliability.rst").read_text(encoding="utf-8")
        named = [
            name.strip()
            for bracket in re.findall(r"\[([^\]]+)\]", text)
            for name in bracket.replace("\n", " ").split(",")
        ]

        missing = [name for name in named if not exists(*name.split("::"))]

        assert len(named) > 40
        assert missing == []


def exists(module, *names):
    """Tell whether a test, or a class of tests, is there."""
    file = ROOT / "tests" / f"{module}.py"
    if not file.is_file():
        return False
    nodes = ast.parse(file.read_text(encoding="utf-8")).body
    for name in names:
        found = [node for node in nodes if getattr(node, "name", None) == name]
        if not found:
            return False
        nodes = getattr(found[0], "body", [])
    return True
