"""Which entries of a directory are uploaded, and what is said about the others."""

import os
import sys
from enum import Enum

import pytest

from fc_client import Code
from fc_client.code.directory import members_of


def plant(root, *names):
    """Create files that contain their own names; a name that ends in a slash is a directory."""
    for name in names:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def names(root, exclude=()):
    return [name for name, _ in members_of(root, exclude)]


class TestIgnoreFile:
    def test_excludes_and_is_not_uploaded(self, tmp_path):
        plant(tmp_path, "index.py", "docs/a.md", "logs/a.log", "keep.log")
        (tmp_path / ".fcignore").write_text("# not needed\n\ndocs/\n*.log\n!keep.log\n")
        assert names(tmp_path) == ["index.py", "keep.log", "logs/"]

    def test_comes_before_exclude(self, tmp_path):
        plant(tmp_path, "a.log", "b.log")
        (tmp_path / ".fcignore").write_text("*.log")
        assert names(tmp_path, ["!b.log"]) == ["b.log"]

    @pytest.mark.parametrize(
        "content", [b"a.log\r\nb.log\r\n", b"\xef\xbb\xbfa.log\nb.log", b"a.log\nb.log\n\xff"]
    )
    def test_may_be_written_by_any_editor(self, tmp_path, content):
        plant(tmp_path, "a.log", "b.log", "c.log")
        (tmp_path / os.fsdecode(b"\xff")).touch()
        (tmp_path / ".fcignore").write_bytes(content)
        assert "c.log" in names(tmp_path, ["*\udcff"])
        assert "a.log" not in names(tmp_path, ["*\udcff"])

    def test_that_is_not_a_file_is_an_error(self, tmp_path):
        plant(tmp_path, "a.py")
        os.mkfifo(tmp_path / ".fcignore")
        with pytest.raises(OSError, match=r"not a regular file but a FIFO: '.*\.fcignore'"):
            names(tmp_path)

    def test_that_is_a_broken_link_is_an_error(self, tmp_path):
        plant(tmp_path, "a.py")
        (tmp_path / ".fcignore").symlink_to("missing")
        with pytest.raises(FileNotFoundError, match=r"\.fcignore"):
            names(tmp_path)

    def test_that_is_a_directory_is_uploaded(self, tmp_path):
        plant(tmp_path, "a.py", ".fcignore/b")
        assert names(tmp_path, ["!.fcignore"]) == [".fcignore/b", "a.py"]

    def test_that_is_too_large_is_refused(self, tmp_path):
        (tmp_path / ".fcignore").write_bytes(b"x\n" * 600_000)
        with pytest.raises(ValueError, match=r"^code: '.*fcignore' is larger than 1 MB"):
            names(tmp_path)

    def test_below_the_top_is_an_ordinary_file(self, tmp_path):
        plant(tmp_path, "a/.fcignore", "a/a.py")
        assert names(tmp_path) == ["a/.fcignore", "a/a.py"]


class TestExclude:
    @pytest.mark.parametrize("pattern", [5, b"*.py", None])
    def test_patterns_must_be_text(self, tmp_path, pattern):
        with pytest.raises(TypeError, match=r"^exclude: expected patterns as str, got "):
            names(tmp_path, [pattern])

    def test_patterns_may_be_members_of_an_enum(self, tmp_path):
        class Patterns(str, Enum):
            TEXTS = "*.txt"

        plant(tmp_path, "a.txt", "a.py")
        assert names(tmp_path, [Patterns.TEXTS]) == ["a.py"]


class TestUnmatchedPatterns:
    def test_are_named_once_at_the_line_that_called(self, tmp_path):
        plant(tmp_path, "src/a.py")
        (tmp_path / ".fcignore").write_text("no-such\nsrc/b.py\n")
        with pytest.warns(UserWarning, match="code: patterns that match nothing") as caught:
            Code.from_path(tmp_path)
        (warning,) = caught
        assert "'no-such', 'src/b.py'. Patterns mean" in str(warning.message)
        assert warning.filename == __file__

    def test_get_a_hint_if_they_are_paths_of_a_shell(self, tmp_path):
        plant(tmp_path, "src/a.py", "b.py")
        with pytest.warns(UserWarning, match=r"where '\./src' is written '/src'\.$"):
            assert "src/a.py" in names(tmp_path, ["./src"])

    def test_are_not_named_if_they_are_left_out_anyway(self, tmp_path):
        plant(tmp_path, "a.py")
        usual = ["__pycache__", "*.pyc", "**/.git/", ".venv/", ".env", ".DS_Store"]
        assert names(tmp_path, usual) == ["a.py"]

    def test_are_shown_so_that_they_can_be_printed(self, tmp_path):
        plant(tmp_path, "a.py")
        with pytest.warns(UserWarning, match=r"'\\x1b\[2J\\n\\udcff'"):
            names(tmp_path, ["\x1b[2J\n\udcff"])


class TestTree:
    def test_may_be_deeper_than_the_stack(self, tmp_path):
        limit = sys.getrecursionlimit()
        before = os.open(".", os.O_RDONLY)
        try:
            os.chdir(tmp_path)
            for _ in range(300):
                os.mkdir("d")  # noqa: PTH102 - a Path would become too long
                os.chdir("d")
            with open("a", "w"):  # noqa: PTH123 - likewise
                pass
            os.chdir(before)
            sys.setrecursionlimit(250)
            found = names(tmp_path)
        finally:
            sys.setrecursionlimit(limit)
            os.fchdir(before)
            os.close(before)
        assert found == ["d/" * 300 + "a"]

    def test_is_listed_in_the_same_order_as_before(self, tmp_path):
        plant(tmp_path, "a/b", "a.txt", "a-b", "b/", "a/c/", "a/d/.git/x")
        assert names(tmp_path) == ["a/b", "a/c/", "a/d/", "a-b", "a.txt", "b/"]
