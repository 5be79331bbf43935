"""What fc-local prints while it serves, on terminals and pipes."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
import shutil
import signal
import subprocess
import time

import pytest
from local.cli_support import COMMAND, run_command
from local.support import create
from support.waiting import wait_until

from fc_client import __version__
from fc_client.local.console import Console, wants_colors
from fc_client.local.dispatch.activity import Activity

SOURCE = """
def h(event, context):
    print("got", event.decode())
    print(context.credentials.access_key_secret)
"""
COLORS = ("NO_COLOR", "FORCE_COLOR", "TERM")


@pytest.fixture(autouse=True)
def no_choice_of_colors(monkeypatch):
    for name in COLORS:
        monkeypatch.delenv(name, raising=False)


class Terminal:
    """A pseudo-terminal for the standard error of a process."""

    def __init__(self) -> None:
        self._own, self.end = pty.openpty()

    def read(self) -> str:
        """Return what was written, when all processes have closed it."""
        os.close(self.end)
        text = b""
        try:
            while data := os.read(self._own, 65536):
                text += data
        except OSError:
            pass  # Linux, after the last process
        os.close(self._own)
        return text.decode()


def printed_at(fc_local, *arguments, **options):
    """Run a server, call it and return what it prints at standard error."""
    fc = fc_local(*arguments, **options)
    create(fc.api, SOURCE)
    fc.api.invoke(b"an event \x1b[31m")
    fc.api.call("GET", "/services/none")
    return fc.end(signal.SIGTERM)[2]


class TestPipe:
    def test_gets_a_line_per_request_with_the_output_below(self, fc_local):
        lines = printed_at(fc_local).splitlines()

        time_and_operation = r"\d\d:\d\d:\d\d\.\d{3} (\w+) "
        requests = [match[1] for line in lines if (match := re.match(time_and_operation, line))]
        assert requests == ["CreateService", "CreateFunction", "InvokeFunction", "GetService"]
        assert re.fullmatch(r".{12} InvokeFunction s/f 200 [0-9.]+ ms cold [0-9a-f-]{36}", lines[2])
        assert lines[3:5] == [r"    got an event \x1b[31m", "    ***"]
        assert "\x1b" not in "".join(lines)

    def test_gets_colors_if_they_are_forced(self, fc_local):
        printed = printed_at(fc_local, env={**os.environ, "FORCE_COLOR": "1"})

        assert "\x1b[1mInvokeFunction\x1b[0m s/f \x1b[32m200\x1b[0m" in printed
        assert "\x1b[31m404\x1b[0m" in printed

    def test_that_is_not_read_does_not_stop_the_server(self, fc_local):
        fc = fc_local()
        source = "def h(event, context):\n    print(event.decode() * 1000)\n    return event"
        create(fc.api, source)

        # More than the server keeps for a pipe: 8 MB.
        for _ in range(100):
            assert fc.api.invoke(b"x" * 100).content == b"x" * 100

        fc.api.session.close()
        fc.process.send_signal(signal.SIGTERM)
        with fc.process:
            assert fc.process.wait(timeout=30) == 0

    def test_that_is_closed_does_not_stop_the_server(self, fc_local):
        fc = fc_local()
        fc.process.stderr.close()
        fc.process.stderr = None

        for _ in range(3):
            assert fc.api.call("GET", "/services").status_code == 200
            time.sleep(0.05)

        assert fc.end(signal.SIGTERM)[0] == 0

    def test_may_be_missing(self):
        program = f"exec {' '.join(COMMAND)} 2>&-"
        with subprocess.Popen(["sh", "-c", program], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline().startswith("# Function Compute at")
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0


class TestTerminal:
    @pytest.mark.parametrize(
        ("variables", "has_colors"),
        [
            ({"TERM": "xterm"}, True),
            ({"TERM": "xterm", "NO_COLOR": "1"}, False),
            ({"TERM": "dumb"}, False),
            ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ],
    )
    def test_has_colors_unless_the_environment_says_otherwise(
        self, fc_local, variables, has_colors
    ):
        terminal = Terminal()
        printed_at(fc_local, stderr=terminal.end, env={**os.environ, **variables})

        printed = terminal.read()
        assert "InvokeFunction" in printed
        assert ("\x1b[36mcold\x1b[0m" in printed) == has_colors
        assert ("\x1b" in printed) == has_colors
        assert r"got an event \x1b[31m" in printed


class TestOptions:
    def test_quiet_leaves_the_export_lines_alone(self, fc_local):
        fc = fc_local("-q")
        create(fc.api, SOURCE)
        fc.api.invoke(b"x")

        assert fc.end(signal.SIGTERM) == (0, "", "")

    def test_quiet_prints_errors(self, fc_local, tmp_path):
        fc = fc_local("-q", "--data-dir", tmp_path / "data")
        fc.api.create_service().raise_for_status()
        shutil.rmtree(tmp_path / "data" / "code")
        assert fc.api.create_function().status_code == 500

        errors = fc.end(signal.SIGTERM)[2]
        assert re.search(r"^.{12} ERROR request \S+ failed: ", errors)

    def test_verbose_adds_headers_and_the_event(self, fc_local):
        printed = printed_at(fc_local, "-v")

        assert "    User-Agent: python-requests/" in printed
        assert "    Authorization: ***\n" in printed
        assert r"    event: 14 bytes: an event \x1b[31m" in printed

    def test_quiet_and_verbose_exclude_each_other(self):
        assert "not allowed with argument" in run_command("-q", "-v").stderr

    def test_version(self):
        assert run_command("--version").stdout == f"fc-local {__version__}\n"


class TestConsole:
    @pytest.fixture
    def write(self):
        """Write records to a console, which is closed, and return what it wrote."""

        def write(*activities, stream=None):
            stream = stream or io.StringIO()
            console = Console(stream, has_colors=False)
            for each in activities:
                record = logging.makeLogRecord({"msg": "%s", "args": (each,), "levelname": "ERROR"})
                record.activity = each
                console.handle(record)
            console.close()
            # It waits for a second at most.
            console._writer.join(30)
            return stream.getvalue()

        return write

    def test_writes_all_before_it_is_closed(self, write):
        activities = [Activity("op", "s/f", "200", f"id-{number}") for number in range(500)]

        lines = write(*activities).splitlines()

        assert [line.split()[-1] for line in lines] == [f"id-{number}" for number in range(500)]

    def test_other_records_have_their_level_and_no_control_characters(self, write):
        line = write("store \x1b[2J fails")

        assert line.endswith(" ERROR store \\x1b[2J fails\n")

    def test_counts_what_it_leaves_out(self, write):
        output = b"x" * 1024 * 1024
        activities = [Activity("op", "s/f", "200", "id", output=output) for _ in range(20)]

        written = write(*activities)

        assert re.search(r"\.\.\. \d+ log messages left out \.\.\.", written)
        assert len(written) < 17 * 1024 * 1024

    def test_goes_on_after_a_failure(self):
        class Failing(io.StringIO):
            failures = 1

            def write(self, text: str) -> int:
                if self.failures:
                    self.failures -= 1
                    raise OSError("no")
                return super().write(text)

        stream = Failing()
        console = Console(stream, has_colors=False)
        console.handle(logging.makeLogRecord({"msg": "lost", "levelname": "ERROR"}))
        wait_until(lambda: not stream.failures)
        console.handle(logging.makeLogRecord({"msg": "written", "levelname": "ERROR"}))
        console.close()

        assert "ERROR written" in stream.getvalue()

    def test_goes_on_after_a_record_that_cannot_be_shown(self, write):
        class Hostile:
            def __str__(self) -> str:
                raise RuntimeError

        lines = write("before", Hostile(), "after").splitlines()

        assert lines[0].endswith("ERROR before")
        assert "cannot be shown: RuntimeError" in lines[1]
        assert lines[2].endswith("ERROR after")

    def test_escapes_what_the_encoding_of_the_stream_lacks(self):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        console = Console(stream, has_colors=False)
        console.handle(logging.makeLogRecord({"msg": "f\xfcr \u4f60", "levelname": "ERROR"}))
        console.close()

        stream.seek(0)
        assert stream.read().endswith("ERROR f\\xfcr \\u4f60\n")

    @pytest.mark.parametrize(
        ("environ", "wanted"),
        [({}, False), ({"NO_COLOR": ""}, False), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    )
    def test_colors_of_a_pipe(self, environ, wanted):
        assert wants_colors(io.StringIO(), environ) is wanted
