from __future__ import annotations

import fcntl
import os
import stat
import threading

import pytest
from local.support import create, run_python

from fc_client.local import DataDirectoryError, LocalFunctionCompute, StoreError


class TestDataDirectory:
    def test_everything_is_there_after_a_restart(self, tmp_path, make_api):
        with LocalFunctionCompute(tmp_path) as fc:
            create(make_api(fc), "def h(event, context):\n    print('ran')\n    return event")
            make_api(fc).invoke(b"1")
            keys = (fc.access_key_id, fc.access_key_secret, fc.account_id)

        with LocalFunctionCompute(tmp_path) as fc:
            assert (fc.access_key_id, fc.access_key_secret, fc.account_id) == keys
            assert make_api(fc).invoke(b"2").content == b"2"
            assert fc.logs("s", "f").count("ran") == 2

    def test_keys_are_for_their_owner_only(self, tmp_path):
        directory = tmp_path / "new" / "data"
        with LocalFunctionCompute(str(directory)):
            assert stat.S_IMODE((directory / "keys.json").stat().st_mode) == 0o600
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700

    def test_damaged_keys_are_an_error(self, tmp_path):
        (tmp_path / "keys.json").write_text("{}")

        with pytest.raises(DataDirectoryError, match=r"keys\.json is damaged"):
            LocalFunctionCompute(tmp_path).start()

    @pytest.mark.parametrize("name", ["keys.json", "lock", "fc.sqlite", "fc.sqlite-wal"])
    def test_a_pipe_in_place_of_a_file_is_an_error(self, tmp_path, name):
        os.mkfifo(tmp_path / name)

        with pytest.raises(OSError, match=rf"not a regular file but a FIFO: '.*{name}'"):
            LocalFunctionCompute(tmp_path).start()

    def test_a_pipe_in_place_of_the_code_is_an_error(self, tmp_path):
        os.mkfifo(tmp_path / "code")

        with pytest.raises(NotADirectoryError, match=r"/code'"):
            LocalFunctionCompute(tmp_path).start()

    def test_a_pipe_in_place_of_temporary_files_is_removed(self, tmp_path):
        os.mkfifo(tmp_path / "work")

        with LocalFunctionCompute(tmp_path):
            assert (tmp_path / "work").is_dir()

    def test_a_directory_in_use_is_an_error(self, tmp_path):
        with (
            LocalFunctionCompute(tmp_path),
            pytest.raises(DataDirectoryError, match="another local Function Compute"),
        ):
            LocalFunctionCompute(tmp_path).start()

        with LocalFunctionCompute(tmp_path):
            pass

    def test_who_only_looks_whether_it_is_in_use_is_waited_for(self, tmp_path):
        looking = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(looking, fcntl.LOCK_SH)
        timer = threading.Timer(0.3, os.close, (looking,))
        timer.start()

        with LocalFunctionCompute(tmp_path):
            timer.join()

    def test_it_is_free_again_though_a_fork_of_the_program_lives_on(self, tmp_path):
        done = run_python(
            """
            import os, sys, time
            from fc_client.local import LocalFunctionCompute
            with LocalFunctionCompute(sys.argv[1]):
                child = os.fork()
                if not child:
                    time.sleep(100)
            with LocalFunctionCompute(sys.argv[1]):
                print("free")
            os.kill(child, 9)
            os.waitpid(child, 0)
            """,
            str(tmp_path),
        )

        assert done.stdout == "free\n", done.stderr

    def test_a_later_database_is_an_error(self, tmp_path):
        (tmp_path / "fc.sqlite").write_bytes(b"not a database at all" * 100)

        with pytest.raises(StoreError, match=r"fc\.sqlite"):
            LocalFunctionCompute(tmp_path).start()

        (tmp_path / "fc.sqlite").unlink()
        with LocalFunctionCompute(tmp_path):
            pass

    def test_unreferenced_code_is_removed_at_the_next_start(self, tmp_path, make_api):
        with LocalFunctionCompute(tmp_path) as fc:
            api = make_api(fc)
            create(api, "def h(event, context): pass")
            api.call("DELETE", "/services/s/functions/f")

        with LocalFunctionCompute(tmp_path):
            assert list((tmp_path / "code" / "trees").iterdir()) == []

    def test_the_message_names_the_process_that_uses_it(self, tmp_path):
        with (
            LocalFunctionCompute(tmp_path),
            pytest.raises(DataDirectoryError, match=rf"\(process {os.getpid()}\)"),
        ):
            LocalFunctionCompute(tmp_path).start()

    def test_it_is_in_use_though_its_files_are_removed_by_hand(self, tmp_path):
        with LocalFunctionCompute(tmp_path):
            (tmp_path / "lock").unlink()

            with pytest.raises(DataDirectoryError, match="another local Function Compute"):
                LocalFunctionCompute(tmp_path).start()

    @pytest.mark.parametrize("umask", [0, 0o022, 0o777])
    @pytest.mark.parametrize("exists", [False, True])
    def test_all_is_for_its_owner_only_whatever_the_umask(self, tmp_path, umask, exists):
        directory = tmp_path / "data"
        if exists:
            directory.mkdir()
            directory.chmod(0o755)
        before = os.umask(umask)
        try:
            with LocalFunctionCompute(directory) as fc, fc.client() as client:
                client.create_service("s")
                entries = [directory, *directory.iterdir()]
                modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in entries}
        finally:
            os.umask(before)

        assert modes.pop("data") == (0o755 if exists else 0o700)
        assert modes.pop(".gitignore", None) == (None if exists else 0o600)
        assert modes == {
            **dict.fromkeys(("code", "work"), 0o700),
            **dict.fromkeys(("keys.json", "lock", "server.json"), 0o600),
            **dict.fromkeys(("fc.sqlite", "fc.sqlite-shm", "fc.sqlite-wal"), 0o600),
        }
