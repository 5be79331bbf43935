"""What the attacks share: the server under attack, raw HTTP, wild JSON."""

import base64
import io
import json
import logging
import re
import socket
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlsplit

from hypothesis import settings
from hypothesis import strategies as st

from fc_client import signing
from fc_client.local import LocalFunctionCompute

VERSION = "/2016-08-15"
FUNCTION = f"{VERSION}/services/s/functions/f"


def more_cases(factor: int) -> settings:
    """Return the profile's settings with more cases, for those that are cheap."""
    return settings(max_examples=settings().max_examples * factor)


def fewer_cases(test: Callable[..., None]) -> Callable[..., None]:
    """Halve the profile's number of cases of a test whose cases are slow."""
    return settings(max_examples=settings().max_examples // 2)(test)


ECHO = "def h(event, context):\n    return event\n"


def zip_file(source: str = ECHO) -> str:
    """Return the code of a function, whose handler is m.h, as the field zipFile."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("m.py"), source)
    return base64.b64encode(buffer.getvalue()).decode()


SERVICE_FIELDS = {
    "serviceName": "s",
    "description": "",
    "internetAccess": True,
    "logConfig": {"project": "", "logstore": ""},
    "role": "",
    "vpcConfig": {"vpcId": "", "vSwitchIds": [], "securityGroupId": ""},
}
FUNCTION_FIELDS = {
    "functionName": "f",
    "runtime": "python3",
    "handler": "m.h",
    "code": {"zipFile": zip_file()},
    "description": "",
    "memorySize": 128,
    "timeout": 3,
    "environmentVariables": {"A": "b"},
    "initializationTimeout": 3,
}
TRIGGER_FIELDS = {
    "triggerName": "t",
    "triggerType": "timer",
    "triggerConfig": {"cronExpression": "@every 9999h", "payload": "", "enable": False},
    "sourceArn": "",
    "invocationRole": "",
}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body)


class _Errors(logging.Handler):
    """Keeps what is logged at ERROR: the server's own mistakes."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


LAYER_FIELDS = {"code": {"zipFile": zip_file()}, "compatibleRuntime": ["python3"]}
ALIAS_FIELDS = {"aliasName": "a", "versionId": "1"}


class Target:
    """A server with service s, function f, trigger t, version 1, alias a, layer l and a domain."""

    def __init__(self, function_compute: LocalFunctionCompute) -> None:
        self.function_compute = function_compute
        self.key_id = function_compute.access_key_id
        self.key_secret = function_compute.access_key_secret
        url = urlsplit(function_compute.endpoint)
        self.address = (url.hostname, url.port)
        self._errors = _Errors()

    def __enter__(self) -> "Target":
        logging.getLogger("fc_client.local").addHandler(self._errors)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("fc_client.local").removeHandler(self._errors)

    def fill(self) -> None:
        """Make it have s, f, t, version 1, a, l, the domain, configurations of f, and no more."""
        self.function_compute.reset()
        for path, fields in (
            (f"{VERSION}/services", SERVICE_FIELDS),
            (f"{VERSION}/services/s/functions", FUNCTION_FIELDS),
            (f"{FUNCTION}/triggers", TRIGGER_FIELDS),
            (f"{VERSION}/services/s/versions", {}),
            (f"{VERSION}/services/s/aliases", ALIAS_FIELDS),
            (f"{VERSION}/layers/l/versions", LAYER_FIELDS),
            (f"{VERSION}/custom-domains", {"domainName": "www.example.com"}),
        ):
            assert self.call("POST", path, json.dumps(fields).encode()).status == 200
        for path, fields in (
            (f"{FUNCTION}/async-invoke-config", {"statefulInvocation": True}),
            (f"{FUNCTION}/on-demand-config", {"maximumInstanceCount": 5}),
        ):
            assert self.call("PUT", path, json.dumps(fields).encode()).status == 200

    def signed(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        queries: dict[str, list[str]] | None = None,
    ) -> dict[str, str]:
        """Return *headers* with all that a request needs; *path* is as it is signed.

        The *queries* are signed in calls of HTTP functions alone.
        """
        dated = {
            "Host": "localhost",
            "Date": signing.gmt_date(datetime.now(timezone.utc)),
            "Content-Type": "application/json",
            **(headers or {}),
        }
        given = signing.authorization(self.key_id, self.key_secret, method, path, dated, queries)
        return {"Authorization": given, **dated}

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        query: str = "",
    ) -> Reply:
        """Send a signed request and return its reply, which is checked."""
        signed = {
            "Connection": "close",
            "Content-Length": str(len(body)),
            **self.signed(method, path, headers),
        }
        raw = request_bytes(f"{method} {path}{query} HTTP/1.1", signed, body)
        [reply] = self.exchange(raw, patience=30)
        return reply

    def exchange(self, raw: bytes, patience: float = 0.03) -> list[Reply]:
        """Send bytes and return the replies, which are checked.

        Args:
            raw: What is sent, be it a request or not.
            patience: Seconds of silence after which the connection is closed: the server may
                wait for more bytes.
        """
        received = b""
        with socket.create_connection(self.address, timeout=patience) as connection:
            try:
                connection.sendall(raw)
                while chunk := connection.recv(65536):
                    received += chunk
            except (TimeoutError, ConnectionError):
                # It need not read to the end of what it refuses.
                pass
        replies = list(_replies(received, may_be_cut=b"HEAD /" in raw))
        for reply in replies:
            assert reply.status < 500, reply
            assert uuid.UUID(reply.headers["x-fc-request-id"])
            if reply.status >= 400 and reply.body:
                assert set(reply.json()) == {"ErrorCode", "ErrorMessage"}
        return replies

    def assert_unharmed(self) -> None:
        """Assert that it still serves and has logged no mistake of its own."""
        assert self.call("GET", f"{VERSION}/services").status == 200
        assert self._errors.lines == []


def request_bytes(line: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    lines = [line, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def _replies(received: bytes, *, may_be_cut: bool):
    while received:
        head, separator, received = received.partition(b"\r\n\r\n")
        assert separator, head
        line, *lines = head.decode("latin-1").split("\r\n")
        status = re.fullmatch(r"HTTP/[0-9]\.[0-9] ([1-5][0-9][0-9]) .*", line)
        assert status, line
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        if status[1] == "100":
            continue
        # The reply to a HEAD tells a length and has none.
        is_cut = may_be_cut and received.startswith(b"HTTP/")
        length = 0 if is_cut else int(headers.get("content-length", "0"))
        yield Reply(int(status[1]), headers, received[:length])
        received = received[length:]


# JSON that json.dumps would not write: a placeholder is replaced by its token.
_TOKENS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1e-999",
    "-0",
    "-0.0",
    "1.0",
    "128.0",
    "3e0",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 400,
    "9" * 5000,
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '{"\\ud800": 1}',
    '{"a": 1, "a": 2}',
    '{"": ""}',
    "[" * 60 + "]" * 60,
    "[" * 500 + "]" * 500,
    "[" * 20_000 + "]" * 20_000,
    '{"a":' * 5000 + "1" + "}" * 5000,
    '"' + "x" * 100_000 + '"',
    "",
    "nul",
    "'a'",
    "01",
    '"\n"',
    '"\\x"',
]


def _placeholder(number: int) -> str:
    return f"<<{number}>>"


PLACEHOLDERS = st.integers(0, len(_TOKENS) - 1).map(_placeholder)

WORDS = st.sampled_from(
    [
        "",
        "s",
        "f",
        "t",
        "a",
        "..",
        ".",
        "/",
        "a b",
        "é",
        "💩",
        "\x00",
        "\r\n",
        "x" * 300,
        "timer",
        "oss",
        "logs",
        "python3",
        "nodejs8",
        "java8",
        "m.h",
        "true",
        "128",
        "@every 5m",
    ]
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), WORDS, PLACEHOLDERS
)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)


def wild_json(value: object) -> bytes:
    """Write a value with the tokens of its placeholders, which may be no JSON at all."""
    text = json.dumps(value)
    for number, token in enumerate(_TOKENS):
        text = text.replace(json.dumps(_placeholder(number)), token)
    return text.encode("utf-8", "surrogatepass")


@st.composite
def changed(draw, fields: dict) -> dict:
    """Return *fields* with a few of them wild, away or unknown."""
    document = dict(fields)
    names = st.sampled_from([*fields, "unknown", "createdTime", "serviceId", "codeChecksum"])
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        if draw(st.integers(0, 9)) == 0:
            document.pop(name, None)
        elif isinstance(document.get(name), dict) and draw(st.booleans()):
            document[name] = draw(changed(document[name]))
        else:
            document[name] = draw(JSON_VALUES)
    return document
