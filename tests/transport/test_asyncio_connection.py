"""One connection of AsyncClient, and the timer that serves all its replies."""

import asyncio
import gc
import threading
import time

import pytest
from support.at_once import at_once
from support.attempts import LIMITS
from support.http_server import Exchange, done, replying, serving, serving_connections

from fc_client import RequestTimeoutError, TransportError
from fc_client._transport.asyncio_connection import Connection
from fc_client._transport.asyncio_origin import AsyncOriginPool
from fc_client._transport.connections import Origin
from fc_client._transport.http1 import MAX_COALESCED_BYTES
from fc_client.timeouts import Limits

REQUEST = ("POST", "/", {"Host": "h", "Content-Length": "0"}, b"")


def pool_of(server):
    return AsyncOriginPool(Origin(server.url, pytest.fail), 1, 10)


def slow(exchange):
    exchange.wait(1.2)
    exchange.send(200, b"slow")


class TestTimeLimits:
    """Where a reply must arrive, the limit is long enough for a machine that pauses."""

    @at_once
    @pytest.mark.parametrize(
        ("earlier", "pause", "limit"),
        [(1, 0, 1.4), (60, 0, 0.2), (1, 1.2, 0.2)],
        ids=["longer than the one before", "shorter than it", "after an idle time"],
    )
    def test_each_reply_has_its_own(self, earlier, pause, limit):
        async def main(server):
            pool = pool_of(server)
            await pool.send(*REQUEST, Limits(30, earlier))
            await asyncio.sleep(pause)
            started = time.monotonic()
            with pytest.raises(RequestTimeoutError, match="timed out waiting for the response"):
                await asyncio.wait_for(pool.send(*REQUEST, Limits(30, limit)), 30)
            pool.close()
            return time.monotonic() - started

        with serving(done, Exchange.wait) as server:
            seconds = asyncio.run(main(server))

        assert limit <= seconds < 20
        assert server.connections == 1

    def test_that_of_an_earlier_reply_does_not_end_a_later_one(self):
        async def main(server):
            pool = pool_of(server)
            await pool.send(*REQUEST, Limits(30, 1))
            _, body = await pool.send(*REQUEST, LIMITS)
            pool.close()
            return body

        with serving(done, slow) as server:
            assert asyncio.run(main(server)) == b"slow"
        assert server.connections == 1


class TestEarlyReply:
    def test_is_read_while_the_request_is_sent(self):
        is_sent, is_read = threading.Event(), threading.Event()

        def early(exchange):
            exchange.receive_head()
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
            is_sent.set()
            assert is_read.wait(30)
            exchange.wfile.write(b"b")
            exchange.finish_sending()

        async def body():
            # Smaller parts are sent together.
            yield bytes(2 * MAX_COALESCED_BYTES)
            assert await asyncio.to_thread(is_sent.wait, 30)
            # Now the event loop reads it.
            await asyncio.sleep(0.01)
            is_read.set()
            yield b"x"

        async def main(server):
            pool = pool_of(server)
            _, content = await pool.send("POST", "/", {"Host": "h"}, body(), LIMITS)
            pool.close()
            return content

        with serving_connections(early) as server:
            assert asyncio.run(main(server)) == b"ab"


class TestClose:
    def test_nothing_of_it_stays_with_the_event_loop(self):
        def connections():
            return {id(each) for each in gc.get_objects() if isinstance(each, Connection)}

        async def main(server):
            # Other tests may have left some in their exceptions.
            before = connections()
            pool = pool_of(server)
            await pool.send(*REQUEST, LIMITS)
            assert connections() != before
            pool.close()
            # The event loop closes the socket in its next turn.
            await asyncio.sleep(0.05)
            gc.collect()
            return connections() - before

        with serving(done) as server:
            assert asyncio.run(main(server)) == set()

    def test_request_that_is_not_out_yet_is_not_sent(self):
        async def main(server):
            pool = pool_of(server)
            await pool.send(*REQUEST, LIMITS)
            call = asyncio.create_task(pool.send(*REQUEST, LIMITS))
            await asyncio.sleep(0)
            pool.close()
            with pytest.raises(TransportError, match="the client was closed"):
                await call

        with serving(replying(200)) as server:
            asyncio.run(main(server))
        assert len(server.requests) == 1
