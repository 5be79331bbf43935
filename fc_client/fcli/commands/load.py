"""The load test of ``invk -n 100 -c 10``: how long calls take, as a histogram."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from fc_client.fcli.problems import CommandFailedError
from fc_client.fcli.session import Session

__all__ = ["histogram", "percentile", "run_load"]

_BUCKETS = 10
_BAR = 40


@dataclass(frozen=True)
class _Call:
    """One call: how long it took, in milliseconds, and its error."""

    milliseconds: float
    error: Exception | None = None


def run_load(
    session: Session,
    names: tuple[str, str],
    event: bytes | None,
    number: int,
    concurrency: int,
    **options: Any,
) -> None:
    """Invoke a function many times and print how long the calls took.

    Args:
        session: The session.
        names: The service and the function.
        event: What to send.
        number: Number of calls.
        concurrency: Calls at a time.
        options: Further arguments of Client.invoke_function.

    Raises:
        CommandFailedError: some calls failed; the message has the first error.
        FCError: all calls failed.
    """
    client = session.client

    def call() -> _Call:
        started, error = time.perf_counter(), None
        try:
            client.invoke_function(*names, event, **options)
        except Exception as exc:  # noqa: BLE001 - of a thread; raised after the report
            error = exc
        return _Call((time.perf_counter() - started) * 1000, error)

    started = time.perf_counter()
    calls = _in_threads(call, number, concurrency)
    _report(session, calls, concurrency, time.perf_counter() - started)
    _raise_failures(calls)


def _in_threads(call: Callable[[], _Call], number: int, concurrency: int) -> list[_Call]:
    """Call a function many times, in threads that an interrupt does not wait for."""
    waiting: SimpleQueue[None] = SimpleQueue()
    ended: SimpleQueue[_Call] = SimpleQueue()
    for _ in range(number):
        waiting.put(None)

    def work() -> None:
        with suppress(Empty):
            while True:
                waiting.get_nowait()
                ended.put(call())

    for _ in range(min(concurrency, number)):
        threading.Thread(target=work, daemon=True).start()
    try:
        return [ended.get() for _ in range(number)]
    finally:
        # After Ctrl-C, what has not started is not sent.
        with suppress(Empty):
            while True:
                waiting.get_nowait()


def _raise_failures(calls: Sequence[_Call]) -> None:
    errors = [call.error for call in calls if call.error is not None]
    if not errors:
        return
    if len(errors) == len(calls):
        # The exit code is that of a single call.
        raise errors[0]
    raise CommandFailedError(f"{len(errors)} of {len(calls)} calls failed; the first: {errors[0]}")


def _report(session: Session, calls: Sequence[_Call], concurrency: int, seconds: float) -> None:
    times = sorted(call.milliseconds for call in calls if call.error is None)
    record: dict[str, Any] = {
        "calls": len(calls),
        "concurrency": concurrency,
        "failed": len(calls) - len(times),
        "seconds": round(seconds, 3),
        "callsPerSecond": round(len(calls) / seconds, 1),
    }
    if times:
        record["milliseconds"] = {
            "min": round(times[0], 1),
            "mean": round(sum(times) / len(times), 1),
            **{f"p{each}": round(percentile(times, each), 1) for each in (50, 90, 99)},
            "max": round(times[-1], 1),
        }
    if session.options.output or session.options.query:
        session.output.record(record)
        return
    session.output.line(
        f"{record['calls']} calls, {concurrency} at a time, {record['failed']} failed, "
        f"{record['seconds']} s, {record['callsPerSecond']} calls/s"
    )
    parts = [f"{name} {value}" for name, value in record.get("milliseconds", {}).items()]
    if parts:
        session.output.line(f"milliseconds: {', '.join(parts)}")
    for line in histogram(times):
        session.output.line(line)


def percentile(times: Sequence[float], percent: int) -> float:
    """Return the time within which *percent* of the calls ended; *times* are sorted."""
    rank = -(-len(times) * percent // 100)
    return times[max(rank, 1) - 1]


def histogram(times: Sequence[float]) -> list[str]:
    """Return a line per range of times, with a bar for the number of calls in it."""
    if not times:
        return []
    low, high = min(times), max(times)
    width = (high - low) / _BUCKETS or 1.0
    counts = [0] * _BUCKETS
    for each in times:
        counts[min(int((each - low) / width), _BUCKETS - 1)] += 1
    while len(counts) > 1 and not counts[-1]:
        counts.pop()
    size = len(f"{high:.1f}")
    return [
        f"{low + width * index:>{size}.1f} ms  {'#' * _length(count, max(counts))} {count}"
        for index, count in enumerate(counts)
    ]


def _length(count: int, most: int) -> int:
    # A range with a call has a bar.
    return -(-count * _BAR // most)
