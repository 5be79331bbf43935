"""The shell: through a pipe, and through a pseudo-terminal as users have it."""

import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from fcli.support import process, run

# Colours, movements of the cursor and modes of the terminal.
CONTROLS = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[=>])")


@pytest.fixture
def terminal(server, tmp_path):
    """Return a function that starts fcli on a pseudo-terminal."""
    started = []

    def start(*argv, **environ):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "fc_client.fcli", *argv],
            env={**os.environ, "TERM": "xterm", "PAGER": "cat", **environ},
            encoding="utf-8",
            timeout=60,
            dimensions=(40, 120),
            cwd=tmp_path,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)
    assert server


def text_before(child):
    """Return what a terminal showed before the last match, without its controls."""
    return CONTROLS.sub("", child.before).replace("\r\n", "\n")


class TestPipe:
    def test_runs_commands_until_the_end(self, demo):
        result = process("shell", stdin=b"pwd\ncd demo\npwd\nls\ninvk hello -s <<EOF\na\nEOF\n")
        assert result.code == 0
        assert result.out == "/fc\n/fc/demo\nhello\ngot a\n"
        assert demo

    @pytest.mark.parametrize(
        ("lines", "code"),
        [
            (b"ls\nls nope\n", 1),
            (b"ls nope\nls\n", 0),
            (b"ls nope\nexit\nls\n", 1),
            (b"nope\n", 2),
            (b"ls 'open\n", 2),
            (b"rm demo\n", 2),
            (b"cd nope\n", 1),
            (b"cd /ram/nope\n", 2),
            (b"cd demo\nls hello/nope/x\n", 2),
            (b"", 0),
        ],
    )
    def test_exit_code_is_that_of_the_last_command(self, demo, lines, code):
        result = run("shell", stdin=lines)
        assert result.code == code
        assert demo.get_service("demo")

    def test_options_are_those_of_all_commands(self, demo):
        result = run("--output", "json", "shell", stdin=b"ls --output text\nls\n")
        assert result.out.startswith("demo\n[\n")
        assert demo

    def test_configuration_counts_from_the_next_command(self, server):
        unset = {"FC_ENDPOINT": "", "ALIBABA_CLOUD_ACCESS_KEY_ID": ""}
        key = f"--access-key-id {server.access_key_id} --access-key-secret "
        key += server.access_key_secret
        lines = f"ls\nconfig --endpoint http://127.0.0.1:1 {key}\nls\n"
        lines += f"config --endpoint {server.endpoint}\nls\n"
        result = process("shell", stdin=lines.encode(), **unset, ALIBABA_CLOUD_ACCESS_KEY_SECRET="")
        errors = [line for line in result.err.splitlines() if line.startswith("Error")]
        assert "no endpoint" in errors[0]
        assert "cannot connect" in errors[1]
        assert result.code == 0

    def test_interrupt_ends_all_commands(self, demo):
        demo.invoke_function("demo", "hello")
        words = [sys.executable, "-m", "fc_client.fcli", "shell"]
        pipe = subprocess.PIPE
        with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe) as shell:
            shell.stdin.write(b"logs demo -t\npwd\n")
            shell.stdin.flush()
            shell.stdout.readline()
            shell.send_signal(signal.SIGINT)
            out, err = shell.communicate(timeout=30)
        assert shell.returncode == 130
        assert b"/fc" not in out
        assert err == b""


class TestTerminal:
    def test_session(self, demo, terminal):
        child = terminal("shell")
        child.expect("Welcome to the function compute world. Have fun!")
        child.expect(">>> ")
        child.send("cd demo\r")
        child.expect(">>> ")
        child.send("pwd\r")
        child.expect("/fc/demo\r\n")
        child.expect(">>> ")
        child.send("ls nope\r")
        child.expect("Error: .*404 FunctionNotFound.*\r\n")
        child.expect(">>> ")
        child.sendeof()
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 1
        history = Path(os.environ["HOME"], ".fcli", "history")
        assert "+cd demo\n" in history.read_text()
        assert stat.S_IMODE(history.stat().st_mode) == 0o600
        assert demo

    def test_completes_commands_flags_and_paths(self, demo, terminal):
        child = terminal("shell")
        child.expect(">>> ")
        child.send("inf\t")
        child.expect("inf.*o")
        child.send(" demo/he\t")
        child.expect("demo/he.*llo")
        child.send("\r")
        child.expect('"functionName"')
        child.expect(">>> ")
        child.send("ls --lim\t")
        child.expect("--lim.*it")
        child.send(" 1 demo\r")
        child.expect("python3 .*ago|python3 .*now")
        assert demo

    def test_interrupt_ends_the_command_and_not_the_shell(self, demo, terminal):
        demo.invoke_function("demo", "hello", b"12345")
        child = terminal("shell")
        child.expect(">>> ")
        child.send("logs demo -t\r")
        child.expect("handled 5\r\n")
        child.sendintr()
        child.expect(">>> ")
        child.send("ls 'ope")
        child.sendintr()
        child.expect(">>> ")
        child.send("pwd\r")
        child.expect("/fc\r\n")
        child.expect(">>> ")
        child.sendeof()
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0

    def test_question_before_a_removal(self, demo, terminal):
        child = terminal("rm", "demo/hello")
        child.expect(r"Do you want to remove the resource /fc/demo/hello \[y/n\]: ")
        child.sendline("n")
        child.expect(pexpect.EOF)
        assert demo.get_function("demo", "hello")
        child = terminal("rm", "-r", "demo")
        child.expect("/fc/demo/hello\r\n/fc/demo\r\n")
        child.expect(r"\[y/n\]: ")
        child.sendline("y")
        child.expect("/fc/demo removed")
        child.expect(pexpect.EOF)
        assert list(demo.iter_services()) == []

    def test_first_start_asks_as_the_guide_shows(self, terminal):
        unset = {"FC_ENDPOINT": "", "ALIBABA_CLOUD_ACCESS_KEY_ID": ""}
        child = terminal("shell", **unset, ALIBABA_CLOUD_ACCESS_KEY_SECRET="")
        endpoint = (
            "Please input the endpoint "
            "(example: https://your_account_id.cn-shanghai.fc.aliyuncs.com):"
        )
        answers = [
            (endpoint, "https://123456.cn-shanghai.fc.aliyuncs.com"),
            ("Please input the access key id:", "fakeaccesskeyid"),
            ("Please input the access key secret:", "fakeaccesskeysecret"),
        ]
        for question, answer in answers:
            child.expect_exact(f"{question}\r\n")
            child.sendline(answer)
        folder = Path(os.environ["HOME"], ".fcli")
        child.expect_exact(f"Store the configuration in: {folder}\r\n")
        assert "fakeaccesskeysecret" not in child.before
        child.expect_exact("Welcome to the function compute world. Have fun!\r\n")
        child.expect(">>> ")
        child.send("exit\r")
        child.expect(pexpect.EOF)
        assert "access_key_secret: fakeaccesskeysecret" in (folder / "config.yaml").read_text()

    def test_secrets_are_not_in_the_history(self, terminal):
        child = terminal("shell")
        child.expect(">>> ")
        child.send("config --access-key-secret made-up\r")
        child.expect("Store the configuration")
        child.expect(">>> ")
        child.send("exit\r")
        child.expect(pexpect.EOF)
        history = Path(os.environ["HOME"], ".fcli", "history").read_text()
        assert "exit" in history
        assert "made-up" not in history


def test_upload_has_a_progress_bar(demo, terminal, folder):
    (folder / "code" / "large").write_bytes(os.urandom(3_000_000))
    child = terminal("upf", "demo/hello", "-d", str(folder / "code"))
    child.expect("uploading hello")
    child.expect("/fc/demo/hello updated")
    child.expect(pexpect.EOF)
    assert demo.get_function("demo", "hello").code_size > 3_000_000


class TestTables:
    def test_have_titles_colours_and_relative_times(self, demo, terminal):
        child = terminal("ls", "demo")
        child.expect(pexpect.EOF)
        assert "\x1b[1m" in child.before
        shown = [line.split("  ") for line in text_before(child).splitlines()]
        assert shown[0][0] == "FUNCTION"
        assert shown[1][0].strip() == "hello"
        assert shown[1][-1].endswith(("ago", "now"))
        assert demo

    @pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_without_colour(self, demo, terminal, environ):
        child = terminal("ls", "demo", **environ)
        child.expect(pexpect.EOF)
        assert "\x1b[1m" not in child.before
        assert "FUNCTION" in child.before
        assert demo

    def test_long_list_goes_to_the_pager(self, client, terminal, tmp_path):
        pager = tmp_path / "pager"
        pager.write_text("#!/bin/sh\nexec head -n 3\n")
        pager.chmod(0o700)
        for number in range(50):
            client.create_service(f"s{number}")
        child = terminal("ls", PAGER=str(pager))
        child.expect(pexpect.EOF)
        assert len(text_before(child).splitlines()) == 3
