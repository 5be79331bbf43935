import os
import threading
import time

import pytest

from fc_client.code.dependency_cache import default_directory, installed


class Installing:
    """An installation that counts how often it runs, and waits for others if it is to."""

    def __init__(self, content="content", barrier=None):
        self.content = content
        self.barrier = barrier
        self.runs = 0

    def key(self):
        return "pip-1"

    def run(self, target):
        self.runs += 1
        if self.barrier:
            self.barrier.wait(30)
        (target / "package").mkdir()
        (target / "package" / "file").write_text(self.content)


class TestInstalled:
    def test_installs_once(self, tmp_path):
        installation = Installing()
        directory = tmp_path / "missing" / "cache"
        first, second = (installed(installation, directory) for _ in range(2))
        assert first == second
        assert (first / "package" / "file").read_text() == "content"
        assert installation.runs == 1
        assert [path.name for path in directory.iterdir()] == ["pip-1"]
        assert directory.stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize(
        "damage",
        [
            lambda entry: (entry / "files" / "package" / "file").write_text("Content"),
            lambda entry: (entry / "files" / "package" / "file").unlink(),
            lambda entry: (entry / "files" / "more").write_text(""),
            lambda entry: (entry / "digest").unlink(),
            lambda entry: (entry / "digest").write_bytes(b"\xff"),
        ],
        ids=["changed", "deleted", "added", "without digest", "digest damaged"],
    )
    def test_broken_entry_is_installed_again(self, tmp_path, damage):
        installation = Installing()
        damage(installed(installation, tmp_path).parent)
        files = installed(installation, tmp_path)
        assert installation.runs == 2
        assert [path.name for path in files.rglob("*")] == ["package", "file"]
        assert (files / "package" / "file").read_text() == "content"
        assert [path.name for path in tmp_path.iterdir()] == ["pip-1"]

    def test_failed_installation_leaves_nothing(self, tmp_path):
        def fail(target):
            (target / "half").write_text("")
            raise ValueError

        installation = Installing()
        installation.run = fail
        with pytest.raises(ValueError, match=r"^$"):
            installed(installation, tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("broken", [False, True])
    def test_two_at_once_get_the_same_entry(self, tmp_path, broken):
        if broken:
            (installed(Installing(), tmp_path).parent / "digest").unlink()
        barrier = threading.Barrier(2)
        both = [Installing(barrier=barrier) for _ in range(2)]
        results = []
        threads = [
            threading.Thread(target=lambda each=each: results.append(installed(each, tmp_path)))
            for each in both
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [tmp_path / "pip-1" / "files"] * 2
        assert (results[0] / "package" / "file").read_text() == "content"
        assert [path.name for path in tmp_path.iterdir()] == ["pip-1"]

    def test_leftovers_of_killed_processes_are_removed_after_a_day(self, tmp_path):
        for name, age in (("new-old", 90_000), ("new-young", 3600), ("pip-2", 90_000)):
            (tmp_path / name).mkdir()
            moment = time.time() - age
            os.utime(tmp_path / name, (moment, moment))
        installed(Installing(), tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["new-young", "pip-1", "pip-2"]

    def test_directory_that_cannot_be_written_is_an_os_error(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match="file"):
            installed(Installing(), tmp_path / "file")

    def test_entry_that_cannot_be_renamed_is_an_os_error(self, tmp_path):
        installation = Installing()
        installation.key = lambda: "missing/entry"
        with pytest.raises(FileNotFoundError):
            installed(installation, tmp_path)


class TestDefaultDirectory:
    @pytest.mark.parametrize(
        ("platform", "variables", "expected"),
        [
            ("linux", {}, "home/.cache"),
            ("linux", {"XDG_CACHE_HOME": "/caches"}, "/caches"),
            ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache"),
            ("darwin", {"XDG_CACHE_HOME": "/caches"}, "home/Library/Caches"),
            ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
            ("win32", {}, "home/AppData/Local"),
        ],
    )
    def test_follows_the_conventions(self, tmp_path, monkeypatch, platform, variables, expected):
        for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"HOME": str(tmp_path / "home"), **variables}.items():
            monkeypatch.setenv(name, value)
        assert default_directory(platform) == tmp_path / expected / "aliyun-fc-client"
