from __future__ import annotations

import ctypes
import os
import pty
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from local.cli_support import COMMAND
from local.support import zip_code, zip_of
from support.waiting import wait_until

from fc_client.local.cli import main
from fc_client.local.storage.schema import FunctionVersion
from fc_client.local.storage.store import Store


class TestServe:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_serves_until_a_signal(self, fc_local, number):
        fc = fc_local()
        assert fc.api.create_service().status_code == 200

        code, output, errors = fc.end(number)
        assert (code, output) == (0, "")
        assert [line.split()[1] for line in errors.splitlines()] == ["CreateService"]

    @pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
    def test_it_ends_whichever_thread_gets_the_signal(self, fc_local):
        fc = fc_local()
        process = fc.process.pid
        for task in Path(f"/proc/{process}/task").iterdir():
            if int(task.name) != process:
                assert ctypes.CDLL(None).tgkill(process, int(task.name), signal.SIGTERM) == 0
                break

        # It has its signal.
        assert fc.end(0)[0] == 0

    def test_it_prints_where_it_is(self, fc_local):
        fc = fc_local()

        assert fc.environment["FC_ENDPOINT"] in fc.first_line
        assert list(fc.environment) == [
            "FC_ENDPOINT",
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "ALIBABA_CLOUD_RAM_ENDPOINT",
            "ALIBABA_CLOUD_SLS_ENDPOINT",
            "ALIBABA_CLOUD_APIGATEWAY_ENDPOINT",
            "ALIBABA_CLOUD_ACCOUNT_ID",
            "ACCOUNT_ID",
            "ACCESS_KEY_ID",
            "ACCESS_KEY_SECRET",
        ]

    def test_a_shell_can_take_what_it_prints(self, fc_local):
        fc = fc_local()
        lines = "\n".join(
            [fc.first_line, *(f"export {k}={shlex.quote(v)}" for k, v in fc.environment.items())]
        )

        done = subprocess.run(
            ["sh", "-c", f'{lines}\nprintf %s "$FC_ENDPOINT"'],
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout == fc.environment["FC_ENDPOINT"]

    def test_options_reach_the_server(self, fc_local, tmp_path):
        (tmp_path / "oss" / "bucket").mkdir(parents=True)
        (tmp_path / "oss" / "bucket" / "code.zip").write_bytes(
            zip_of({"m.py": "def h(event, context):\n    return event\n"})
        )
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        fc = fc_local(
            *("--port", port, "--data-dir", tmp_path / "data", "--oss-root", tmp_path / "oss"),
            *("--host", "localhost", "--max-instances", 2, "--no-auth"),
            *("--runtime", f"python3.99={sys.executable}", "--strict"),
        )

        assert fc.environment["FC_ENDPOINT"].endswith(f":{port}")
        services = f"{fc.environment['FC_ENDPOINT']}/2016-08-15/services"
        unsigned = requests.post(services, json={"serviceName": "s"}, timeout=30)
        assert unsigned.status_code == 200
        strict = fc.api.create_service("strict", role="acs:ram::1:role/gone")
        assert strict.json()["ErrorMessage"].startswith("role: ")
        code = {"ossBucketName": "bucket", "ossObjectName": "code.zip"}
        fc.api.create_function(code=code).raise_for_status()
        assert fc.api.invoke(b"event").content == b"event"
        assert (tmp_path / "data" / "fc.sqlite").exists()

    def test_options_say_how_async_invocations_are_tried(self, fc_local, tmp_path):
        """Without them there would be three attempts, and the fifth 15 seconds after the first."""
        calls = tmp_path / "calls"
        calls.mkdir()
        source = f"""
import os

def h(event, context):
    number = len(os.listdir({str(calls)!r}))
    open(os.path.join({str(calls)!r}, str(number)), "w").close()
    raise ValueError
"""
        fc = fc_local("--async-attempts", 5, "--async-retry-delay", 0.02)
        fc.api.create_service().raise_for_status()
        fc.api.create_function(code=zip_code(zip_of({"m.py": source}))).raise_for_status()
        assert fc.api.invoke(b"", type="Async").status_code == 202

        wait_until(lambda: len(names_in(calls)) == 5)
        # A sixth would come a third of a second after the fifth.
        time.sleep(0.6)

        assert names_in(calls) == {"0", "1", "2", "3", "4"}

    def test_a_busy_port_is_one_line_and_exit_code_1(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

            done = subprocess.run(
                [*COMMAND, "--port", str(port)], capture_output=True, text=True, check=False
            )

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("fc-local: ")
        assert done.stderr.endswith(f"cannot listen on 127.0.0.1:{port}: Address already in use\n")
        assert done.stderr.count("\n") == 1

    def test_a_data_directory_in_use_is_one_line_and_exit_code_1(self, fc_local, tmp_path):
        fc_local("--data-dir", tmp_path)

        done = subprocess.run(
            [*COMMAND, "--data-dir", str(tmp_path)], capture_output=True, text=True, check=False
        )

        assert done.returncode == 1
        assert "another local Function Compute" in done.stderr
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--port", "x"], "argument --port: invalid port value: 'x'"),
            (["--port", "70000"], "argument --port: must be from 0 to 65535, got 70000"),
            (["--max-instances", "0"], "--max-instances: must be at least 1, got 0"),
            (["--async-attempts", "few"], "--async-attempts: invalid integer value: 'few'"),
            (["--async-retry-delay", "-1"], "must be at least 0 and finite, got -1"),
            (["--async-retry-delay", "nan"], "must be at least 0 and finite, got nan"),
            (["--async-retry-delay", "inf"], "must be at least 0 and finite, got inf"),
            (["--runtime", "nodejs8"], "argument --runtime: must be NAME=PATH, got 'nodejs8'"),
            (["--runtime", "=x"], "argument --runtime: must be NAME=PATH, got '=x'"),
            (["other"], "other"),
            (["--prot", "9000"], "is the option before it misspelt?"),
            (["logs"], "SERVICE[/FUNCTION]"),
        ],
    )
    def test_invalid_arguments_exit_with_2(self, arguments, message, capsys):
        with pytest.raises(SystemExit) as caught:
            main(arguments)

        printed = capsys.readouterr().err
        assert caught.value.code == 2
        assert "usage: fc-local" in printed
        assert message in printed


class TestLogs:
    @pytest.fixture
    def data_dir(self, tmp_path: Path) -> Path:
        store = Store(tmp_path / "fc.sqlite")
        for function, request_id in (("f", "1"), ("g", "2"), ("f", "3")):
            store.add_log(
                FunctionVersion("s", function), request_id, 0.0, f"{function} {request_id}\n"
            )
        store.close()
        return tmp_path

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["s"], "f 1\ng 2\nf 3\n"),
            (["s/f"], "f 1\nf 3\n"),
            (["s/"], "f 1\ng 2\nf 3\n"),
            (["s", "--request-id", "2"], "g 2\n"),
            (["other"], ""),
        ],
    )
    def test_they_are_printed(self, data_dir, capsys, arguments, expected):
        assert main(["logs", *arguments, "--data-dir", str(data_dir)]) == 0

        assert capsys.readouterr().out == expected

    def test_the_data_directory_may_stand_first(self, data_dir, capsys):
        assert main(["--data-dir", str(data_dir), "logs", "s/g"]) == 0

        assert capsys.readouterr().out == "g 2\n"

    def test_without_a_data_directory_it_says_so(self, capsys):
        assert main(["logs", "s"]) == 2

        assert "--data-dir" in capsys.readouterr().err

    def test_a_directory_without_a_database_is_an_error(self, tmp_path, capsys):
        assert main(["logs", "s", "--data-dir", str(tmp_path)]) == 1

        expected = f"fc-local: {tmp_path}: not the data directory of a local Function Compute\n"
        assert capsys.readouterr().err == expected

    def test_that_none_were_found_is_said(self, data_dir, capsys):
        assert main(["logs", "s/nope", "--data-dir", str(data_dir)]) == 0

        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err == f"fc-local: no logs of s/nope in {data_dir}\n"

    def test_characters_that_the_output_lacks_are_escaped(self, tmp_path):
        store = Store(tmp_path / "fc.sqlite")
        store.add_log(FunctionVersion("s", "f"), "1", 0.0, "f\xfcr \u4f60\n")
        store.close()

        done = subprocess.run(
            [*COMMAND, "logs", "s", "--data-dir", str(tmp_path)],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            check=True,
        )

        assert done.stdout == b"f\\xfcr \\u4f60\n"

    def test_a_terminal_gets_no_control_characters(self, tmp_path):
        store = Store(tmp_path / "fc.sqlite")
        store.add_log(FunctionVersion("s", "f"), "1", 0.0, "a\x1b[2J\tb\r\nc\n")
        store.close()
        own, end = pty.openpty()

        subprocess.run([*COMMAND, "logs", "s", "--data-dir", str(tmp_path)], stdout=end, check=True)

        printed = b""
        while not printed.endswith(b"c\r\n"):
            printed += os.read(own, 1000)
        assert printed.replace(b"\r", b"") == b"a\\x1b[2J\tb\nc\n"
        os.close(own)
        os.close(end)

    def test_a_closed_pipe_is_not_an_error(self, data_dir):
        done = subprocess.run(
            [
                "sh",
                "-c",
                f"({shlex.join(COMMAND)} logs s --data-dir {data_dir}; echo $? >&2) | :",
            ],
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stderr == "0\n"

    def test_follow_prints_what_comes(self, fc_local, tmp_path):
        fc = fc_local("--data-dir", tmp_path)
        fc.api.create_service()
        code = zip_code(zip_of({"m.py": "def h(event, context):\n    print(event)\n"}))
        fc.api.create_function(code=code)
        fc.api.invoke(b"first")
        follower = subprocess.Popen(
            [*COMMAND, "logs", "s/f", "--data-dir", str(tmp_path), "--follow"],
            stdout=subprocess.PIPE,
            text=True,
        )

        printed = follower.stdout.readline() + follower.stdout.readline()
        fc.api.invoke(b"second")
        while "second" not in printed:
            printed += follower.stdout.readline()
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=30)

        assert printed.index("first") < printed.index("second")
        assert follower.returncode == 0


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


class TestKill:
    COUNT = 12

    def test_accepted_async_invocations_run_after_a_kill(self, fc_local, tmp_path):
        calls, restarting = tmp_path / "calls", tmp_path / "restarting"
        calls.mkdir()
        # The first two run at once, the others after the kill.
        source = f"""
import os, time

def h(event, context):
    while int(event) > 1 and not os.path.exists({str(restarting)!r}):
        time.sleep(0.01)
    open(os.path.join({str(calls)!r}, event.decode()), "w").close()
"""
        data_dir = tmp_path / "data"
        killed = fc_local("--data-dir", data_dir, "--max-instances", 2)
        killed.api.create_service().raise_for_status()
        code = zip_code(zip_of({"m.py": source}))
        killed.api.create_function(code=code, timeout=60).raise_for_status()
        for number in range(self.COUNT):
            assert killed.api.invoke(b"%d" % number, type="Async").status_code == 202
        wait_until(lambda: names_in(calls) == {"0", "1"})
        killed.end(signal.SIGKILL)
        restarting.touch()

        restarted = fc_local("--data-dir", data_dir)
        wait_until(lambda: len(names_in(calls)) == self.COUNT)

        assert names_in(calls) == {str(number) for number in range(self.COUNT)}
        assert (
            restarted.environment["ALIBABA_CLOUD_ACCESS_KEY_ID"]
            == (killed.environment["ALIBABA_CLOUD_ACCESS_KEY_ID"])
        )
        assert restarted.end(signal.SIGTERM)[0] == 0
