import gc
import io
import os
import random
import tempfile
import threading

import pytest

from fc_client.code.archive import CHUNK_BYTES, OpenFileArchive, PathArchive, pack

CONTENT = random.Random(4).randbytes(2 * CHUNK_BYTES + 1)


def joined(archive):
    return b"".join(archive.chunks())


@pytest.fixture(params=["open file", "path"])
def archive(request, tmp_path):
    if request.param == "open file":
        return OpenFileArchive.of_bytes(CONTENT)
    (tmp_path / "code.zip").write_bytes(CONTENT)
    return PathArchive(tmp_path / "code.zip")


class TestChunks:
    def test_are_the_whole_zip_every_time(self, archive):
        assert joined(archive) == joined(archive) == CONTENT

    def test_need_no_base64_padding_but_at_the_end(self, archive):
        assert [len(chunk) for chunk in archive.chunks()] == [CHUNK_BYTES, CHUNK_BYTES, 1]
        assert CHUNK_BYTES % 3 == 0

    def test_can_be_read_by_two_iterators_at_once(self, archive):
        one, other = archive.chunks(), archive.chunks()
        pairs = [(next(one), next(other)) for _ in range(3)]
        assert b"".join(first for first, _ in pairs) == CONTENT
        assert b"".join(second for _, second in pairs) == CONTENT

    def test_are_read_by_many_threads(self, archive):
        found = []

        def read():
            found.extend(joined(archive) == CONTENT for _ in range(20))

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * 160


class TestOpenFileArchive:
    def test_file_is_closed_with_the_archive(self):
        file = io.BytesIO(CONTENT)
        archive = OpenFileArchive(file)
        chunks = archive.chunks()
        next(chunks)
        del archive
        assert not file.closed
        del chunks
        gc.collect()
        assert file.closed


class TestPathArchive:
    @pytest.fixture
    def path(self, tmp_path):
        (tmp_path / "code.zip").write_bytes(CONTENT)
        return tmp_path / "code.zip"

    def test_is_found_from_another_directory(self, path, monkeypatch):
        monkeypatch.chdir(path.parent)
        archive = PathArchive(type(path)("code.zip"))
        monkeypatch.chdir("/")
        assert joined(archive) == CONTENT

    def test_change_is_an_error_before_anything_is_read(self, path):
        archive = PathArchive(path)
        os.utime(path, (1, 1))
        with pytest.raises(ValueError, match=r"^code: '.*code.zip' has changed since"):
            archive.chunks()

    @pytest.mark.parametrize("size", [CHUNK_BYTES, CHUNK_BYTES + 5, len(CONTENT) + 1])
    def test_change_while_reading_is_an_error(self, path, size):
        chunks = PathArchive(path).chunks()
        next(chunks)
        os.truncate(path, size)
        with pytest.raises(ValueError, match=r"^code: '.*code.zip' has changed since"):
            next(chunks)

    def test_missing_file_is_named(self, path):
        archive = PathArchive(path)
        path.unlink()
        with pytest.raises(FileNotFoundError, match=r"code\.zip"):
            archive.chunks()


class TestPack:
    @pytest.fixture(autouse=True)
    def temporary(self, tmp_path, monkeypatch):
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        return tmp_path / "temporary"

    @pytest.mark.parametrize("size", [20_000, 5 << 20])
    def test_contains_the_members(self, tmp_path, size):
        content = random.Random(size).randbytes(size)
        (tmp_path / "a").write_bytes(content)
        assert content in joined(pack([("a", tmp_path / "a")]))

    def test_leaves_nothing_behind(self, tmp_path, temporary):
        (tmp_path / "a").write_bytes(random.Random(1).randbytes(5 << 20))
        members = [("a", tmp_path / "a"), ("b", tmp_path / "missing")]
        with pytest.raises(FileNotFoundError):
            pack(members)
        del members[1]
        pack(members)
        assert list(temporary.iterdir()) == []
