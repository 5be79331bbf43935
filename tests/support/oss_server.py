"""A stand-in for OSS that stores objects, for tests of uploads with the official library."""

from contextlib import contextmanager
from urllib.parse import unquote

from fc_client.code import crc64
from support.http_server import serving

ERROR = "<Error><Code>{code}</Code><Message>a failure</Message></Error>"


class Oss:
    """The objects and requests of a server that knows PUT.

    Attributes:
        url: Where it listens.
        objects: What is stored: path, size and checksum.
        headers: Those of each request, by names in lower case.
        failures: Each, a status and a code of OSS, answers one request.
        checksums: Each is returned for one request, in place of the right one.
    """

    def __init__(self):
        self.url = ""
        self.objects = []
        self.headers = []
        self.failures = []
        self.checksums = []

    def reply(self, exchange):
        """Store the object of the last request, or fail."""
        request = exchange.server.requests.pop()
        # Large, and not looked at.
        exchange.server.raw_requests.clear()
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if self.failures:
            status, code = self.failures.pop(0)
            exchange.send(status, ERROR.format(code=code).encode(), x_oss_request_id="oss-1")
            return
        checksum = crc64(request.body)
        self.objects.append((unquote(request.path), len(request.body), str(checksum)))
        stored = self.checksums.pop(0) if self.checksums else checksum
        exchange.send(200, x_oss_request_id="oss-1", x_oss_hash_crc64ecma=str(stored))


@contextmanager
def serving_oss(tls=None):
    """Run a stand-in for OSS, over TLS with the context *tls*."""
    oss = Oss()
    with serving(oss.reply, tls=tls) as server:
        oss.url = server.url.replace("127.0.0.1", "localhost") if tls else server.url
        yield oss
