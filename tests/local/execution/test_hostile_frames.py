"""Functions that write to the control channel of their runtime, or return too much."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from local.execution.node_functions import run_body as run_node_body
from local.execution.python_functions import run, run_body
from local.execution_support import error_of, printed, requires_node

from fc_client.local.execution.channels import MAX_BODY

# Finds the channel, and sends it what "frames" makes for the first event.
SOURCE = """
import json, os, socket, struct, time
def frame(head, body=b""):
    head = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack(">II", len(head), len(body)) + head + body
def channel():
    for name in map(int, os.listdir("/proc/self/fd")):
        try:
            if name > 2 and os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                return name
        except OSError: pass
def handler(event, context):
    if event:
        FRAMES
        time.sleep(0.2)
    return "normal"
"""
REPLY = '"error_type": None, "reusable": True'
INVALID = "invalid data on the control channel, which only the runtime may use"


def run_frames(directory: Path, frames: str):
    return run(directory, SOURCE.replace("FRAMES", frames), b"x", b"")


class TestFrames:
    @pytest.mark.parametrize(
        "frame",
        [
            "{}",
            "[]",
            "b'5'",
            "b'null'",
            "b'\\xff\\xfe'",
            "b'['*60000 + b']'*60000",
            "b'x'*70000",
            f"{{{REPLY}}}",
            f"{{'id': 1, {REPLY}}}",
            f"{{'id': '2', {REPLY}}}",
            f"{{'id': True, {REPLY}}}",
            f"{{'id': [2], {REPLY}}}",
            "{'id': 2, 'reusable': True}",
            "{'id': 2, 'error_type': None}",
            "{'id': 2, 'error_type': None, 'reusable': 1}",
            "{'id': 2, 'error_type': 5, 'reusable': True}",
            "{'id': 2, 'error_type': ['a'], 'reusable': True}",
            "{'id': 2, 'error_type': 'A\\r\\nX-Injected: yes', 'reusable': True}",
            "{'id': 2, 'error_type': '\\u20ac', 'reusable': True}",
            'b\'{"id": 2, "error_type": "\\\\ud800", "reusable": true}\'',
            # A part of a response, which only a call of an HTTP function has.
            "{'id': 2, 'part': True, 'response': {'status': 200, 'headers': []}}",
        ],
    )
    def test_that_are_invalid_end_the_instance(self, tmp_path: Path, frame: str):
        failed, good = run_frames(tmp_path, f"os.write(channel(), frame({frame}))")

        message = error_of(failed)["errorMessage"]
        assert message.startswith("Process exited unexpectedly before completing request")
        assert INVALID in message
        assert INVALID in printed(failed)
        assert good.payload == b"normal"
        assert good.instance_id != failed.instance_id

    @pytest.mark.parametrize("body", [2**27 + 1, 2**32 - 1])
    def test_of_too_many_bytes_end_the_instance_at_once(self, tmp_path: Path, body: int):
        frames = f"""
        try:
            os.write(channel(), struct.pack(">II", 2, {body}) + b"{{}}")
            while True: os.write(channel(), bytes(1 << 20))
        except OSError: time.sleep(90)"""

        failed, good = run_frames(tmp_path, frames)

        assert INVALID in printed(failed)
        assert failed.duration_ms < 20_000
        assert good.payload == b"normal"

    def test_second_reply_is_not_that_of_the_next_event(self, tmp_path: Path):
        frames = (
            f"reply = frame({{'id': 2, {REPLY}}}, b'forged');"
            f" os.write(channel(), reply + frame({{'id': 3, {REPLY}}}, b'second'))"
        )

        first, second = run_frames(tmp_path, frames)

        # A function may answer itself, but only the event that it has.
        assert (first.payload, second.payload) == (b"forged", b"normal")

    @pytest.mark.parametrize(
        "frames",
        [
            "os.close(channel())",
            "socket.socket(fileno=os.dup(channel())).shutdown(socket.SHUT_WR)",
            "os.write(channel(), struct.pack('>II', 20, 1000) + b'{'); os._exit(0)",
        ],
    )
    def test_channel_that_ends_ends_the_instance(self, tmp_path: Path, frames: str):
        failed, good = run_frames(tmp_path, frames)

        assert error_of(failed)["errorMessage"].startswith(("Process exited", "Task timed out"))
        assert good.payload == b"normal"


class TestLargeResults:
    MESSAGE = f"the result must have at most {MAX_BODY} bytes, got 524288000"

    def test_of_python_are_refused_in_constant_memory(self, tmp_path: Path):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        outcome = run_body(tmp_path, "return bytes(500 << 20)", memory_size=3072)

        assert outcome.error_type == "UnhandledInvocationError"
        assert error_of(outcome)["errorMessage"] == self.MESSAGE
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024

    def test_instance_is_used_again(self, tmp_path: Path):
        source = f"def handler(e, c): return bytes({MAX_BODY} + len(e))"

        refused, largest = run(tmp_path, source, b"x", b"", memory_size=3072)

        assert error_of(refused)["errorMessage"].endswith(f"got {MAX_BODY + 1}")
        assert len(largest.payload) == MAX_BODY
        assert largest.instance_id == refused.instance_id

    def test_errors_of_python_are_refused(self, tmp_path: Path):
        outcome = run_body(tmp_path, "raise KeyError('x' * (130 << 20))", memory_size=3072)

        message = f"the error must have at most {MAX_BODY} bytes as JSON"
        assert error_of(outcome) == {"errorMessage": message, "errorType": "KeyError"}

    @requires_node
    def test_of_node_are_refused(self, tmp_path: Path):
        body = "callback(null, Buffer.alloc(500 << 20))"

        outcome = run_node_body(tmp_path, body, memory_size=3072)

        assert error_of(outcome)["errorMessage"] == self.MESSAGE
        assert outcome.error_type == "UnhandledInvocationError"
