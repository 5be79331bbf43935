from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from local.execution_support import wait_until_async

from fc_client.local.execution.channels import MAX_BODY, MAX_HEADER, Channel, Decoder, Frame, encode

BINARY = bytes(range(256)) * 3


class TestDecoder:
    def test_frame_survives_being_cut_anywhere(self):
        data = encode({"kind": "invoke"}, BINARY)

        for cut in range(len(data)):
            decoder = Decoder()
            frames = [*decoder.feed(data[:cut]), *decoder.feed(data[cut:])]
            assert frames == [Frame({"kind": "invoke"}, BINARY)]

    def test_frames_in_one_chunk_are_separated(self):
        data = encode({"n": 1}, b"") + encode({"n": 2}, b"x") + encode({"n": 3}, b"")

        frames = list(Decoder().feed(data))

        assert frames == [Frame({"n": 1}, b""), Frame({"n": 2}, b"x"), Frame({"n": 3}, b"")]

    def test_header_that_is_not_json_is_an_error(self):
        with pytest.raises(ValueError, match="Expecting value"):
            list(Decoder().feed(b"\0\0\0\x03\0\0\0\0abc"))


class TestChannel:
    def test_large_frame_is_sent_while_the_other_end_is_slow(self):
        body = BINARY * 4096

        async def scenario() -> bytes:
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
            channel = Channel(ours, lambda _: None, lambda _: None)
            channel.send({}, body)
            received = bytearray()
            while len(received) < len(encode({}, body)):
                await asyncio.sleep(0)
                received += await asyncio.get_running_loop().sock_recv(theirs, 65536)
            channel.close()
            channel.close()
            theirs.close()
            return bytes(received)

        assert asyncio.run(scenario()) == encode({}, body)

    @pytest.mark.parametrize(
        ("last", "invalid"),
        [
            (b"", False),
            (b"\0\0\0\x03\0\0\0\0abc", True),
            (b"\0\0\0\x02\0\0\0\0[]", True),
            (b"\0\0\0\x02\0\0\0\0\xff\xfe", True),
            (struct.pack(">II", 60000, 0) + b"[" * 60000, True),
            (struct.pack(">II", MAX_HEADER + 1, 0), True),
            (struct.pack(">II", 2, MAX_BODY + 1), True),
        ],
        ids=["end", "text", "list", "not UTF-8", "deep", "long header", "long body"],
    )
    def test_on_end_is_called_once(self, last: bytes, invalid: bool):
        async def scenario() -> list[object]:
            seen: list[object] = []
            ours, theirs = socket.socketpair()
            channel = Channel(ours, seen.append, seen.append)
            theirs.sendall(encode({"n": 1}, b"") + last)
            theirs.close()
            assert await wait_until_async(lambda: len(seen) == 2)
            channel.send({}, b"to nobody")
            await asyncio.sleep(0.05)
            channel.close()
            return seen

        assert asyncio.run(scenario()) == [Frame({"n": 1}, b""), invalid]
