"""AsyncClient over real connections: failures, limits, event loops."""

import asyncio
import io
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from support.clients import aio_of, run
from support.http_server import done, free_port, hang_up, service, serving

from fc_client import (
    ConfigurationError,
    NotFoundError,
    RequestTimeoutError,
    ResponseError,
    RetryPolicy,
    TransportError,
)
from fc_client._messages import Attempt, Stream
from fc_client._transport.aiohttp_transport import Transport, _Body


def get(client):
    return client.get_service("s")


def invoke(client):
    return client.invoke_function("s", "f", b"x")


@contextmanager
def silent():
    """Take connections, read nothing and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


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

        with serving(lambda handler: handler.send(404, b"x" * 100_000)) as server:
            asyncio.run(main(server.url))
        assert server.connections == 1

    def test_calls_beyond_the_pool_wait(self):
        def slow(handler):
            time.sleep(0.02)
            service(handler)

        async def main(url):
            async with aio_of(url, pool_size=2) as client:
                await asyncio.gather(*(get(client) for _ in range(8)))

        with serving(slow) as server:
            asyncio.run(main(server.url))
        assert (server.connections, len(server.requests)) == (2, 8)

    def test_one_that_was_idle_for_long_is_not_used(self):
        async def main(url):
            transport = Transport(longest_idle=0.05)
            attempt = Attempt("GetService", "GET", url, {})
            await transport.send(attempt, (5, 5))
            await asyncio.sleep(0.1)
            await transport.send(attempt, (5, 5))
            await transport.close()

        with serving(service) as server:
            asyncio.run(main(server.url))
        assert server.connections == 2

    def test_one_that_was_closed_is_opened_anew(self):
        def once(handler):
            service(handler)
            hang_up(handler)

        async def main(url):
            async with aio_of(url) as client:
                await get(client)
                await asyncio.sleep(0.05)
                await invoke(client)

        with serving(once) as server:
            asyncio.run(main(server.url))
        assert (server.connections, len(server.requests)) == (2, 2)

    def test_closing_the_client_ends_it(self):
        async def main(url):
            client = aio_of(url)
            await client.close()
            for _ in range(2):
                await get(client)
                await client.close()

        with serving(service) as server:
            asyncio.run(main(server.url))
        assert server.connections == 2

    @pytest.mark.parametrize("pool_size", [1, 4])
    @pytest.mark.parametrize(
        "call", [get, lambda client: client.update_service("s", role="r" * 70_000)]
    )
    def test_calls_in_flight_end_with_the_client(self, call, pool_size):
        """They are not made again, over connections that nobody closes."""
        release = threading.Event()

        async def main(url):
            client = aio_of(url, pool_size=pool_size)
            tasks = [asyncio.create_task(call(client)) for _ in range(4)]
            await asyncio.sleep(0.2)
            await client.close()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            release.set()
            return ends

        with serving(lambda _: release.wait(5)) as server:
            ends = asyncio.run(main(server.url))
        assert [type(end) for end in ends] == [TransportError] * 4
        assert [end.client_closed for end in ends] == [True] * 4
        assert [end.attempts for end in ends] == [1] * 4

    def test_client_serves_one_loop_after_the_other(self):
        async def call(client):
            await get(client)
            await client.close()

        with serving(service) as server:
            client = aio_of(server.url)
            for _ in range(2):
                asyncio.run(call(client))
        assert len(server.requests) == 2

    def test_client_is_refused_by_a_second_loop_at_the_same_time(self):
        async def main(url):
            async with aio_of(url) as client:
                await get(client)
                with pytest.raises(RuntimeError, match="belongs to another event loop"):
                    await asyncio.to_thread(asyncio.run, get(client))

        with serving(service) as server:
            asyncio.run(main(server.url))

    def test_cancelled_call_gives_its_connection_back(self):
        begun, release = threading.Event(), threading.Event()

        def hang(_):
            begun.set()
            release.wait(5)

        async def main(url):
            async with aio_of(url, pool_size=1) as client:
                task = asyncio.create_task(invoke(client))
                await asyncio.to_thread(begun.wait, 5)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert (await get(client)).service_name == "s"
            release.set()

        with serving(hang, service) as server:
            asyncio.run(main(server.url))
        assert server.connections == 2


class TestClose:
    """Of a client with one connection, which a call has and another one waits for."""

    @staticmethod
    def closed(server, *, begun, release, cancel=False):
        async def main():
            client = aio_of(server.url, pool_size=1)
            tasks = [asyncio.create_task(invoke(client)) for _ in range(2)]
            await asyncio.to_thread(begun.wait, 5)
            if cancel:
                tasks[1].cancel()
            await client.close()
            release.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

        return asyncio.run(main())

    @pytest.fixture
    def held(self):
        begun, release = threading.Event(), threading.Event()

        def hang(_):
            begun.set()
            release.wait(5)

        with serving(hang, service) as server:
            yield {"server": server, "begun": begun, "release": release}

    def test_fails_both(self, held):
        ends = self.closed(**held)
        assert [type(end) for end in ends] == [TransportError] * 2
        assert str(ends[1]) == "InvokeFunction failed: the client was closed"
        assert len(held["server"].requests) == 1

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="a task does not tell that it is")
    def test_task_that_is_cancelled_stays_so(self, held):
        ends = self.closed(**held, cancel=True)
        assert [type(end) for end in ends] == [TransportError, asyncio.CancelledError]


class TestConveniencesThatAreOff:
    def test_netrc(self, tmp_path, monkeypatch):
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password secret\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        with serving(service) as server:
            run(server.url, get)
        assert server.requests[0][2]["Authorization"].startswith("FC i:")

    def test_cookies(self):
        def reply(handler):
            handler.send(200, b'{"serviceName": "s"}', Set_Cookie="a=b; Path=/")

        with serving(reply) as server:
            run(server.url, get, get)
        assert [request[2]["Cookie"] for request in server.requests] == [None, None]

    def test_requests_is_not_imported(self):
        script = "import fc_client.aio, sys\nassert 'requests' not in sys.modules"
        subprocess.run([sys.executable, "-c", script], check=True)


class TestProxies:
    """The server takes the proxy's part: it sees a whole URL where a path would be."""

    URL = "http://fc.invalid/2016-08-15/services/s"

    @pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
    def test_environment_names_one(self, monkeypatch, name):
        with serving(service) as server:
            monkeypatch.setenv(name, server.url.removeprefix("http://"))
            run("http://fc.invalid", get, get)
        assert [request[1] for request in server.requests] == [self.URL] * 2

    def test_argument_wins(self, monkeypatch):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        with serving(service) as server:
            run("http://fc.invalid", get, proxies={"http": server.url})
        assert server.requests[0][1] == self.URL

    @pytest.mark.parametrize("options", [{}, {"proxies": {}}])
    def test_this_machine_is_called_directly(self, monkeypatch, options):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        with serving(service) as server:
            run(server.url, get, **options)
        assert server.requests[0][1] == "/2016-08-15/services/s"

    def test_one_that_is_not_there_got_nothing(self):
        proxies = {"http": f"http://127.0.0.1:{free_port()}"}
        with pytest.raises(TransportError) as caught:
            run("http://fc.invalid", invoke, proxies=proxies)
        assert caught.value.request_sent is False

    def test_tunnel_that_is_refused_carried_nothing(self):
        """The server knows no CONNECT."""
        with serving(service) as server, pytest.raises(TransportError) as caught:
            run("https://fc.invalid", invoke, proxies={"https": server.url})
        assert caught.value.request_sent is False

    def test_other_kinds_are_refused(self):
        with pytest.raises(ConfigurationError, match="http and https proxies only"):
            run("http://fc.invalid", get, proxies={"all": "socks5://127.0.0.1:1"})


class TestFailures:
    @pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://fc.invalid"])
    def test_no_connection_carried_nothing(self, url):
        with pytest.raises(TransportError, match=r"^InvokeFunction failed: ") as caught:
            run(url.format(port=free_port()), invoke)
        assert caught.value.request_sent is False
        assert not isinstance(caught.value, RequestTimeoutError)

    @pytest.mark.parametrize("host", ["a..b", "a" * 64])
    def test_host_that_can_be_no_name_is_an_error_like_any(self, host):
        with pytest.raises(TransportError, match=r"^InvokeFunction failed: .*label"):
            run(f"http://{host}", invoke)

    def test_connection_that_is_not_taken_in_time_carried_nothing(self):
        """A full backlog lets further connections hang."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)), socket.socket() as filler:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
                with pytest.raises(RequestTimeoutError) as caught:
                    run(
                        f"http://127.0.0.1:{port}",
                        invoke,
                        timeout=(0.1, 5),
                        retry=RetryPolicy(attempts=1),
                    )
        assert caught.value.request_sent is False

    @pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
    def test_reply_that_does_not_come_in_time_is_not_awaited_again(self, begun):
        release = threading.Event()

        def hang(handler):
            handler.wfile.write(begun)
            release.wait(5)

        with serving(hang) as server:
            with pytest.raises(RequestTimeoutError) as caught:
                run(server.url, get, timeout=(5, 0.1))
            release.set()
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        ("reply", "message"),
        [
            (lambda handler: handler.send(200, b"{", Content_Length="100"), "not completed"),
            (lambda _: None, "closed before the reply's head"),
            (lambda handler: handler.wfile.write(b"HTTP/1.1 20"), "closed before the reply's head"),
            (lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), "HTTP"),
        ],
    )
    def test_broken_reply_is_asked_for_again_if_that_does_no_harm(self, reply, message):
        def break_off(handler):
            reply(handler)
            hang_up(handler)

        with serving(break_off) as server:
            with pytest.raises(TransportError, match=message) as caught:
                run(server.url, get)
            assert caught.value.request_sent is True
            assert len(server.requests) == 3
            with pytest.raises(TransportError):
                run(server.url, invoke)
            assert len(server.requests) == 4

    def test_lost_connection_is_not_tried_again_behind_our_back(self):
        with serving(service, hang_up) as server, pytest.raises(TransportError):
            run(server.url, get, get, retry=RetryPolicy(attempts=1))
        assert len(server.requests) == 2

    def test_plain_text_where_tls_is_meant_carried_nothing(self):
        hint = "should the endpoint begin with http://"
        with serving(service) as server, pytest.raises(TransportError, match=hint) as caught:
            run(server.url.replace("http:", "https:"), invoke)
        assert caught.value.request_sent is False

    def test_redirect_is_not_followed(self):
        with (
            serving(lambda handler: handler.send(307, Location="/elsewhere")) as server,
            pytest.raises(ResponseError, match="redirect to /elsewhere not followed"),
        ):
            run(server.url, invoke)
        assert len(server.requests) == 1


class TestBodies:
    @pytest.mark.parametrize(
        "failure", [LookupError("mine"), OSError("disk"), TimeoutError("late")]
    )
    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_iterable_that_fails_says_so_and_spoils_no_connection(self, failure, asynchronous):
        def chunks():
            yield b"a"
            raise failure

        async def async_chunks():
            yield b"a"
            raise failure

        async def main(url):
            async with aio_of(url, pool_size=1) as client:
                payload = async_chunks() if asynchronous else chunks()
                with pytest.raises(type(failure)) as caught:
                    await client.invoke_function("s", "f", payload)
                assert caught.value is failure
                assert caught.value.__context__ is None
                assert (await get(client)).service_name == "s"

        with serving(service) as server:
            asyncio.run(main(server.url))

    def test_what_was_opened_is_closed_when_the_service_does_not_read(self):
        closed = []

        def chunks():
            try:
                while True:
                    yield b"x" * 100_000
            finally:
                closed.append(True)

        async def main(url):
            transport = Transport()
            attempt = Attempt("InvokeFunction", "POST", url, {}, Stream(chunks))
            with pytest.raises(RequestTimeoutError, match="does not take") as caught:
                await transport.send(attempt, (5, 0.2))
            assert caught.value.request_sent is True
            await transport.close()

        with silent() as url:
            asyncio.run(main(url))
        assert closed == [True]

    def test_large_bytes_do_not_wait_for_ever_either(self):
        with silent() as url, pytest.raises(RequestTimeoutError):
            run(
                url,
                lambda client: client.invoke_function("s", "f", b"x" * 30_000_000),
                timeout=(5, 0.2),
            )

    def test_loop_goes_on_while_a_file_is_slow(self):
        class Slow(io.BytesIO):
            def read(self, size=-1):
                time.sleep(0.2)
                return super().read(size)

        async def main(url):
            ticks = 0
            async with aio_of(url) as client:
                call = asyncio.create_task(client.invoke_function("s", "f", Slow(b"ab")))
                while not call.done():
                    ticks += 1
                    await asyncio.sleep(0.01)
                await call
            return ticks

        with serving(done) as server:
            assert asyncio.run(main(server.url)) > 10
        assert server.requests[0][3] == b"ab"

    def test_stream_has_no_text(self):
        with pytest.raises(TypeError):
            _Body(b"x", "InvokeFunction", 5).decode()


class TestStream:
    @staticmethod
    def fetch(server, use, timeout=(5, 5), query=""):
        async def main():
            transport = Transport()
            attempt = Attempt("GetFunctionCode", "GET", f"{server.url}/code{query}", {})
            try:
                async with transport.stream(attempt, timeout) as (reply, chunks):
                    return await use(reply, chunks)
            finally:
                await transport.close()

        return asyncio.run(main())

    def test_body_comes_in_chunks(self):
        async def use(reply, chunks):
            sizes = []
            await chunks.in_thread(lambda: sizes.extend(len(chunk) for chunk in chunks))
            return reply.status_code, reply.body, sizes

        with serving(lambda handler: handler.send(200, b"x" * 1_000_000)) as server:
            status, body, sizes = self.fetch(server, use)
        assert (status, body, sum(sizes)) == (200, b"", 1_000_000)
        assert max(sizes) <= 256 * 1024

    def test_url_of_a_reply_is_shown_without_its_query(self):
        async def use(_, chunks):
            return repr(chunks._reply), chunks._reply.request_info

        with serving(lambda handler: handler.send(200, b"x")) as server:
            shown, info = self.fetch(server, use, query="?Signature=s")
        assert "/code) [200 OK]" in shown
        assert "Signature" not in f"{shown} {info}"
        assert server.requests[0][1] == "/code?Signature=s"

    def test_body_of_an_error_is_read(self):
        async def use(reply, _):
            return reply.status_code, reply.body

        with serving(lambda handler: handler.send(403, b"<Error/>")) as server:
            assert self.fetch(server, use) == (403, b"<Error/>")

    def test_body_that_breaks_off_is_typed(self):
        def begin(handler):
            handler.send(200, b"x", Content_Length="100")
            hang_up(handler)

        async def use(_, chunks):
            await chunks.in_thread(list, chunks)

        with (
            serving(begin) as server,
            pytest.raises(TransportError, match=r"^GetFunctionCode failed: "),
        ):
            self.fetch(server, use)

    def test_cancelled_reading_ends_the_thread_that_reads(self):
        released, first, ended = threading.Event(), threading.Event(), threading.Event()

        def begin(handler):
            handler.send(200, b"x", Content_Length="100")
            released.wait(10)

        def read(chunks):
            try:
                for _ in chunks:
                    first.set()
            finally:
                ended.set()

        async def use(_, chunks):
            reading = asyncio.create_task(chunks.in_thread(read, chunks))
            await asyncio.to_thread(first.wait, 10)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            released.set()
            return ended.is_set()

        with serving(begin) as server:
            assert self.fetch(server, use)

    def test_no_connection_is_typed(self):
        async def main():
            attempt = Attempt("GetFunctionCode", "GET", f"http://127.0.0.1:{free_port()}", {})
            transport = Transport()
            try:
                async with transport.stream(attempt, (5, 5)):
                    pytest.fail("there is no reply")
            finally:
                await transport.close()

        with pytest.raises(TransportError, match=r"^GetFunctionCode failed: "):
            asyncio.run(main())

    def test_cancelled_download_leaves_no_file(self, tmp_path):
        release, begun = threading.Event(), threading.Event()

        def begin(handler):
            if handler.path == "/code":
                handler.send(200, b"x", Content_Length="100")
                begun.set()
                release.wait(5)
            else:
                url = f"http://127.0.0.1:{handler.server.server_port}/code"
                handler.send(200, f'{{"url": "{url}", "checksum": "1"}}'.encode())

        async def main(url):
            async with aio_of(url) as client:
                fetch = client.download_function_code("s", "f", tmp_path / "code.zip")
                task = asyncio.create_task(fetch)
                await asyncio.to_thread(begun.wait, 5)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert list(tmp_path.iterdir()) == []
            release.set()

        with serving(begin) as server:
            asyncio.run(main(server.url))


class TestTls:
    @pytest.mark.parametrize("verify", ["missing.pem", ""])
    def test_missing_bundle_is_refused(self, verify):
        with pytest.raises(ConfigurationError, match=f"^verify: no CA bundle at '{verify}'"):
            Transport(verify=verify)

    def test_bundle_that_is_none_is_refused(self, tmp_path):
        (tmp_path / "ca.pem").write_text("nothing")
        with pytest.raises(ConfigurationError, match=r"^verify: no CA bundle at ") as caught:
            run("https://fc.invalid", get, verify=str(tmp_path / "ca.pem"))
        assert isinstance(caught.value.__cause__, ssl.SSLError)

    @pytest.mark.parametrize("verify", [False, "folder"])
    def test_other_ways_to_verify(self, tmp_path, verify):
        with serving(service) as server:
            run(server.url, get, verify=verify and str(tmp_path))
        assert len(server.requests) == 1
