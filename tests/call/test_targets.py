"""Where downloaded code is written."""

import gzip
import io
import os
import stat
import subprocess
import sys
import tempfile
from enum import Enum
from pathlib import Path

import pytest
from support.unmeasured import unmeasured

from fc_client._call.targets import _reserve, writer_for
from fc_client.timeouts import Limits

LIMITS = Limits(0.2, 0.2)
CHUNKS = (b"12345", b"6789")
NEEDS_DEVICES = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")


def save(target, chunks=CHUNKS, limits=LIMITS):
    with writer_for(target).opened(limits) as write:
        for chunk in chunks:
            write(chunk)


def broken_save(target):
    def chunks():
        yield b"12345"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        save(target, chunks())


def mode_of(path):
    return stat.S_IMODE(path.lstat().st_mode)


class TestWriterFor:
    @pytest.mark.parametrize("target", [5, None, b"/tmp/x"])
    def test_refuses_other_types(self, target):
        with pytest.raises(TypeError, match=r"^target: expected a path or a binary file, got "):
            writer_for(target)

    def test_refuses_text_files(self, tmp_path):
        message = r"^target: expected a binary file, got a text file"
        with pytest.raises(TypeError, match=message):
            writer_for(io.StringIO())
        with (
            tempfile.NamedTemporaryFile("w", dir=tmp_path) as wrapper,
            pytest.raises(TypeError, match=message),
        ):
            writer_for(wrapper)

    def test_refuses_files_that_cannot_be_written(self, tmp_path):
        (tmp_path / "a").touch()
        message = r"^target: the file is not open for writing"
        with (tmp_path / "a").open("rb") as file, pytest.raises(ValueError, match=message):
            writer_for(file)
        with pytest.raises(ValueError, match=r"^target: the file is closed"):
            writer_for(file)

    def test_refuses_asynchronous_files(self):
        class File:
            async def write(self, data):
                raise AssertionError(data)

        with pytest.raises(
            TypeError, match=r"^target: expected a binary file, got an asynchronous one"
        ):
            writer_for(File())

    def test_refuses_directories(self, tmp_path):
        (tmp_path / "link").symlink_to(tmp_path)
        for path in (tmp_path, tmp_path / "link"):
            with pytest.raises(ValueError, match=r"^target: .* is a directory"):
                writer_for(path)

    @pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 300])
    def test_refuses_names_that_no_file_can_have(self, tmp_path, name):
        with pytest.raises(ValueError, match=r"^target: .* cannot be written"):
            writer_for(tmp_path / name)

    def test_refuses_loops_of_links(self, tmp_path):
        (tmp_path / "loop").symlink_to("loop")
        with pytest.raises(ValueError, match=r"^target: .* cannot be written"):
            writer_for(tmp_path / "loop")

    def test_refuses_paths_in_missing_directories(self, tmp_path):
        (tmp_path / "link").symlink_to("missing/code.zip")
        for path in (tmp_path / "missing" / "new.zip", tmp_path / "link"):
            with pytest.raises(ValueError, match=r"^target: no such directory: .*missing"):
                writer_for(path)

    def test_refuses_an_empty_path(self):
        with pytest.raises(ValueError, match=r"^target: must not be an empty path"):
            writer_for("")

    def test_leaves_the_error_of_a_path_to_the_caller(self):
        class Bad(os.PathLike):
            def __fspath__(self):
                raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"):
            writer_for(Bad())

    def test_refuses_paths_in_bytes(self):
        class Bytes(os.PathLike):
            def __fspath__(self):
                return b"/tmp/x"

        with pytest.raises(TypeError, match=r"^target: expected a path as str, got bytes"):
            writer_for(Bytes())

    def test_takes_the_value_of_an_enum(self, tmp_path):
        class Paths(str, Enum):
            CODE = str(tmp_path / "code.zip")

        save(Paths.CODE)
        assert (tmp_path / "code.zip").read_bytes() == b"123456789"


class TestNewFile:
    @pytest.mark.parametrize("kind", [str, Path])
    def test_gets_everything(self, tmp_path, kind):
        save(kind(tmp_path / "code.zip"))
        assert (tmp_path / "code.zip").read_bytes() == b"123456789"
        assert list(tmp_path.iterdir()) == [tmp_path / "code.zip"]

    @pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0, 0o666)])
    def test_has_the_mode_of_any_new_file(self, tmp_path, umask, mode):
        before = os.umask(umask)
        try:
            save(tmp_path / "code.zip")
        finally:
            os.umask(before)
        assert mode_of(tmp_path / "code.zip") == mode

    def test_failure_leaves_nothing(self, tmp_path):
        broken_save(tmp_path / "code.zip")
        assert list(tmp_path.iterdir()) == []

    def test_error_before_the_first_byte_names_the_target(self, tmp_path):
        (tmp_path / "gone").mkdir()
        writer = writer_for(tmp_path / "gone" / "code.zip")
        (tmp_path / "gone").rmdir()
        with pytest.raises(FileNotFoundError, match=r"/gone/code\.zip'$"), writer.opened(LIMITS):
            pass

    def test_link_to_nothing_leads_to_it(self, tmp_path):
        (tmp_path / "link").symlink_to("code.zip")
        save(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "code.zip").read_bytes() == b"123456789"


class TestExistingFile:
    @pytest.fixture
    def path(self, tmp_path):
        (tmp_path / "code.zip").write_bytes(b"a longer content than before")
        return tmp_path / "code.zip"

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o400])
    def test_keeps_its_mode(self, path, mode):
        path.chmod(mode)
        save(path)
        assert (path.read_bytes(), mode_of(path)) == (b"123456789", mode)

    def test_is_private_from_its_first_byte(self, path):
        path.chmod(0o600)
        with writer_for(path).opened(LIMITS) as write:
            write(b"x")
            assert {mode_of(each) for each in path.parent.iterdir()} == {0o600}

    def test_failure_leaves_it(self, path):
        broken_save(path)
        assert path.read_bytes() == b"a longer content than before"
        assert list(path.parent.iterdir()) == [path]

    def test_links_to_it_are_kept(self, path):
        (path.parent / "link").symlink_to(path.name)
        (path.parent / "chain").symlink_to("link")
        save(path.parent / "chain")
        assert (path.parent / "chain").is_symlink()
        assert (path.parent / "link").readlink() == Path("code.zip")
        assert path.read_bytes() == b"123456789"

    def test_hard_links_to_it_are_kept(self, path):
        other = path.parent / "other"
        other.hardlink_to(path)
        save(path)
        assert other.read_bytes() == b"123456789"
        assert other.samefile(path)

    def test_hard_link_may_become_empty(self, path):
        (path.parent / "other").hardlink_to(path)
        save(path, ())
        assert (path.parent / "other").read_bytes() == b""

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root changes owners")
    def test_keeps_its_owner(self, path):
        os.chown(path, 12345, 54321)
        save(path)
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)

    @pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes")
    def test_keeps_its_attributes(self, path):
        try:
            os.setxattr(path, "user.note", b"kept")
        except OSError:
            pytest.skip("no extended attributes on this file system")
        save(path)
        assert os.getxattr(path, "user.note") == b"kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="root gives files to other users")
def test_file_of_another_owner_stays_theirs():
    """Who may write to a file, but not give one away, overwrites it."""
    check = (
        "import os, sys\n"
        "from fc_client._call.targets import writer_for\n"
        "from fc_client.timeouts import Limits\n"
        "os.setgid(54321), os.setuid(12345)\n"
        "with writer_for(sys.argv[1]).opened(Limits(1, 1)) as write:\n"
        "    write(b'new')\n"
    )
    # The directories of pytest are closed to others.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "code.zip")
        path.write_bytes(b"a longer content than before")
        path.parent.chmod(0o777)
        path.chmod(0o666)
        subprocess.run([sys.executable, "-c", check, path], check=True)
        assert (path.read_bytes(), path.stat().st_uid) == (b"new", 0)
        assert list(path.parent.iterdir()) == [path]


class TestFullDisk:
    """A limit on the size of files has the effect of a full disk."""

    CHECK = (
        "import resource, signal, sys\n"
        "from fc_client._call.targets import writer_for\n"
        "from fc_client.timeouts import Limits\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try:\n"
        "    with writer_for(sys.argv[1]).opened(Limits(1, 1)) as write:\n"
        "        for _ in range(int(sys.argv[2])):\n"
        "            write(bytes(1000))\n"
        "except OSError as error:\n"
        "    print(error)\n"
    )

    @pytest.mark.parametrize("before", [None, b"before"])
    @pytest.mark.parametrize("count", [6, 600], ids=["at the end", "on the way"])
    def test_is_named_and_leaves_what_was_there(self, tmp_path, before, count):
        path = tmp_path / "code.zip"
        if before is not None:
            path.write_bytes(before)
        command = [sys.executable, "-W", "error", "-c", self.CHECK, path, str(count)]
        done = subprocess.run(command, env=unmeasured(), capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == (f"[Errno 27] File too large: '{path}'\n", "")
        assert [each.read_bytes() for each in tmp_path.iterdir()] == [before] * (before is not None)

    def test_is_found_before_a_file_is_overwritten(self, tmp_path):
        path = tmp_path / "code.zip"
        path.write_bytes(b"before")
        with path.open("r+b") as file, pytest.raises(OSError, match="File too large"):
            _reserve(file, 1 << 62)
        assert path.read_bytes() == b"before"

    def test_is_not_looked_for_where_nothing_can_be_reserved(self, tmp_path):
        (tmp_path / "code.zip").touch()
        with (tmp_path / "code.zip").open("rb") as file:
            _reserve(file, 5)

    @NEEDS_DEVICES
    def test_of_a_device_is_named(self):
        with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
            save("/dev/full")


class Unseekable:
    """The least that a target has to have."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += data


class TestOpenFile:
    def test_is_written_to_and_left_open(self):
        file = io.BytesIO(b"ab")
        file.seek(2)
        save(file)
        assert file.getvalue() == b"ab123456789"

    def test_may_have_no_more_than_write(self):
        file = Unseekable()
        save(file, (b"", *CHUNKS))
        assert file.data == b"123456789"

    def test_may_take_parts(self):
        class Raw(io.RawIOBase):
            data = b""

            def writable(self):
                return True

            def write(self, data):
                self.data += bytes(data[:2])
                return len(data[:2])

        file = Raw()
        save(file)
        assert file.data == b"123456789"

    @pytest.mark.parametrize("count", [None, 0, -1])
    def test_that_takes_nothing_is_an_error(self, count):
        class Raw(io.RawIOBase):
            def writable(self):
                return True

            def write(self, _):
                return count

        with pytest.raises(OSError, match=r"^.*target: "):
            save(Raw())

    def test_starts_over_where_it_began(self):
        file = io.BytesIO(b"abcd")
        file.seek(2)
        writer = writer_for(file)
        self.write_part(writer)
        assert writer.start_over()
        self.write_all(writer)
        assert file.getvalue() == b"ab123456789"

    def test_starts_over_at_its_end_if_it_is_appended_to(self, tmp_path):
        (tmp_path / "a").write_bytes(b"ab")
        with (tmp_path / "a").open("ab") as file:
            writer = writer_for(file)
            self.write_part(writer)
            assert writer.start_over()
            self.write_all(writer)
        assert (tmp_path / "a").read_bytes() == b"ab123456789"

    def test_shorter_code_leaves_no_rest_of_the_first_attempt(self):
        file = io.BytesIO()
        writer = writer_for(file)
        self.write_all(writer)
        assert writer.start_over()
        self.write_part(writer)
        assert file.getvalue() == b"123"

    def test_starts_over_only_unwritten_if_it_cannot_be_rewound(self, tmp_path):
        with gzip.open(tmp_path / "a", "wb") as packed:
            for file in (Unseekable(), packed):
                writer = writer_for(file)
                assert writer.start_over()
                self.write_part(writer)
                assert not writer.start_over()

    def test_that_fails_to_rewind_cannot_start_over(self):
        class File(io.BytesIO):
            def truncate(self, _=None):
                raise OSError("mine")

        writer = writer_for(File())
        self.write_part(writer)
        assert not writer.start_over()

    @staticmethod
    def write_part(writer):
        with writer.opened(LIMITS) as write:
            write(b"123")

    @staticmethod
    def write_all(writer):
        with writer.opened(LIMITS) as write:
            write(b"123456789")
