"""The page of fcli: its commands run, and its tables are complete."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from docutils import nodes
from docutils.core import publish_doctree

from fc_client.fcli.root import COMMANDS, PROGRAM_COMMANDS, root

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fcli.rst").read_text(encoding="utf-8")
# Their commands are those of the shell.
WITHOUT_A_ROW = {"service", "function", "trigger"}
CODE = """
import json

def handler(event, context):
    return "Hello, " + json.loads(event)["name"]

def web(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    name = environ["QUERY_STRING"].partition("=")[2]
    return [environ["wsgi.input"].read(), f", {name}".encode()]
"""


@pytest.fixture
def program(tmp_path):
    """Return a folder with a program named fcli."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "fcli").write_text(f'#!/bin/sh\nexec {sys.executable} -m fc_client.fcli "$@"\n')
    (folder / "fcli").chmod(0o700)
    return folder


def test_every_block_runs(server, folder, program):
    (folder / "code" / "index.py").write_text(CODE)
    tree = publish_doctree(PAGE, settings_overrides={"halt_level": 2, "report_level": 2})
    blocks = [
        node.astext() for node in tree.findall(nodes.literal_block) if "code" in node["classes"]
    ]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        env={**os.environ, "PATH": f"{program}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Hello, Ada") == 4
    assert "Good morning, Ada" in done.stdout
    assert (folder / "result").read_text() == "Hello, Ada"
    assert (folder / "hello.zip").is_file()
    assert server


def test_table_has_every_command():
    table = PAGE.partition("The original's              Here")[2]
    first_column = "\n".join(line[:28] for line in table.splitlines())
    documented = set(re.findall(r"``([\w-]+)``", first_column))
    assert documented >= {*COMMANDS, *PROGRAM_COMMANDS} - {"mkrir", "completion"}


def test_table_of_groups_has_every_command():
    table = PAGE.partition("Command          Its commands")[2].partition("\nA new list of")[0]
    rows = re.split(r"\n(?=``)", table)[1:]
    commands = {
        row.partition("``")[2].partition("``")[0]: set(re.findall(r"``([a-z]+)``", row))
        for row in rows
    }
    for name in PROGRAM_COMMANDS.keys() - WITHOUT_A_ROW:
        group = root.get_command(click.Context(root), name)
        if isinstance(group, click.Group):
            assert commands[name] >= group.commands.keys(), name


def test_picture_is_there():
    [picture] = re.findall(r"image:: (\S+)", PAGE)
    assert (ROOT / "docs" / picture).is_file()
