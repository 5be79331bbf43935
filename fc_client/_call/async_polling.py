"""Waiting for the end of an asynchronous invocation, for AsyncClient; compare polling.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fc_client import models
from fc_client._call.polling import Polling
from fc_client.exceptions import NotFoundError


async def async_wait(
    fetch: Callable[[], Awaitable[models.StatefulAsyncInvocation]], polling: Polling
) -> models.StatefulAsyncInvocation:
    """Return what *fetch* returns once the invocation has ended, as :func:`wait` does.

    Raises:
        InvocationTimeoutError: it has not ended within the timeout.
    """
    while True:
        invocation = None
        try:
            invocation = await fetch()
        except NotFoundError as error:
            if not polling.may_appear(error):
                raise
        if invocation is not None and invocation.has_ended:
            return invocation
        await asyncio.sleep(polling.next_delay(invocation))
