"""Serves the API of Log Service, version 0.6.0: finds the operation, checks the signature."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fc_client._threads import run_blocking
from fc_client.local.cloud.inputs import json_value
from fc_client.local.cloud.log_search import LogSearch, parse_search, services_of
from fc_client.local.cloud.log_signatures import check_signature
from fc_client.local.cloud.log_stores import LogStores, Names, Values
from fc_client.local.cloud.messages import CloudReply, CloudRequest, ServiceError
from fc_client.local.cloud.state import as_service_error
from fc_client.local.storage.store import Store, StoreError

__all__ = ["LogService"]

_VERSION = "0.6.0"

_WITH_BODY = ("POST", "PUT")

# Gets the names in the path, and the query or the JSON of the body; returns the
# JSON of the reply, None for an empty one, or a search to run.
Operation = Callable[[Names, Values], Any]


class LogService:
    """Projects, logstores, indexes, and the logs of the server's functions.

    Args:
        store: Where they are stored.
        database: The file of the store, for searches in other threads.
        key: The ID and the secret of the only access key.
        region: The region that projects show.
        clock: Returns seconds since the epoch.
        is_frozen: Returns whether a test has frozen the time of this process.
        auth: Whether requests must be signed.
    """

    def __init__(
        self,
        store: Store,
        database: Path,
        key: tuple[str, str],
        *,
        region: str,
        clock: Callable[[], float],
        is_frozen: Callable[[], bool],
        auth: bool,
    ) -> None:
        self._store = store
        self._database = database
        self._key = key
        self._clock = clock
        self._is_frozen = is_frozen
        self._auth = auth
        self.stores = LogStores(store, clock, region)
        self._operations = self._table()

    async def answer(self, request: CloudRequest) -> CloudReply:
        """Answer a request; the errors have the form of Log Service."""
        # As Log Service writes them.
        headers = {"x-log-requestid": request.request_id.replace("-", "").upper()[:24]}
        try:
            self._check(request)
            result = self._operation(request)
            if isinstance(result, LogSearch):
                is_v2 = request.method == "POST"
                content, counts = await run_blocking(partial(_found, result, is_v2=is_v2))
                return CloudReply(content=content, headers={**headers, **counts})
        except (ServiceError, StoreError) as exc:
            error = as_service_error(exc, "InternalServerError")
            problem = {"errorCode": error.code, "errorMessage": error.message}
            return CloudReply(error.status, problem, headers)
        return CloudReply(content=result, headers=headers)

    def _check(self, request: CloudRequest) -> None:
        version = request.headers.get("x-log-apiversion", "")
        if version != _VERSION:
            raise ServiceError(
                400, "InvalidAPIVersion", f"x-log-apiversion must be {_VERSION}, got {version!r}"
            )
        if self._auth:
            check_signature(request, self._key, self._clock(), self._is_frozen)

    def _operation(self, request: CloudRequest) -> Any:
        """Run the operation of a request; return the JSON of its reply, or a search."""
        segments = tuple(unquote(each) for each in request.path.split("/") if each)
        where, names = _pattern(request.project, segments)
        operation = self._operations.get((request.method, where))
        if operation is None:
            raise ServiceError(
                404,
                "NotSupported",
                f"the embedded Log Service does not support {request.method} {request.path}",
            )
        return operation(names, _body(request) if request.method in _WITH_BODY else request.query)

    def _table(self) -> dict[tuple[str, str], Operation]:
        stores = self.stores
        logstore, index = "project/logstores/*", "project/logstores/*/index"
        return {
            ("GET", "service"): stores.list_projects,
            # Some clients name the project in the body alone.
            ("POST", "service"): stores.create_project,
            ("POST", "project"): stores.create_project,
            ("GET", "project"): stores.get_project,
            ("DELETE", "project"): stores.delete_project,
            ("GET", "project/logstores"): stores.list_logstores,
            ("POST", "project/logstores"): stores.create_logstore,
            ("GET", logstore): self._get_logstore_or_logs,
            ("PUT", logstore): stores.update_logstore,
            ("DELETE", logstore): stores.delete_logstore,
            ("POST", f"{logstore}/logs"): self._search,
            ("GET", index): stores.get_index,
            ("POST", index): stores.create_index,
            ("PUT", index): stores.update_index,
            ("DELETE", index): stores.delete_index,
        }

    def _get_logstore_or_logs(self, names: Names, query: Values) -> Any:
        kind = query.get("type")
        if kind is None:
            return self.stores.get_logstore(names, query)
        if kind != "log":
            raise ServiceError(
                400,
                "ParameterInvalid",
                f"type: the embedded Log Service supports log, got {kind!r}",
            )
        return self._search(names, query)

    def _search(self, names: Names, values: Values) -> LogSearch:
        index = self.stores.get_index(names)
        services = services_of(self._store, *names)
        return parse_search(values, index, services, self._database)


def _pattern(project: str | None, segments: tuple[str, ...]) -> tuple[str, Names]:
    """Return which resource a path is of, with ``*`` for names, and the names."""
    if project is None:
        return "/".join(("service", *segments)), ()
    if len(segments) < 2 or segments[0] != "logstores":
        return "/".join(("project", *segments)), (project,)
    return "/".join(("project", "logstores", "*", *segments[2:])), (project, segments[1])


def _body(request: CloudRequest) -> dict[str, Any]:
    try:
        body = json_value(request.body)
    except ValueError as exc:
        raise ServiceError(400, "PostBodyInvalid", f"the body is not JSON: {exc}") from exc
    if not isinstance(body, dict):
        raise ServiceError(400, "PostBodyInvalid", "the body must be a JSON object")
    return body


def _found(search: LogSearch, *, is_v2: bool) -> tuple[Any, dict[str, str]]:
    """Return the content of a search's reply, and its headers."""
    entries = search.page()
    counts = {"x-log-count": str(len(entries)), "x-log-progress": "Complete"}
    if not is_v2:
        return entries, counts
    meta = {"progress": "Complete", "count": len(entries), "hasSQL": False, "isAccurate": True}
    return {"meta": meta, "data": entries}, counts
