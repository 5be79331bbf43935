"""Wires the stand-ins together: which answers a request, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from fc_client.local.cloud.addresses import GATEWAY, LOG_SERVICE, Address, find_address
from fc_client.local.cloud.gateway.actions import gateway_api
from fc_client.local.cloud.gateway.apis import Apis
from fc_client.local.cloud.gateway.calls import Calls, Functions
from fc_client.local.cloud.gateway.deployments import Deployments
from fc_client.local.cloud.gateway.groups import Groups
from fc_client.local.cloud.log_service import LogService
from fc_client.local.cloud.messages import CloudReply, CloudRequest
from fc_client.local.cloud.ram import Ram
from fc_client.local.cloud.references import missing_reference
from fc_client.local.cloud.rpc import RpcDoor
from fc_client.local.cloud.state import Collection as Stored
from fc_client.local.storage.data_directory import Account
from fc_client.local.storage.store import Store

__all__ = ["CloudServices"]


class CloudServices:
    """The services beside Function Compute, of one account.

    Args:
        store: Where their state is stored.
        database: The file of the store.
        account: The account and its only access key.
        functions: Runs functions, for API Gateway.
        endpoint: The URL of this server.
        own_names: Names of this server besides localhost and addresses, in lower case.
        region: The region of the account.
        clock: Returns seconds since the epoch.
        is_frozen: Returns whether a test has frozen the time of this process.
        auth: Whether requests must be signed.
        strict: Whether services may refer only to roles and logstores that exist.
    """

    def __init__(
        self,
        store: Store,
        database: Path,
        account: Account,
        functions: Functions,
        *,
        endpoint: str,
        own_names: Collection[str],
        region: str,
        clock: Callable[[], float],
        is_frozen: Callable[[], bool],
        auth: bool,
        strict: bool,
    ) -> None:
        key = (account.access_key_id, account.access_key_secret)
        self._own_names = own_names
        self._strict = strict
        self._ram = Ram(store, account.account_id, clock)
        groups = Groups(store, endpoint.partition("://")[2], region, clock)
        deployments = Deployments(store, clock)
        self._calls = Calls(groups, deployments, functions, clock)
        self._rpc = RpcDoor(
            (
                self._ram.api(),
                gateway_api(groups, Apis(store, groups, deployments, region, clock)),
            ),
            key,
            Stored(store, "rpc.nonce"),
            clock=clock,
            is_frozen=is_frozen,
            auth=auth,
        )
        self._log = LogService(
            store,
            database,
            key,
            region=region,
            clock=clock,
            is_frozen=is_frozen,
            auth=auth,
        )

    def find(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> Address | None:
        """Return the service that a request is for, or None for Function Compute."""
        return find_address(method, path, query, headers, self._own_names)

    async def answer(self, address: Address, request: CloudRequest) -> CloudReply:
        """Answer a request to a service."""
        if address.service == GATEWAY:
            return await self._calls.answer(address.group, request)
        if address.service == LOG_SERVICE:
            return await self._log.answer(request)
        return self._rpc.answer(request)

    def missing_reference(self, service: Mapping[str, Any]) -> str | None:
        """Return what the fields of a service refer to that must exist and does not, or None."""
        if not self._strict:
            return None
        return missing_reference(self._ram, self._log.stores, service)

    def reset(self) -> None:
        """Forget what is in memory, after the database was cleared."""
        self._rpc.reset()

    async def close(self) -> None:
        """Cancel the functions that no caller waits for."""
        await self._calls.close()
