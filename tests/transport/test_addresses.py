"""Connecting to hosts with one or several addresses."""

import asyncio
import gc
import socket

import pytest
from support.http_server import free_port

from fc_client._transport.addresses import connected_socket


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def silent():
    """Return a server whose queue is full: it answers no further connection."""
    with socket.socket() as server, socket.socket() as first, socket.socket() as second:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for each in (first, second):
            each.setblocking(False)
            each.connect_ex(server.getsockname())
        yield server


def resolving_to(*places):
    """Return a loop for which each name has these addresses."""
    loop = asyncio.new_event_loop()

    async def getaddrinfo(*_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

    loop.getaddrinfo = getaddrinfo
    return loop


def connect_by(loop):
    try:
        with loop.run_until_complete(connected_socket("name.invalid", 1)) as connection:
            return connection.getpeername()
    finally:
        loop.close()


class TestConnectedSocket:
    def test_takes_the_only_address(self, listener):
        place = listener.getsockname()
        assert connect_by(resolving_to(place)) == place

    def test_takes_the_next_address_at_once_if_one_refuses(self, listener):
        refusing, place = ("127.0.0.1", free_port()), listener.getsockname()
        assert connect_by(resolving_to(refusing, place)) == place

    def test_takes_the_next_address_soon_if_one_is_silent(self, listener, silent):
        place = listener.getsockname()
        assert connect_by(resolving_to(silent.getsockname(), place)) == place

    def test_waits_for_the_first_address_if_the_last_one_refuses(self, silent):
        places = [silent.getsockname(), ("127.0.0.1", free_port())]
        loop = resolving_to(*places)
        with pytest.raises(asyncio.TimeoutError):
            loop.run_until_complete(asyncio.wait_for(connected_socket("h", 1), 0.5))
        loop.close()

    def test_raises_what_the_system_says_if_all_refuse(self):
        refusing = ("127.0.0.1", free_port())
        with pytest.raises(ConnectionRefusedError):
            connect_by(resolving_to(refusing, refusing))

    def test_raises_an_error_if_there_is_no_address(self):
        with pytest.raises(OSError, match="no address"):
            connect_by(resolving_to())

    @pytest.mark.parametrize("count", [1, 2])
    @pytest.mark.parametrize("steps", range(10))
    def test_loses_no_socket_if_it_is_cancelled(self, listener, count, steps):
        """A socket that is lost is a ResourceWarning, which is an error."""

        async def main():
            task = asyncio.ensure_future(connected_socket("name.invalid", 1))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            [result] = await asyncio.gather(task, return_exceptions=True)
            if isinstance(result, socket.socket):
                result.close()

        loop = resolving_to(*[listener.getsockname()] * count)
        loop.run_until_complete(main())
        loop.close()
        gc.collect()
