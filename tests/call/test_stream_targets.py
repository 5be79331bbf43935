"""Targets that are no regular files: pipes, devices, standard output."""

import errno
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fc_client._call.targets import writer_for
from fc_client.timeouts import Limits

LIMITS = Limits(0.2, 0.2)
CHUNKS = (b"12345", b"6789")


def save(target, chunks=CHUNKS, limits=LIMITS):
    with writer_for(target).opened(limits) as write:
        for chunk in chunks:
            write(chunk)


class TestPipe:
    @pytest.fixture
    def pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        return tmp_path / "pipe"

    def test_is_written_into(self, pipe):
        read = []
        # The reader comes later than the writer.
        reader = threading.Timer(0.05, lambda: read.append(pipe.read_bytes()))
        reader.start()
        content = bytes(range(256)) * 2000
        save(pipe, [content], Limits(30, 30))
        reader.join()
        assert read == [content]
        assert pipe.is_fifo()

    def test_without_a_reader_is_an_error_in_time(self, pipe):
        with pytest.raises(OSError, match=r"no process reads from the pipe: '.*pipe'") as caught:
            save(pipe)
        assert caught.value.errno == errno.ENXIO

    def test_that_is_removed_is_an_error(self, pipe):
        writer = writer_for(pipe)
        pipe.unlink()
        with pytest.raises(FileNotFoundError, match="pipe'"), writer.opened(LIMITS):
            pass

    def test_whose_reader_stalls_is_an_error_in_time(self, pipe):
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        with pytest.raises(TimeoutError, match=r"its reader took nothing in time: '.*pipe'"):
            save(pipe, [bytes(1 << 20)])
        os.close(reader)

    def test_is_not_waited_for_beyond_the_end_of_the_call(self, pipe):
        with pytest.raises(TimeoutError, match=r"no time is left for the call: '.*pipe'"):
            save(pipe, CHUNKS, Limits(5, 5, time.monotonic() - 1))

    def test_whose_reader_leaves_is_an_error(self, pipe):
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

        def chunks():
            os.close(reader)
            yield b"x"

        with pytest.raises(BrokenPipeError, match="pipe'"):
            save(pipe, chunks())

    def test_cannot_be_started_over_once_it_is_written_to(self, pipe):
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        writer = writer_for(pipe)
        assert writer.start_over()
        with writer.opened(LIMITS) as write:
            write(b"x")
        assert not writer.start_over()
        os.close(reader)


class TestDevices:
    @pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no /dev/fd")
    def test_open_file_of_this_process_is_written_into(self, tmp_path):
        (tmp_path / "out").write_bytes(b"before ")
        with (tmp_path / "out").open("rb") as file:
            save(f"/dev/fd/{file.fileno()}")
            assert file.read() == b"before 123456789"

    def test_socket_is_refused_before_the_download(self, tmp_path, monkeypatch):
        # The path of a socket is short.
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("sock")
        with pytest.raises(ValueError, match=r"^target: 'sock' is a socket; name a file"):
            save("sock")

    def test_null_stays_a_device(self, tmp_path):
        (tmp_path / "link").symlink_to("/dev/null")
        for path in (Path("/dev/null"), tmp_path / "link"):
            save(path)
        assert Path("/dev/null").is_char_device()

    @pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout")
    @pytest.mark.parametrize("kind", ["file", "pipe"])
    def test_standard_output_is_written_into(self, tmp_path, kind):
        check = (
            "from fc_client._call.targets import writer_for\n"
            "from fc_client.timeouts import Limits\n"
            "print('before', flush=True)\n"
            "with writer_for('/dev/stdout').opened(Limits(1, 1)) as write:\n"
            "    write(b'code\\n')\n"
        )
        with (tmp_path / "out").open("w+b") as file:
            output = file if kind == "file" else subprocess.PIPE
            command = [sys.executable, "-c", check]
            done = subprocess.run(command, stdout=output, cwd=tmp_path, check=True)
            file.seek(0)
            printed = file.read() if kind == "file" else done.stdout
        assert printed == b"before\ncode\n"
        assert list(tmp_path.iterdir()) == [tmp_path / "out"]
