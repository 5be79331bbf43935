"""The cost of one small Sync invocation, next to aliyun-fc2 and HTTP libraries."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import fc2
import requests
import trustme
import urllib3
from requests.structures import CaseInsensitiveDict

import fc_client
from benchmarks.invocation import EVENT, KEYS, PATH, signed_headers
from benchmarks.measuring import Row, Rows, in_turns, timed
from benchmarks.servers import fast_server, small_server

Call = Callable[[], object]

ALIYUN = "aliyun-fc2"
POST = "requests, Session.post"
NO_ENVIRONMENT = "requests, trust_env off"
PREPARED = "requests, hand-made PreparedRequest"
URLLIB3 = "urllib3, PoolManager.request"
HTTP_CLIENT = "http.client"
OURS = "fc_client"


def contestants(url: str) -> dict[str, Call]:
    """Return a call for each contestant; each reads the whole response."""
    headers = signed_headers()
    return {
        ALIYUN: aliyun(url),
        POST: session_post(url, headers, trust_env=True),
        NO_ENVIRONMENT: session_post(url, headers, trust_env=False),
        PREPARED: prepared_request(url, headers),
        URLLIB3: pool_manager(url, headers),
        HTTP_CLIENT: http_client(url, headers),
        OURS: ours(url),
    }


def ours(url: str, client: fc_client.Client | None = None) -> Call:
    """Invoke with fc_client."""
    client = client or fc_client.Client(url, **KEYS)
    return lambda: client.invoke_function("s", "f", EVENT)


def aliyun(url: str) -> Call:
    """Invoke with aliyun-fc2."""
    client = fc2.Client(endpoint=url, accessKeyID="id", accessKeySecret="secret")
    return lambda: client.invoke_function("s", "f", payload=EVENT)


def session_post(url: str, headers: Mapping[str, str], *, trust_env: bool) -> Call:
    """Post with requests as its documentation shows."""
    session = requests.Session()
    session.trust_env = trust_env
    # Otherwise its default headers would be sent too.
    session.headers.clear()
    return lambda: session.post(url + PATH, data=EVENT, headers=headers)


def prepared_request(url: str, headers: Mapping[str, str]) -> Call:
    """Send a PreparedRequest that is built by hand."""
    session = requests.Session()
    session.trust_env = False
    complete = {"Content-Length": str(len(EVENT)), **headers}

    def call() -> None:
        request = requests.PreparedRequest()
        request.method = "POST"
        request.url = url + PATH
        request.headers = CaseInsensitiveDict(complete)
        request.body = EVENT
        request.hooks = {"response": []}
        session.send(request)

    return call


def pool_manager(
    url: str, headers: Mapping[str, str], pool: urllib3.PoolManager | None = None
) -> Call:
    """Post with urllib3."""
    pool = pool or urllib3.PoolManager()
    return lambda: pool.request("POST", url + PATH, body=EVENT, headers=headers)


def http_client(url: str, headers: Mapping[str, str]) -> Call:
    """Post over one http.client connection."""
    connection = HTTPConnection(urlsplit(url).netloc)

    def call() -> None:
        connection.request("POST", PATH, EVENT, headers)
        connection.getresponse().read()

    return call


def seconds_per_call(
    calls: Mapping[str, Call], clock: Callable[[], float], count: int, rounds: int
) -> dict[str, float]:
    """Return the median seconds of a call for each contestant, read from *clock*."""

    def repeated(call: Call) -> Callable[[], float]:
        return lambda: timed(lambda: [call() for _ in range(count)], clock) / count

    for call in calls.values():
        call()
    found = in_turns({name: repeated(call) for name, call in calls.items()}, rounds)
    return {name: statistics.median(values) for name, values in found.items()}


def cpu(folder: Path, count: int, rounds: int) -> Rows:
    """Measure CPU time."""
    with fast_server(folder) as url:
        cost = seconds_per_call(contestants(url), time.process_time, count, rounds)
    for name, seconds in cost.items():
        yield Row(f"CPU of a call, {name}", seconds * 1e6, "us")
    yield Row("CPU of a call, fc_client / urllib3", cost[OURS] / cost[URLLIB3], at_most=0.65)
    yield Row("CPU of a call, aliyun-fc2 / fc_client", cost[ALIYUN] / cost[OURS], at_least=5)


def threads(folder: Path, count: int, rounds: int) -> Rows:
    """Measure calls per second that several threads make over one client or pool."""
    with fast_server(folder) as url:
        for number in (1, 4, 16):
            pool = urllib3.PoolManager(maxsize=number, block=True)
            client = fc_client.Client(url, **KEYS, pool_size=number)
            calls = {URLLIB3: pool_manager(url, signed_headers(), pool), OURS: ours(url, client)}
            shared = {
                name: partial(in_threads, call, number, count) for name, call in calls.items()
            }
            taken = seconds_per_call(shared, time.perf_counter, 1, rounds)
            name = f"{number} thread" + "s" * (number > 1)
            for contestant, seconds in taken.items():
                yield Row(f"calls from {name}, {contestant}", count / seconds, "/s")
            yield Row(f"calls from {name}, fc_client / urllib3", taken[URLLIB3] / taken[OURS])


def in_threads(call: Call, number: int, count: int) -> None:
    """Make *count* calls from *number* threads."""
    with ThreadPoolExecutor(number) as executor:
        for _ in executor.map(lambda _: call(), range(count)):
            pass


def far_away(folder: Path, count: int, rounds: int) -> Rows:
    """Measure a call over TLS with a round trip of 20 ms."""
    with authority(folder) as certificate, small_server(certificate, 0.02) as port:
        url = f"https://localhost:{port}"
        calls = {
            ALIYUN: aliyun(url),
            POST: session_post(url, signed_headers(), trust_env=True),
            OURS: ours(url),
        }
        taken = seconds_per_call(calls, time.perf_counter, count, rounds)
    for name, seconds in taken.items():
        yield Row(f"call over TLS, 20 ms away, {name}", seconds * 1e3, "ms")
    ratio = taken[ALIYUN] / taken[OURS]
    yield Row("call over TLS, aliyun-fc2 / fc_client", ratio, at_least=3)


@contextmanager
def authority(folder: Path) -> Iterator[Path]:
    """Yield a certificate for localhost from a CA that all contestants trust."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = folder / "server.pem"
    ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    before = os.environ.get("REQUESTS_CA_BUNDLE")
    os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "ca.pem")
    try:
        yield certificate
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]
        if before is not None:
            os.environ["REQUESTS_CA_BUNDLE"] = before


def measure(*, quick: bool = False) -> Rows:
    """Yield all rows."""
    with tempfile.TemporaryDirectory() as name:
        yield from cpu(Path(name), 2 if quick else 50, 2 if quick else 56)
        yield from threads(Path(name), 20 if quick else 2000, 1 if quick else 7)
        yield from far_away(Path(name), 2 if quick else 5, 1 if quick else 7)
