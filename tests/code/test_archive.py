import copy
import gc
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
import weakref

import pytest
from support.unmeasured import unmeasured

from fc_client.code.archive import (
    CHUNK_BYTES,
    BytesArchive,
    FileArchive,
    PathArchive,
    _stamp,
    pack,
)

CONTENT = random.Random(4).randbytes(2 * CHUNK_BYTES + 1)


def joined(archive):
    return b"".join(archive.chunks())


FORK_WHILE_READING = """
import os, signal, sys, tempfile, threading
from pathlib import Path
from fc_client.code.archive import BytesArchive, FileArchive, PathArchive

def in_file(**options):
    file = tempfile.TemporaryFile()
    file.write(content)
    return FileArchive(file, **options)

path = Path(sys.argv[2])
content = path.read_bytes()
archive = {
    "BytesArchive": lambda: BytesArchive(content),
    "FileArchive": in_file,
    "mapped": lambda: in_file(maps=True),
    "PathArchive": lambda: PathArchive(path),
}[sys.argv[1]]()
reads, stop = [], threading.Event()

def is_whole():
    return b"".join(archive.chunks()) == content

def read():
    while not stop.is_set():
        reads.append(is_whole())

threads = [threading.Thread(target=read) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(20):
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)
        os._exit(0 if is_whole() else 5)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
stop.set()
for thread in threads:
    thread.join()
print(all(reads))
"""


def forked(check):
    """Start a child that exits with 0 if *check* returns True, and return its pid."""
    with warnings.catch_warnings():
        # Python 3.12 warns of every fork of a process with threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            os._exit(0 if check() else 5)
        finally:
            os._exit(4)
    return pid


def exit_code(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def file_archive(content=CONTENT, **options):
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the archive closes it
    file.write(content)
    return FileArchive(file, **options)


@pytest.fixture(params=["bytes", "file", "map", "path"])
def archive(request, tmp_path):
    (tmp_path / "code.zip").write_bytes(CONTENT)
    return {
        "bytes": lambda: BytesArchive(CONTENT),
        "file": lambda: file_archive(maps=False),
        "map": lambda: file_archive(maps=True),
        "path": lambda: PathArchive(tmp_path / "code.zip"),
    }[request.param]()


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


class TestFork:
    @pytest.mark.parametrize("children", [6])
    def test_children_read_the_archive_of_their_parent(self, archive, children):
        pids = [forked(lambda: joined(archive) == CONTENT) for _ in range(children)]
        assert [exit_code(pid) for pid in pids] == [0] * children

    @pytest.mark.parametrize("kind", ["BytesArchive", "FileArchive", "mapped", "PathArchive"])
    def test_children_read_it_while_threads_of_the_parent_do(self, tmp_path, kind):
        """In a process that is not measured: it may fork while a lock of coverage is held."""
        (tmp_path / "code.zip").write_bytes(CONTENT)
        command = [sys.executable, "-c", FORK_WHILE_READING, kind, tmp_path / "code.zip"]
        done = subprocess.run(
            command, env=unmeasured(), capture_output=True, text=True, timeout=120, check=True
        )
        assert done.stdout.split() == ["0"] * 20 + ["True"]

    def test_a_child_that_ends_leaves_the_archive_to_its_parent(self, archive):
        def leave():
            gc.collect()
            weakref.finalize._exitfunc()
            return True

        assert exit_code(forked(leave)) == 0
        assert joined(archive) == CONTENT


class TestCopies:
    def test_deep_copy_reads_the_same(self, archive):
        assert joined(copy.deepcopy(archive)) == CONTENT

    def test_pickle_reads_the_same(self, archive):
        assert joined(pickle.loads(pickle.dumps(archive))) == CONTENT


class TestFileArchive:
    def test_file_is_closed_with_the_archive(self):
        archive = file_archive()
        file, chunks = archive._file, archive.chunks()
        next(chunks)
        del archive
        assert not file.closed
        del chunks
        gc.collect()
        assert file.closed

    def test_file_that_the_program_closed_is_an_error(self):
        """Daemons close all files that are open, and open others with the same numbers."""
        archive = file_archive(maps=False)
        descriptor = archive._file.fileno()
        os.close(descriptor)
        with pytest.raises(ValueError, match=r"^code: its temporary file was closed"):
            next(archive.chunks())
        other = os.open(os.devnull, os.O_RDONLY)
        assert other == descriptor
        with pytest.raises(ValueError, match=r"^code: its temporary file was closed"):
            next(archive.chunks())
        os.close(other)

    def test_error_of_the_disk_is_an_error_of_the_disk(self):
        """A directory takes the place of the file: it can be opened, not read."""
        archive = file_archive(maps=False)
        descriptor = archive._file.fileno()
        other = os.open("/", os.O_RDONLY)
        os.dup2(other, descriptor)
        archive._stamp = _stamp(os.fstat(descriptor))
        os.close(other)
        with pytest.raises(IsADirectoryError):
            next(archive.chunks())


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

    def test_says_where_a_disk_is_full(self, tmp_path, temporary):
        """A limit on the size of files has the effect of a full disk."""
        (tmp_path / "a").write_bytes(random.Random(1).randbytes(9 << 20))
        check = (
            "import resource, signal, sys, tempfile\n"
            "from pathlib import Path\n"
            "from fc_client.code.archive import pack\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, 6 << 20))\n"
            "tempfile.tempdir = sys.argv[1]\n"
            "try:\n"
            "    pack([('a', Path(sys.argv[2]))])\n"
            "except OSError as error:\n"
            "    print(error)\n"
        )
        command = [sys.executable, "-W", "error", "-c", check, temporary, tmp_path / "a"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == (f"[Errno 27] File too large: '{temporary}'\n", "")
        assert list(temporary.iterdir()) == []
