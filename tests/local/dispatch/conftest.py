from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from local.invocation_support import QUICK, Bench

from fc_client.local.dispatch.invocations import RetrySettings


@pytest.fixture
def run(tmp_path, pools):
    """Run a coroutine function with a Bench, in a loop of its own."""

    def run_with_bench(
        test: Callable[[Bench], Awaitable[None]],
        retry: RetrySettings = QUICK,
        clock: Callable[[], float] = time.time,
    ) -> Bench:
        bench = Bench(tmp_path, pools, retry, clock)

        async def main() -> None:
            bench.invocations.start()
            try:
                await asyncio.wait_for(test(bench), 60)
            finally:
                await bench.invocations.close()

        asyncio.run(main())
        bench.store.close()
        return bench

    return run_with_bench
