import contextlib
import os
import pty
import subprocess
import sys
import termios
import time

import pytest
from fcli.support import done, process, run


@pytest.fixture
def warm(demo):
    """Return a client of a server whose function demo/hello has an instance."""
    done("upf", "demo/hello", "--env", "COLOUR=red")
    done("invk", "demo/hello")
    return demo


class TestInstances:
    def test_are_listed_and_shown(self, warm):
        [instance] = warm.iter_instances("demo", "hello")
        words = ("-s", "demo", "-f", "hello")
        assert done("instance", "list", *words).lines == [instance.instance_id]
        assert done("ls", "/instances/demo/hello").lines == [instance.instance_id]
        shown = done("instance", "get", *words, "-i", instance.instance_id).json()
        assert shown == instance.raw

    def test_of_a_version(self, warm):
        warm.publish_service_version("demo")
        done("invk", "demo/hello", "--qualifier", "1")
        result = done(
            "instance", "list", "demo/hello", "--qualifier", "1", "--query", "[].versionId"
        )
        assert result.lines == ["1"]

    def test_that_does_not_exist(self, warm):
        result = run("instance", "get", "demo/hello/nope")
        assert result.code == 1
        assert "demo/hello has no instance 'nope'" in result.err
        assert warm

    def test_cannot_be_removed(self, warm):
        assert run("rm", "/instances/demo/hello/x", "--yes").code == 2
        assert warm


class TestExec:
    def test_output_and_errors_are_apart(self, warm):
        result = run("exec", "demo/hello", "sh", "-c", "echo out $COLOUR; echo err >&2")
        assert (result.code, result.out, result.err) == (0, "out red\n", "err\n")
        assert warm

    def test_instance_that_is_named(self, warm):
        [instance] = warm.iter_instances("demo", "hello")
        words = ("exec", "--instance", instance.instance_id, "demo/hello", "echo", "x")
        assert done(*words).out == "x\n"
        result = run("exec", "--instance", "nope", "demo/hello", "echo", "x")
        assert result.code == 1
        assert "InstanceNotFound" in result.err

    @pytest.mark.parametrize("words", [["--", "echo", "--debug=false"], ["echo", "--debug=false"]])
    def test_flags_after_the_path_are_those_of_the_command(self, warm, words):
        assert done("exec", "demo/hello", *words).out == "--debug=false\n"
        assert warm

    @pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -9 $$", 137)])
    def test_exit_code_is_that_of_the_command(self, warm, script, code):
        assert run("exec", "demo/hello", "sh", "-c", script).code == code
        assert warm

    def test_bytes_that_are_no_text(self, warm):
        assert done("exec", "demo/hello", "printf", r"\377\000").content == b"\xff\x00"
        assert warm

    def test_stdin(self, warm):
        result = process("exec", "-i", "demo/hello", "head", "-n", "1", stdin=b"piped\nmore\n")
        assert (result.code, result.out) == (0, "piped\n")
        assert warm

    def test_end_of_stdin_ends_what_reads_a_terminal(self, warm):
        result = process("exec", "-i", "-t", "demo/hello", "cat", stdin=b"piped\n")
        assert result.code == 0
        assert "piped\r\n" in result.content.decode()
        assert warm

    def test_version(self, warm):
        warm.publish_service_version("demo")
        result = run("exec", "--qualifier", "1", "demo/hello", "echo", "x")
        assert result.code == 1
        assert "demo/hello has no instance of 1; invoke it first" in result.err
        done("invk", "demo/hello", "--qualifier", "1")
        assert done("exec", "--qualifier", "1", "demo/hello", "echo", "x").out == "x\n"

    def test_flags_after_the_path_are_wrong_usage(self, warm):
        result = run("exec", "demo/hello", "--qualifier", "1", "ls")
        assert result.code == 2
        assert "--qualifier is not a command: flags of exec are in front of the path" in result.err
        result = run("exec", "demo/hello", "--", "-x")
        assert result.code == 1
        assert "InstanceExec failed" in result.err
        assert warm

    @pytest.mark.parametrize("words", [(), ("--",)])
    def test_without_a_command_is_wrong_usage(self, warm, words):
        result = run("exec", "demo/hello", *words)
        assert result.code == 2
        assert "missing COMMAND" in result.err
        assert warm

    def test_silence_ends_it(self, warm):
        started = time.monotonic()
        run("exec", "--idle-timeout", "1", "demo/hello", "sleep", "60")
        assert time.monotonic() - started < 30
        assert warm


def test_keys_go_to_a_shell_in_the_instance(warm):
    """Ctrl-C interrupts what the shell runs, and not fcli; the terminal is restored."""
    own, other = pty.openpty()
    before = termios.tcgetattr(own)
    words = [sys.executable, "-m", "fc_client.fcli", "exec", "-it", "demo/hello", "sh"]
    with subprocess.Popen(words, stdin=other, stdout=other, stderr=other) as shell:
        os.close(other)
        seen = _read_until(own, b"$ ", b"# ")
        os.write(own, b"echo sl$((1+1))eps; sleep 60\r")
        seen += _read_until(own, b"sl2eps")
        time.sleep(0.5)
        os.write(own, b"\x03")
        seen += _read_until(own, b"$ ", b"# ")
        os.write(own, b"echo go$((1+1))on; exit 5\r")
        seen += _read_until(own, b"go2on")
        assert shell.wait(30) == 5
    assert termios.tcgetattr(own) == before
    os.close(own)
    assert b"go2on" in seen
    assert warm


def _read_until(number, *wanted):
    """Return what a terminal shows, until it has shown one of *wanted* or ends."""
    seen = b""
    with contextlib.suppress(OSError):
        while not any(each in seen for each in wanted):
            seen += os.read(number, 1024)
    return seen
