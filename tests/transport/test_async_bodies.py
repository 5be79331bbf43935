"""Bodies of requests and replies of AsyncClient, read and written while the loop goes on."""

import asyncio
import io
import threading
from contextlib import asynccontextmanager

import pytest
from support.attempts import LIMITS, attempt, send_async
from support.clients import aio_of, get
from support.http_server import (
    Exchange,
    done,
    free_port,
    replying,
    service,
    serving,
    serving_connections,
)
from support.waiting import until
from support.ways import by_proxy, each_way, run_by

from fc_client import RequestTimeoutError, TransportError
from fc_client._messages import Stream
from fc_client._transport.aiohttp_transport import Transport
from fc_client._transport.asyncio_bodies import SessionBody
from fc_client.timeouts import Limits


class TestBodies:
    @each_way
    @pytest.mark.parametrize(
        "failure",
        [LookupError("mine"), OSError("disk"), TimeoutError("late")],
    )
    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_failure_of_an_iterable_reaches_the_caller(self, way, failure, asynchronous):
        class Chunks:
            def __init__(self):
                self.left = [b"a"]

            def __iter__(self):
                return self

            __aiter__ = __iter__

            def __next__(self):
                if self.left:
                    return self.left.pop()
                raise failure

            async def __anext__(self):
                return self.__next__()

        async def main(server):
            url, options = way(server)
            async with aio_of(url, pool_size=1, **options) as client:
                payload = Chunks() if asynchronous else iter(Chunks())
                with pytest.raises(type(failure)) as caught:
                    await client.invoke_function("s", "f", payload)
                assert caught.value is failure
                assert caught.value.__context__ is None
                assert (await get(client)).service_name == "s"

        with serving(service) as server:
            asyncio.run(main(server))

    @each_way
    def test_bytes_that_are_not_read_in_time_are_a_timeout(self, way):
        with (
            serving_connections(Exchange.wait) as server,
            pytest.raises(RequestTimeoutError, match="timed out sending") as caught,
        ):
            run_by(
                way,
                server,
                lambda client: client.invoke_function("s", "f", b"x" * 30_000_000),
                timeout=(30, 0.2),
            )
        assert caught.value.request_sent is True

    def test_iterator_is_closed_when_a_proxy_does_not_read(self):
        closed = []

        def chunks():
            try:
                while True:
                    yield b"x" * 100_000
            finally:
                closed.append(True)

        with serving_connections(Exchange.wait) as server:
            url, options = by_proxy(server)
            with pytest.raises(RequestTimeoutError):
                send_async(attempt(url, Stream(chunks)), limits=Limits(30, 0.2), **options)
        assert closed == [True]

    @each_way
    def test_loop_goes_on_while_a_file_is_slow(self, way):
        is_reading, going_on = threading.Event(), threading.Event()

        class Slow(io.BytesIO):
            def read(self, size=-1):
                is_reading.set()
                assert going_on.wait(30)
                return super().read(size)

        async def main(server):
            url, options = way(server)
            async with aio_of(url, **options) as client:
                call = asyncio.create_task(client.invoke_function("s", "f", Slow(b"ab")))
                await until(is_reading.is_set)
                going_on.set()
                await call

        with serving(done) as server:
            asyncio.run(main(server))
        assert server.requests[0].body == b"ab"

    @pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
    def test_bytes_arrive_whole_through_a_proxy(self, size):
        with serving(done) as server:
            run_by(by_proxy, server, lambda client: client.invoke_function("s", "f", b"x" * size))
        assert server.requests[0].body == b"x" * size

    def test_stream_has_no_text(self):
        with pytest.raises(TypeError):
            SessionBody(b"x", 5).decode()


@asynccontextmanager
async def streaming(url, limits=LIMITS, **options):
    transport = Transport(**options)
    try:
        async with transport.stream(attempt(url, b"", method="GET"), limits) as (reply, chunks):
            yield reply, chunks
    finally:
        await transport.close()


class TestStream:
    @each_way
    def test_body_comes_in_chunks(self, way):
        async def main(server):
            url, options = way(server)
            sizes = []
            async with streaming(url, **options) as (reply, chunks):
                await chunks.in_thread(lambda: sizes.extend(len(chunk) for chunk in chunks))
            return reply, sizes

        with serving(replying(200, b"x" * 1_000_000)) as server:
            reply, sizes = asyncio.run(main(server))
        assert (reply.status_code, reply.body, sum(sizes)) == (200, b"", 1_000_000)

    def test_url_of_a_reply_is_shown_without_its_query(self):
        async def main(server):
            _, options = by_proxy(server)
            async with streaming("http://fc.invalid/code?Signature=s", **options) as (_, chunks):
                reply = chunks._more.args[0]
                return repr(reply), reply.request_info

        with serving(replying(200, b"x")) as server:
            shown, info = asyncio.run(main(server))
        assert "/code) [200 OK]" in shown
        assert "Signature" not in f"{shown} {info}"
        assert server.paths == ["http://fc.invalid/code?Signature=s"]

    @each_way
    def test_body_of_an_error_is_read(self, way):
        async def main(server):
            url, options = way(server)
            async with streaming(url, **options) as (reply, _):
                return reply.status_code, reply.body

        with serving(replying(403, b"<Error/>" * 100_000)) as server:
            assert asyncio.run(main(server)) == (403, b"<Error/>" * 100_000)

    @each_way
    def test_body_that_breaks_off_is_a_transport_error(self, way):
        async def main(server):
            url, options = way(server)
            async with streaming(url, **options) as (_, chunks):
                with pytest.raises(TransportError, match=r"^InvokeFunction failed: "):
                    await chunks.in_thread(list, chunks)

        with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx") as server:
            asyncio.run(main(server))

    @each_way
    def test_cancelled_reading_ends_the_thread_that_reads(self, way):
        first, ended = threading.Event(), threading.Event()

        def begin(exchange):
            exchange.send(200, b"x", Content_Length="100")
            exchange.wait()

        def read(chunks):
            try:
                for _ in chunks:
                    first.set()
            finally:
                ended.set()

        async def main(server):
            url, options = way(server)
            async with streaming(url, **options) as (_, chunks):
                reading = asyncio.create_task(chunks.in_thread(read, chunks))
                await until(first.is_set)
                reading.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await reading
                assert ended.is_set()

        with serving(begin) as server:
            asyncio.run(main(server))

    @each_way
    def test_reading_after_it_was_cancelled_is_a_transport_error(self, way):
        """The thread may come for a further chunk just after that."""
        begun, going_on = threading.Event(), threading.Event()

        def read(chunks):
            begun.set()
            assert going_on.wait(30)
            list(chunks)

        async def main(server):
            url, options = way(server)
            async with streaming(url, **options) as (_, chunks):
                failures = []

                def recorded():
                    try:
                        read(chunks)
                    except TransportError as error:
                        failures.append(str(error))

                reading = asyncio.create_task(chunks.in_thread(recorded))
                await until(begun.is_set)
                reading.cancel()
                await asyncio.sleep(0)
                going_on.set()
                with pytest.raises(asyncio.CancelledError):
                    await reading
                return failures

        with serving(replying(200, b"x")) as server:
            assert asyncio.run(main(server)) == ["InvokeFunction failed: the call was cancelled"]

    @pytest.mark.parametrize("options", [{}, {"proxies": {"http": "http://127.0.0.1:1"}}])
    def test_missing_connection_is_a_transport_error(self, options):
        async def main():
            async with streaming(f"http://127.0.0.1:{free_port()}", **options):
                pytest.fail("there is no reply")

        with pytest.raises(TransportError, match=r"^InvokeFunction failed: ") as caught:
            asyncio.run(main())
        assert caught.value.request_sent is False

    @each_way
    def test_cancelled_download_leaves_no_file(self, way, tmp_path):
        begun = threading.Event()

        def begin(exchange):
            if exchange.path.endswith("/zip"):
                exchange.send(200, b"x", Content_Length="100")
                begun.set()
                exchange.wait()
            else:
                url = f"{url_of_code}/zip"
                exchange.send(200, f'{{"url": "{url}", "checksum": "1"}}'.encode())

        async def main(url, options):
            async with aio_of(url, **options) as client:
                fetch = client.download_function_code("s", "f", tmp_path / "code.zip")
                task = asyncio.create_task(fetch)
                await until(begun.is_set)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert list(tmp_path.iterdir()) == []

        with serving(begin) as server:
            url_of_code, options = way(server)
            asyncio.run(main(url_of_code, options))
