"""Take code of any size and drop it, give code of any size: ``code_server.py BYTES``.

Thus the size of the code has no limit but the client's.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BLOCK = bytes(1 << 20)


class Handler(BaseHTTPRequestHandler):
    """Create functions without keeping them, and tell where code is: ``/zip``."""

    protocol_version = "HTTP/1.1"
    code_bytes = 0

    def do_POST(self) -> None:
        """Read all that is sent."""
        missing = int(self.headers["Content-Length"])
        buffer = memoryview(bytearray(1 << 20))
        while missing:
            # What ends early would be waited for without end.
            taken = self.rfile.readinto1(buffer[:missing])
            if not taken:
                self.close_connection = True
                return
            missing -= taken
        self._reply({"functionName": "f"})

    def do_GET(self) -> None:
        """Give the code, or tell where it is."""
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
        """Say nothing."""


if __name__ == "__main__":
    Handler.code_bytes = int(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
