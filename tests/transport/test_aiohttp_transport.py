"""AsyncClient over real connections: event loops, proxies, TLS, failures, streams."""

import asyncio
import copy
import socket
import ssl
import subprocess
import sys

import pytest
from support.attempts import attempt, send_async
from support.clients import aio_of, get, invoke, run
from support.http_server import (
    SERVICE,
    Exchange,
    done,
    free_port,
    hang_up,
    replying,
    service,
    serving,
)
from support.waiting import until
from support.ways import by_proxy, each_way, run_by

from fc_client import (
    ConfigurationError,
    RequestTimeoutError,
    ResponseError,
    RetryPolicy,
    TransportError,
)
from fc_client._messages import Attempt
from fc_client._transport.aiohttp_transport import Transport


class TestEventLoops:
    def test_client_serves_one_after_the_other(self):
        async def call(client):
            await get(client)

        # The connection ends with the reply, so that the loop leaves none open.
        with serving(replying(200, SERVICE, Connection="close")) as server:
            client = aio_of(server.url)
            for _ in range(2):
                asyncio.run(call(client))
        assert len(server.requests) == 2

    @each_way
    def test_copies_of_a_client_serve_several(self, way):
        async def call(client):
            async with copy.copy(client) as copied:
                await get(copied)

        with serving(service) as server:
            url, options = way(server)
            client = aio_of(url, **options)
            for _ in range(2):
                asyncio.run(call(client))
        assert len(server.requests) == 2

    @each_way
    def test_client_is_refused_by_a_second_loop_at_the_same_time(self, way):
        async def main(server):
            url, options = way(server)
            async with aio_of(url, **options) as client:
                await get(client)
                with pytest.raises(RuntimeError, match="belongs to another event loop"):
                    await asyncio.to_thread(asyncio.run, get(client))

        with serving(service) as server:
            asyncio.run(main(server))

    def test_copy_of_a_client_serves_another_at_the_same_time(self):
        async def main(url):
            async with aio_of(url) as client:
                await get(client)

                async def elsewhere():
                    async with copy.copy(client) as copied:
                        await get(copied)

                await asyncio.to_thread(asyncio.run, elsewhere())

        with serving(service) as server:
            asyncio.run(main(server.url))
        assert server.connections == 2


class TestConveniencesThatAreOff:
    @each_way
    def test_netrc(self, way, tmp_path, monkeypatch):
        netrc = tmp_path / "netrc"
        netrc.write_text("default login somebody password secret\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        with serving(service) as server:
            run_by(way, server, get)
        assert server.requests[0].headers["Authorization"].startswith("FC i:")

    @each_way
    def test_cookies(self, way):
        with serving(replying(200, SERVICE, Set_Cookie="a=b; Path=/")) as server:
            run_by(way, server, get, get)
        assert [request.headers["Cookie"] for request in server.requests] == [None, None]

    @each_way
    def test_redirects(self, way):
        with (
            serving(replying(307, Location="/elsewhere")) as server,
            pytest.raises(ResponseError, match="redirect to /elsewhere not followed"),
        ):
            run_by(way, server, invoke)
        assert len(server.requests) == 1

    @each_way
    def test_retries_of_aiohttp(self, way):
        """It would send the old signature, and what is left of the body."""
        with serving(service, hang_up) as server, pytest.raises(TransportError):
            run_by(way, server, get, get, retry=RetryPolicy(attempts=1))
        assert len(server.requests) == 2

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
        assert server.paths == [self.URL] * 2

    def test_argument_wins(self, monkeypatch):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        with serving(service) as server:
            run("http://fc.invalid", get, proxies={"http": server.url})
        assert server.paths == [self.URL]

    @pytest.mark.parametrize("options", [{}, {"proxies": {}}])
    def test_this_machine_is_called_directly(self, monkeypatch, options):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
        with serving(service) as server:
            run(server.url, get, **options)
        assert server.paths == ["/2016-08-15/services/s"]

    def test_unreachable_one_got_nothing(self):
        proxies = {"http": f"http://127.0.0.1:{free_port()}"}
        with pytest.raises(TransportError) as caught:
            run("http://fc.invalid", invoke, proxies=proxies)
        assert caught.value.request_sent is False

    def test_refused_tunnel_carried_nothing(self):
        """The server knows no CONNECT."""
        with serving(replying(405)) as server, pytest.raises(TransportError) as caught:
            run("https://fc.invalid", invoke, proxies={"https": server.url})
        assert caught.value.request_sent is False

    def test_other_kinds_are_refused(self):
        with pytest.raises(ConfigurationError, match=r"use one of http://, https://$"):
            run("http://fc.invalid", get, proxies={"all": "socks5://127.0.0.1:1"})


class TestClose:
    @pytest.mark.parametrize("pool_size", [1, 4])
    def test_calls_through_a_proxy_end_with_the_client(self, pool_size):
        async def main(server):
            url, options = by_proxy(server)
            client = aio_of(url, pool_size=pool_size, **options)
            tasks = [asyncio.create_task(get(client)) for _ in range(4)]
            await until(lambda: len(server.requests) == pool_size)
            await client.close()
            return await asyncio.gather(*tasks, return_exceptions=True)

        with serving(Exchange.wait) as server:
            ends = asyncio.run(main(server))
        assert [type(end) for end in ends] == [TransportError] * 4
        assert [end.client_closed for end in ends] == [True] * 4
        assert [end.attempts for end in ends] == [1] * 4

    @pytest.mark.skipif(
        sys.version_info < (3, 11), reason="a task does not say that it is cancelled"
    )
    def test_cancelled_task_stays_cancelled(self):
        async def main(server):
            url, options = by_proxy(server)
            client = aio_of(url, pool_size=1, **options)
            tasks = [asyncio.create_task(invoke(client)) for _ in range(2)]
            await until(lambda: server.requests)
            tasks[1].cancel()
            await client.close()
            return await asyncio.gather(*tasks, return_exceptions=True)

        with serving(Exchange.wait) as server:
            ends = asyncio.run(main(server))
        assert [type(end) for end in ends] == [TransportError, asyncio.CancelledError]

    def test_cancelled_call_through_a_proxy_gives_its_connection_back(self):
        async def main(server):
            url, options = by_proxy(server)
            async with aio_of(url, pool_size=1, **options) as client:
                task = asyncio.create_task(invoke(client))
                await until(lambda: server.requests)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert (await get(client)).service_name == "s"

        with serving(Exchange.wait, service) as server:
            asyncio.run(main(server))


class TestFailures:
    @pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://fc.invalid"])
    def test_no_connection_carried_nothing(self, url):
        with pytest.raises(TransportError, match=r"^InvokeFunction failed: ") as caught:
            run(url.format(port=free_port()), invoke)
        assert caught.value.request_sent is False
        assert not isinstance(caught.value, RequestTimeoutError)

    @pytest.mark.parametrize("host", ["a..b", "a" * 64])
    def test_host_that_cannot_be_a_name_is_a_transport_error(self, host):
        with pytest.raises(TransportError, match=r"^InvokeFunction failed: .*label"):
            run(f"http://{host}", invoke)

    def test_connection_that_is_not_taken_in_time_carried_nothing(self):
        """A full backlog lets further connections hang."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            with socket.create_connection(("127.0.0.1", port)), socket.socket() as filler:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
                with pytest.raises(RequestTimeoutError) as caught:
                    run(url, invoke, timeout=(0.1, 30), retry=RetryPolicy(attempts=1))
        assert caught.value.request_sent is False

    @each_way
    @pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
    def test_reply_that_does_not_come_in_time_is_not_requested_again(self, way, begun):
        def hang(exchange):
            exchange.wfile.write(begun)
            exchange.wait()

        with serving(hang) as server, pytest.raises(RequestTimeoutError) as caught:
            run_by(way, server, get, timeout=(30, 0.1))
        assert caught.value.request_sent is True
        assert len(server.requests) == 1

    @each_way
    def test_broken_reply_is_requested_again_if_the_call_is_idempotent(self, way):
        with serving(b"HTTP/1.1 200 OK\r\nA: b") as server:
            with pytest.raises(TransportError) as caught:
                run_by(way, server, get)
            assert caught.value.request_sent is True
            assert len(server.requests) == 3
            with pytest.raises(TransportError):
                run_by(way, server, invoke)
            assert len(server.requests) == 4

    @pytest.mark.parametrize(
        "reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", b"SSH-2.0-OpenSSH\r\n"]
    )
    def test_broken_reply_through_a_proxy_is_a_transport_error(self, reply):
        with serving(reply) as server, pytest.raises(TransportError) as caught:
            run_by(by_proxy, server, invoke)
        assert caught.value.request_sent is True

    def test_plain_text_where_tls_is_meant_carried_nothing(self):
        hint = r"did you mean http://\?"
        with serving(service) as server, pytest.raises(TransportError, match=hint) as caught:
            run(server.url.replace("http:", "https:"), invoke)
        assert caught.value.request_sent is False


class TestTls:
    @pytest.mark.parametrize("verify", ["missing.pem", ""])
    def test_missing_bundle_is_refused(self, verify):
        with pytest.raises(ConfigurationError, match=f"^verify: no CA bundle at '{verify}'"):
            Transport(verify=verify)

    @pytest.mark.parametrize("options", [{}, {"proxies": {"https": "http://127.0.0.1:1"}}])
    def test_bundle_without_certificates_is_refused(self, tmp_path, options):
        (tmp_path / "ca.pem").write_text("nothing")
        with pytest.raises(ConfigurationError, match=r"^verify: no CA bundle at ") as caught:
            run("https://fc.invalid", get, verify=str(tmp_path / "ca.pem"), **options)
        assert isinstance(caught.value.__cause__, ssl.SSLError)

    @pytest.mark.parametrize("name", ["wrong name", "expired", "unknown CA"])
    def test_certificate_that_is_refused_carried_nothing(self, certificates, name):
        with (
            serving(service, tls=certificates.context(name)) as server,
            pytest.raises(TransportError, match="certificate verify failed") as caught,
        ):
            run(server.url, invoke, verify=certificates.trusted)
        assert caught.value.request_sent is False

    @pytest.mark.parametrize("name", ["good", "unknown CA"])
    def test_verification_may_be_turned_off(self, certificates, name):
        with serving(service, tls=certificates.context(name)) as server:
            assert run(server.url, get, verify=False).service_name == "s"

    def test_bundle_is_taken(self, certificates):
        with serving(service, tls=certificates.context("good")) as server:
            run(server.url, get, get, verify=certificates.trusted)
        assert server.connections == 1


class TestAttempt:
    def test_path_and_query_are_sent_as_they_are(self):
        """They are encoded and signed."""
        path = "/a%2fb%2Fc%7e~?d=%e6%9C&e=+%20"
        with serving(done) as server:
            send_async(attempt(server.url + path, b""))
            url, options = by_proxy(server)
            send_async(Attempt("InvokeFunction", "GET", url + path, {}, b""), **options)
        assert server.paths == [path, f"http://fc.invalid{path}"]
