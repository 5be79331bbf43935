"""Exceptions out of signal handlers, at any moment of a call: Ctrl-C, and soft time limits."""

import gc
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.clients import client_of
from support.http_server import serving_connections

from faults import FULL
from fc_client import FCError, RetryPolicy

INTERRUPTS = 3_000 if FULL else 300
# What takes longer than this hangs; no limit of the client ends it before.
HANG_SECONDS = 15
TOGETHER = b"together"


class CtrlC(KeyboardInterrupt):
    pass


class SoftTimeLimit(Exception):  # noqa: N818 - as task queues call theirs
    pass


class Hang(BaseException):
    """A call that does not come back."""


class Alarm:
    """Raises an exception in the main thread after some seconds."""

    def __init__(self):
        self._exception = None
        self.raised = False

    def __enter__(self):
        # Callbacks of the garbage collector, such as hypothesis', swallow what is raised in them.
        gc.disable()
        self._before = signal.signal(signal.SIGALRM, self._handle)
        return self

    def __exit__(self, *_):
        self.off()
        gc.enable()
        signal.signal(signal.SIGALRM, self._before)

    def set(self, exception, seconds):
        self._exception, self.raised = exception, False
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def off(self):
        self._exception = None
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _handle(self, *_):
        exception, self._exception = self._exception, None
        if exception is not None:
            self.raised = True
            # What follows must come back as well.
            self._exception = Hang()
            signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
            raise exception


def echo(exchange):
    """Answer the requests of a connection with their own bodies."""
    while not exchange.close_connection:
        raw = exchange.receive()
        body = raw.partition(b"\r\n\r\n")[2]
        if body == TOGETHER:
            exchange.server.barrier.wait(30)
        exchange.send(200, body)


class Soak:
    """Calls that are interrupted, and how they end."""

    def __init__(self, client, kind, seed):
        self._client = client
        self._kind = kind
        self._chance = random.Random(seed)
        self._number = 0
        self.ends = Counter()

    def run(self, interrupts):
        with Alarm() as alarm:
            while self.ends["interrupted"] < interrupts and not self.failed():
                self._interrupt(alarm)
                self._call_again(alarm)

    def failed(self):
        return {end: count for end, count in self.ends.items() if end != "interrupted"}

    def _interrupt(self, alarm):
        interrupt = self._kind("of the handler")
        try:
            alarm.set(interrupt, self._chance.random() ** 2 * 0.006 + 1e-5)
            while not alarm.raised:
                self._call()
            self.ends["swallowed"] += 1
        except Hang:
            self.ends["hang"] += 1
        except BaseException as error:  # noqa: BLE001 - it must be the handler's
            # CPython's codecs, which encode host names, make a new error of the same class.
            reached = error is interrupt or (
                type(error) is self._kind and error.__cause__ is interrupt
            )
            self.ends["interrupted" if reached else f"another error: {error!r}"] += 1
        finally:
            alarm.off()

    def _call_again(self, alarm):
        try:
            alarm.set(Hang(), HANG_SECONDS)
            self._call()
        except Hang:
            self.ends["hang of the next call"] += 1
        except FCError as error:
            self.ends[f"failure of the next call: {error}"] += 1
        finally:
            alarm.off()

    def _call(self):
        self._number += 1
        size = self._chance.choice((0, 10, 3_000, 3_000, 70_000))
        payload = b"%d " % self._number + b"x" * size
        if self._client.invoke_function("s", "f", payload).payload != payload:
            self.ends["mixed up"] += 1


# An interrupt may come just before a connection would have been closed.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("pool_size", [1, 4])
@pytest.mark.parametrize("kind", [CtrlC, SoftTimeLimit, TimeoutError])
def test_interrupts_reach_the_caller_and_spoil_nothing(pool_size, kind, report):
    with serving_connections(echo) as server:
        server.barrier = threading.Barrier(pool_size)
        options = {"pool_size": pool_size, "timeout": (30, 30), "retry": RetryPolicy(attempts=1)}
        with client_of(server.url, **options) as client:
            soak = Soak(client, kind, seed=pool_size)
            started = time.monotonic()
            soak.run(INTERRUPTS)
            took = time.monotonic() - started
            # All connections of the pool can be in use at the same time.
            with ThreadPoolExecutor(pool_size) as threads:
                calls = [
                    threads.submit(client.invoke_function, "s", "f", TOGETHER)
                    for _ in range(pool_size)
                ]
                together = [call.result().payload for call in calls]
    report(f"{kind.__name__}, pool of {pool_size}: {dict(soak.ends)} in {took:.1f} s")
    assert soak.failed() == {}
    assert together == [TOGETHER] * pool_size
