"""The measurements run; what they find is no matter of tests."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "benchmarks"]

# What needs no package beyond those of the tests.
PARTS = ["invocation", "code", "asyncclient", "start-up", "fcli"]
AIMS = 13


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    files = ["--json", folder / "results.json", "--plot", folder / "results.png"]
    done = subprocess.run(
        [*COMMAND, "--quick", *files, *PARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, json.loads((folder / "results.json").read_text(encoding="utf-8"))


class TestQuickRun:
    def test_prints_every_row_that_it_writes(self, quick_run):
        printed, results = quick_run
        for row in results["rows"]:
            assert f"  {row['name']} " in printed

    def test_measures_something_everywhere(self, quick_run):
        _, results = quick_run
        assert all(row["value"] > 0 for row in results["rows"])

    def test_tells_of_every_aim_whether_it_is_met(self, quick_run):
        _, results = quick_run
        aims = [row for row in results["rows"] if row["at_most"] or row["at_least"]]
        assert len(aims) == AIMS
        assert all(row["met"] in (True, False) for row in aims)

    def test_writes_what_the_numbers_depend_on(self, quick_run):
        _, results = quick_run
        assert {"date", "cores", "python", "server", "versions"} <= set(results)
        assert {"aiohttp", "aliyun-fc2", "requests", "urllib3"} <= set(results["versions"])


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_leave_no_server_behind(self, number, tmp_path):
        files = ["--json", tmp_path / "results.json", "--plot", tmp_path / "results.png"]
        with subprocess.Popen(
            [*COMMAND, *files, "invocation"], cwd=ROOT, stderr=subprocess.PIPE, text=True
        ) as run:
            servers = []
            while not servers:
                servers = psutil.Process(run.pid).children(recursive=True)
                assert run.poll() is None

            run.send_signal(number)

            _, complaints = run.communicate(timeout=60)
        assert (run.returncode, complaints) == (128 + number, "")
        assert psutil.wait_procs(servers, timeout=30)[1] == []
        assert list(tmp_path.iterdir()) == []
