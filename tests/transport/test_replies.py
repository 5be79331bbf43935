"""What both clients make of the replies of the table, over real connections."""

import pytest
from support.attempts import SENDERS, attempt
from support.clients import CLIENTS
from support.http_server import service, serving, serving_connections
from support.ways import by_proxy, each_way
from support.wire_cases import CASES

from fc_client import ResponseError, RetryPolicy, TransportError

each_sender = pytest.mark.parametrize("send", SENDERS.values(), ids=list(SENDERS))
each_client = pytest.mark.parametrize("client_class", CLIENTS.values(), ids=list(CLIENTS))

NEXT = b"the next reply"

# The HTTP libraries close some connections that could be used again.
CLOSED_THOUGH_REUSABLE = {
    # http.client looks for "close" anywhere in the header.
    "Client": {"9.3: a name that contains close"},
    # aiohttp expects a body up to the end of the connection, though HEAD has none.
    "AsyncClient": {"6.3: HEAD, chunked"},
}


def replying_once(case):
    """Return a server that gives the reply of a case first, and then others."""

    def script(exchange):
        exchange.receive()
        if exchange.number == 1 and len(exchange.server.requests) == 1:
            exchange.wfile.write(case.reply)
            if case.close:
                exchange.finish_sending()
                return
            exchange.receive()
        exchange.send(200, NEXT)

    return serving_connections(script)


@each_way
@each_sender
@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_clients_read_the_table(send, way, case):
    with replying_once(case) as server:
        url, options = way(server)
        request = attempt(url, b"", method=case.method)
        if case.error:
            with pytest.raises(TransportError, match=f"^InvokeFunction failed: .*({case.error})"):
                send(request, **options)
            return
        reply = send(request, **options)
    assert (reply.status_code, reply.body) == (case.status, case.body.encode())


@each_way
@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("case", [case for case in CASES if not case.error], ids=str)
def test_connection_is_used_again_if_the_end_of_a_reply_is_certain(sender, way, case):
    with replying_once(case) as server:
        url, options = way(server)
        first = attempt(url, b"", method=case.method)
        reply = SENDERS[sender](first, attempt(url), pool_size=1, **options)
    assert reply.body == NEXT
    is_closed = way is by_proxy and str(case) in CLOSED_THOUGH_REUSABLE[sender]
    assert server.connections == (1 if case.reusable and not is_closed else 2)


@pytest.mark.parametrize("case", [case for case in CASES if case.error], ids=str)
@each_client
def test_connection_of_a_broken_reply_is_not_used_again(client_class, case):
    options = {"access_key_id": "i", "access_key_secret": "s", "retry": RetryPolicy(attempts=1)}
    with replying_once(case) as server, client_class(server.url, pool_size=1, **options) as client:
        with pytest.raises(TransportError) as caught:
            client.invoke_function("s", "f")
        assert client.invoke_function("s", "f").payload == NEXT
    assert caught.value.request_sent is True
    assert server.connections == 2


@each_client
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "x"])
def test_coding_that_was_not_requested_is_refused(client_class, coding):
    """Unpacked, a few KB might fill the memory."""

    def packed(exchange):
        exchange.send(200, b"not packed at all", Content_Encoding=coding)

    options = {"access_key_id": "i", "access_key_secret": "s"}
    with serving(packed, service) as server, client_class(server.url, **options) as client:
        with pytest.raises(ResponseError, match=f"Content-Encoding '{coding}'") as caught:
            client.invoke_function("s", "f")
        assert client.get_service("s").service_name == "s"
    assert caught.value.attempts == 1
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


@each_client
def test_coding_identity_is_none(client_class):
    def plain(exchange):
        exchange.send(200, b"plain", Content_Encoding="identity")

    options = {"access_key_id": "i", "access_key_secret": "s"}
    with serving(plain) as server, client_class(server.url, **options) as client:
        assert client.invoke_function("s", "f").payload == b"plain"


@each_client
def test_change_of_the_protocol_is_refused(client_class):
    options = {"access_key_id": "i", "access_key_secret": "s"}
    reply = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
    with (
        serving(lambda exchange: exchange.wfile.write(reply)) as server,
        client_class(server.url, **options) as client,
        pytest.raises(ResponseError, match="101"),
    ):
        client.get_service("s")


@each_client
@pytest.mark.parametrize("length", ["99999999999999", "9" * 30])
def test_length_that_no_memory_can_take_is_an_error(client_class, length):
    options = {"access_key_id": "i", "access_key_secret": "s", "retry": RetryPolicy(attempts=1)}
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n{}" % length.encode()
    with (
        serving(reply) as server,
        client_class(server.url, **options) as client,
        pytest.raises((ResponseError, TransportError)),
    ):
        client.get_service("s")
