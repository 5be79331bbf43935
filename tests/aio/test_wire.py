"""AsyncClient and Client send the same requests, and return the same results."""

import io
import json

import pytest
from support.clients import run
from support.comparison import both
from support.http_server import done, replying, service, serving
from support.later import ALL_ROWS, OPERATIONS
from support.later.changed import QUALIFIER_ROWS

each_row = pytest.mark.parametrize(
    "row", [*ALL_ROWS, *QUALIFIER_ROWS], ids=lambda row: row.operation
)


class TestWire:
    @each_row
    def test_same_bytes_and_same_result(self, row):
        success = OPERATIONS[row.operation]["success"]
        body = json.dumps(row.reply).encode() if isinstance(row.reply, dict) else row.reply
        headers = {"X_Fc_Request_Id": "id-1", **dict.fromkeys(success["headers"], '"e1"')}
        first, second = both([replying(success["status"][0], body, **headers)], row.call)
        assert first == second
        assert first[1][0][1].partition("?")[0] == row.sent_path

    @pytest.mark.parametrize("name", ["a b/../c?x=1#f", "...", "%2e%2e", "服务", "~"])
    def test_names(self, name):
        first, second = both([service], lambda client: client.get_service(name))
        assert first == second

    @pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 1_500_000])
    def test_bytes(self, size):
        first, second = both([done], lambda client: client.invoke_function("s", "f", b"x" * size))
        assert first == second
        assert len(first[1][0][3]) == size

    @pytest.mark.parametrize(
        "payload",
        [
            lambda: None,
            lambda: "é",
            lambda: [b"a", b"b"],
            lambda: io.BytesIO(b"x" * 200_000),
            io.BytesIO,
            lambda: iter([b"ab", b"", b"c" * 100_000]),
            lambda: iter([]),
        ],
    )
    def test_payloads(self, payload):
        first, second = both([done], lambda client: client.invoke_function("s", "f", payload()))
        assert first == second

    def test_options(self):
        first, second = both(
            [service],
            lambda client: client.get_service("s"),
            account_id="1",
            security_token="t",
            user_agent="app/1",
        )
        assert first == second

    def test_code_of_a_directory(self, tmp_path):
        (tmp_path / "index.py").write_bytes(b"x = 1\n" * 50_000)
        reply = replying(200, b'{"functionName": "f"}')
        first, second = both(
            [reply],
            lambda client: client.create_function(
                "s", "f", runtime="python3", handler="i.h", code=tmp_path
            ),
        )
        assert first == second

    def test_asynchronous_payload(self):
        async def chunks():
            yield b"a"
            yield b""
            yield b"b"

        with serving(done) as server:
            run(server.url, lambda client: client.invoke_function("s", "f", chunks()))
        [(_, _, headers, body)] = server.requests
        assert (headers["Transfer-Encoding"], body) == ("chunked", b"ab")
