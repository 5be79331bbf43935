"""A server that discards uploaded code and serves code of BYTES: ``code_server.py BYTES``.

It keeps nothing in memory, so code may have any size.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BLOCK = bytes(1 << 20)


class Handler(BaseHTTPRequestHandler):
    """Accepts functions without storing them; their code is at ``/zip``."""

    protocol_version = "HTTP/1.1"
    code_bytes = 0

    def do_POST(self) -> None:
        """Read the body and discard it."""
        missing = int(self.headers["Content-Length"])
        buffer = memoryview(bytearray(1 << 20))
        while missing:
            # An empty read is the end of the connection; looping on would never end.
            taken = self.rfile.readinto1(buffer[:missing])
            if not taken:
                self.close_connection = True
                return
            missing -= taken
        self._reply({"functionName": "f"})

    def do_GET(self) -> None:
        """Respond with the code, or with its URL."""
        if self.path != "/zip":
            self._reply({"url": f"http://{self.headers['Host']}/zip"})
            return
        self._head(self.code_bytes, "application/zip")
        for start in range(0, self.code_bytes, len(BLOCK)):
            self.wfile.write(BLOCK[: self.code_bytes - start])

    def _reply(self, document: dict[str, str]) -> None:
        body = json.dumps(document).encode()
        self._head(len(body), "application/json")
        self.wfile.write(body)

    def _head(self, length: int, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.send_header("Content-Type", kind)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


if __name__ == "__main__":
    Handler.code_bytes = int(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
