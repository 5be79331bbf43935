"""Zips are known by their content, whatever their names."""

import contextlib
import io
import random
import shutil
import struct
import subprocess
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fc_client import Code
from fc_client.code.zip_check import check_zip, is_zip

SCRIPT = b'#!/bin/sh\nexec java -jar "$0" "$@"\n'


def zipped(**members):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in (members or {"App": "x"}).items():
            archive.writestr(name, content)
    return output.getvalue()


def encrypted():
    """Set the flag in both headers, as a tool that encrypts does; Python cannot encrypt."""
    content = bytearray(zipped())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def zip64():
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive, archive.open("a", "w", force_zip64=True) as file:
        file.write(b"x")
    return output.getvalue()


def many():
    """More members than the record of the old format can count."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for number in range(65_536):
            archive.writestr(str(number), b"")
    return output.getvalue()


def content_of(code):
    return b"".join(code.chunks())


def sent(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return content_of(Code.from_path(tmp_path / name))


class TestSentAsItIs:
    @pytest.mark.parametrize("name", ["app.jar", "a.zip", "A.ZIP", "a.whl", "bundle", "code.txt"])
    def test_zip_of_any_name(self, tmp_path, name):
        assert sent(tmp_path, name, zipped()) == zipped()

    @pytest.mark.parametrize("name", ["app.jar", "a.zip", "app", "app.pyz"])
    def test_zip_after_other_bytes(self, tmp_path, name):
        assert sent(tmp_path, name, SCRIPT + zipped()) == SCRIPT + zipped()

    @pytest.mark.parametrize("make", [zip64, many])
    def test_zip_of_the_larger_format(self, tmp_path, make):
        content = make()
        assert sent(tmp_path, "code", content) == content

    def test_zip_without_members(self, tmp_path):
        """The service decides about it."""
        empty = b"PK\x05\x06" + bytes(18)
        assert sent(tmp_path, "code", empty) == empty

    def test_zip_with_a_comment_and_odd_names(self, tmp_path):
        output = io.BytesIO(zipped(**{"../a": "x", "/b": "y", "c\\d": "z", "é\n": ""}))
        with zipfile.ZipFile(output, "a") as archive:
            archive.comment = b"a comment"
        assert sent(tmp_path, "code", output.getvalue()) == output.getvalue()

    def test_bytes_like_objects(self):
        assert content_of(Code.from_zip(bytearray(zipped()))) == zipped()
        assert content_of(Code.from_zip(memoryview(zipped()))) == zipped()


class TestPacked:
    @pytest.mark.parametrize(
        "content",
        [
            b"print('PK\\x03\\x04')",
            b"# PK\x05\x06 is how the end of a zip begins\n" * 9,
            b"x = 1  # PK\x05\x06" + bytes(18),
            b"",
            b"PK",
            b"\x7fELF" + b"a program" + zipped(),
        ],
    )
    def test_other_files_are(self, tmp_path, content):
        with zipfile.ZipFile(io.BytesIO(sent(tmp_path, "bootstrap", content))) as archive:
            assert archive.read("bootstrap") == content


class TestRefused:
    @pytest.mark.parametrize("name", ["app.jar", "code.zip", "a.WHL"])
    def test_what_only_its_name_calls_a_zip(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"<html>not found</html>")
        with pytest.raises(ValueError, match=f"^code: not a zip file: '.*{name}': "):
            Code.from_path(tmp_path / name)

    @pytest.mark.parametrize("name", ["app.jar", "code", "code.zip"])
    @pytest.mark.parametrize("length", [4, 30, -1, -22])
    def test_incomplete(self, tmp_path, name, length):
        (tmp_path / name).write_bytes(zipped()[:length])
        with pytest.raises(ValueError, match=r"^code: not a zip file: "):
            Code.from_path(tmp_path / name)

    def test_directory_before_its_beginning(self, tmp_path):
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 99, 0, 0)
        (tmp_path / "code.zip").write_bytes(end)
        with pytest.raises(ValueError, match=r"^code: not a zip file: "):
            Code.from_path(tmp_path / "code.zip")

    def test_encrypted(self, tmp_path):
        (tmp_path / "code").write_bytes(encrypted())
        with pytest.raises(ValueError, match=r"^code: not a zip file: .*'App' is encrypted"):
            Code.from_path(tmp_path / "code")
        with pytest.raises(ValueError, match=r"^code: not a zip file: .*'App' is encrypted"):
            Code.from_zip(encrypted())

    def test_members_beyond_its_end(self):
        content = bytearray(zipped(App="x" * 99))
        # The compressed size is at byte 20 of an entry of the directory.
        content[content.index(b"PK\x01\x02") + 21] = 0xFF
        with pytest.raises(ValueError, match=r"'App' is not complete"):
            Code.from_zip(bytes(content))

    @pytest.mark.parametrize("source", [5, None, io.BytesIO(b"PK")])
    def test_other_types(self, source):
        with pytest.raises(TypeError, match=r"^source: expected a path as str, got "):
            Code.from_zip(source)


class TestDamage:
    """Any damage is a ValueError, whatever zipfile makes of it."""

    GOOD = (zipped(a="x" * 50, b=""), zip64(), SCRIPT + zipped(), b"PK\x05\x06" + bytes(18))

    @settings(max_examples=300, deadline=None)
    @given(
        good=st.sampled_from(GOOD),
        changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1),
        end=st.integers(0, 500),
    )
    def test_is_a_value_error(self, good, changes, end):
        content = bytearray(good)
        for position, value in changes:
            content[position % len(content)] = value
        with contextlib.suppress(ValueError):
            assert is_zip(io.BytesIO(content[:end]), "code", "it") in (True, False)
        with contextlib.suppress(ValueError):
            check_zip(io.BytesIO(content), "it")

    def test_of_a_large_zip_is_found_without_reading_it(self, tmp_path):
        content = random.Random(3).randbytes(1 << 20)
        (tmp_path / "big.jar").write_bytes(content)
        with pytest.raises(ValueError, match="not a zip file"):
            Code.from_path(tmp_path / "big.jar")


@pytest.mark.skipif(shutil.which("zip") is None, reason="zip encrypts here")
def test_zip_that_a_tool_encrypted_is_refused(tmp_path):
    (tmp_path / "a").write_text("x")
    command = ["zip", "-q", "-P", "made-up", "code.zip", "a"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with pytest.raises(ValueError, match="'a' is encrypted"):
        Code.from_path(tmp_path / "code.zip")
