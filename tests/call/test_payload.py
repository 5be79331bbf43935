import io
import os

import pytest

from fc_client._call.payload import body_of
from fc_client._messages import Stream


class Text:
    """A file that nobody can tell is a text file."""

    def read(self, size):
        return "x" * size


class TestBodyOf:
    @pytest.mark.parametrize(
        ("payload", "body"),
        [
            (None, b""),
            (b"", b""),
            (b"\xff", b"\xff"),
            (bytearray(b"ab"), b"ab"),
            (memoryview(b"abcd")[::2], b"ac"),
            ("", b""),
            ("é", b"\xc3\xa9"),
            ([], b""),
            ([b"a", b"", bytearray(b"b")], b"ab"),
            ((b"a", memoryview(b"b")), b"ab"),
        ],
    )
    def test_bytes_and_text(self, payload, body):
        assert body_of(payload, None) == body

    @pytest.mark.parametrize(
        ("value", "body"), [({}, b"{}"), (0, b"0"), ("é", b'"\\u00e9"'), ([None], b"[null]")]
    )
    def test_json(self, value, body):
        assert body_of(None, value) == body

    def test_json_and_payload_are_refused(self):
        with pytest.raises(ValueError, match=r"^payload: cannot be combined with json"):
            body_of(b"", {})

    @pytest.mark.parametrize(
        ("payload", "message"),
        [
            ({"a": 1}, "expected bytes, got a mapping; pass json="),
            (5, "expected bytes, str, a binary file or an iterable of bytes, got int"),
            (io.StringIO("x"), "expected a binary file, got a text file"),
            (["x"], "expected an iterable of bytes, got str"),
            (range(2), "expected an iterable of bytes, got int"),
        ],
    )
    def test_anything_else_is_refused(self, payload, message):
        with pytest.raises(TypeError, match=f"^payload: {message}"):
            body_of(payload, None)

    def test_text_that_is_no_unicode_is_refused(self):
        with pytest.raises(ValueError, match=r"^payload: "):
            body_of("\ud800", None)


class TestIterable:
    def test_is_streamed_once(self):
        body = body_of((chunk for chunk in (b"a", b"", bytearray(b"b"))), None)
        assert isinstance(body, Stream)
        assert (body.length, body.replayable) == (None, False)
        assert list(body.open()) == [b"a", b"b"]

    def test_is_not_touched_before_it_is_sent(self):
        taken = []
        body_of((taken.append(number) for number in range(3)), None)
        assert taken == []

    def test_of_text_is_refused_on_the_way(self):
        body = body_of(iter(["x"]), None)
        with pytest.raises(TypeError, match=r"^payload: expected an iterable of bytes, got str"):
            list(body.open())


class TestFile:
    def test_is_sent_from_where_it_stands_as_often_as_needed(self):
        file = io.BytesIO(b"0123456789")
        file.seek(3)
        body = body_of(file, None)
        assert (body.length, body.replayable) == (7, True)
        assert b"".join(body.open()) == b"3456789"
        assert b"".join(body.open()) == b"3456789"

    def test_is_read_in_chunks(self):
        content = os.urandom(200_000)
        chunks = list(body_of(io.BytesIO(content), None).open())
        assert b"".join(chunks) == content
        assert max(map(len, chunks)) == 64 * 1024

    def test_empty(self):
        body = body_of(io.BytesIO(), None)
        assert (body.length, list(body.open())) == (0, [])

    def test_that_grows_is_sent_as_long_as_it_was(self):
        file = io.BytesIO(b"abc")
        body = body_of(file, None)
        file.write(b"0123456789")
        assert b"".join(body.open()) == b"012"

    def test_that_shrinks_is_an_error(self):
        file = io.BytesIO(b"abc")
        body = body_of(file, None)
        file.truncate(1)
        with pytest.raises(ValueError, match=r"^payload: the file lost 2 bytes"):
            list(body.open())

    def test_without_position_is_streamed_once(self):
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as file:
            with os.fdopen(writing, "wb") as source:
                source.write(b"x" * 50_000)
            body = body_of(file, None)
            assert (body.length, body.replayable) == (None, False)
            assert b"".join(body.open()) == b"x" * 50_000

    def test_of_text_is_refused(self):
        with pytest.raises(TypeError, match=r"^payload: expected an iterable of bytes, got str"):
            list(body_of(Text(), None).open())
