"""Bundles what the operations work on: the store, code, invocations and triggers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from fc_client.local.api.authentication import Keys
from fc_client.local.cloud.services import CloudServices
from fc_client.local.dispatch.invocations import Invocations
from fc_client.local.dispatch.provisioning import Provisioning
from fc_client.local.dispatch.triggers import Triggers
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.store import Store

__all__ = ["Backend"]


@dataclass(frozen=True)
class Backend:
    """What the operations work on.

    Attributes:
        cloud: The services beside Function Compute.
        clock: Returns seconds since the epoch.
        is_frozen: Returns whether a test has frozen the time of this process.
        account_id: The account of all resources.
        region: The region of all resources.
        control_token: Allows the commands of fc-local to control this server.
        code_lock: Taken while code is stored or removed, so that a zip is not
            removed while a function that uses it is being created.
    """

    store: Store
    code: CodeStorage
    invocations: Invocations
    triggers: Triggers
    provisioning: Provisioning
    keys: Keys
    cloud: CloudServices
    clock: Callable[[], float]
    is_frozen: Callable[[], bool] = lambda: False
    account_id: str = ""
    region: str = ""
    control_token: str = field(default_factory=secrets.token_urlsafe, repr=False)
    code_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
