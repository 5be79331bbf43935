"""The server that other tests rely on does what their scripts say, byte by byte."""

import socket

import pytest
import requests

from support.certificates import Certificates
from support.http_server import done, hang_up, serving, serving_connections


def opened(server):
    return socket.create_connection(("127.0.0.1", server.server_port), 30)


def exchange(server, *pieces):
    """Send these bytes, and return all that comes until the connection ends."""
    with opened(server) as client:
        for piece in pieces:
            client.sendall(piece)
        received = b""
        while data := client.recv(65536):
            received += data
        return received


REQUEST = b"PUT /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok"
LAST = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"


class TestServing:
    def test_replies_come_in_turn_and_the_last_one_again(self):
        with serving(done, lambda handler: handler.send(404, b"no", X_Y="z")) as server:
            received = exchange(server, REQUEST, REQUEST, LAST)

        missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nno"
        assert received == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + missing * 2
        assert (server.connections, server.paths) == (1, ["/a?b", "/a?b", "/"])

    def test_bytes_are_sent_as_they_are_and_end_the_connection(self):
        with serving(b"\x00 half a rep") as server:
            assert exchange(server, REQUEST) == b"\x00 half a rep"

    def test_chunks_are_decoded_and_kept_as_they_came(self):
        head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        chunks = b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
        with serving(done) as server:
            exchange(server, head, chunks)

        [request], [raw] = server.requests, server.raw_requests
        assert request.body == b"abcd"
        assert (raw.body, raw.whole) == (chunks, True)

    @pytest.mark.parametrize("size", [10, len(REQUEST) - 1])
    def test_half_a_request_is_recorded_as_such(self, size):
        with serving(done) as server:
            with opened(server) as client:
                client.sendall(REQUEST[:size])
                client.shutdown(socket.SHUT_WR)
                client.recv(1)
            assert server.requests == []
            assert [raw.whole for raw in server.raw_requests] == [False]

    def test_what_is_not_http_is_refused(self):
        with serving(done) as server:
            assert exchange(server, b"\x16\x03\x01\n").startswith(b"HTTP/1.1 400 ")

    def test_hang_up_and_reset(self):
        with serving(hang_up, lambda handler: handler.reset()) as server:
            assert exchange(server, REQUEST) == b""
            with pytest.raises(ConnectionResetError):
                exchange(server, REQUEST)

    def test_drip_sends_byte_by_byte(self):
        with (
            serving(lambda handler: handler.drip(b"HTTP/1.1", 0.01)) as server,
            opened(server) as client,
        ):
            client.sendall(REQUEST)
            received = b""
            while len(received) < 8:
                received += client.recv(100)
        assert received == b"HTTP/1.1"

    def test_what_a_reply_raises_fails_the_test(self):
        def fail(_):
            raise LookupError("mine")

        with pytest.raises(LookupError, match="mine"), serving(fail) as server:
            exchange(server, REQUEST)

    def test_end_wakes_replies_that_wait(self):
        with (
            serving(lambda handler: handler.send(200 + handler.wait())) as server,
            opened(server) as client,
        ):
            client.sendall(REQUEST)
            server.stopping.set()
            assert client.recv(12) == b"HTTP/1.1 201"

    def test_tls(self, tmp_path):
        certificates = Certificates(tmp_path)
        with serving(done, tls=certificates.context("good")) as server:
            reply = requests.get(server.url, verify=certificates.trusted, timeout=30)
        assert reply.status_code == 200


class TestServingConnections:
    def test_script_acts_before_anything_is_read(self):
        with serving_connections(lambda handler: handler.wfile.write(b"first")) as server:
            assert exchange(server) == b"first"

    def test_script_may_reply_before_the_body(self):
        def refuse(handler):
            head = handler.receive_head()
            handler.send(413, head[:3])
            handler.finish_sending()

        with serving_connections(refuse) as server:
            assert exchange(server, REQUEST[:-2]).endswith(b"\r\n\r\nPUT")
