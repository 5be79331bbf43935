import contextlib
import re
import time

import pytest
from support.wire_cases import CASES

from fc_client._transport.http1 import (
    MAX_COALESCED_BYTES,
    MAX_HEAD_BYTES,
    ProtocolError,
    ReplyReader,
    RequestWriter,
    parse_head,
    serialize_request,
)

each_case = pytest.mark.parametrize("case", CASES, ids=str)

# The longest replies of the table would take long byte by byte.
LONGEST_IN_BYTES = 8000


def read(case, size):
    """Return what a reader makes of a case whose reply comes in pieces of *size* bytes."""
    reader, body = ReplyReader(case.method), b""
    for start in range(0, len(case.reply), size):
        if reader.complete:
            # The pieces that are left are more than the reply.
            return reader, body, True
        body += reader.feed(case.reply[start : start + size])
    if case.close and not reader.complete:
        reader.feed_end()
    return reader, body, False


class TestReplyReader:
    @each_case
    @pytest.mark.parametrize("size", [1 << 20, 7, 1], ids=["whole", "by 7", "by 1"])
    def test_reads_the_table(self, case, size):
        if size == 1 and len(case.reply) > LONGEST_IN_BYTES:
            size = 100
        if case.error:
            with pytest.raises(ProtocolError, match=case.error):
                read(case, size)
            return

        reader, body, more = read(case, size)

        assert reader.complete
        assert (reader.head.status, body) == (case.status, case.body.encode())
        assert (reader.reusable and not more) == case.reusable

    @each_case
    def test_takes_linear_time(self, case):
        """A server that sends 64 KB must not keep a client busy for a minute."""
        started = time.process_time()
        with contextlib.suppress(ProtocolError):
            read(case, 1 << 20)
        assert time.process_time() - started < 5

    def test_is_incomplete_without_the_rest(self):
        reader = ReplyReader("GET")
        assert reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab") == b"ab"
        assert (reader.head.status, reader.complete) == (200, False)
        assert reader.feed(b"cd") == b"cd"
        assert (reader.complete, reader.reusable) == (True, True)

    @pytest.mark.parametrize(
        "start",
        [b"SSH-2.0", b"\x15\x03\x01", b"<html>", b"HTTP/2 ", b"\r\n", b"HTTP/1.1 200 OK\nA: b\n"],
    )
    def test_refuses_at_once_what_cannot_become_a_head(self, start):
        """The server may leave the connection open, and the client would wait for its timeout."""
        with pytest.raises(ProtocolError):
            ReplyReader("GET").feed(start)

    def test_refuses_a_head_that_is_too_large_before_it_ends(self):
        reader = ReplyReader("GET")
        reader.feed(b"HTTP/1.1 200 OK\r\nX: " + b"y" * (MAX_HEAD_BYTES - 100))
        with pytest.raises(ProtocolError, match=f"larger than {MAX_HEAD_BYTES} bytes"):
            reader.feed(b"y" * 100)

    def test_message_shows_the_start_of_a_line_alone(self):
        with pytest.raises(ProtocolError) as caught:
            ReplyReader("GET").feed(b"HTTP/1.1 200 OK\r\n" + b"x" * 500 + b"\r\n\r\n")
        assert len(str(caught.value)) < 100


class TestParseHead:
    def test_gives_status_reason_and_headers(self):
        head = parse_head(b"HTTP/1.1 404 Not  Found\r\nA: b\r\na:c\r\nE:\r\nX: \xe9\xff \r\n\r\n")

        assert (head.status, head.reason) == (404, "Not  Found")
        assert dict(head.headers) == {"a": "b, c", "e": "", "x": "éÿ"}

    def test_unfolds_values(self):
        head = parse_head(b"HTTP/1.1 200 OK\r\nA: b\r\n \t c\r\n\td\r\nE: f\r\n\r\n")

        assert re.split(" +", head.headers["a"]) == ["b", "c", "d"]
        assert head.headers["e"] == "f"

    @pytest.mark.parametrize(
        ("first", "header", "keeps"),
        [
            ("HTTP/1.1", "", True),
            ("HTTP/1.1", "Connection: keep-alive\r\n", True),
            ("HTTP/1.1", "Connection: upgrade , CLOSE\r\n", False),
            ("HTTP/1.0", "", False),
            ("HTTP/1.0", "Connection: Keep-Alive\r\n", True),
        ],
    )
    def test_says_whether_the_connection_stays_open(self, first, header, keeps):
        assert parse_head(f"{first} 200 OK\r\n{header}\r\n".encode()).keeps_alive is keeps


class TestSerializeRequest:
    def test_is_what_is_sent(self):
        request = serialize_request("POST", "/a?b=c", {"Host": "h", "Date": "now"}, b"event")

        assert request == b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nDate: now\r\n\r\nevent"

    def test_has_a_masked_repr(self):
        request = serialize_request("GET", "/", {"Authorization": "FC id:signature"})

        assert (repr(request), str(request)) == ("'***'", "'***'")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("A", "b\r\nC: d"),
            ("A", "é"),
            ("A\n", "b"),
            ("A", "b\rc"),
            ("A", "b\n"),
            ("A\r\nB", "c"),
        ],
    )
    def test_refuses_headers_that_are_more_than_one_line_of_ascii(self, name, value):
        with pytest.raises(ValueError, match="line break or a character outside ASCII"):
            serialize_request("GET", "/", {"Host": "h", name: value})

    @pytest.mark.parametrize("target", ["/a\r\nX: y", "/\n", "/é"])
    def test_refuses_such_targets(self, target):
        with pytest.raises(ValueError, match="line break"):
            serialize_request("GET", target, {"Host": "h"})

    def test_refuses_such_methods(self):
        with pytest.raises(ValueError, match="line break"):
            serialize_request("GET / HTTP/1.1\r\nA: b\r\n\r\nGET", "/", {"Host": "h"})


class TestRequestWriter:
    def test_joins_small_parts(self):
        writer = RequestWriter(b"head", chunked=False)

        assert [writer.add(b"a"), writer.add(b""), writer.add(b"b")] == [None, None, None]
        assert writer.end() == b"heada" + b"b"

    def test_returns_what_is_more_than_the_limit(self):
        writer = RequestWriter(b"head", chunked=False)
        large = b"x" * MAX_COALESCED_BYTES

        assert writer.add(large) == b"head" + large
        assert (writer.add(b"y"), writer.end()) == (None, b"y")

    def test_writes_chunks(self):
        writer = RequestWriter(b"head", chunked=True)

        assert writer.add(b"x" * 17) is None
        assert writer.end() == b"head11\r\n" + b"x" * 17 + b"\r\n0\r\n\r\n"

    def test_writes_an_empty_chunked_body(self):
        assert RequestWriter(b"head", chunked=True).end() == b"head0\r\n\r\n"

    def test_ends_no_body_at_an_empty_part(self):
        """A chunk without data would be the last one."""
        writer = RequestWriter(b"", chunked=True)
        writer.add(b"a")
        writer.add(b"")
        writer.add(b"b")

        assert writer.end() == b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"

    def test_has_a_masked_repr(self):
        writer = RequestWriter(b"head", chunked=False)
        assert repr(writer.add(b"x" * 100_000)) == repr(writer.end()) == "'***'"
