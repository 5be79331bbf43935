import re
import subprocess
import sys

import pytest
from fcli.support import done, run

LOGGING = """
import logging

def handler(event, context):
    logging.getLogger().info("some information")
    logging.getLogger().error("an error")
    return b""
"""


@pytest.fixture
def invoked(demo, server):
    """Return the server, whose function has run twice; of the function, "ids" are the requests."""
    assert demo
    ids = [demo.invoke_function("demo", "hello", "x" * size).request_id for size in (1, 2)]
    server.ids = ids
    return server


class TestLines:
    def test_have_the_form_of_the_original(self, invoked):
        lines = done("logs", "demo/hello").lines
        assert [line.split("\t")[1:3] for line in lines] == [
            ["serviceName:demo", "functionName:hello"]
        ] * len(lines)
        assert [line for line in lines if line.endswith("message:handled 1")]
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\t", lines[0])
        assert invoked

    def test_of_a_service(self, invoked):
        assert done("logs", "demo").out == done("logs", "demo/hello").out
        assert invoked

    def test_as_documents(self, invoked):
        records = done("logs", "demo", "--output", "json").json()
        assert {record["requestId"] for record in records} == set(invoked.ids)

    def test_times_are_local_by_flag(self, invoked):
        line = done("logs", "demo", "--local-time", "-c", "1").lines[0]
        assert re.match(r"\S+T\d\d:\d\d:\d\d[+-]\d\d:\d\d\t", line)
        assert invoked


class TestFilters:
    def test_request(self, invoked):
        out = done("logs", "demo/hello", "--request-id", invoked.ids[1]).out
        assert "handled 2" in out
        assert "handled 1" not in out

    def test_level(self, demo, folder):
        (folder / "code" / "index.py").write_text(LOGGING)
        done("upf", "demo/hello", "-d", "code")
        done("invk", "demo/hello")
        assert "some information" in done("logs", "demo", "--level", "info").out
        out = done("logs", "demo", "--level", "ERROR").out
        assert "an error" in out
        assert "some information" not in out
        assert demo

    def test_count_keeps_the_newest(self, invoked):
        assert len(done("logs", "demo", "-c", "3").lines) == 3
        assert done("logs", "demo", "-c", "3").lines == done("logs", "demo").lines[-3:]
        assert invoked

    def test_time(self, invoked):
        assert done("logs", "demo", "-s", "10m ago").out
        assert done("logs", "demo", "-s", "2h ago", "-e", "1h ago").out == ""
        assert done("logs", "demo", "-e", "2018-01-01T00:00:00Z", "-d", "60").out == ""
        assert invoked


class TestFollowing:
    def test_prints_new_lines(self, demo):
        words = [sys.executable, "-m", "fc_client.fcli", "logs", "demo/hello", "-t"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as following:
            demo.invoke_function("demo", "hello", b"12345")
            lines = [following.stdout.readline() for _ in range(3)]
            following.terminate()
        assert [line for line in lines if line.endswith("message:handled 5\n")]


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("-s", "yesterday"), "'yesterday' is not a time"),
            (("-e", ""), "'' is not a time"),
            (("-s", "now", "-e", "1h ago"), "is before the start"),
            (("-t", "-e", "now"), "--tail and --end"),
            (("-t", "--output", "yaml"), "--tail prints text or"),
            (("-t", "--query", "x"), "--tail prints text or"),
            (("-c", "0"), "'-c'"),
            (("-d", "0"), "'-d'"),
            (("--level", "LOUD"), "'LOUD' is not one of"),
        ],
    )
    def test_is_wrong_usage(self, demo, words, problem):
        result = run("logs", "demo", *words)
        assert result.code == 2
        assert problem in result.err
        assert demo

    def test_service_that_is_not_there(self, server):
        result = run("logs", "nope")
        assert result.code == 1
        assert "404 ServiceNotFound" in result.err
        assert server
