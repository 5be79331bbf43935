import io
import os

import pytest

from fc_client import ChecksumMismatchError
from fc_client._call.downloads import check_target, save

# That of 123456789, the value that every list of CRCs gives.
CHECKSUM = "11051210869376104954"
CHUNKS = [b"12345", b"6789"]


class TestCheckTarget:
    def test_file_and_path_are_taken(self, tmp_path):
        check_target(io.BytesIO())
        check_target(tmp_path / "new.zip")
        check_target(str(tmp_path / "new.zip"))

    @pytest.mark.parametrize("target", [5, None, b"/tmp/x"])
    def test_what_is_neither_is_refused(self, target):
        with pytest.raises(TypeError, match=r"^target: expected a path or a binary file, got "):
            check_target(target)

    def test_text_file_is_refused(self):
        with pytest.raises(TypeError, match=r"^target: expected a binary file, got a text file"):
            check_target(io.StringIO())

    def test_directory_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"^target: .* is a directory"):
            check_target(tmp_path)

    @pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 300])
    def test_what_no_file_can_be_named_is_refused(self, tmp_path, name):
        with pytest.raises(ValueError, match=r"^target: .* cannot be written"):
            check_target(tmp_path / name)

    def test_an_existing_file_is_taken(self, tmp_path):
        (tmp_path / "old.zip").write_bytes(b"old")

        check_target(tmp_path / "old.zip")

    def test_path_below_nothing_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"^target: no such directory: .*missing"):
            check_target(tmp_path / "missing" / "new.zip")


class TestSave:
    @pytest.mark.parametrize("kind", [str, os.fspath, lambda place: place])
    @pytest.mark.parametrize("checksum", [CHECKSUM, None])
    def test_path_gets_everything(self, tmp_path, kind, checksum):
        save(CHUNKS, kind(tmp_path / "code.zip"), checksum)
        assert (tmp_path / "code.zip").read_bytes() == b"123456789"
        assert list(tmp_path.iterdir()) == [tmp_path / "code.zip"]

    def test_path_is_replaced(self, tmp_path):
        (tmp_path / "code.zip").write_bytes(b"before")
        save(CHUNKS, tmp_path / "code.zip", CHECKSUM)
        assert (tmp_path / "code.zip").read_bytes() == b"123456789"

    def test_file_is_written_to_and_left_open(self):
        file = io.BytesIO()
        save(CHUNKS, file, CHECKSUM)
        assert file.getvalue() == b"123456789"

    def test_other_bytes_leave_the_path_as_it_was(self, tmp_path):
        (tmp_path / "code.zip").write_bytes(b"before")
        with pytest.raises(
            ChecksumMismatchError, match=f"checksum {CHECKSUM}, .* stored 1"
        ) as caught:
            save(CHUNKS, tmp_path / "code.zip", "1")
        assert caught.value.operation == "GetFunctionCode"
        assert (tmp_path / "code.zip").read_bytes() == b"before"
        assert list(tmp_path.iterdir()) == [tmp_path / "code.zip"]

    def test_a_failure_on_the_way_leaves_nothing(self, tmp_path):
        def chunks():
            yield b"12345"
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            save(chunks(), tmp_path / "code.zip", CHECKSUM)
        assert list(tmp_path.iterdir()) == []

    def test_other_bytes_in_a_file_are_told(self):
        with pytest.raises(ChecksumMismatchError):
            save(CHUNKS, io.BytesIO(), "1")
