"""The connections of AsyncClient."""

import asyncio
import gc
import threading

import pytest
from support.attempts import LIMITS, attempt, send_async
from support.clients import aio_of, get, invoke, run
from support.http_server import (
    Exchange,
    done,
    replying,
    service,
    serving,
    serving_connections,
)
from support.waiting import until

from fc_client import NotFoundError, RequestTimeoutError, TransportError
from fc_client._messages import Stream
from fc_client._transport.aiohttp_transport import Transport
from fc_client._transport.asyncio_origin import AsyncOriginPool
from fc_client._transport.connections import Origin
from fc_client.timeouts import Limits


class TestConnections:
    def test_ten_calls_share_one(self):
        with serving(service) as server:
            run(server.url, *[get] * 10)
        assert (server.connections, len(server.requests)) == (1, 10)

    def test_errors_keep_it(self):
        async def main(url):
            async with aio_of(url) as client:
                for _ in range(3):
                    with pytest.raises(NotFoundError):
                        await get(client)

        with serving(replying(404, b"x" * 100_000)) as server:
            asyncio.run(main(server.url))
        assert server.connections == 1

    def test_calls_beyond_the_pool_wait(self):
        def slow(exchange):
            exchange.wait(0.02)
            service(exchange)

        async def main(url):
            async with aio_of(url, pool_size=2) as client:
                await asyncio.gather(*(get(client) for _ in range(8)))

        with serving(slow) as server:
            asyncio.run(main(server.url))
        assert (server.connections, len(server.requests)) == (2, 8)

    def test_one_that_was_idle_for_long_is_replaced(self):
        async def main(url):
            transport = Transport(max_idle=0.05)
            await transport.send(attempt(url), LIMITS)
            await asyncio.sleep(0.1)
            await transport.send(attempt(url), LIMITS)
            await transport.close()

        with serving(done) as server:
            asyncio.run(main(server.url))
        assert server.connections == 2

    @pytest.mark.parametrize("loop_runs", [True, False])
    def test_one_that_the_service_closed_is_replaced(self, loop_runs):
        is_closed = threading.Event()

        def once(exchange):
            exchange.send(200)
            exchange.hang_up()
            is_closed.set()

        async def main(url):
            async with aio_of(url) as client:
                await client.delete_service("s")
                # The end of the connection has come; only a loop that runs takes note of it.
                if loop_runs:
                    await until(is_closed.is_set)
                    await asyncio.sleep(0.02)
                else:
                    assert is_closed.wait(30)
                await client.delete_service("s")

        with serving(once) as server:
            asyncio.run(main(server.url))
        assert server.connections == 2

    def test_one_with_unsolicited_data_is_replaced(self):
        is_read, is_sent = threading.Event(), threading.Event()

        def twice(exchange):
            exchange.send(200, b"first")
            assert is_read.wait(30)
            exchange.send(200, b"unsolicited")
            is_sent.set()

        async def main(url):
            async with aio_of(url) as client:
                payloads = []
                for _ in range(3):
                    payloads.append((await invoke(client)).payload)
                    is_read.set()
                    await until(is_sent.is_set)
                    await asyncio.sleep(0.02)
                return payloads

        with serving(twice, replying(200, b"next")) as server:
            assert asyncio.run(main(server.url)) == [b"first", b"next", b"next"]
        assert server.connections == 2

    def test_one_that_ends_with_a_reply_is_replaced(self):
        goodbye = replying(200, Connection="close")
        with serving(done, goodbye, done) as server:
            send_async(*[attempt(server.url)] * 3)
        assert server.connections == 2

    def test_cancelled_call_lets_another_connection_be_opened(self):
        begun = threading.Event()

        def hang(exchange):
            begun.set()
            exchange.wait()

        async def main(url):
            async with aio_of(url, pool_size=1) as client:
                task = asyncio.create_task(invoke(client))
                await until(begun.is_set)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert (await get(client)).service_name == "s"

        with serving(hang, service) as server:
            asyncio.run(main(server.url))
        assert server.connections == 2

    def test_cancelled_connecting_lets_another_connection_be_opened(self):
        """The server takes no part in the TLS handshake."""

        async def main(server):
            url = server.url.replace("http:", "https:")
            transport = Transport(pool_size=1, verify=False)
            task = asyncio.create_task(transport.send(attempt(url), LIMITS))
            await until(lambda: server.connections == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            another = asyncio.create_task(transport.send(attempt(url), LIMITS))
            await until(lambda: server.connections == 2)
            await transport.close()
            with pytest.raises(TransportError, match="the client was closed") as caught:
                await another
            return caught.value.request_sent

        with serving_connections(Exchange.wait) as server:
            assert asyncio.run(main(server)) is False


class TestRequests:
    @staticmethod
    def received(*bodies):
        """Return what one recv gave for each body that was sent."""
        pieces = []

        def script(exchange):
            for _ in bodies:
                pieces.append(exchange.connection.recv(1 << 20))
                exchange.send(200)

        with serving_connections(script) as server:
            send_async(*[attempt(server.url, body) for body in bodies])
        return pieces

    def test_head_and_body_of_a_small_request_are_one_packet(self):
        [piece] = self.received(b"x" * 1000)
        assert piece.endswith(b"\r\n\r\n" + b"x" * 1000)

    def test_small_parts_of_a_body_are_one_packet(self):
        [piece] = self.received(Stream(lambda: iter([b"a", b"b"])))
        assert piece.endswith(b"\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n")

    @pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 3_000_000])
    def test_large_body_arrives_whole(self, size):
        with serving(done) as server:
            send_async(attempt(server.url, b"x" * size))
        assert server.requests[0].body == b"x" * size

    @pytest.mark.parametrize("earlier", [0, 1])
    def test_header_with_a_line_break_is_refused(self, earlier):
        with serving(done) as server, pytest.raises(ValueError, match="line break"):
            send_async(*[attempt(server.url)] * earlier, attempt(server.url, x_fc_a="a\r\nb: c"))
        assert len(server.raw_requests) == earlier

    @pytest.mark.parametrize("body", [b"x" * 50_000_000, Stream(lambda: iter([b"x" * 10**6] * 50))])
    def test_service_that_takes_no_more_may_have_replied(self, body):
        def refuse(exchange):
            exchange.receive_head()
            exchange.send(413, b"too large")
            # Only a part is read.
            exchange.rfile.read(1000)
            exchange.wait()

        async def main(url):
            transport = Transport(pool_size=1)
            statuses = [(await transport.send(attempt(url, body), LIMITS)).status_code]
            statuses.append((await transport.send(attempt(url), LIMITS)).status_code)
            await transport.close()
            return statuses

        with serving_connections(refuse) as server:
            assert asyncio.run(main(server.url)) == [413, 413]
        assert server.connections == 2

    def test_service_that_reads_slowly_gets_all(self):
        received = []

        def script(exchange):
            exchange.receive_head()
            size = int(exchange.headers["Content-Length"])
            while sum(map(len, received)) < size:
                received.append(exchange.rfile.read1(1_000_000))
                exchange.wait(0.001)
            exchange.send(200)

        with serving_connections(script) as server:
            assert send_async(attempt(server.url, b"x" * 20_000_000)).status_code == 200

    def test_service_that_does_not_read_is_a_timeout(self):
        with (
            serving_connections(Exchange.wait) as server,
            pytest.raises(
                RequestTimeoutError, match="timed out sending the request body"
            ) as caught,
        ):
            send_async(attempt(server.url, b"x" * 50_000_000), limits=Limits(30, 0.2))
        assert caught.value.request_sent is True

    def test_iterator_is_closed_when_the_service_does_not_read(self):
        closed = []

        def chunks():
            try:
                while True:
                    yield b"x" * 100_000
            finally:
                closed.append(True)

        with (
            serving_connections(Exchange.wait) as server,
            pytest.raises(RequestTimeoutError, match="sending"),
        ):
            send_async(attempt(server.url, Stream(chunks)), limits=Limits(30, 0.2))
        gc.collect()
        assert closed == [True]


class TestReplies:
    def test_reading_pauses_until_the_caller_has_read(self):
        """A download must not fill the memory."""
        sent = []

        def script(exchange):
            exchange.receive()
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
            for _ in range(50):
                exchange.wfile.write(b"x" * 1_000_000)
                sent.append(1)

        async def main(url):
            transport = Transport()
            async with transport.stream(attempt(url, b""), LIMITS) as (_, chunks):
                await asyncio.sleep(0.5)
                early = len(sent)
                sizes = []
                await chunks.in_thread(lambda: sizes.extend(map(len, chunks)))
            await transport.close()
            return early, sum(sizes)

        with serving_connections(script) as server:
            early, size = asyncio.run(main(server.url))
        assert early < 40
        assert size == 50_000_000

    def test_connection_is_kept_after_a_stream(self):
        async def main(url):
            transport = Transport()
            async with transport.stream(attempt(url, b""), LIMITS) as (_, chunks):
                await chunks.in_thread(list, chunks)
            await transport.send(attempt(url), LIMITS)
            await transport.close()

        with serving(replying(200, b"x" * 1_000_000)) as server:
            asyncio.run(main(server.url))
        assert server.connections == 1

    def test_body_that_is_not_read_ends_its_connection(self):
        async def main(url):
            transport = Transport(pool_size=1)
            async with transport.stream(attempt(url, b""), LIMITS):
                pass
            reply = await transport.send(attempt(url), LIMITS)
            await transport.close()
            return reply.body

        with serving(replying(200, b"x" * 1_000_000), replying(200, b"next")) as server:
            assert asyncio.run(main(server.url)) == b"next"
        assert server.connections == 2


class TestClose:
    @pytest.mark.parametrize("pool_size", [1, 4])
    @pytest.mark.parametrize(
        "call", [get, lambda client: client.update_service("s", role="r" * 70_000)]
    )
    def test_calls_under_way_end_with_the_client(self, call, pool_size):
        """They are not made again, over connections that are never closed."""

        async def main(server):
            client = aio_of(server.url, pool_size=pool_size)
            tasks = [asyncio.create_task(call(client)) for _ in range(4)]
            await until(lambda: len(server.requests) == pool_size)
            await client.close()
            return await asyncio.gather(*tasks, return_exceptions=True)

        with serving(Exchange.wait) as server:
            ends = asyncio.run(main(server))
        assert [type(end) for end in ends] == [TransportError] * 4
        assert {str(end).partition(" failed: ")[2] for end in ends} == {"the client was closed"}
        assert [end.client_closed for end in ends] == [True] * 4
        assert [end.attempts for end in ends] == [1] * 4
        assert [end.request_sent for end in ends].count(True) == pool_size

    def test_calls_that_are_connecting_end_with_the_client(self):
        """The server takes no part in the TLS handshake."""

        async def main(server):
            client = aio_of(server.url.replace("http:", "https:"), verify=False)
            task = asyncio.create_task(get(client))
            await until(lambda: server.connections == 1)
            await client.close()
            with pytest.raises(TransportError, match="the client was closed") as caught:
                await task
            return caught.value

        with serving_connections(Exchange.wait) as server:
            error = asyncio.run(main(server))
        assert (error.client_closed, error.request_sent, error.attempts) == (True, False, 1)

    def test_cancelled_task_stays_cancelled(self):
        async def main(server):
            client = aio_of(server.url, pool_size=1)
            tasks = [asyncio.create_task(invoke(client)) for _ in range(2)]
            await until(lambda: server.requests)
            tasks[1].cancel()
            await client.close()
            return await asyncio.gather(*tasks, return_exceptions=True)

        with serving(Exchange.wait) as server:
            ends = asyncio.run(main(server))
        assert [type(end) for end in ends] == [TransportError, asyncio.CancelledError]

    def test_closed_client_opens_no_other_connections(self):
        async def main(url):
            client = aio_of(url)
            await get(client)
            for _ in range(2):
                await client.close()
                with pytest.raises(TransportError, match="the client is closed"):
                    await get(client)

        with serving(service) as server:
            asyncio.run(main(server.url))
        assert server.connections == 1

    def test_idle_ones_alone_are_closed_when_an_origin_is_forgotten(self):
        with serving(done) as server:

            async def main():
                pool = AsyncOriginPool(Origin(server.url, pytest.fail), 2, 10)
                request = ("GET", "/", {"Host": "h"})
                async with pool.stream(*request, b"", LIMITS) as (head, more):
                    await pool.send(*request, b"", LIMITS)
                    pool.close_idle()
                    assert (head.status, await more()) == (200, b"")
                await pool.send(*request, b"", LIMITS)
                pool.close()

            asyncio.run(main())
        assert server.connections == 3
