"""Exit codes, and the one line on stderr for each error."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fcli.support import done, process, run
from support.http_server import free_port, replying, serving

from fc_client import __version__

KEYS = ("--access-key-id", "made-up-id", "--access-key-secret", "made-up+secret")


def error(code, message="no"):
    return json.dumps({"ErrorCode": code, "ErrorMessage": message}).encode()


def answered(*argv, status, body, **headers):
    """Run a command line against a service with one reply to everything."""
    with serving(replying(status, body, **headers)) as service:
        return run("--endpoint", service.url, *KEYS, *argv)


def piped(line):
    """Return what bash prints, and its errors, of a line in which FCLI is the program."""
    words = ["bash", "-c", line.replace("FCLI", f"{sys.executable} -m fc_client.fcli")]
    shown = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return shown.stdout, shown.stderr


class TestExitCode:
    def test_done(self, server):
        assert process("ls").code == 0
        assert server

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (404, error("ServiceNotFound")),
            (403, error("AccessDenied")),
            (409, error("ServiceAlreadyExists")),
            (400, b"<html>no JSON"),
            (302, b""),
        ],
    )
    def test_refusal_of_the_service(self, status, body):
        result = answered("info", "demo", status=status, body=body)
        assert result.code == 1
        assert len(result.err.splitlines()) == 1
        assert result.out == ""

    def test_nothing_reached(self):
        result = run("--endpoint", f"http://127.0.0.1:{free_port()}", *KEYS, "ls")
        assert result.code == 3
        assert "check the endpoint" in result.err

    def test_timeout(self):
        with serving(lambda exchange: exchange.wait()) as service:
            result = run(
                "--endpoint", service.url, *KEYS, "--request-timeout", "0.1", "mks", "demo"
            )
        assert result.code == 3
        assert "--request-timeout" in result.err

    @pytest.mark.parametrize(
        "argv",
        [["nope"], ["ls", "--nope"], ["mks"], ["mks", "a", "b"], ["ls", "--output", "xml"], ["ls"]],
    )
    def test_wrong_usage(self, argv):
        result = run(*argv)
        assert result.code == 2
        assert len(result.err.splitlines()) == 1

    def test_interrupt(self, demo):
        words = [sys.executable, "-m", "fc_client.fcli", "logs", "demo", "-t"]
        demo.invoke_function("demo", "hello")
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as following:
            following.stdout.readline()
            following.send_signal(signal.SIGINT)
            assert following.wait(30) == 130
            assert b"Traceback" not in following.stderr.read()

    def test_interrupt_during_imports(self, tmp_path):
        click = "import os, signal; os.kill(os.getpid(), signal.SIGINT)"
        (tmp_path / "click.py").write_text(click)
        result = process("ls", PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
        assert (result.code, result.err) == (130, "")

    @pytest.mark.parametrize("words", ["ls", "--help"])
    def test_reader_that_has_enough(self, client, words):
        client.create_service("demo")
        assert piped(f"FCLI {words} | true; echo ${{PIPESTATUS[0]}}") == ("0\n", "")

    def test_reader_of_errors_that_has_enough(self, server):
        assert piped("FCLI ls nope 2>&1 >/dev/null | true; echo ${PIPESTATUS[0]}") == ("1\n", "")
        assert server

    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ("FCLI ls >&-; echo $?", "0\n"),
            ("FCLI --help >&-; echo $?", "0\n"),
            ("FCLI ls nope 2>&-; echo $?", "1\n"),
            ("FCLI invk demo/hello -f - <&-; echo $?", "got 0\n"),
        ],
    )
    def test_stream_that_is_closed(self, demo, line, shown):
        [result, err] = piped(line)
        assert (result, err) == (shown, "")
        assert demo

    def test_output_that_cannot_be_written(self, demo):
        [shown, err] = piped("FCLI ls >/dev/full; echo $?")
        assert (shown, err) == ("1\n", "Error: No space left on device\n")
        assert demo

    def test_without_arguments_is_the_usage(self):
        result = process()
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith("Usage: fcli COMMAND")


class TestLine:
    def test_unconfigured_says_how_to_begin(self):
        result = run("ls")
        assert result.code == 2
        assert "fc-local" in result.err
        assert "fcli config --endpoint" in result.err

    def test_has_the_request_id(self):
        result = answered(
            "info", "demo", status=404, body=error("ServiceNotFound"), **{"X-Fc-Request-Id": "r-1"}
        )
        assert "(request id r-1)" in result.err

    def test_of_another_server_quotes_it(self):
        result = answered("ls", status=400, body=b"<html>Login</html>")
        assert "400" in result.err
        assert "<html>Login</html>" in result.err

    @pytest.mark.parametrize(
        ("argv", "action", "resource"),
        [
            (["info", "demo"], "fc:GetService", "services/demo"),
            (["info", "demo/f"], "fc:GetFunction", "services/demo/functions/f"),
            (["ls", "demo"], "fc:ListFunctions", "services/demo/functions/*"),
            (["invk", "demo/f"], "fc:InvokeFunction", "services/demo/functions/f"),
            (["mks", "demo"], "fc:CreateService", "services/demo"),
            (["rm", "demo/f", "--yes"], "fc:DeleteFunction", "services/demo/functions/f"),
        ],
    )
    def test_of_a_403_has_the_policy(self, argv, action, resource):
        result = answered(*argv, status=403, body=error("AccessDenied"))
        [policy] = re.findall(r"ask for the policy (\{.*\})", result.err)
        [statement] = json.loads(policy)["Statement"]
        assert statement["Action"] == [action]
        assert statement["Resource"] == [f"acs:fc:*:*:{resource}"]

    @pytest.mark.parametrize(
        ("argv", "body", "action"),
        [
            (["mksr", "r"], {"Code": "NoPermission", "Message": "no"}, "ram:CreateRole"),
            (
                ["ls", "/ram/policies"],
                {"Code": "Forbidden.RAM", "Message": "no"},
                "ram:ListPolicies",
            ),
            (
                ["ls", "/sls"],
                {"errorCode": "Unauthorized", "errorMessage": "no"},
                "log:ListProject",
            ),
        ],
    )
    def test_of_a_403_of_ram_or_log_service_has_the_policy(self, argv, body, action):
        with serving(replying(403, json.dumps(body).encode())) as service:
            endpoints = ["--endpoint", service.url, "--ram-endpoint", service.url]
            result = run(*endpoints, "--sls-endpoint", service.url, *KEYS, *argv)
        assert result.code == 1
        [policy] = re.findall(r"ask for the policy (\{.*\})", result.err)
        [statement] = json.loads(policy)["Statement"]
        assert statement == {"Effect": "Allow", "Action": [action], "Resource": ["*"]}

    @pytest.mark.parametrize(
        ("code", "hint"),
        [
            ("SignatureNotMatch", "check the access key secret"),
            ("InvalidAccessKeyID", "check the access key ID"),
            ("AccessDenied", "must be one of account"),
        ],
    )
    def test_of_other_403s_says_what_to_check(self, code, hint):
        body = error(code, "the resource doesn't belong to you")
        assert hint in answered("ls", status=403, body=body).err


class TestDebug:
    def test_shows_requests_without_secrets(self, server):
        result = done("ls", "--debug")
        assert f"> GET {server.endpoint}/2016-08-15/services?limit=100\n" in result.err
        assert "> Authorization: ***\n" in result.err
        assert "< 200\n" in result.err
        assert "ListServices attempt 1: 200" in result.err
        assert server.access_key_secret not in result.err

    def test_shows_downloads_without_their_permission(self, demo, server):
        err = done("dlc", "demo/hello", "-o", "hello.zip", "--debug").err
        assert re.search(rf"> GET {server.endpoint}/code/\d+\?\*\*\*\n", err)
        assert demo

    def test_shows_no_log_of_a_function(self, demo):
        err = done("invk", "demo/hello", "-s", "x", "--tail", "--debug").err
        assert "< x-fc-log-result: ***\n" in err
        assert demo

    def test_shows_requests_to_ram_and_log_service(self, server):
        err = done("mksr", "fc-logs", "--debug").err
        assert f'CreateRole to {server.endpoint}: {{"AssumeRolePolicyDocument": ' in err
        assert re.search(r"CreateRole: 200 \(request id [\w-]+\) in ", err)
        err += run("info", "/sls/nope", "--debug").err
        assert re.search(r"GetProject: 404 \(request id \w+\) in ", err)
        assert server.access_key_secret not in err

    def test_ends_with_the_command(self, server):
        result = run("shell", stdin=b"ls --debug\nls\nls --debug\n")
        assert result.err.count("ListServices attempt") == 2
        assert server

    def test_by_the_file(self, server, tmp_path):
        (tmp_path / "c.yaml").write_text("debug: true\n")
        assert "ListServices attempt" in done("ls", "--config", str(tmp_path / "c.yaml")).err
        assert server


def test_program_is_the_one_that_setup_installs():
    setup = (Path(__file__).parents[2] / "setup.py").read_text(encoding="utf-8")
    [(module, name)] = re.findall(r'"fcli=([\w.]+):(\w+)"', setup)
    program = f"import sys; from {module} import {name}; sys.exit({name}())"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout == process().content


def test_version():
    assert done("version").out == done("--version").out == f"fcli {__version__}\n"
