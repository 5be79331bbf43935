import os

import pytest

from fc_client.code.trees import digest_of, entries_of


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "b" / "empty").mkdir(parents=True)
    (tmp_path / "b" / "file").write_text("content")
    (tmp_path / "a").write_text("a")
    (tmp_path / "link").symlink_to("b")
    return tmp_path


class TestEntriesOf:
    def test_has_files_and_links_sorted(self, tree):
        assert entries_of(tree) == [
            ("a", tree / "a"),
            ("b/file", tree / "b" / "file"),
            ("link", tree / "link"),
        ]

    def test_directory_that_cannot_be_read_is_an_error(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            entries_of(tmp_path / "missing")


class TestDigestOf:
    def test_is_the_same_for_the_same_content(self, tree):
        before = digest_of(tree)
        os.utime(tree / "a", (1, 1))
        (tree / "b" / "empty").rmdir()
        assert digest_of(tree) == before

    @pytest.mark.parametrize(
        "change",
        [
            lambda tree: (tree / "a").write_text("A"),
            lambda tree: (tree / "a").chmod(0o755),
            lambda tree: (tree / "a").rename(tree / "c"),
            lambda tree: (tree / "new").write_text(""),
            lambda tree: (tree / "a").unlink(),
            lambda tree: ((tree / "link").unlink(), (tree / "link").symlink_to("a")),
        ],
        ids=["content", "mode", "name", "new file", "missing file", "target of a link"],
    )
    def test_changes_with_the_tree(self, tree, change):
        before = digest_of(tree)
        change(tree)
        assert digest_of(tree) != before

    @pytest.mark.parametrize("name", ["pipe", "b/pipe"])
    def test_does_not_wait_for_a_fifo(self, tree, name):
        os.mkfifo(tree / name)
        with pytest.raises(OSError, match=r"not a regular file but a FIFO.*pipe"):
            digest_of(tree / name if name == "pipe" else tree)

    def test_of_a_file_is_that_of_its_content(self, tmp_path):
        for name, content in (("a", "1"), ("b", "1"), ("c", "2")):
            (tmp_path / name).write_text(content)
        assert digest_of(tmp_path / "a") == digest_of(tmp_path / "b") != digest_of(tmp_path / "c")
