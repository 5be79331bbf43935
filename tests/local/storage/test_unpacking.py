from __future__ import annotations

import os
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local.storage.zips import FILE, LINK, make_zip, patched

from fc_client.local.storage.code_storage import InvalidCodeError
from fc_client.local.storage.unpacking import UnpackLimits, unpack


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
        [(0o644, 0o600), (0o666, 0o600), (0o755, 0o700), (0o100, 0o700), (0, 0o600)],
    )
    def test_the_executable_bit_is_restored(self, root, mode, expected):
        unpack(make_zip(("run", stat.S_IFREG | mode, b"")), root, UnpackLimits())

        assert stat.S_IMODE((root / "run").stat().st_mode) == expected

    def test_setuid_is_not_restored(self, root):
        unpack(make_zip(("run", stat.S_IFREG | 0o4755, b"")), root, UnpackLimits())

        assert stat.S_IMODE((root / "run").stat().st_mode) == 0o700

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

        assert (root / "zeros").stat().st_size <= 10

    def test_the_expanded_size_is_that_of_all_files(self, root):
        content = make_zip(("a", FILE, bytes(600)), ("b", FILE, bytes(600)))

        with pytest.raises(InvalidCodeError, match=r"too large.* 1000 bytes, got 1200"):
            unpack(content, root, UnpackLimits(expanded_bytes=1000))

    def test_nothing_is_unpacked_of_a_zip_that_is_too_large(self, root):
        content = make_zip(("small", FILE, b"x"), ("large", FILE, bytes(1000)))

        with pytest.raises(InvalidCodeError, match="too large"):
            unpack(content, root, UnpackLimits(expanded_bytes=1000))

        assert files_below(root) == set()

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
