"""Files are opened without waiting, and only regular ones."""

import os
import re
import socket

import pytest

from fc_client._files import named_kind, open_regular, remove_tree


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """Return a directory with one file of each kind; it is the current one."""
    # The path of a socket is short.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "directory").mkdir()
    os.mkfifo("pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "broken").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("sock")
    return tmp_path


class TestOpenRegular:
    def test_opens_a_file(self, odd):
        with open_regular(odd / "file") as file:
            assert file.read() == b"content"

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("pipe", "a FIFO"),
            ("sock", "a socket"),
            ("device", "a device"),
            ("directory", "a directory"),
        ],
    )
    def test_refuses_anything_else_at_once(self, odd, name, kind):
        with pytest.raises(OSError, match=f"not a regular file but {kind}: '.*{name}'"):
            open_regular(odd / name)

    @pytest.mark.parametrize("name", ["broken", "loop", "missing"])
    def test_names_what_is_not_there(self, odd, name):
        with pytest.raises(OSError, match=f"'.*{name}'"):
            open_regular(odd / name)

    def test_refuses_what_took_the_place_of_a_file(self, odd, monkeypatch):
        """The file becomes a FIFO after its type was looked at."""

        def replaced(path, flags):
            (odd / "pipe").replace(path)
            return original(path, flags)

        original = os.open
        monkeypatch.setattr(os, "open", replaced)
        with pytest.raises(OSError, match="not a regular file but a FIFO"):
            open_regular(odd / "file")


class TestNamedKind:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("pipe", "'pipe' (a FIFO)"),
            ("file", "'file' (a regular file)"),
            ("broken", "'broken' (a broken link)"),
            ("missing", "'missing'"),
            ("loop", "'loop' (Too many levels of symbolic links)"),
        ],
    )
    @pytest.mark.usefixtures("odd")
    def test_says_what_is_there(self, name, text):
        assert named_kind(name) == text

    def test_says_what_is_wrong_with_a_path(self):
        """In the words of Python, which its versions differ in."""
        assert re.fullmatch(r"'a\\x00' \(.*embedded null .*\)", named_kind("a\0"))


class TestRemoveTree:
    @pytest.mark.parametrize("name", ["pipe", "sock", "device", "broken", "loop", "file"])
    def test_removes_what_is_in_place_of_a_directory(self, odd, name):
        remove_tree(odd / name)
        assert not os.path.lexists(odd / name)

    def test_removes_a_directory_with_all_that_is_in_it(self, odd):
        (odd / "directory" / "below").mkdir()
        os.mkfifo(odd / "directory" / "below" / "pipe")
        remove_tree(odd / "directory")
        assert not (odd / "directory").exists()

    def test_leaves_what_a_link_leads_to(self, odd):
        (odd / "link").symlink_to(odd / "directory")
        remove_tree(odd / "link")
        assert (odd / "directory").is_dir()
        assert not (odd / "link").is_symlink()

    def test_needs_no_directory(self, odd):
        remove_tree(odd / "missing")
