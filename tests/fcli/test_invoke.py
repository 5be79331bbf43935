import base64
import os
import signal
import subprocess
import sys

import pytest
from fcli.support import done, process, run
from support.waiting import wait_until


class TestEvent:
    def test_text(self, demo):
        assert done("invk", "demo/hello", "-s", '{"a": 1}').out == 'got {"a": 1}'
        assert demo

    def test_text_that_begins_with_a_dash(self, demo):
        assert done("invk", "demo/hello", "-s", "--tail").out == "got --tail"
        assert demo

    def test_bytes_that_are_no_text(self, demo):
        event = os.fsdecode(b"\xff\xfe")
        assert done("invk", "demo/hello", "-s", event).content == b"got \xff\xfe"
        assert demo

    def test_file(self, demo, folder):
        (folder / "event").write_bytes(b"\x00\xff")
        assert done("invk", "demo/hello", "-f", "event").content == b"got \x00\xff"
        assert demo

    def test_text_comes_before_file(self, demo, folder):
        (folder / "event").write_bytes(b"file")
        assert done("invk", "demo/hello", "-s", "text", "-f", "event").out == "got text"
        assert demo

    def test_stdin(self, demo):
        assert process("invk", "demo/hello", "-f", "-", stdin=b"piped").out == "got piped"
        assert demo

    def test_base64(self, demo):
        text = base64.b64encode(b"\x00\xff").decode()
        result = done("invk", "demo/hello", "-s", text, "--event-base64")
        assert result.content == b"got \x00\xff"
        assert demo

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("-f", "none"), "--event-file none: cannot be read"),
            (("-f", "."), "--event-file .: cannot be read"),
            (("-s", "!", "--event-base64"), "not valid base64"),
            (("--wait",), "--wait needs --async"),
            (("--async", "--tail"), "need the type Sync"),
            (("-t", "Async", "-o", "file"), "need the type Sync"),
            (("-n", "2", "--tail"), "--number cannot be used with"),
            (("-t", "Other"), "'Other' is not one of"),
            (("-n", "0"), "'-n'"),
            (("-c", "101"), "'-c'"),
        ],
    )
    def test_bad_input_is_not_sent(self, demo, server, words, problem):
        result = run("invk", "demo/hello", *words)
        assert result.code == 2
        assert problem in result.err
        assert server.logs("demo") == ""
        assert demo


class TestResult:
    def test_file(self, demo, folder):
        assert done("invk", "demo/hello", "-s", "x", "-o", "out").out == ""
        assert (folder / "out").read_bytes() == b"got x"
        assert demo

    @pytest.mark.parametrize("flag", [["-e"], ["-e", "base64"], ["--encode=base64"]])
    def test_base64(self, demo, flag):
        result = done("invk", *flag, "demo/hello", "-s", "x")
        assert base64.b64decode(result.content) == b"got x"
        assert demo

    def test_error_of_the_function(self, demo, folder):
        done("upf", "demo/hello", "-h", "index.fails")
        result = run("invk", "demo/hello", "-o", "out")
        assert result.code == 1
        assert "function demo/hello failed: KeyError: 'made up'" in result.err
        assert "request id" in result.err
        assert '"errorType": "KeyError"' in (folder / "out").read_text()
        assert demo

    def test_file_that_cannot_be_written(self, demo):
        result = run("invk", "demo/hello", "-o", "none/out")
        assert result.code == 1
        assert "none/out: No such file or directory" in result.err
        assert demo

    def test_log(self, demo):
        result = done("invk", "demo/hello", "--tail", "-s", "xyz")
        assert result.out == "got xyz"
        assert "handled 3\n" in result.err
        assert demo


class TestAsync:
    @pytest.mark.parametrize("words", [["--async"], ["-t", "Async"], ["-t", "async"]])
    def test_returns_at_once(self, demo, server, words):
        result = done("invk", "demo/hello", *words)
        assert result.out == ""
        assert result.err.startswith("accepted, request id ")
        server.drain()
        assert "handled 0" in server.logs("demo")
        assert demo

    def test_waits_for_the_end(self, demo):
        result = done("invk", "demo/hello", "--async", "--wait", "-s", "abc")
        assert "handled 3\n" in result.err
        assert demo

    def test_reports_a_failure(self, demo):
        done("upf", "demo/hello", "-h", "index.fails")
        result = run("invk", "demo/hello", "--async", "--wait")
        assert result.code == 1
        assert "KeyError: 'made up'" in result.err
        assert "Error: the function failed; " in result.err.splitlines()[-1]
        assert demo


class TestLoad:
    def test_prints_how_long_the_calls_took(self, demo, server):
        result = done("invk", "demo/hello", "-n", "12", "-c", "3", "-s", "abcd")
        assert result.lines[0].startswith("12 calls, 3 at a time, 0 failed, ")
        assert result.lines[1].startswith("milliseconds: min ")
        assert sum(int(line.split()[-1]) for line in result.lines[2:]) == 12
        assert server.logs("demo").count("handled 4") == 12
        assert demo

    def test_as_a_document(self, demo):
        result = done("invk", "demo/hello", "-n", "2", "--output", "json").json()
        assert (result["calls"], result["failed"]) == (2, 0)
        assert set(result["milliseconds"]) == {"min", "mean", "p50", "p90", "p99", "max"}
        assert demo

    def test_interrupt_does_not_wait_for_the_calls(self, demo, folder):
        begun = folder / "begun"
        (folder / "code" / "index.py").write_text(
            "import time\n"
            "def handler(event, context):\n"
            f"    open({str(begun)!r}, 'w').close()\n"
            "    time.sleep(120)\n"
        )
        done("upf", "demo/hello", "-d", "code", "--timeout", "120")
        words = [sys.executable, "-m", "fc_client.fcli", "invk", "demo/hello", "-n", "4", "-c", "2"]
        with subprocess.Popen([*words, "--debug"], stderr=subprocess.PIPE) as load:
            wait_until(begun.exists)
            load.send_signal(signal.SIGINT)
            assert load.wait(30) == 130
        assert demo

    def test_failures_are_counted(self, demo):
        done("upf", "demo/hello", "-h", "index.fails")
        result = run("invk", "demo/hello", "-n", "3")
        assert result.code == 1
        assert result.lines[0].startswith("3 calls, 1 at a time, 3 failed, ")
        assert "made up" in result.err
        assert demo
