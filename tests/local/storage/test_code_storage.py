from __future__ import annotations

import base64
import io
import os
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local.support import zip_code, zipped

from fc_client.local.storage.code_storage import CodeStorage, CodeTooLargeError, InvalidCodeError
from fc_client.local.storage.unpacking import UnpackLimits, unpack

FILE = stat.S_IFREG | 0o644
LINK = stat.S_IFLNK | 0o777


def make_zip(*entries: tuple[str, int, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of entries of name, mode and content, in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, mode, content in entries:
            info = zipfile.ZipInfo("placeholder")
            # Set behind ZipInfo's back, which would tidy it.
            info.filename = name
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, content)
    return buffer.getvalue()


def patched(content: bytes, offset_in_local: int, offset_in_central: int, value: int) -> bytes:
    """Return a zip of one entry with a 16 bit field changed in both of its headers."""
    data = bytearray(content)
    central = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, offset_in_local, value)
    struct.pack_into("<H", data, central + offset_in_central, value)
    return bytes(data)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "outer" / "root"
    root.mkdir(parents=True)
    return root


def files_below(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


class TestUnpack:
    def test_files_directories_and_empty_files(self, root):
        content = make_zip(
            ("a.py", FILE, b"x = 1"), ("sub/b.txt", FILE, b""), ("empty/", 0o40755, b"")
        )

        unpack(content, root, UnpackLimits())

        assert files_below(root) == {"a.py", "sub", "sub/b.txt", "empty"}
        assert (root / "a.py").read_bytes() == b"x = 1"

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [(0o644, 0o644), (0o600, 0o644), (0o755, 0o755), (0o100, 0o755), (0, 0o644)],
    )
    def test_the_executable_bit_is_restored(self, root, mode, expected):
        unpack(make_zip(("run", stat.S_IFREG | mode, b"")), root, UnpackLimits())

        assert stat.S_IMODE((root / "run").stat().st_mode) == expected

    def test_setuid_is_not_restored(self, root):
        unpack(make_zip(("run", stat.S_IFREG | 0o4755, b"")), root, UnpackLimits())

        assert stat.S_IMODE((root / "run").stat().st_mode) == 0o755

    def test_links_stay_links(self, root):
        content = make_zip(
            ("bin/tool", LINK, b"../lib/tool"),
            ("lib/tool", FILE, b"tool"),
            ("again", LINK, b"bin/tool"),
            ("dangling", LINK, b"not-there"),
        )

        unpack(content, root, UnpackLimits())

        assert (root / "bin" / "tool").readlink() == Path("../lib/tool")
        assert (root / "again").read_bytes() == b"tool"
        assert (root / "dangling").is_symlink()

    def test_dots_and_double_slashes_in_names_mean_nothing(self, root):
        unpack(make_zip(("./a//b/./c", FILE, b"")), root, UnpackLimits())

        assert files_below(root) == {"a", "a/b", "a/b/c"}

    @pytest.mark.parametrize(
        "name",
        [
            "../evil",
            "a/../../evil",
            "a/..",
            "/evil",
            "//evil",
            "..\\evil",
            "a\\b",
            "C:/evil",
            "c:evil",
            "nul\0byte",
            ".",
            "x" * 300,
            "/".join("d" * 150) + "/f",
        ],
    )
    def test_a_bad_name_is_rejected(self, root, name):
        with pytest.raises(InvalidCodeError):
            unpack(make_zip((name, FILE, b"x")), root, UnpackLimits())

        assert list(root.parent.iterdir()) == [root]

    @pytest.mark.parametrize(
        "target", ["../evil", "/etc/passwd", "a/../../evil", "..", "../../root/x", "", "x" * 5000]
    )
    def test_a_link_that_leaves_is_rejected(self, root, target):
        with pytest.raises(InvalidCodeError):
            unpack(make_zip(("link", LINK, target.encode())), root, UnpackLimits())

    def test_a_chain_of_links_that_leaves_is_rejected(self, root):
        # Each of them looks harmless: "one" is the root, so one/../ is above it.
        content = make_zip(("sub/one", LINK, b".."), ("two", LINK, b"sub/one/.."))

        with pytest.raises(InvalidCodeError, match="link"):
            unpack(content, root, UnpackLimits())

    @pytest.mark.parametrize("link_first", [True, False])
    def test_nothing_is_written_through_a_link(self, root, link_first):
        link, file = ("link", LINK, b"sub"), ("link/evil", FILE, b"x")
        entries = [("sub/", 0o40755, b""), *((link, file) if link_first else (file, link))]

        with pytest.raises(InvalidCodeError):
            unpack(make_zip(*entries), root, UnpackLimits())

        assert "sub/evil" not in files_below(root)

    @pytest.mark.parametrize(
        "entries",
        [
            [("a", FILE, b"1"), ("a", FILE, b"2")],
            [("a", FILE, b"1"), ("./a", FILE, b"2")],
            [("a", LINK, b"b"), ("a", FILE, b"2")],
            [("a", FILE, b"1"), ("a/", 0o40755, b"")],
            [("a/", 0o40755, b""), ("a", FILE, b"1")],
            [("a/b", FILE, b"1"), ("a", FILE, b"1")],
            [("a", FILE, b"1"), ("a/b", FILE, b"1")],
        ],
    )
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_name_that_is_there_twice_is_rejected(self, root, entries):
        with pytest.raises(InvalidCodeError):
            unpack(make_zip(*entries), root, UnpackLimits())

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_directory_may_be_there_twice(self, root):
        entry = ("a/", 0o40755, b"")

        unpack(make_zip(entry, ("a/b", FILE, b""), entry), root, UnpackLimits())

        assert files_below(root) == {"a", "a/b"}

    @pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
    def test_a_device_is_rejected(self, root, kind):
        with pytest.raises(InvalidCodeError, match="not a file"):
            unpack(make_zip(("dev", kind | 0o644, b"")), root, UnpackLimits())

    def test_the_expanded_size_is_limited(self, root):
        bomb = make_zip(("zeros", FILE, bytes(300_000)))
        assert len(bomb) < 1000

        with pytest.raises(InvalidCodeError, match="too large"):
            unpack(bomb, root, UnpackLimits(expanded_bytes=299_999))

    def test_the_size_that_the_zip_claims_is_not_trusted(self, root):
        bomb = bytearray(make_zip(("zeros", FILE, bytes(300_000))))
        central = bomb.index(b"PK\x01\x02")
        struct.pack_into("<I", bomb, 22, 10)
        struct.pack_into("<I", bomb, central + 24, 10)

        with pytest.raises(InvalidCodeError):
            unpack(bytes(bomb), root, UnpackLimits(expanded_bytes=100_000))

    def test_the_expanded_size_is_that_of_all_files(self, root):
        content = make_zip(("a", FILE, bytes(600)), ("b", FILE, bytes(600)))

        with pytest.raises(InvalidCodeError, match="too large"):
            unpack(content, root, UnpackLimits(expanded_bytes=1000))

    @pytest.mark.parametrize(
        "names", [[f"f{number}" for number in range(11)], [f"{n}/{n}/{n}/f" for n in range(3)]]
    )
    def test_the_number_of_entries_is_limited(self, root, names):
        content = make_zip(*((name, FILE, b"") for name in names))

        with pytest.raises(InvalidCodeError, match="entries"):
            unpack(content, root, UnpackLimits(entries=10))

    def test_an_encrypted_entry_is_rejected(self, root):
        with pytest.raises(InvalidCodeError, match="encrypted"):
            unpack(patched(make_zip(("a", FILE, b"x")), 6, 8, 0x1), root, UnpackLimits())

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, 12, 97])
    def test_an_unknown_compression_is_rejected(self, root, method):
        with pytest.raises(InvalidCodeError, match="compression"):
            unpack(patched(make_zip(("a", FILE, b"x")), 8, 10, method), root, UnpackLimits())

    @pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x05\x06", b"PK\x03\x04" * 100])
    def test_an_invalid_zip_is_rejected(self, root, content):
        with pytest.raises(InvalidCodeError):
            unpack(content, root, UnpackLimits())

    def test_a_damaged_file_is_rejected(self, root):
        content = bytearray(make_zip(("a", FILE, b"text" * 50), method=zipfile.ZIP_STORED))
        content[60] ^= 0xFF

        with pytest.raises(InvalidCodeError, match="cannot be read"):
            unpack(bytes(content), root, UnpackLimits())

    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        entries=st.lists(
            st.tuples(
                st.text(st.sampled_from("ab./\\\0C:-é"), max_size=8),
                st.sampled_from([0, FILE, LINK, stat.S_IFDIR, stat.S_IFIFO]),
                st.sampled_from([b"", b"..", b"a", b"../a", b"a/..", b"/", b"a/b", b"b/../.."]),
            ),
            max_size=5,
        )
    )
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_no_zip_writes_outside(self, tmp_path_factory, entries):
        outer = tmp_path_factory.mktemp("outer")
        root = outer / "root"
        root.mkdir()

        try:
            unpack(make_zip(*entries), root, UnpackLimits())
        except InvalidCodeError:
            pass
        else:
            inside = os.path.realpath(root)
            assert all(Path(os.path.realpath(p)).is_relative_to(inside) for p in root.rglob("*"))
        assert list(outer.iterdir()) == [root]

    @settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(position=st.integers(0, 400), junk=st.binary(min_size=1, max_size=6))
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_no_damage_is_another_error(self, tmp_path_factory, position, junk):
        content = make_zip(("a/b", FILE, b"text" * 9), ("l", LINK, b"a/b"), ("c", FILE, b"x"))
        damaged = content[:position] + junk + content[position + len(junk) :]
        outer = tmp_path_factory.mktemp("outer")
        root = outer / "root"
        root.mkdir()

        with suppress(InvalidCodeError):
            unpack(damaged, root, UnpackLimits())

        assert list(outer.iterdir()) == [root]


def crc64_bit_by_bit(content: bytes) -> int:
    """Compute CRC-64/XZ by its definition; that of b"123456789" is 11051210869376104954."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


class TestPut:
    @pytest.fixture
    def storage(self, tmp_path):
        return CodeStorage(tmp_path / "code", tmp_path / "oss")

    def test_the_zip_and_its_tree_are_there_by_checksum(self, storage):
        content = zipped(m="x = 1")

        stored = storage.put(zip_code(content))

        assert stored.size == len(content)
        assert storage.zip(stored.checksum).read_bytes() == content
        assert (storage.tree(stored.checksum) / "m.py").read_text() == "x = 1"

    def test_the_checksum_is_the_unsigned_crc64(self, storage):
        content = zipped()

        assert storage.put(zip_code(content)).checksum == str(crc64_bit_by_bit(content))

    def test_a_tree_is_unpacked_once(self, storage):
        stored = storage.put(zip_code(zipped()))
        kept = storage.tree(stored.checksum) / "kept"
        kept.touch()

        storage.put(zip_code(zipped()))

        assert kept.exists()

    def test_a_bad_zip_leaves_nothing(self, storage, tmp_path):
        with pytest.raises(InvalidCodeError):
            storage.put(zip_code(make_zip(("ok", FILE, b""), ("../evil", FILE, b""))))

        assert [path for path in (tmp_path / "code").rglob("*") if path.parent.name != "code"] == []

    def test_another_checksum_than_expected_is_rejected(self, storage):
        with pytest.raises(InvalidCodeError, match=r"checksum must be 1, got \d+"):
            storage.put(zip_code(zipped()), expected="1")

    @pytest.mark.parametrize(
        "code", [{"zipFile": "a b"}, {"zipFile": "é"}, {"zipFile": "abc"}, {"zipFile": 1}]
    )
    def test_invalid_base64_is_rejected(self, storage, code):
        with pytest.raises(InvalidCodeError, match="zipFile"):
            storage.put(code)

    @pytest.mark.parametrize("code", [{}, {"zipFile": None}, {"ossBucketName": "b"}])
    def test_missing_code_is_rejected(self, storage, code):
        with pytest.raises(InvalidCodeError, match="must have zipFile"):
            storage.put(code)

    def test_a_zip_over_100_mb_is_too_large(self, storage):
        with pytest.raises(CodeTooLargeError, match="104857600"):
            storage.put({"zipFile": "A" * (141 * 1024 * 1024)})


class TestOss:
    @pytest.fixture
    def oss(self, tmp_path):
        oss = tmp_path / "oss"
        (oss / "bucket" / "deep").mkdir(parents=True)
        (oss / "bucket" / "deep" / "code.zip").write_bytes(zipped(m="x = 1"))
        (tmp_path / "secret.zip").write_bytes(zipped(secret="x = 1"))
        (oss / "other.zip").write_bytes(zipped(secret="x = 1"))
        (oss / "bucket" / "out").symlink_to(tmp_path)
        return oss

    @staticmethod
    def code(bucket, name):
        return {"ossBucketName": bucket, "ossObjectName": name}

    def test_an_object_is_taken(self, tmp_path, oss):
        storage = CodeStorage(tmp_path / "code", oss)

        stored = storage.put(self.code("bucket", "deep/code.zip"))

        assert (storage.tree(stored.checksum) / "m.py").exists()

    @pytest.mark.parametrize(
        ("bucket", "name"),
        [
            ("bucket", "missing.zip"),
            ("bucket", "deep"),
            ("missing", "code.zip"),
            ("bucket", "../../secret.zip"),
            ("bucket", "../other.zip"),
            ("bucket", "out/secret.zip"),
            ("..", "secret.zip"),
            (".", "other.zip"),
            ("", "other.zip"),
            ("bucket/..", "other.zip"),
            ("bucket", "nul\0.zip"),
            ("bucket", "\ud800"),
            ("bucket", ""),
            ("bucket", "x" * 5000),
        ],
    )
    def test_other_files_are_not_found(self, tmp_path, oss, bucket, name):
        with pytest.raises(InvalidCodeError, match="does not exist"):
            CodeStorage(tmp_path / "code", oss).put(self.code(bucket, name))

    @pytest.mark.parametrize(("bucket", "name"), [(1, "code.zip"), ("bucket", ["code.zip"])])
    def test_the_names_must_be_strings(self, tmp_path, oss, bucket, name):
        with pytest.raises(InvalidCodeError, match="must be strings"):
            CodeStorage(tmp_path / "code", oss).put(self.code(bucket, name))

    def test_a_zip_over_500_mb_is_too_large(self, tmp_path, oss):
        with (oss / "bucket" / "large.zip").open("wb") as file:
            file.truncate(500 * 1024 * 1024 + 1)

        with pytest.raises(CodeTooLargeError, match="524288000"):
            CodeStorage(tmp_path / "code", oss).put(self.code("bucket", "large.zip"))

    def test_without_a_root_it_says_what_is_missing(self, tmp_path):
        with pytest.raises(InvalidCodeError, match="oss_root"):
            CodeStorage(tmp_path / "code").put(self.code("bucket", "code.zip"))


class TestRemoving:
    def test_a_removed_zip_leaves_the_tree_for_running_instances(self, tmp_path):
        storage = CodeStorage(tmp_path)
        stored = storage.put(zip_code(zipped()))

        storage.remove_zip(stored.checksum)

        assert not storage.zip(stored.checksum).exists()
        assert storage.tree(stored.checksum).exists()

    def test_the_sweep_keeps_what_is_referred_to(self, tmp_path):
        storage = CodeStorage(tmp_path)
        kept = storage.put(zip_code(zipped(m="kept")))
        gone = storage.put(zip_code(zipped(m="gone")))
        (tmp_path / "staging" / "left-over").mkdir()

        storage.sweep({kept.checksum})

        assert storage.tree(kept.checksum).exists()
        assert storage.zip(kept.checksum).exists()
        assert not storage.tree(gone.checksum).exists()
        assert not storage.zip(gone.checksum).exists()
        assert list((tmp_path / "staging").iterdir()) == []

    def test_base64_of_the_stored_zip_is_what_came(self, tmp_path):
        storage = CodeStorage(tmp_path)
        code = zip_code(zipped())

        stored = storage.put(code)

        assert (
            base64.b64encode(storage.zip(stored.checksum).read_bytes()).decode() == code["zipFile"]
        )
