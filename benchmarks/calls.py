"""What one small Sync invocation costs, next to aliyun-fc2 and bare libraries."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fc2
import requests
import trustme
import urllib3

import fc_client
from benchmarks.servers import fast_server, small_server

Call = Callable[[], object]
Row = tuple[str, str]

PATH = "/2016-08-15/services/s/functions/f/invocations"
EVENT = b"x" * 100
HEADERS = {
    "Accept": "*/*",
    "Content-Type": "application/octet-stream",
    "Date": "Mon, 08 May 2017 03:08:31 GMT",
    "User-Agent": "benchmark",
    "Content-MD5": "jT96eZsQ7fmirAZWrC87Lw==",
    "x-fc-invocation-type": "Sync",
    "x-fc-log-type": "None",
    "Authorization": "FC id:j2QniWF/EV2VOE2xxv+j8+kIQMu8IkXsFtwHGHyUB1o=",
}


def contestants(url: str) -> dict[str, Call]:
    """Return a call of each contestant."""
    ours = fc_client.Client(url, access_key_id="id", access_key_secret="secret")
    peer = fc2.Client(endpoint=url, accessKeyID="id", accessKeySecret="secret")
    session = requests.Session()
    pool = urllib3.PoolManager()
    return {
        "fc_client": lambda: ours.invoke_function("s", "f", EVENT),
        "urllib3": lambda: pool.request("POST", url + PATH, body=EVENT, headers=HEADERS),
        "requests": lambda: session.post(url + PATH, data=EVENT, headers=HEADERS),
        "aliyun-fc2": lambda: peer.invoke_function("s", "f", payload=EVENT),
    }


def medians(
    calls: dict[str, Call], clock: Callable[[], float], count: int, rounds: int
) -> dict[str, float]:
    """Return the median seconds of a call; contestants take turns in every round."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            start = clock()
            for _ in range(count):
                call()
            found[name].append((clock() - start) / count)
    return {name: statistics.median(values) for name, values in found.items()}


def cpu(folder: Path, rounds: int) -> Iterator[Row]:
    """Measure processor time."""
    with fast_server(folder) as url:
        cost = medians(contestants(url), time.process_time, 50, rounds)
    for name, seconds in cost.items():
        yield f"CPU of a call, {name}", f"{seconds * 1e6:.0f} us"
    ours = cost["fc_client"]
    yield "  fc_client / urllib3 (aim: at most 1.15)", f"{ours / cost['urllib3']:.2f}"
    yield "  aliyun-fc2 / fc_client (aim: at least 3.5)", f"{cost['aliyun-fc2'] / ours:.2f}"


def round_trips(folder: Path, rounds: int) -> Iterator[Row]:
    """Measure the time of a call over TLS with 20 ms to the server and back."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = folder / "server.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    # Both libraries find the authority in the environment.
    os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "ca.pem")
    try:
        with small_server(certificate, 0.02) as port:
            both = contestants(f"https://localhost:{port}")
            calls = {name: both[name] for name in ("fc_client", "aliyun-fc2")}
            taken = medians(calls, time.perf_counter, 5, rounds)
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]
    for name, seconds in taken.items():
        yield f"call over TLS, 20 ms away, {name}", f"{seconds * 1e3:.1f} ms"
    ratio = taken["aliyun-fc2"] / taken["fc_client"]
    yield "  aliyun-fc2 / fc_client (aim: at least 3)", f"{ratio:.2f}"


def measure(rounds: int = 21) -> Iterator[Row]:
    """Yield all rows."""
    with tempfile.TemporaryDirectory() as name:
        yield from cpu(Path(name), rounds)
        yield from round_trips(Path(name), min(rounds, 7))


def main() -> None:
    """Print the rows."""
    for name, value in measure():
        print(f"{name:<50}{value}", flush=True)


if __name__ == "__main__":
    main()
