import io
import os
import stat
import zipfile
from dataclasses import FrozenInstanceError

import pytest

from fc_client import Code
from fc_client.code import as_code, code_of_members, crc64, required_code


def content_of(code):
    return b"".join(code.chunks())


def entries(code):
    """Return names and contents of the members of a code's zip."""
    with zipfile.ZipFile(io.BytesIO(content_of(code))) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def modes(code):
    with zipfile.ZipFile(io.BytesIO(content_of(code))) as archive:
        return {info.filename: info.external_attr >> 16 for info in archive.infolist()}


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


def crc64_bit_by_bit(data):
    """CRC-64/XZ straight from its definition."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


class TestCRC64:
    def test_check_value(self):
        assert crc64(b"123456789") == 11051210869376104954

    def test_of_nothing_is_zero(self):
        assert crc64(b"") == 0

    def test_continues_from_a_start(self):
        assert crc64(b"6789", crc64(b"12345")) == 11051210869376104954

    def test_agrees_with_the_definition(self):
        data = bytes(range(256)) * 3
        assert crc64(data) == crc64_bit_by_bit(data)


class TestFromDirectory:
    def test_keeps_sub_directories(self, tmp_path):
        plant(tmp_path, "index.py", "package/__init__.py", "package/data/é.txt")
        assert entries(Code.from_directory(tmp_path)) == {
            "index.py": b"index.py",
            "package/__init__.py": b"package/__init__.py",
            "package/data/é.txt": "package/data/é.txt".encode(),
        }

    def test_keeps_empty_directories(self, tmp_path):
        plant(tmp_path, "empty/", "a/b/", "a/c")
        code = Code.from_directory(str(tmp_path))
        assert list(entries(code)) == ["a/b/", "a/c", "empty/"]
        assert stat.S_ISDIR(modes(code)["empty/"])

    def test_keeps_executable_bits_and_no_other(self, tmp_path):
        plant(tmp_path, "plain", "private", "program")
        (tmp_path / "private").chmod(0o600)
        (tmp_path / "program").chmod(0o700)
        assert modes(Code.from_directory(tmp_path)) == {
            "plain": stat.S_IFREG | 0o644,
            "private": stat.S_IFREG | 0o644,
            "program": stat.S_IFREG | 0o755,
        }

    def test_keeps_links_as_links(self, tmp_path):
        plant(tmp_path, "lib/real.so.1")
        (tmp_path / "lib/real.so").symlink_to("real.so.1")
        (tmp_path / "folder").symlink_to("lib")
        (tmp_path / "dangling").symlink_to("nowhere")
        code = Code.from_directory(tmp_path)
        assert entries(code) == {
            "dangling": b"nowhere",
            "folder": b"lib",
            "lib/real.so": b"real.so.1",
            "lib/real.so.1": b"lib/real.so.1",
        }
        links = {name for name, mode in modes(code).items() if stat.S_ISLNK(mode)}
        assert links == {"dangling", "folder", "lib/real.so"}

    def test_excludes_caches_and_version_control(self, tmp_path):
        plant(tmp_path, "a.py", "__pycache__/a.pyc", "b/c.pyc", ".git/x", "b/.svn/x", ".hg/x")
        plant(tmp_path, ".bzr/x", "b/.gitignore", "c/a.py")
        assert list(entries(Code.from_directory(tmp_path))) == ["a.py", "b/.gitignore", "c/a.py"]

    @pytest.mark.parametrize(
        ("exclude", "left"),
        [
            (["*.txt"], ["a.py", "docs/a.py", "docs/deep/b.py"]),
            (["docs"], ["a.py", "b.txt"]),
            (["docs/*.py"], ["a.py", "b.txt", "docs/b.txt", "docs/deep/b.py"]),
            (["docs/**/*.py"], ["a.py", "b.txt", "docs/b.txt", "docs/deep/"]),
            (["docs/*", "!docs/a.py"], ["a.py", "b.txt", "docs/a.py"]),
            (["**/deep", "[ab].py"], ["b.txt", "docs/b.txt"]),
            (["docs/deep"], ["a.py", "b.txt", "docs/a.py", "docs/b.txt"]),
            (("a.*", "deep"), ["b.txt", "docs/b.txt"]),
            (["/a.py"], ["b.txt", "docs/a.py", "docs/b.txt", "docs/deep/b.py"]),
        ],
    )
    def test_exclude(self, tmp_path, exclude, left):
        plant(tmp_path, "a.py", "b.txt", "docs/a.py", "docs/b.txt", "docs/deep/b.py")
        assert list(entries(Code.from_directory(tmp_path, exclude=exclude))) == left

    def test_what_is_in_an_excluded_directory_cannot_be_had_back(self, tmp_path):
        plant(tmp_path, "a.py", "docs/a.py")
        with pytest.warns(UserWarning, match="match nothing in .*'!docs/a.py'"):
            code = Code.from_directory(tmp_path, exclude=["docs/", "!docs/a.py"])
        assert list(entries(code)) == ["a.py"]

    def test_exclude_as_a_str_is_refused(self, tmp_path):
        with pytest.raises(TypeError, match=r"^exclude: expected a list or tuple of patterns"):
            Code.from_directory(tmp_path, exclude="*.txt")

    def test_content_is_compressed(self, tmp_path):
        (tmp_path / "a").write_bytes(bytes(100_000))
        assert Code.from_directory(tmp_path).size < 1000

    def test_empty_file(self, tmp_path):
        (tmp_path / "a").touch()
        assert entries(Code.from_directory(tmp_path)) == {"a": b""}

    def test_file_dated_before_1980(self, tmp_path):
        plant(tmp_path, "old")
        os.utime(tmp_path / "old", (0, 0))
        assert entries(Code.from_directory(tmp_path)) == {"old": b"old"}

    @pytest.mark.parametrize("name", ["missing", "file"])
    def test_other_paths_are_refused(self, tmp_path, name):
        plant(tmp_path, "file")
        with pytest.raises(ValueError, match="^code: no such directory: .*" + name):
            Code.from_directory(tmp_path / name)

    def test_nothing_to_upload_is_refused(self, tmp_path):
        plant(tmp_path, ".git/config", "a.pyc")
        with pytest.raises(
            ValueError, match=r"^code: the directory .* is empty or wholly excluded"
        ):
            Code.from_directory(tmp_path)

    def test_pipe_is_refused(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match=r"^code: '.*pipe' \(a FIFO\) is neither a file"):
            Code.from_directory(tmp_path)

    def test_name_that_is_not_unicode_is_refused(self, tmp_path):
        (tmp_path / os.fsdecode(b"\xff")).touch()
        with pytest.raises(ValueError, match=r"^code: the file name .* is not valid Unicode"):
            Code.from_directory(tmp_path)


class TestSameTreeSameBytes:
    NAMES = ("index.py", "a/b.py", "a/c.py", "a.txt", "empty/")

    @pytest.fixture
    def expected(self, tmp_path):
        return content_of(Code.from_directory(plant(tmp_path / "one", *self.NAMES)))

    def test_in_another_place_and_order(self, tmp_path, expected):
        other = plant(tmp_path / "elsewhere" / "two", *reversed(self.NAMES))
        assert content_of(Code.from_directory(other)) == expected

    def test_at_another_time(self, tmp_path, expected):
        os.utime(tmp_path / "one" / "a" / "b.py", (10**9, 10**9))
        assert content_of(Code.from_directory(tmp_path / "one")) == expected

    def test_under_another_umask(self, tmp_path, expected):
        before = os.umask(0o077)
        try:
            other = plant(tmp_path / "two", *self.NAMES)
        finally:
            os.umask(before)
        assert content_of(Code.from_directory(other)) == expected

    def test_after_it_has_run(self, tmp_path, expected):
        plant(tmp_path / "one", "a/__pycache__/b.pyc")
        assert content_of(Code.from_directory(tmp_path / "one")) == expected

    def test_by_a_relative_path(self, tmp_path, expected, monkeypatch):
        monkeypatch.chdir(tmp_path / "one")
        assert content_of(Code.from_path(".")) == expected

    def test_another_tree_other_bytes(self, tmp_path, expected):
        (tmp_path / "one" / "index.py").chmod(0o755)
        assert content_of(Code.from_directory(tmp_path / "one")) != expected


class TestMembers:
    def test_that_a_tool_has_selected_are_the_code(self, tmp_path):
        plant(tmp_path, "a.py", "b.py")
        code = code_of_members([("index.py", tmp_path / "a.py")])
        assert entries(code) == {"index.py": b"a.py"}


class TestFromPath:
    def test_directory(self, tmp_path):
        plant(tmp_path, "a.py")
        assert Code.from_path(tmp_path) == Code.from_directory(tmp_path)

    @pytest.mark.parametrize("name", ["code.zip", "CODE.ZIP"])
    def test_zip(self, tmp_path, name):
        content = content_of(Code.from_directory(plant(tmp_path / "tree", "a.py")))
        (tmp_path / name).write_bytes(content)
        assert content_of(Code.from_path(tmp_path / name)) == content

    def test_source_file(self, tmp_path):
        plant(tmp_path, "index.py", "other.py")
        assert entries(Code.from_path(str(tmp_path / "index.py"))) == {"index.py": b"index.py"}

    def test_link_to_a_source_file_is_followed(self, tmp_path):
        """A zip that contains only the link would be useless."""
        plant(tmp_path, "real.py")
        (tmp_path / "index.py").symlink_to("real.py")
        code = Code.from_path(tmp_path / "index.py")
        assert entries(code) == {"index.py": b"real.py"}
        assert stat.S_ISREG(modes(code)["index.py"])

    @pytest.mark.parametrize("name", ["missing", "dangling", "nul\0byte", "x" * 300])
    def test_missing_path_is_refused(self, tmp_path, name):
        (tmp_path / "dangling").symlink_to("nowhere")
        with pytest.raises(ValueError, match=r"^code: no such file or directory: "):
            Code.from_path(tmp_path / name)

    def test_message_for_a_missing_path_names_it_once(self):
        with pytest.raises(ValueError, match=r"^code: no such file or directory: 'missing'$"):
            Code.from_path("missing")

    def test_anything_else_is_refused(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match=r"^code: .*pipe' \(a FIFO\) is neither a file nor"):
            Code.from_path(tmp_path / "pipe")

    def test_empty_path_is_refused(self):
        with pytest.raises(ValueError, match=r"^code: must not be an empty path"):
            Code.from_path("")


class TestFromZip:
    @pytest.fixture
    def content(self, tmp_path):
        return content_of(Code.from_directory(plant(tmp_path / "tree", "a.py")))

    def test_bytes_are_kept(self, content):
        assert content_of(Code.from_zip(content)) == content

    def test_file_is_kept(self, tmp_path, content):
        (tmp_path / "any.name").write_bytes(content)
        assert content_of(Code.from_zip(tmp_path / "any.name")) == content

    def test_missing_file_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"^code: no such file: .*missing'$"):
            Code.from_zip(tmp_path / "missing")

    def test_pipe_is_refused(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match=r"^code: no such file: '.*pipe' \(a FIFO\)$"):
            Code.from_zip(tmp_path / "pipe")

    def test_pipe_that_takes_its_place_is_not_waited_for(self, tmp_path, content):
        (tmp_path / "a.zip").write_bytes(content)
        chunks = Code.from_zip(tmp_path / "a.zip").chunks()
        (tmp_path / "a.zip").unlink()
        os.mkfifo(tmp_path / "a.zip")
        with pytest.raises(OSError, match=r"not a regular file but a FIFO: '.*a\.zip'"):
            next(chunks)

    def test_bytes_that_are_not_a_zip_are_refused(self, content):
        with pytest.raises(
            ValueError, match=r"^code: not a zip file: the bytes passed as source: "
        ):
            Code.from_zip(content[:-5])

    def test_file_that_is_not_a_zip_is_refused(self, tmp_path):
        plant(tmp_path, "text.zip")
        with pytest.raises(ValueError, match=r"^code: not a zip file: '.*text.zip': "):
            Code.from_path(tmp_path / "text.zip")

    def test_zip_of_a_later_version_is_refused(self, content):
        """The version needed to extract is at byte 6 of the directory."""
        spoiled = bytearray(content)
        spoiled[content.index(b"PK\x01\x02") + 6] = 0xFF
        with pytest.raises(ValueError, match=r"^code: not a zip file: .*zip file version 25.5"):
            Code.from_zip(bytes(spoiled))


class TestFromOSS:
    def test_names_an_object(self):
        code = Code.from_oss("bucket", "a/b.zip")
        assert (code.bucket, code.object) == ("bucket", "a/b.zip")
        assert (code.size, code.checksum, content_of(code)) == (None, None, b"")

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((None, "o"), TypeError, "^bucket: expected a str, got NoneType"),
            (("b", 5), TypeError, "^object: expected a str, got int"),
            (("", "o"), ValueError, "^bucket: must not be empty"),
            (("b", ""), ValueError, "^object: must not be empty"),
        ],
    )
    def test_refuses_invalid_arguments(self, arguments, error, message):
        with pytest.raises(error, match=message):
            Code.from_oss(*arguments)


class TestCode:
    def test_checksum_and_size_are_those_of_the_zip(self, tmp_path):
        code = Code.from_directory(plant(tmp_path, "a.py"))
        assert code.checksum == str(crc64_bit_by_bit(content_of(code)))
        assert code.size == len(content_of(code))

    def test_same_zip_is_the_same_code(self, tmp_path):
        one, other = (Code.from_directory(plant(tmp_path / name, "a")) for name in "ab")
        assert (one == other, hash(one) == hash(other)) == (True, True)
        assert one != Code.from_directory(plant(tmp_path / "c", "other"))

    def test_repr_shows_no_code(self, tmp_path):
        code = Code.from_directory(plant(tmp_path, "a.py"))
        assert repr(code) == (
            f"Code(bucket=None, object=None, size={code.size}, checksum='{code.checksum}')"
        )

    def test_cannot_be_changed(self):
        with pytest.raises(FrozenInstanceError):
            Code.from_oss("b", "o").bucket = "c"


class TestAsCode:
    def test_none_and_code_are_returned_unchanged(self):
        code = Code.from_oss("b", "o")
        assert as_code(None) is None
        assert as_code(code) is code
        assert required_code(code) is code

    def test_path(self, tmp_path):
        plant(tmp_path, "a.py")
        assert as_code(str(tmp_path)) == required_code(tmp_path) == Code.from_directory(tmp_path)

    @pytest.mark.parametrize("value", [b"PK", 5, ["a.py"]])
    def test_anything_else_is_refused(self, value):
        with pytest.raises(TypeError, match=r"^code: expected a path or a Code, got "):
            as_code(value)

    def test_none_is_refused_where_code_is_needed(self):
        with pytest.raises(TypeError, match=r"^code: expected a path or a Code, got None"):
            required_code(None)


class TestByHand:
    def test_size_without_bytes_is_refused(self):
        with pytest.raises(TypeError, match="size: cannot be passed"):
            Code(size=2)
