import io

import pytest

from fc_client import ChecksumMismatchError, TransportError
from fc_client._call.downloads import Download
from fc_client.timeouts import Limits

# That of 123456789, the value that every list of CRCs gives.
CHECKSUM = "11051210869376104954"
CHUNKS = [b"12345", b"6789"]
LIMITS = Limits(1, 1)


def receive(target, chunks=CHUNKS, checksum=CHECKSUM, progress=None):
    download = Download(target, progress)
    download.receive(chunks, 9, checksum, LIMITS)
    download.raise_failure()


def interrupted():
    yield b"12345"
    raise TransportError("lost")


class TestReceive:
    @pytest.mark.parametrize("checksum", [CHECKSUM, None])
    def test_writes_everything(self, checksum):
        file = io.BytesIO()
        receive(file, checksum=checksum)
        assert file.getvalue() == b"123456789"

    def test_other_bytes_leave_a_path_as_it_was(self, tmp_path):
        (tmp_path / "code.zip").write_bytes(b"before")
        with pytest.raises(
            ChecksumMismatchError, match=f"checksum {CHECKSUM}, .* stored 1"
        ) as caught:
            receive(tmp_path / "code.zip", checksum="1")
        assert caught.value.operation == "GetFunctionCode"
        assert (tmp_path / "code.zip").read_bytes() == b"before"
        assert list(tmp_path.iterdir()) == [tmp_path / "code.zip"]

    def test_other_bytes_in_a_file_are_an_error(self):
        with pytest.raises(ChecksumMismatchError):
            receive(io.BytesIO(), checksum="1")

    def test_progress_is_called_for_what_is_written(self):
        file, calls = io.BytesIO(), []
        receive(file, progress=lambda *numbers: calls.append((*numbers, len(file.getvalue()))))
        assert calls == [(5, 9, 5), (9, 9, 9)]

    @pytest.mark.parametrize("error", [LookupError, StopIteration, GeneratorExit])
    def test_progress_that_raises_ends_it(self, tmp_path, error):
        def progress(*_):
            raise error("mine")

        with pytest.raises(error, match="mine"):
            receive(tmp_path / "code.zip", progress=progress)
        assert list(tmp_path.iterdir()) == []

    def test_progress_must_be_callable(self):
        with pytest.raises(TypeError, match=r"^progress: expected a callable, got int"):
            Download(io.BytesIO(), 5)


class TestStartOver:
    def test_is_possible_after_a_lost_connection(self):
        file, calls = io.BytesIO(), []
        download = Download(file, lambda done, _: calls.append(done))
        download.receive(interrupted(), 9, CHECKSUM, LIMITS)
        with pytest.raises(TransportError, match="lost") as caught:
            download.raise_failure()
        download.start_over(caught.value)
        download.receive(CHUNKS, 9, CHECKSUM, LIMITS)
        download.raise_failure()
        assert file.getvalue() == b"123456789"
        assert calls == [5, 5, 9]

    def test_raises_the_error_if_the_target_cannot_be_rewound(self):
        class File:
            def write(self, _):
                return None

        download = Download(File(), None)
        download.receive(interrupted(), 9, CHECKSUM, LIMITS)
        error = TransportError("lost")
        with pytest.raises(TransportError) as caught:
            download.start_over(error)
        assert caught.value is error

    def test_raises_the_error_that_the_callers_code_raised(self):
        """Progress may use a client, whose errors look like those of this call."""
        error = TransportError("of progress")

        def progress(*_):
            raise error

        download = Download(io.BytesIO(), progress)
        download.receive(CHUNKS, 9, CHECKSUM, LIMITS)
        with pytest.raises(TransportError, match="of progress"):
            download.raise_failure()
        assert download.has_own_failure
