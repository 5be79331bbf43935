"""Creating a function from a directory: ``python -m benchmarks.code_upload``.

Against a server in a process of its own that reads a request and drops it.
Each call has a process of its own, too; peers take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Row = tuple[str, str]

_MB = 1_000_000
_FILE_BYTES = 4 * _MB

# Takes any body, so that the size of the code has no limit but the client's.
SINK = """
import http.server

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        missing = int(self.headers["Content-Length"])
        buffer = memoryview(bytearray(1 << 20))
        while missing:
            missing -= self.rfile.readinto1(buffer[:missing])
        reply = b'{"functionName": "f"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

# What a process holds at most is counted from after the imports and the client.
MEASURED = """
import sys, time
endpoint, tree = sys.argv[1:]

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

{client}
before, start = peak(), time.perf_counter()
{call}
print(time.perf_counter() - start, peak() - before)
"""
PEERS = {
    "fc_client": MEASURED.format(
        client="""
import fc_client
client = fc_client.Client(endpoint, access_key_id="i", access_key_secret="s")
""",
        call="client.create_function('s', 'f', runtime='python3', handler='i.h', code=tree)",
    ),
    "aliyun-fc2": MEASURED.format(
        client="""
import fc2
client = fc2.Client(endpoint=endpoint, accessKeyID="i", accessKeySecret="s", Timeout=600)
""",
        call="client.create_function('s', 'f', 'python3', 'i.h', codeDir=tree)",
    ),
}


@contextmanager
def sink() -> Iterator[str]:
    """Give the endpoint of a server that drops what it is sent."""
    with subprocess.Popen(
        [sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def plant(tree: Path, size: int) -> None:
    """Fill a directory with *size* bytes that do not compress."""
    tree.mkdir()
    for number in range(size // _FILE_BYTES):
        (tree / f"{number}.bin").write_bytes(os.urandom(_FILE_BYTES))


def upload(peer: str, endpoint: str, tree: Path) -> tuple[float, float]:
    """Return the seconds that a call takes, and the bytes by which memory grows."""
    command = [sys.executable, "-c", PEERS[peer], endpoint, str(tree)]
    seconds, memory = subprocess.check_output(command, text=True).split()
    return float(seconds), float(memory)


def measure(repeats: int = 5, size: int = 48 * _MB, large: int = 300 * _MB) -> Iterator[Row]:
    """Yield all rows."""
    with tempfile.TemporaryDirectory() as name, sink() as endpoint:
        tree, large_tree = Path(name) / "tree", Path(name) / "large"
        plant(tree, size)
        runs: dict[str, list[tuple[float, float]]] = {peer: [] for peer in PEERS}
        for _ in range(repeats):
            for peer, results in runs.items():
                results.append(upload(peer, endpoint, tree))
        seconds = {peer: statistics.median(run[0] for run in runs[peer]) for peer in runs}
        memory = {peer: max(run[1] for run in runs[peer]) for peer in runs}
        for peer in PEERS:
            yield f"create from {size / _MB:.0f} MB, {peer}", f"{seconds[peer]:.2f} s"
            yield f"memory for {size / _MB:.0f} MB, {peer}", f"{memory[peer] / _MB:.1f} MB"
        yield "time, aliyun-fc2 / fc_client", f"{seconds['aliyun-fc2'] / seconds['fc_client']:.1f}"
        yield "memory, aliyun-fc2 / fc_client", f"{memory['aliyun-fc2'] / memory['fc_client']:.1f}"
        plant(large_tree, large)
        taken, grown = upload("fc_client", endpoint, large_tree)
        yield f"create from {large / _MB:.0f} MB, fc_client", f"{taken:.2f} s"
        yield f"memory for {large / _MB:.0f} MB, fc_client", f"{grown / _MB:.1f} MB"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="calls of each peer")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for name, value in measure(options.repeats):
        print(f"{name:<45}{value}", flush=True)


if __name__ == "__main__":
    main()
