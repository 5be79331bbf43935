"""Any zip whatever: it is unpacked inside its directory, or refused."""

import io
import os
import shutil
import stat
import struct
import tempfile
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fc_client.local.storage.unpacking import InvalidCodeError, UnpackLimits, unpack
from fuzz.attack import more_cases

LIMITS = UnpackLimits(expanded_bytes=100_000, entries=50, depth=10)

# Few, so that they clash, lead to each other and to the canary.
PARTS = st.sampled_from(["a", "b", "c", "..", ".", "", "a\\..", "C:", "~", "canary", "é", "\0"])
NAMES = st.one_of(
    st.lists(PARTS, min_size=1, max_size=5).map("/".join),
    st.sampled_from(["/etc/passwd", "//a", "\\\\a\\b", "a/" * 12, "x" * 300, "a\nb", "\udcff"]),
    st.text(max_size=10),
)
TARGETS = st.one_of(
    st.lists(PARTS, min_size=1, max_size=6).map(lambda parts: "/".join(parts).encode()),
    st.sampled_from([b"/", b"/etc", b"", b"x" * 5000, b"\xff", b"\0"]),
    st.binary(max_size=10),
)
KINDS = st.sampled_from(
    [0, stat.S_IFREG, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFLNK, stat.S_IFIFO]
)
METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])


@st.composite
def members(draw):
    """Name, mode, content and compression of one entry."""
    kind = draw(KINDS)
    mode = kind | draw(st.sampled_from([0o644, 0o755, 0o000, 0o4777]))
    content = draw(TARGETS if kind == stat.S_IFLNK else st.binary(max_size=50))
    return draw(NAMES), mode, content, draw(METHODS)


@st.composite
def archives(draw):
    """Return a sound zip of wild entries."""
    buffer = io.BytesIO()
    # zipfile warns of a name that comes twice.
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for name, mode, content, method in draw(st.lists(members(), max_size=8)):
            info = zipfile.ZipInfo("x")
            # Past the constructor, which would tidy the name.
            info.filename = name.encode("utf-8", "replace").decode()
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, content)
    return buffer.getvalue()


@st.composite
def chains(draw):
    """Return a zip of directories, files and links that lead to each other."""
    steps = st.sampled_from(["..", ".", "a", "b", "c", "d", "a/b"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ["a/file", *draw(st.permutations(["b", "c", "d", "a/b", "a/c", "a/d/e"]))]:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK if name != "a/file" else stat.S_IFREG) << 16
            archive.writestr(info, "/".join(draw(st.lists(steps, min_size=1, max_size=5))))
    return buffer.getvalue()


@st.composite
def damaged(draw):
    """Return a zip with bytes cut off, turned over or put in their place."""
    content = bytearray(draw(archives()))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(content) - 1))
        match draw(st.sampled_from(["flip", "cut", "number", "insert"])):
            case "flip":
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del content[at : at + draw(st.integers(1, 20))]
            case "number":
                # Sizes, offsets and lengths that are absurd.
                content[at : at + 4] = draw(st.sampled_from([b"\xff" * 4, bytes(4), b"\0\0\0\x7f"]))
            case "insert":
                content[at:at] = draw(st.binary(min_size=1, max_size=20))
        if not content:
            break
    return bytes(content)


@st.composite
def liars(draw):
    """Return a zip whose directory says other sizes than there are."""
    method = draw(METHODS)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a", bytes(draw(st.sampled_from([0, 10, 99_999, 100_001, 1_000_000]))))
    content = bytearray(buffer.getvalue())
    directory = content.rindex(b"PK\x01\x02")
    for field in draw(st.sets(st.sampled_from([16, 20, 24, 42]), min_size=1)):
        value = draw(st.sampled_from([0, 1, 10, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF]))
        struct.pack_into("<I", content, directory + field, value)
    return bytes(content)


@contextmanager
def playground():
    """Yield an empty directory beside a canary; nothing outside it may change."""
    parent = Path(tempfile.mkdtemp())
    try:
        (parent / "canary").write_bytes(b"alive")
        root = parent / "root"
        root.mkdir()
        yield root
        assert {path.name for path in parent.iterdir()} == {"canary", "root"}
        assert (parent / "canary").read_bytes() == b"alive"
        assert stat.S_IMODE((parent / "canary").stat().st_mode) & 0o600 == 0o600
    finally:
        shutil.rmtree(parent)


def assert_inside(root: Path) -> None:
    """Assert that a tree has nothing but files, directories and links that stay in it."""
    expanded = 0
    for directory, directories, files in os.walk(root):
        for name in [*directories, *files]:
            path = Path(directory, name)
            mode = path.lstat().st_mode
            assert stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
            assert not mode & (stat.S_ISUID | stat.S_ISGID)
            assert Path(os.path.realpath(path)).is_relative_to(root.resolve())
            expanded += path.lstat().st_size if stat.S_ISREG(mode) else 0
    assert expanded <= LIMITS.expanded_bytes


def check(content: bytes) -> bool:
    """Unpack and tell whether it was taken; anything but a clean refusal is an error."""
    with playground() as root:
        try:
            unpack(content, root, LIMITS)
        except InvalidCodeError:
            return False
        assert_inside(root)
        return True


class TestUnpack:
    @more_cases(10)
    @given(archives())
    def test_wild_entries(self, content):
        check(content)

    @more_cases(10)
    @given(chains())
    def test_chains_of_links(self, content):
        check(content)

    @more_cases(10)
    @given(damaged())
    def test_damaged_bytes(self, content):
        check(content)

    @more_cases(2)
    @given(liars())
    def test_sizes_that_are_not_true(self, content):
        check(content)

    @more_cases(2)
    @given(st.binary() | st.binary().map(lambda junk: junk + b"PK\x05\x06" + bytes(18)))
    def test_bytes_that_are_no_zip(self, content):
        check(content)

    def test_a_tame_zip_is_taken(self):
        """The cases above could otherwise all be refused for a reason of their own."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a/b", b"c")
        assert check(buffer.getvalue())
