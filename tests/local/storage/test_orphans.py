"""What servers leave that were killed together with their removers."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile

import pytest

from fc_client.local import LocalFunctionCompute
from fc_client.local.storage.orphans import mark_temporary, remove_orphans

PROGRAM = """
import os, signal
from fc_client.local import LocalFunctionCompute
with LocalFunctionCompute() as fc:
    os.killpg(0, signal.SIGSTOP)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Return the temporary directory of this test's servers."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def mark_of_ended_process(path):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    mark_temporary(path)
    (path / "temporary").write_text(str(process.pid))


@pytest.fixture
def orphan(temporary):
    path = temporary / "fc-local-abc"
    (path / "code" / "below").mkdir(parents=True)
    mark_of_ended_process(path)
    return path


class TestRemoveOrphans:
    def test_removes_what_no_server_has_locked(self, orphan):
        remove_orphans()
        assert not orphan.exists()

    def test_leaves_what_a_server_has_locked(self, orphan):
        descriptor = os.open(orphan, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            remove_orphans()
            assert (orphan / "code" / "below").is_dir()
        finally:
            os.close(descriptor)

    def test_leaves_that_of_a_process_that_has_lost_its_lock(self, orphan):
        mark_temporary(orphan)
        remove_orphans()
        assert (orphan / "code" / "below").is_dir()

    @pytest.mark.parametrize("text", ["", "x", "9" * 30, "-1"])
    def test_removes_what_has_a_damaged_mark(self, orphan, text):
        (orphan / "temporary").write_text(text)
        remove_orphans()
        assert not orphan.exists()

    def test_leaves_a_data_directory_of_the_user(self, temporary):
        with LocalFunctionCompute(temporary / "fc-local-mine"):
            pass
        remove_orphans()
        assert (temporary / "fc-local-mine" / "keys.json").exists()

    def test_leaves_what_a_link_leads_to(self, temporary, orphan):
        (temporary / "elsewhere").mkdir()
        mark_of_ended_process(temporary / "elsewhere")
        (temporary / "fc-local-link").symlink_to("elsewhere")
        remove_orphans()
        assert (temporary / "elsewhere").is_dir()
        assert not orphan.exists()

    def test_leaves_other_files(self, temporary, orphan):
        os.mkfifo(temporary / "fc-local-pipe")
        (temporary / "other").mkdir()
        remove_orphans()
        assert sorted(path.name for path in temporary.iterdir()) == ["fc-local-pipe", "other"]
        assert not orphan.exists()


class TestServers:
    def test_that_run_are_left_alone(self, temporary):
        with LocalFunctionCompute() as first, LocalFunctionCompute() as second:
            assert first.client().list_services().items == ()
            assert second.client().list_services().items == ()
            assert len(list(temporary.glob("fc-local-*"))) == 2

    def test_killed_with_its_remover_leaves_nothing_to_the_next_one(self, temporary):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "TMPDIR": str(temporary)},
            start_new_session=True,
        )
        os.waitpid(process.pid, os.WUNTRACED)
        [left] = temporary.glob("fc-local-*")
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
        ).stdout.split()
        for pid in (*map(int, children), process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()
        assert left.exists()

        with LocalFunctionCompute():
            assert not left.exists()
