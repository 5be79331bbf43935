"""fc-local status and reset, with servers that run and that do not, and fixed access keys."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import stat
import subprocess
import sys
import time

import pytest
import requests
from local.cli_support import COMMAND, run_command
from local.support import Api, create

from fc_client.local import LocalFunctionCompute

SOURCE = "def h(event, context):\n    return event"
EMPTY = "services: 0, functions: 0, triggers: 0, queued invocations: 0"


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


class TestStatus:
    def test_of_a_server_that_runs(self, fc_local, data_dir):
        fc = fc_local("--data-dir", data_dir)
        create(fc.api, SOURCE)
        fc.api.invoke()
        fc.api.invoke(type="Async", delay="3600")

        done = run_command("status", "--data-dir", data_dir)

        assert done.returncode == 0
        assert done.stdout.splitlines() == [
            f"running: process {fc.process.pid} at {fc.environment['FC_ENDPOINT']}",
            "services: 1, functions: 1, triggers: 0, queued invocations: 1, instances: 1",
        ]

    def test_of_one_that_has_ended(self, fc_local, data_dir):
        fc = fc_local("--data-dir", data_dir)
        fc.api.create_service()
        fc.end(signal.SIGTERM)
        assert not (data_dir / "server.json").exists()

        done = run_command("status", "--data-dir", data_dir)

        assert done.returncode == 1
        assert done.stdout.splitlines() == [
            "not running",
            EMPTY.replace("services: 0", "services: 1"),
        ]

    def test_of_one_that_was_killed(self, fc_local, data_dir):
        fc_local("--data-dir", data_dir).end(signal.SIGKILL)

        done = run_command("status", "--data-dir", data_dir)

        assert (done.returncode, done.stdout) == (1, f"not running\n{EMPTY}\n")

    def test_of_one_that_cannot_be_reached(self, data_dir):
        with LocalFunctionCompute(data_dir):
            note = json.loads((data_dir / "server.json").read_text())
            unreachable = {**note, "endpoint": "http://127.0.0.1:1"}
            (data_dir / "server.json").write_text(json.dumps(unreachable))

            done = run_command("status", "--data-dir", data_dir)

        assert done.returncode == 0
        assert "it cannot be reached from here: http://127.0.0.1:1: " in done.stdout

    def test_of_one_in_a_program(self, data_dir):
        with LocalFunctionCompute(data_dir) as fc:
            where = f"process {os.getpid()} at {fc.endpoint}"

            done = run_command("--data-dir", data_dir, "status")

        assert done.stdout == f"running: {where}\n{EMPTY}, instances: 0\n"

    def test_does_not_keep_a_server_from_starting(self, data_dir):
        with LocalFunctionCompute(data_dir):
            pass
        asking = subprocess.Popen(
            ["sh", "-c", f"while :; do {' '.join(COMMAND)} status --data-dir {data_dir}; done"],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            for _ in range(10):
                with LocalFunctionCompute(data_dir):
                    pass
        finally:
            os.killpg(asking.pid, signal.SIGKILL)
            asking.wait()


class TestReset:
    def test_of_a_server_that_runs(self, fc_local, data_dir):
        fc = fc_local("--data-dir", data_dir)
        create(fc.api, SOURCE)
        fc.api.invoke()
        fc.api.invoke(type="Async", delay="3600")

        done = run_command("reset", "--yes", "--data-dir", data_dir)

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert fc.api.call("GET", "/services").json() == {"services": []}
        assert EMPTY in run_command("status", "--data-dir", data_dir).stdout
        create(fc.api, SOURCE)
        assert fc.api.invoke(b"again").content == b"again"

    def test_of_one_that_does_not_run(self, data_dir, make_api):
        with LocalFunctionCompute(data_dir) as fc:
            create(make_api(fc), SOURCE)
            key = fc.access_key_secret

        assert run_command("reset", "-y", "--data-dir", data_dir).returncode == 0

        assert EMPTY in run_command("status", "--data-dir", data_dir).stdout
        assert list((data_dir / "code" / "trees").iterdir()) == []
        with LocalFunctionCompute(data_dir) as fc:
            assert fc.access_key_secret == key

    def test_keeps_the_links_of_the_command_line(self, fc_local, data_dir, tmp_path):
        (tmp_path / "m.py").write_text("def h(event, context):\n    return 'linked'")
        fc = fc_local("--data-dir", data_dir, "--link", f"s/f={tmp_path}")

        assert run_command("reset", "-y", "--data-dir", data_dir).returncode == 0

        create(fc.api, SOURCE)
        assert fc.api.invoke().text == "linked"

    def test_without_a_terminal_wants_yes(self, data_dir, make_api):
        with LocalFunctionCompute(data_dir) as fc:
            make_api(fc).create_service()

            done = run_command("reset", "--data-dir", data_dir, stdin=subprocess.DEVNULL)

            assert done.returncode == 2
            assert done.stderr == "fc-local: reset: pass --yes to delete without a question\n"
            assert make_api(fc).call("GET", "/services/s").status_code == 200

    @pytest.mark.parametrize(
        ("answer", "left"), [(b"y\n", 0), (b"yes\n", 0), (b"n\n", 1), (b"\n", 1), (b"\x04", 1)]
    )
    def test_on_a_terminal_asks(self, data_dir, make_api, answer, left):
        with LocalFunctionCompute(data_dir) as fc:
            make_api(fc).create_service()
            own, end = pty.openpty()
            process = subprocess.Popen(
                [*COMMAND, "reset", "--data-dir", str(data_dir)], stdin=end, stdout=end, stderr=end
            )
            os.close(end)
            asked = b""
            while b"[y/N]" not in asked:
                asked += os.read(own, 1000)
            os.write(own, answer)
            assert process.wait(timeout=30) == left
            os.close(own)

            services = make_api(fc).call("GET", "/services").json()["services"]

        assert b"(services: 1, functions: 0, " in asked
        assert len(services) == left

    def test_ctrl_c_at_the_question_is_not_success(self, data_dir, make_api):
        with LocalFunctionCompute(data_dir) as fc:
            make_api(fc).create_service()
            own, end = pty.openpty()
            # Shells start processes in the background without Ctrl-C.
            program = (
                "import signal, sys\n"
                "from fc_client.local.cli import main\n"
                "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
                "sys.exit(main())"
            )
            process = subprocess.Popen(
                [sys.executable, "-c", program, "reset", "--data-dir", str(data_dir)],
                stdin=end,
                stdout=end,
                stderr=end,
            )
            os.close(end)
            asked = b""
            while b"[y/N]" not in asked:
                asked += os.read(own, 1000)
            # Python prints the question before it can be interrupted.
            time.sleep(0.3)
            assert interrupted(process) == 130
            os.close(own)

            assert make_api(fc).call("GET", "/services/s").status_code == 200


def interrupted(process):
    """Send Ctrl-C until a process ends, and return its exit code."""
    for _ in range(15):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=2)
    raise AssertionError("Ctrl-C does not end it")


class TestDataDirectory:
    @pytest.mark.parametrize("command", [["status"], ["reset", "--yes"]])
    def test_that_is_none_is_an_error(self, tmp_path, command):
        done = run_command(*command, "--data-dir", tmp_path)

        assert done.returncode == 1
        assert done.stderr == (
            f"fc-local: {tmp_path}: not the data directory of a local Function Compute\n"
        )
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("command", [["status"], ["reset", "--yes"], ["logs", "s"]])
    def test_is_required(self, command):
        done = run_command(*command)

        assert done.returncode == 2
        assert f"fc-local: {command[0]}: --data-dir is required" in done.stderr

    def test_that_is_created_is_ignored_by_git(self, data_dir):
        with LocalFunctionCompute(data_dir):
            assert (data_dir / ".gitignore").read_text() == "*\n"
            assert stat.S_IMODE((data_dir / ".gitignore").stat().st_mode) == 0o600

    def test_that_existed_gets_no_such_file(self, tmp_path):
        with LocalFunctionCompute(tmp_path):
            assert not (tmp_path / ".gitignore").exists()

    def test_that_is_temporary_has_no_note(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        with LocalFunctionCompute():
            assert [path.name for path in tmp_path.glob("fc-local-*/server.json")] == []


class TestControl:
    @pytest.mark.parametrize(
        "headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer caf\xe9"}]
    )
    @pytest.mark.parametrize(("method", "path"), [("GET", "status"), ("POST", "reset")])
    def test_needs_the_token(self, data_dir, headers, method, path):
        with LocalFunctionCompute(data_dir, auth=False) as fc:
            url = f"{fc.endpoint}/fc-local/{path}"
            assert requests.request(method, url, headers=headers, timeout=30).status_code == 403

            token = json.loads((data_dir / "server.json").read_text())["token"]
            headers = {"Authorization": f"Bearer {token}"}
            assert requests.request(method, url, headers=headers, timeout=30).ok

    def test_token_is_for_the_owner_alone_and_new_with_each_start(self, data_dir):
        tokens = set()
        for _ in range(2):
            with LocalFunctionCompute(data_dir):
                note = data_dir / "server.json"
                assert stat.S_IMODE(note.stat().st_mode) == 0o600
                tokens.add(json.loads(note.read_text())["token"])

        assert len(tokens) == 2


class TestAccessKey:
    def test_can_be_chosen_and_is_not_stored(self, data_dir, make_api):
        keys = {"access_key_id": "my-id", "access_key_secret": "my-secret", "account_id": "42"}
        with LocalFunctionCompute(data_dir, **keys) as fc:
            assert fc.variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] == "my-id"
            assert fc.account_id == "42"
            create(make_api(fc), "def h(event, context):\n    return context.account_id")
            assert make_api(fc).invoke().text == "42"
            assert fc.client().list_services().items[0].service_name == "s"

        stored = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
        assert b"my-secret" not in stored

    def test_of_the_command_line(self, fc_local):
        fc = fc_local("--access-key-id", "my-id", "--access-key-secret", "my-secret")

        assert fc.environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == "my-secret"
        assert fc.api.create_service().status_code == 200

    def test_of_the_environment_is_not_used_unless_that_is_asked_for(self, fc_local):
        cloud = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "cl", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "cloud"}

        fc = fc_local(env={**os.environ, **cloud})

        assert fc.environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] != "cloud"

    def test_of_the_environment_is_neither_printed_nor_stored(self, data_dir):
        cloud = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "cloud-id",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "cloud-secret",
        }
        with subprocess.Popen(
            [*COMMAND, "-v", "--access-key-from-env", "--data-dir", str(data_dir)],
            env={**os.environ, **cloud},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            printed = [process.stdout.readline() for _ in range(3)]
            endpoint = printed[2].strip().partition("=")[2]
            call(endpoint, "cloud-id", "cloud-secret")
            process.send_signal(signal.SIGTERM)
            output = "".join([*printed, *process.communicate(timeout=30)])

        assert printed[2].startswith("export FC_ENDPOINT=http://")
        assert "CreateService s 200" in output
        assert "cloud-secret" not in output
        stored = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
        assert b"cloud-secret" not in stored

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--access-key-from-env"], "the environment has no ALIBABA_CLOUD_ACCESS_KEY_ID"),
            (["--access-key-from-env", "--access-key-id", "i"], "cannot be combined with"),
            (["--access-key-id", "i"], "access_key_id and access_key_secret: pass both or neither"),
            (["--account-id", "x"], "account_id: must consist of digits, got 'x'"),
        ],
    )
    def test_that_cannot_be_used_is_an_error(self, arguments, message):
        done = run_command(*arguments)

        assert done.returncode == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1


def call(endpoint, key_id, secret):
    api = Api(endpoint, key_id, secret)
    api.create_service().raise_for_status()
    api.session.close()
