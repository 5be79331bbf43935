"""The exchange between server and worker, with a worker that a test plays."""

import asyncio

import pytest

from fc_client.local.execution.channels import Frame
from fc_client.local.execution.http_exchange import HttpExchange, HttpRequest

REQUEST = HttpRequest("GET", "/x", "/x", "/x", "/x", "", {}, {}, "/", "127.0.0.1")
HEAD = {"status": 200, "headers": [["A", "1"]]}


class FakeLink:
    """Notes what a worker would get."""

    def __init__(self):
        self.chunks = []
        self.paused = False

    def send_chunk(self, data, *, more, broken):
        self.chunks.append((data, more, broken))

    def pause(self):
        self.paused = True

    def resume(self):
        self.paused = False


def run(coroutine):
    return asyncio.run(coroutine)


async def connected():
    exchange, link = HttpExchange(REQUEST), FakeLink()
    exchange.opening()
    exchange.connect(link)
    return exchange, link


class TestRequestBody:
    def test_that_came_before_the_worker_opens_the_call(self):
        async def scenario():
            exchange = HttpExchange(REQUEST)
            exchange.feed(b"a")
            exchange.feed(b"b")
            header, body = exchange.opening()
            assert (header["more"], body) == (True, b"ab")
            link = FakeLink()
            exchange.connect(link)
            exchange.feed(b"c")
            exchange.end_request()
            assert link.chunks == [(b"c", True, False), (b"", False, False)]

        run(scenario())

    def test_that_was_broken_off_before_the_worker_is_an_error_for_it(self):
        async def scenario():
            exchange = HttpExchange(REQUEST)
            exchange.feed(b"a")
            exchange.break_off()
            header, _ = exchange.opening()
            assert header["more"]
            link = FakeLink()
            exchange.connect(link)
            assert link.chunks == [(b"", False, True)]

        run(scenario())

    def test_that_comes_after_the_end_is_dropped(self):
        async def scenario():
            exchange, link = await connected()
            exchange.disconnect()
            exchange.feed(b"late")
            exchange.end_request()
            exchange.break_off()
            assert link.chunks == []
            assert exchange.opening()[1] == b""

        run(scenario())


class TestResponse:
    def test_comes_in_parts(self):
        async def scenario():
            exchange, _ = await connected()
            assert exchange.receive(Frame({"response": HEAD}, b"one"))
            assert exchange.receive(Frame({}, b"two"))
            assert exchange.finish(Frame({}, b"three"))
            exchange.close()
            head = await exchange.head()
            assert (head.status, head.headers, head.is_whole) == (200, (("A", "1"),), False)
            assert [each async for each in exchange.parts()] == [b"one", b"two", b"three"]

        run(scenario())

    def test_pauses_the_worker_while_it_is_not_read(self):
        async def scenario():
            exchange, link = await connected()
            exchange.receive(Frame({"response": HEAD}, bytes(400_000)))
            assert not link.paused
            exchange.receive(Frame({}, bytes(400_000)))
            assert link.paused
            parts = exchange.parts()
            await anext(parts)
            assert link.paused
            await anext(parts)
            assert not link.paused
            await parts.aclose()

        run(scenario())

    def test_that_is_discarded_pauses_nothing(self):
        async def scenario():
            exchange, link = await connected()
            exchange.receive(Frame({"response": HEAD}, bytes(800_000)))
            exchange.discard()
            assert not link.paused
            exchange.receive(Frame({}, bytes(800_000)))
            assert not link.paused

        run(scenario())

    def test_that_never_came_has_no_head(self):
        async def scenario():
            exchange, _ = await connected()
            exchange.close()
            assert await exchange.head() is None

        run(scenario())

    @pytest.mark.parametrize(
        "response",
        [
            None,
            [],
            {"status": 200},
            {"status": "200", "headers": []},
            {"status": True, "headers": []},
            {"status": 100, "headers": []},
            {"status": 1000, "headers": []},
            {"status": 200, "headers": {}},
            {"status": 200, "headers": ["A"]},
            {"status": 200, "headers": [["A"]]},
            {"status": 200, "headers": [["A", 1]]},
            {"status": 200, "headers": [["A b", "1"]]},
            {"status": 200, "headers": [["", "1"]]},
            {"status": 200, "headers": [["A", "x\r\ny: z"]]},
            {"status": 200, "headers": [["A", "\x00"]]},
            {"status": 200, "headers": [["A", "\x01"]]},
            {"status": 200, "headers": [["A", "\x7f"]]},
        ],
    )
    def test_with_an_invalid_head_is_refused(self, response):
        async def scenario():
            exchange, _ = await connected()
            frame = Frame({"response": response}, b"")
            assert not exchange.receive(frame)
            assert not exchange.finish(frame)

        run(scenario())

    def test_with_two_heads_is_refused(self):
        async def scenario():
            exchange, _ = await connected()
            assert exchange.receive(Frame({"response": HEAD}, b""))
            assert not exchange.receive(Frame({"response": HEAD}, b""))

        run(scenario())

    def test_headers_are_bytes_as_characters(self):
        async def scenario():
            exchange, _ = await connected()
            headers = [["A", "é".encode().decode("latin-1")], ["B", "\xe9"], ["C", "\u4e2d\ud800"]]
            assert exchange.receive(Frame({"response": {"status": 200, "headers": headers}}, b""))
            head = await exchange.head()
            assert head.headers == (("A", "é"), ("B", "\xe9"), ("C", "\u4e2d?"))

        run(scenario())


class TestQueue:
    def test_gives_the_call_back(self):
        async def scenario():
            exchange = HttpExchange(REQUEST)
            exchange.feed(b"\x00body")
            again = HttpExchange.from_queue(exchange.queued())
            header, body = again.opening()
            assert again.request == REQUEST
            assert (header["more"], body) == (False, b"\x00body")

        run(scenario())

    @pytest.mark.parametrize("event", [b"", b"{}", b"\x00fc-http\x00", b"\x00fc-http\x00{}\x00x"])
    def test_knows_events_from_calls(self, event):
        async def scenario():
            assert HttpExchange.from_queue(event) is None

        run(scenario())
