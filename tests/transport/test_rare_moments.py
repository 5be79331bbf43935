"""What happens at moments that a test of a whole call does not hit."""

import asyncio
import threading

import pytest
import requests
from support.clients import client_of
from support.http_server import Exchange, service, serving
from support.waiting import until, wait_until

from fc_client import AsyncClient, RequestTimeoutError, RetryPolicy
from fc_client._messages import Attempt
from fc_client._transport import aiohttp_transport, asyncio_origin, urllib3_pool
from fc_client._transport.aiohttp_transport import Transport as AsyncTransport
from fc_client._transport.asyncio_connection import Connection
from fc_client._transport.connections import Origin, OriginPool, _send
from fc_client._transport.failures import Carried
from fc_client._transport.requests_session import Adapter, SentHeaders
from fc_client._transport.requests_transport import _failure
from fc_client._transport.urllib3_pool import Reply
from fc_client.timeouts import Limits

LIMITS = Limits(5, 5)
PAST = Limits(5, 5, 0.0)
ONCE = RetryPolicy(attempts=1)


def interrupt(*_, **__):
    """Raise what a signal handler may raise."""
    raise TimeoutError("of the handler")


class Interrupted:
    """Stands for a pool or a socket that is at work when a signal comes."""

    acquire = sendall = settimeout = staticmethod(interrupt)

    def gettimeout(self):
        return 5


class TestInterrupts:
    def test_while_connecting(self, monkeypatch):
        origin = Origin("http://h", lambda: None)
        monkeypatch.setattr(origin, "_connected", interrupt)
        with pytest.raises(Carried, match="of the handler"):
            origin.connect(1)

    def test_while_waiting_for_a_connection(self, monkeypatch):
        pool = OriginPool(Origin("http://h", lambda: None), 1, 50)
        monkeypatch.setattr(pool._pool, "acquire", interrupt)
        with pytest.raises(Carried, match="of the handler"):
            pool.exchange("GET", "/", {}, b"", LIMITS, streamed=False)

    def test_while_sending(self):
        with pytest.raises(Carried, match="of the handler"):
            _send(Interrupted(), iter([b"x"]), LIMITS)

    def test_while_requests_is_at_work(self):
        with pytest.raises(TimeoutError) as caught:
            interrupt()
        wrapped = requests.ConnectionError(caught.value)
        attempt = Attempt("GetService", "GET", "http://h/", {})
        assert _failure(attempt, wrapped) is caught.value


class TestWaitingForAConnection:
    def test_of_client_ends_in_time(self):
        is_over = threading.Event()

        def late(exchange):
            assert is_over.wait(30)
            service(exchange)

        with (
            serving(late) as server,
            client_of(server.url, pool_size=1, retry=ONCE) as client,
        ):
            first = threading.Thread(target=client.get_service, args=("s",))
            first.start()
            wait_until(lambda: server.requests)
            with pytest.raises(RequestTimeoutError, match="free connection") as caught:
                client.with_options(timeout=0.1).get_service("s")
            is_over.set()
            first.join()
        assert caught.value.request_sent is False

    def test_of_async_client_ends_in_time(self):
        async def main(server):
            options = {"access_key_id": "i", "access_key_secret": "s", "pool_size": 1}
            async with AsyncClient(server.url, **options, retry=ONCE) as client:
                first = asyncio.ensure_future(client.invoke_function("s", "f"))
                await until(lambda: server.requests)
                with pytest.raises(RequestTimeoutError, match="free connection") as caught:
                    await client.with_options(timeout=0.1).get_service("s")
                first.cancel()
            return caught.value

        with serving(Exchange.wait) as server:
            assert asyncio.run(main(server)).request_sent is False
            server.stopping.set()


class TestDeadlineThatIsOver:
    @pytest.mark.parametrize("module", [aiohttp_transport, urllib3_pool])
    def test_before_the_session_begins(self, module):
        with pytest.raises(RequestTimeoutError):
            module._timeout(PAST)


class TestConnectionOfAsyncClient:
    def test_that_comes_after_its_end_is_closed(self):
        class Transport:
            aborted = False

            def abort(self):
                self.aborted = True

        async def main():
            connection, transport = Connection(Origin("http://h", lambda: None), 50), Transport()
            connection.close()
            connection.connection_made(transport)
            return transport.aborted

        assert asyncio.run(main())

    def test_waiter_that_is_done_stays_so(self):
        async def main():
            waiter = asyncio.get_running_loop().create_future()
            asyncio_origin._set(waiter)
            asyncio_origin._set(waiter)
            return waiter.result()

        assert asyncio.run(main()) is None


class TestManyOrigins:
    def test_of_async_client_close_the_oldest(self):
        async def main():
            transport = AsyncTransport()
            pools = [transport._pool_of(f"http://h{number}") for number in range(12)]
            return len(transport._pools), transport._pool_of("http://h11") is pools[-1]

        assert asyncio.run(main()) == (10, True)

    def test_of_client_close_the_oldest_also_behind_a_proxy(self):
        adapter = Adapter(1, 50, True)
        for number in range(12):
            proxies = {"http": "http://proxy"} if number < 3 else {}
            adapter._add_pool(f"http://h{number}", proxies)
        assert list(adapter._pools) == [f"http://h{number}" for number in range(2, 12)]


def test_absent_header_of_a_request_is_a_key_error():
    with pytest.raises(KeyError):
        SentHeaders({"A": "b"})["c"]


def test_reply_of_urllib3_can_be_read_at_once(monkeypatch):
    reply = Reply(None, None)
    monkeypatch.setattr(reply, "stream", lambda: iter([b"a", b"b"]))
    assert reply.read() == b"ab"
