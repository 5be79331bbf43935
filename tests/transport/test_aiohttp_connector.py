"""Connections of aiohttp whose replies pass through this library first."""

import asyncio
import threading
from contextlib import suppress

import aiohttp
import pytest
from support.clients import aio_of, get
from support.http_server import SERVICE, hang_up, service, serving, serving_connections
from support.ways import by_proxy, run_by

from fc_client._transport.aiohttp_connector import Connector, Exchange, current_exchange
from fc_client.timeouts import Limits

# More than the buffers of a connection take at once.
LARGE = bytes(16 << 20)


class TestConnection:
    def test_with_unsolicited_data_is_not_used_again(self):
        is_done, is_closed = threading.Event(), threading.Event()

        def unsolicited(exchange):
            exchange.send(200, SERVICE)
            assert is_done.wait(30)
            exchange.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with suppress(ConnectionError):
                assert exchange.connection.recv(1) == b""
            is_closed.set()
            exchange.close_connection = True

        async def main(server):
            url, options = by_proxy(server)
            async with aio_of(url, **options) as client:
                await get(client)
                is_done.set()
                # In a thread, since the event loop has to read.
                assert await asyncio.to_thread(is_closed.wait, 30)
                return await get(client)

        with serving(unsolicited, service) as server:
            assert asyncio.run(main(server)).service_name == "s"
        assert server.connections == 2

    def test_of_a_slow_reader_takes_all_of_a_request(self):
        def slow(exchange):
            exchange.wait(0.2)
            exchange.receive()
            service(exchange)
            exchange.finish_sending()

        with serving_connections(slow) as server:
            run_by(by_proxy, server, lambda client: client.invoke_function("s", "f", LARGE))
        assert server.requests[0].body == LARGE

    def test_that_is_lost_before_its_use_is_an_error_of_aiohttp(self):
        async def wait_for_its_end(_session, _context, _parameters):
            await asyncio.sleep(0.05)

        async def main(url):
            trace = aiohttp.TraceConfig()
            trace.on_connection_create_end.append(wait_for_its_end)
            current_exchange.set(Exchange(Limits(30, 30)))
            async with aiohttp.ClientSession(connector=Connector(), trace_configs=[trace]) as own:
                await own.get(url)

        with serving_connections(hang_up) as server, pytest.raises(aiohttp.ClientError):
            asyncio.run(main(server.url))
