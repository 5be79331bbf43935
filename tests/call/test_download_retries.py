"""The GET of a pre-signed URL is retried like any GET, by both clients."""

import io
import json
import logging
import os
import threading
import time
from pathlib import Path

import pytest
from support.clients import CLIENTS
from support.http_server import busy, hang_up, replying, serving

from fc_client import (
    PermissionDeniedError,
    RequestTimeoutError,
    RetryPolicy,
    ServerError,
    TransportError,
)
from fc_client.code import crc64
from fc_client.timeouts import Timeout

CODE = bytes(range(256)) * 4000
CHECKSUM = str(crc64(CODE))
AT_ONCE = RetryPolicy(base_delay=0)

NEEDS_FULL_DEVICE = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")

whole = replying(200, CODE)


def half(exchange):
    """Send a half of the code, and hang up once some of it is written to the target."""
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(CODE))
    exchange.wfile.write(CODE[: len(CODE) // 2])
    assert exchange.server.written.wait(30)
    exchange.hang_up()


def location_of(url, checksum=CHECKSUM):
    return replying(
        200, json.dumps({"url": f"{url}/code?Signature=s", "checksum": checksum}).encode()
    )


class WriteOnly(io.RawIOBase):
    """A target that cannot be rewound."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += data
        return len(data)


@pytest.fixture(params=CLIENTS)
def download(request):
    """Return what downloads from a server with the given replies, and counts the requests."""

    def download(target, *replies, retry=AT_ONCE, **options):
        own = options.pop("progress", lambda *_: None)
        with serving(*replies) as server:
            server.replies.insert(0, location_of(server.url))
            server.written = threading.Event()

            def progress(*numbers):
                server.written.set()
                own(*numbers)

            options = {"access_key_id": "i", "access_key_secret": "s", **options}
            try:
                with CLIENTS[request.param](server.url, retry=retry, **options) as client:
                    client.download_function_code("s", "f", target, progress=progress)
            finally:
                download.requests = len(server.raw_requests) - 1

    return download


class TestRetried:
    @pytest.mark.parametrize("failure", [busy, half, hang_up, replying(429), replying(500)])
    def test_to_a_path(self, download, tmp_path, failure):
        (tmp_path / "code.zip").write_bytes(b"before")
        download(tmp_path / "code.zip", failure, whole)
        assert (tmp_path / "code.zip").read_bytes() == CODE
        assert list(tmp_path.iterdir()) == [tmp_path / "code.zip"]
        assert download.requests == 2

    @pytest.mark.parametrize("failure", [busy, half, hang_up])
    def test_to_a_seekable_file(self, download, failure):
        file = io.BytesIO(b"head")
        file.seek(4)
        download(file, failure, whole)
        assert file.getvalue() == b"head" + CODE

    @pytest.mark.parametrize("failure", [busy, hang_up])
    def test_to_any_file_that_is_not_written_to_yet(self, download, failure):
        file = WriteOnly()
        download(file, failure, whole)
        assert file.data == CODE

    def test_after_the_pause_that_the_server_asks_for(self, download, tmp_path):
        began = time.monotonic()
        download(tmp_path / "code.zip", replying(503, Retry_After="1"), whole)
        assert time.monotonic() - began >= 1

    def test_attempts_are_logged(self, download, tmp_path, caplog):
        with caplog.at_level(logging.DEBUG, "fc_client"):
            download(tmp_path / "code.zip", busy, whole)
        lines = [record.getMessage() for record in caplog.records if record.name == "fc_client"]
        assert [line.partition(" in ")[0].partition(" (")[0] for line in lines] == [
            "GetFunctionCode attempt 1: 200",
            "GetFunctionCode attempt 1: 503",
            "GetFunctionCode attempt 2: 200",
        ]


class TestNotRetried:
    def test_to_a_file_that_cannot_be_rewound(self, download):
        file = WriteOnly()
        with pytest.raises(TransportError) as caught:
            download(file, half, whole)
        assert caught.value.attempts == 1
        assert download.requests == 1

    def test_to_a_pipe_that_is_written_to(self, download, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        reader = threading.Thread(target=(tmp_path / "pipe").read_bytes)
        reader.start()
        with pytest.raises(TransportError):
            download(tmp_path / "pipe", half, whole)
        reader.join()
        assert download.requests == 1

    def test_a_refusal(self, download, tmp_path):
        with pytest.raises(PermissionDeniedError):
            download(tmp_path / "code.zip", replying(403), whole)
        assert download.requests == 1

    def test_without_retries(self, download, tmp_path):
        with pytest.raises(ServerError):
            download(tmp_path / "code.zip", busy, whole, retry=RetryPolicy(attempts=1))
        assert download.requests == 1

    def test_more_often_than_the_policy_says(self, download, tmp_path):
        with pytest.raises(ServerError) as caught:
            download(tmp_path / "code.zip", busy)
        assert (download.requests, caught.value.attempts) == (3, 3)
        assert isinstance(caught.value.__cause__, ServerError)

    def test_beyond_the_budget(self, download, tmp_path):
        with pytest.raises(ServerError):
            download(tmp_path / "code.zip", busy, retry=RetryPolicy(9, base_delay=0, budget=1))
        assert download.requests == 2

    @pytest.mark.parametrize("error", [LookupError, StopIteration, TransportError])
    def test_what_progress_raises(self, download, tmp_path, error):
        def progress(*_):
            raise error("mine")

        # A coroutine cannot raise StopIteration: Python makes it a RuntimeError.
        kinds = (error, RuntimeError) if error is StopIteration else error
        with pytest.raises(kinds):
            download(tmp_path / "code.zip", whole, progress=progress)
        assert download.requests == 1
        assert list(tmp_path.iterdir()) == []

    @NEEDS_FULL_DEVICE
    def test_a_full_disk(self, download):
        with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
            download("/dev/full", whole)
        assert download.requests == 1


class TestDeadline:
    def test_is_one_for_both_requests_and_all_attempts(self, download, tmp_path):
        def slow(exchange):
            exchange.wait(0.1)
            exchange.send(503)

        # 100 seconds.
        retry = RetryPolicy(1000, base_delay=0, budget=None)

        began = time.monotonic()
        with pytest.raises((ServerError, RequestTimeoutError)):
            download(
                tmp_path / "code.zip",
                slow,
                retry=retry,
                timeout=Timeout(5, 5, total=0.4),
            )
        assert time.monotonic() - began < 20

    def test_ends_a_body_that_drips(self, download, tmp_path):
        def drip(exchange):
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
            exchange.drip(CODE[:9999], 0.05)

        began = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            # A reply byte by byte has five times the second limit.
            download(tmp_path / "code.zip", drip, timeout=Timeout(5, 60, total=0.4))
        assert time.monotonic() - began < 20
        assert list(tmp_path.iterdir()) == []
