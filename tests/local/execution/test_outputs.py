from __future__ import annotations

import asyncio
import os

import pytest

from fc_client.local.execution.function_spec import HANDLED, UNHANDLED, Outcome
from fc_client.local.execution.outputs import BoundedLog, Output, framed_log

HALF = 512 * 1024


class TestBoundedLog:
    def test_keeps_everything_up_to_a_megabyte(self):
        log = BoundedLog()
        data = os.urandom(2 * HALF)

        for start in range(0, len(data), 1000):
            log.add(data[start : start + 1000])

        assert log.take() == data
        assert log.take() == b""

    def test_keeps_head_and_tail_of_more(self):
        log = BoundedLog()

        log.add(b"a" * HALF + b"b" * (5 * HALF) + b"c" * HALF)

        expected = b"a" * HALF + b"\n... 2621440 bytes left out ...\n" + b"c" * HALF
        assert log.take() == expected

    def test_forgets_what_was_left_out_before(self):
        log = BoundedLog()
        log.add(b"x" * (4 * HALF))
        log.take()

        log.add(b"short")

        assert log.take() == b"short"


class TestOutput:
    def test_never_waits_for_the_end_of_the_pipe(self):
        async def scenario() -> bytes:
            reading, writing = os.pipe()
            output = Output(reading)
            os.write(writing, b"printed")
            taken = output.take()
            output.close()
            os.close(writing)
            return taken

        assert asyncio.run(scenario()) == b"printed"

    def test_ends_with_the_pipe(self):
        async def scenario() -> bytes:
            reading, writing = os.pipe()
            output = Output(reading)
            os.write(writing, b"last words")
            os.close(writing)
            await asyncio.sleep(0.01)
            taken = output.take()
            output.close()
            return taken

        assert asyncio.run(scenario()) == b"last words"


class TestFramedLog:
    @pytest.mark.parametrize(
        ("error_type", "note"),
        [
            (None, ""),
            (HANDLED, ", Error: Handled function error"),
            (UNHANDLED, ", Error: Unhandled function error"),
        ],
    )
    def test_frame(self, error_type: str | None, note: str):
        outcome = Outcome(b"", error_type, b"hello", 3.1712, 54.581, "i")

        assert framed_log("id", 512, outcome).decode() == (
            "FC Invoke Start RequestId: id\n"
            "hello\n"
            f"FC Invoke End RequestId: id{note}\n"
            "Duration: 3.17 ms, Billed Duration: 100 ms, "
            "Memory Size: 512 MB, Max Memory Used: 54.58 MB\n"
        )

    @pytest.mark.parametrize(
        ("duration", "billed"), [(0.0, 100), (100.0, 100), (100.01, 200), (1234.5, 1300)]
    )
    def test_billed_duration_is_rounded_up(self, duration: float, billed: int):
        log = framed_log("id", 128, Outcome(b"", None, b"", duration, 1.0, "i"))

        assert f"Billed Duration: {billed} ms".encode() in log
