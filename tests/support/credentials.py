"""Where tests have credentials found: files in a home directory, a real server near by."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

AK = {
    "name": "default",
    "mode": "AK",
    "access_key_id": "ak-id",
    "access_key_secret": "ak-secret",
    "sts_token": "an old one",
    "region_id": "cn-a",
}
STS = {
    "name": "sts",
    "mode": "StsToken",
    "access_key_id": "STS.id",
    "access_key_secret": "sts-secret",
    "sts_token": "sts-token",
    "region_id": "",
}
ROLE = {"name": "role", "mode": "EcsRamRole", "ram_role_name": "r"}


def write(name, text, mode=0o600):
    """Write a file below the home directory."""
    file = Path.home() / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def aliyun(*profiles, current="default", mode=0o600):
    document = {"current": current, "profiles": profiles, "meta_path": ""}
    return write(".aliyun/config.json", json.dumps(document), mode)


def fcli(text, mode=0o600):
    return write(".fcli/config.yaml", text, mode)


class Handler(BaseHTTPRequestHandler):
    def take(self):
        self.server.paths.append(self.path)
        self.body()
        self.server.answer(self)

    do_GET = do_POST = take  # noqa: N815 - the base's names

    def body(self):
        if self.headers["Transfer-Encoding"]:
            while self.rfile.readline().strip() not in (b"0", b""):
                """Chunks of tests are short, and hold no line of their own."""
        self.rfile.read(int(self.headers["Content-Length"] or 0))

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.paths = []
        self.released = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def handing_out(answer):
    """Run a server whose replies *answer* gives, called with the handler."""
    with Server(answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def one_by_one(*answers):
    """Return an answer that is each of *answers* in turn."""
    left = iter(answers)

    def answer(handler):
        next(left)(handler)

    return answer


def keys(number=1, **changes):
    """Return an answer with credentials."""
    document = {
        "Code": "Success",
        "AccessKeyId": f"STS.id-{number}",
        "AccessKeySecret": f"secret-{number}",
        "SecurityToken": f"token-{number}",
        "Expiration": "2126-05-08T10:00:00Z",
        **changes,
    }
    body = json.dumps({name: value for name, value in document.items() if value is not None})
    return lambda handler: handler.reply(200, body.encode())
