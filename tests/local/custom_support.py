"""Functions of the runtime custom for tests, made on the spot."""

import io
import sys
import textwrap
import zipfile

from local.http_support import add_trigger
from local.support import zip_code

# Serves HTTP; a test adds the methods of the class.
PROGRAM = """#!{python}
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def body(self):
        if "chunked" in self.headers.get("transfer-encoding", ""):
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("content-length", 0)))
    def reply(self, body=b"", status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def echo(self):
        seen = {{name.lower(): value for name, value in self.headers.items()}}
        line = f"{{self.command}} {{self.path}}"
        seen = {{"line": line, "body": self.body().decode("latin-1"), **seen}}
        self.reply(json.dumps(seen).encode())
    def log_message(self, *args): pass
{methods}
ThreadingHTTPServer(("127.0.0.1", int(os.environ["FC_SERVER_PORT"])), Handler).serve_forever()
"""


def create(api, program, *, mode=0o755, name="bootstrap", **fields):
    """Create service s and function f with a program, and an HTTP trigger."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        info = zipfile.ZipInfo(name)
        info.external_attr = (0o100000 | mode) << 16
        file.writestr(info, program)
    api.create_service()
    fields = {"runtime": "custom", "handler": "unused", "memorySize": 512, **fields}
    api.create_function(code=zip_code(archive.getvalue()), **fields).raise_for_status()
    add_trigger(api).raise_for_status()


def program(methods):
    lines = textwrap.indent(textwrap.dedent(methods), "    ")
    return PROGRAM.format(python=sys.executable, methods=lines)
