"""Invocations over a store of their own, without a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from local.support import FakePools

from fc_client.local.dispatch.activity import ActivityLog
from fc_client.local.dispatch.invocations import Identity, Invocations, RetrySettings
from fc_client.local.execution.http_exchange import HttpExchange, HttpRequest
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.schema import FUNCTION, SERVICE, FunctionKey
from fc_client.local.storage.store import Store

IDENTITY = Identity("1", "local", "id", "secret", "token")
FUNCTION_DOCUMENT = {
    "runtime": "python3",
    "handler": "m.h",
    "memorySize": 128,
    "timeout": 3,
    "codeChecksum": "5",
}
QUICK = RetrySettings(base_delay=0.02, throttle_delay=0.02, concurrency=4)


def queued_call(body: bytes) -> bytes:
    """Return a call of an HTTP function as it is in the queue."""

    async def make() -> bytes:
        request = HttpRequest("POST", "/", "/", "/", "/", "", {}, {}, "", "127.0.0.1")
        call = HttpExchange(request)
        call.feed(body)
        return call.queued()

    return asyncio.run(make())


class Bench:
    """Invocations over a store of their own, with function s/f in it."""

    def __init__(
        self,
        directory: Path,
        pools: FakePools,
        retry: RetrySettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = directory / "fc.sqlite"
        self.store = Store(self.path)
        self.pools = pools
        self.store.put(SERVICE, ("s",), {"logConfig": {"project": "p", "logstore": "l"}})
        self.store.put(FUNCTION, ("s", "f"), FUNCTION_DOCUMENT)
        self.invocations = Invocations(
            self.store,
            CodeStorage(directory / "code"),
            lambda: pools,
            IDENTITY,
            clock=clock,
            retry=retry,
            log=ActivityLog(),
        )

    def enqueue(self, *events: bytes, function: str = "f", delay: float = 0.0) -> None:
        for event in events:
            self.invocations.enqueue(
                FunctionKey("s", function), f"r-{event.decode()}", event, delay
            )
