"""sbox, with a program named docker that a test has written."""

import os
import stat

import pytest
from fcli.support import process

RUNS = """#!/bin/sh
[ "$1" = info ] && exit 0
echo "$@"
exit 7
"""
STOPPED = """#!/bin/sh
echo "Cannot connect to the Docker daemon" >&2
exit 1
"""
REFUSES = """#!/bin/sh
[ "$1" = info ] && exit 0
exit 125
"""


@pytest.fixture
def docker(tmp_path):
    """Return a function that makes a program named docker, and returns the PATH to it."""

    def make(text):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "docker").write_text(text)
        (folder / "docker").chmod(stat.S_IRWXU)
        return f"{folder}{os.pathsep}{os.environ['PATH']}"

    return make


def test_runs_the_image_of_the_runtime(docker, folder):
    result = process("sbox", "-t", "python3", "-d", "code", PATH=docker(RUNS))
    words = f"run --rm -i -v {folder / 'code'}:/code aliyunfc/runtime-python3:build bash\n"
    assert result.out == words
    assert result.code == 7


def test_default_is_the_current_folder(docker, folder):
    assert f"-v {folder}:/code" in process("sbox", "-t", "nodejs8", PATH=docker(RUNS)).out


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        (STOPPED, "docker is not running, or this user cannot use it: Cannot connect"),
        (REFUSES, "docker could not run aliyunfc/runtime-python3:build"),
    ],
)
def test_says_what_is_wrong_with_docker(docker, program, problem):
    result = process("sbox", "-t", "python3", PATH=docker(program))
    assert result.code == 1
    assert problem in result.err


def test_says_that_docker_is_missing(tmp_path):
    result = process("sbox", "-t", "python3", PATH=str(tmp_path))
    assert result.code == 1
    assert "sbox needs docker, which is not installed" in result.err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "Missing option"),
        (("-t", "../x"), "expected a name such as python3"),
        (("-t", "python3", "-d", "none"), "no such directory: 'none'"),
    ],
)
def test_bad_input_is_wrong_usage(words, problem):
    result = process("sbox", *words)
    assert result.code == 2
    assert problem in result.err
