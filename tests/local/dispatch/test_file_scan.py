import os

from fc_client.local.dispatch.file_scan import scan


class TestScan:
    def test_finds_files_by_path(self, tmp_path):
        (tmp_path / "image").mkdir()
        (tmp_path / "image" / "a.jpg").write_bytes(b"123")
        (tmp_path / "b").write_bytes(b"")

        assert {key: state.size for key, state in scan(tmp_path).items()} == {
            "image/a.jpg": 3,
            "b": 0,
        }

    def test_a_missing_directory_is_empty(self, tmp_path):
        assert scan(tmp_path / "nothing") == {}

    def test_links_and_names_that_are_not_utf8_are_left_out(self, tmp_path):
        (tmp_path / "link").symlink_to("/etc/hosts")
        (tmp_path / "folder").symlink_to("/etc")
        (tmp_path / os.fsdecode(b"\xff")).write_bytes(b"x")

        assert scan(tmp_path) == {}
