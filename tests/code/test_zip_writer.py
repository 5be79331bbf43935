import io
import random
import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from fc_client.code.zip_writer import _BLOCK_BYTES, write_zip

BLOCK = _BLOCK_BYTES
NOISE = random.Random(8).randbytes(3 * BLOCK + 5)
TEXT = b"".join(b"line %d of a text that repeats itself\n" % number for number in range(90_000))


needs_unzip = pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip reads here")


def zipped(*members):
    output = io.BytesIO()
    write_zip(members, output)
    return output.getvalue()


def read(content):
    """Return name and content of every member, as zipfile reads them."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def methods(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {info.filename: info.compress_type for info in archive.infolist()}


@pytest.fixture
def plant(tmp_path):
    def plant(name, content):
        (tmp_path / name).write_bytes(content)
        return name, tmp_path / name

    return plant


class TestContent:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"x",
            b"x" * BLOCK,
            b"x" * (BLOCK + 1),
            NOISE[:BLOCK],
            NOISE,
            TEXT,
            TEXT[:-1] + NOISE,
        ],
        ids=["empty", "short", "a block", "and more", "noise", "noises", "text", "mixed"],
    )
    def test_is_kept(self, plant, content):
        assert read(zipped(plant("a", content), plant("b", b"next"))) == {
            "a": content,
            "b": b"next",
        }

    def test_of_no_members_is_a_zip(self):
        assert read(zipped()) == {}

    def test_of_more_members_than_the_old_format_counts(self, plant):
        _, path = plant("a", b"")
        output = io.BytesIO()
        write_zip(((f"{number}/", path.parent) for number in range(65_536)), output)
        with zipfile.ZipFile(output) as archive:
            assert len(archive.infolist()) == 65_536
            assert archive.infolist()[-1].filename == "65535/"

    @needs_unzip
    def test_is_read_by_unzip(self, plant, tmp_path):
        content = zipped(plant("a", TEXT), plant("é", NOISE), plant("c", b""))
        (tmp_path / "code.zip").write_bytes(content)
        done = subprocess.run(["unzip", "-tq", tmp_path / "code.zip"], check=False)
        assert done.returncode == 0

    @needs_unzip
    def test_of_many_members_is_read_by_unzip(self, tmp_path):
        with (tmp_path / "code.zip").open("wb") as file:
            write_zip(((f"{number}/", tmp_path) for number in range(65_535)), file)
        done = subprocess.run(["unzip", "-tqq", tmp_path / "code.zip"], check=False)
        assert done.returncode == 0


class TestCompression:
    def test_of_text_is_as_good_as_in_one_stream(self, plant):
        assert len(zipped(plant("a", TEXT))) < 1.02 * len(zlib.compress(TEXT))

    def test_is_skipped_for_incompressible_content(self, plant):
        content = zipped(plant("noise", NOISE), plant("text", TEXT), plant("empty", b""))
        assert methods(content) == {
            "noise": zipfile.ZIP_STORED,
            "text": zipfile.ZIP_DEFLATED,
            "empty": zipfile.ZIP_STORED,
        }

    def test_gives_the_same_bytes_with_any_number_of_cores(self, plant, tmp_path):
        members = [plant("a", TEXT), plant("b", NOISE), plant("c", TEXT[::-1])]
        code = (
            "import os, sys\n"
            "from pathlib import Path\n"
            "os.cpu_count = lambda: int(sys.argv[2])\n"
            "from fc_client.code.zip_writer import write_zip\n"
            "root = Path(sys.argv[1])\n"
            "with open(root / ('zip' + sys.argv[2]), 'wb') as file:\n"
            "    write_zip([(name, root / name) for name in 'abc'], file)\n"
        )
        for cores in ("1", "3", "16"):
            subprocess.run([sys.executable, "-c", code, tmp_path, cores], check=True)
        here = zipped(*members)
        for cores in ("1", "3", "16"):
            assert (tmp_path / f"zip{cores}").read_bytes() == here


class TestRefusals:
    def test_missing_file_is_named(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="missing"):
            zipped(("a", tmp_path / "missing"))

    @pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file that fails")
    def test_file_that_cannot_be_read_is_named(self, plant):
        with pytest.raises(OSError, match="/proc/self/mem"):
            zipped(plant("a", TEXT), ("mem", Path("/proc/self/mem")))

    @pytest.mark.parametrize("change", ["grow", "shrink", "rewrite"])
    def test_file_that_changes_while_it_is_read_is_named(self, plant, change):
        """The file changes when its first block has been written."""
        name, path = plant("a", NOISE + NOISE + NOISE)

        class Output(io.BytesIO):
            def write(self, data):
                if len(data) == BLOCK and self.tell() < BLOCK:
                    with path.open("r+b") as file:
                        {
                            "grow": lambda: (file.seek(0, 2), file.write(NOISE)),
                            "shrink": lambda: file.truncate(BLOCK + 1),
                            "rewrite": lambda: file.write(b"new"),
                        }[change]()
                return super().write(data)

        with pytest.raises(ValueError, match=r"^code: '.*a' changed while it was read"):
            write_zip([(name, path)], Output())

    def test_zip_of_more_than_4_gib_is_refused(self, plant, tmp_path):
        """The file is sparse: only the position of the output counts."""
        with (tmp_path / "large").open("w+b") as output:
            output.seek(2**32)
            with pytest.raises(
                ValueError, match=r"^code: the zip exceeds the limit of 4 GiB at 'a'"
            ):
                write_zip([plant("a", b"x")], output)
