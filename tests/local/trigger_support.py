"""Triggers over a store of their own, without a server."""

import asyncio
import json
import time

from fc_client.local.dispatch.activity import ActivityLog
from fc_client.local.dispatch.triggers import Triggers
from fc_client.local.storage.schema import TRIGGER

EVERY_SECOND = {"cronExpression": "* * * * * *", "payload": "tick"}
ARN = "acs:oss:cn-shanghai:12345:pictures"

# Tests wait for several scans, and for the end of errors.
QUICK = {"scan_seconds": 0.05, "retry_seconds": 0.05}
# A change is reported after two or three scans.
SCANS_SECONDS = 0.3

UPLOADS = {
    "events": ["oss:ObjectCreated:*", "oss:ObjectRemoved:*"],
    "filter": {"key": {"prefix": "in/", "suffix": ".jpg"}},
}


class Queue:
    """Keeps what is fired."""

    def __init__(self):
        self.fired = []

    def enqueue(self, function, request_id, event):
        self.fired.append((function, request_id, json.loads(event)))

    async def wait_for(self, count, seconds=30.0):
        deadline = time.monotonic() + seconds
        while len(self.fired) < count:
            assert time.monotonic() < deadline, f"only {self.fired} came"
            await asyncio.sleep(0.02)
        return [event for _, _, event in self.fired]


class Clock:
    """Seconds since the epoch, set by the test."""

    def __init__(self, now=1_518_155_340.0):  # 2018-02-09T05:49:00Z
        self.now = now

    def __call__(self):
        return self.now


def triggers_of(store, queue, oss_root, clock):
    return Triggers(
        store,
        queue,
        oss_root=oss_root,
        region="local",
        account_id="12345",
        clock=clock,
        log=ActivityLog(),
        **QUICK,
    )


def add(store, name="t", kind="timer", config=EVERY_SECOND, arn=""):
    document = {"triggerType": kind, "triggerConfig": config, "sourceArn": arn}
    return store.put(TRIGGER, ("s", "f", name), document)


def run(triggers, scenario):
    """Run *scenario* while *triggers* fire."""

    async def main():
        await triggers.start()
        try:
            return await scenario
        finally:
            await triggers.close()

    return asyncio.run(main())
