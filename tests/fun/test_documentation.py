"""The page of fun: its commands run, and its file is valid."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from fun.support import done, run, write

from fc_client.fun.project.loading import load_project
from fc_client.fun.root import COMMANDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fun.rst").read_text(encoding="utf-8")
FILES = {"main.py": "", "lib/a.py": "", "templates/a.html": "", "bootstrap": ""}


def blocks(language):
    tree = publish_doctree(PAGE, settings_overrides={"halt_level": 2, "report_level": 2})
    found = [node for node in tree.findall(nodes.literal_block) if language in node["classes"]]
    return [node.astext() for node in found]


def test_commands_run(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done("init")
    program = tmp_path / "bin"
    program.mkdir()
    write(program, {"fun": f'#!/bin/sh\nexec {sys.executable} -m fc_client.fun "$@"\n'})
    (program / "fun").chmod(0o700)
    [commands] = blocks("sh")
    shown = subprocess.run(
        ["bash", "-e", "-c", commands],
        env={**server.environ, "PATH": f"{program}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert shown.returncode == 0, shown.stderr
    assert "Hello you!" in shown.stdout
    assert "service " in shown.stdout.splitlines()[-1]


def test_file_is_valid(folder):
    [text] = blocks("yaml")
    write(folder, {"faas.yml": text, **FILES})
    assert load_project(folder).warnings == ()


def test_file_is_deployed(folder, client):
    [text] = blocks("yaml")
    write(folder, {"faas.yml": text, **FILES})
    done("deploy")
    assert done("deploy").err == "17 unchanged\n"
    assert client.get_trigger("shop", "order", "uploads").trigger_type == "oss"


def test_shown_problem_is_the_one_of_fun(folder):
    text = (folder / "faas.yml").read_text().replace("codes:", "code:")
    write(folder, {"faas.yml": text})
    shown = run("validate").err.strip()
    assert shown.partition(": ")[2] in PAGE


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_documented(name):
    assert f"fun {name}" in PAGE
