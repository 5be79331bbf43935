"""A stand-in for OSS that stores objects, for tests of uploads with the official library."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from fc_client.code import crc64

ERROR = "<Error><Code>{code}</Code><Message>{message}</Message></Error>"


class OssServer(ThreadingHTTPServer):
    """A server with the method PUT.

    Attributes:
        objects: What is stored: path, size and checksum.
        headers: Those of each request, by names in lower case.
        failures: Each, a status and a code of OSS, answers one request.
        checksums: Each is returned for one request, in place of the right one.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects = []
        self.headers = []
        self.failures = []
        self.checksums = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        left, crc, size = int(self.headers["Content-Length"]), 0, 0
        while left and (chunk := self.rfile.read(min(left, 1024 * 1024))):
            left -= len(chunk)
            size += len(chunk)
            crc = crc64(chunk, crc)
        self.server.headers.append({name.lower(): self.headers[name] for name in self.headers})
        if self.server.failures:
            status, code = self.server.failures.pop(0)
            self._reply(status, ERROR.format(code=code, message="a failure").encode())
        else:
            self.server.objects.append((unquote(self.path), size, str(crc)))
            self._reply(200, b"", self.server.checksums.pop(0) if self.server.checksums else crc)

    def _reply(self, status, body, crc=None):
        self.send_response(status)
        self.send_header("x-oss-request-id", "oss-1")
        self.send_header("Content-Length", str(len(body)))
        if crc is not None:
            self.send_header("x-oss-hash-crc64ecma", str(crc))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Log nothing."""


@contextmanager
def serving_oss():
    """Run a stand-in for OSS."""
    with OssServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
