"""The client of Log Service: projects, logstores, indexes and searches."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fc_client.cloud._sdk import Sdk
from fc_client.cloud.models import LogPage, Logstore, Project, parse_logstore, parse_project
from fc_client.credentials import Credentials
from fc_client.exceptions import ResponseError
from fc_client.pagination import Page, iterate

__all__ = ["FUNCTION_INDEX", "LogClient"]

# What the logs of functions are searched by.
FUNCTION_INDEX: Mapping[str, Any] = {
    "keys": {
        "functionName": {
            "type": "text",
            "token": ["\n", "\t", ";", ",", "=", ":"],
            "caseSensitive": False,
            "chn": False,
        }
    }
}

# The maximum of one page.
_PAGE = 100
_MAX_PROJECTS = 500

# Log Service answers a long search in parts; each takes a second or two.
_MAX_PARTS = 60
_PART_SECONDS = 1.0

# Both become part of the URL, the project even of its host.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class LogClient:
    """A client of Log Service, version 0.6.0.

    Args:
        endpoint: A URL, or a host name, which is called over HTTPS; see
            :func:`fc_client.cloud.sls_endpoint`.
        credentials: Credentials, or a callable that returns them before each call.
        timeout: Longest wait for the connection, and for the response, in seconds.

    All methods raise :class:`fc_client.cloud.CloudError` if Log Service
    returns an error, :class:`fc_client.TransportError` if there is no
    response, ImportError if the extra ``fcli`` is not installed and ValueError
    for a name that cannot be part of a URL.
    """

    def __init__(
        self,
        endpoint: str,
        credentials: Credentials | Callable[[], Credentials],
        *,
        timeout: float = 30.0,
    ) -> None:
        self._sdk = Sdk("alibabacloud_sls20201230", endpoint, credentials, timeout, service="log")

    # Projects

    def create_project(self, name: str, *, description: str = "") -> None:
        """Create a project; it may answer only after some seconds.

        Args:
            name: 3 to 63 lower-case letters, digits and ``-``; no other
                account may have a project of this name.
            description: Free text.
        """
        _check("project", name)
        request = self._sdk.request(
            "CreateProjectRequest", project_name=name, description=description
        )
        self._sdk.call("CreateProject", "create_project", request)

    def get_project(self, name: str) -> Project:
        """Return a project."""
        _check("project", name)
        request = self._sdk.request("GetProjectRequest")
        return parse_project(self._sdk.call("GetProject", "get_project", name, request))

    def list_projects(self, *, limit: int = _PAGE, offset: int = 0) -> Page[Project]:
        """Return a page of projects.

        Args:
            limit: Maximum number of projects, 1 to 500.
            offset: How many to skip; *next_token* is that of the next page.
        """
        request = self._sdk.request("ListProjectRequest", size=limit, offset=offset)
        reply = self._sdk.call("ListProject", "list_project", request)
        projects = tuple(map(parse_project, reply.get("projects") or []))
        return Page(projects, _next_offset(reply, offset, len(projects)), raw=reply)

    def iter_projects(self) -> Iterator[Project]:
        """Iterate over all projects."""
        return iterate(
            "ListProject",
            lambda token: self.list_projects(limit=_MAX_PROJECTS, offset=int(token or 0)),
        )

    def delete_project(self, name: str) -> None:
        """Delete a project with its logstores and their logs."""
        _check("project", name)
        request = self._sdk.request("DeleteProjectRequest")
        self._sdk.call("DeleteProject", "delete_project", name, request)

    # Logstores

    def create_logstore(
        self, project: str, name: str, *, ttl: int = 30, shard_count: int = 1
    ) -> None:
        """Create a logstore.

        Args:
            project: Name of its project.
            name: 2 to 63 lower-case letters, digits, ``-`` and ``_``.
            ttl: How long logs are kept, in days.
            shard_count: Number of shards.
        """
        _check("project", project)
        _check("logstore", name)
        request = self._sdk.request(
            "CreateLogStoreRequest", logstore_name=name, ttl=ttl, shard_count=shard_count
        )
        self._sdk.call("CreateLogStore", "create_log_store", project, request)

    def get_logstore(self, project: str, name: str) -> Logstore:
        """Return a logstore."""
        return parse_logstore(self._call("GetLogStore", "get_log_store", project, name))

    def list_logstores(self, project: str, *, limit: int = _PAGE, offset: int = 0) -> Page[str]:
        """Return a page of the names of logstores.

        Args:
            project: Name of the project.
            limit: Maximum number of names, 1 to 500.
            offset: How many to skip; *next_token* is that of the next page.
        """
        _check("project", project)
        request = self._sdk.request("ListLogStoresRequest", size=limit, offset=offset)
        reply = self._sdk.call("ListLogStores", "list_log_stores", project, request)
        names = tuple(reply.get("logstores") or ())
        return Page(names, _next_offset(reply, offset, len(names)), raw=reply)

    def iter_logstores(self, project: str) -> Iterator[str]:
        """Iterate over the names of all logstores of a project."""
        return iterate(
            "ListLogStores",
            lambda token: self.list_logstores(project, offset=int(token or 0)),
        )

    def delete_logstore(self, project: str, name: str) -> None:
        """Delete a logstore with its logs."""
        self._call("DeleteLogStore", "delete_log_store", project, name)

    # Indexes

    def create_index(
        self, project: str, logstore: str, index: Mapping[str, Any] = FUNCTION_INDEX
    ) -> None:
        """Create the index that searches of a logstore need.

        Args:
            project: Name of the project.
            logstore: Name of the logstore.
            index: The JSON of the index; by default it has the field
                functionName.
        """
        request = self._sdk.request("CreateIndexRequest", body=self._index(index))
        self._call("CreateIndex", "create_index", project, logstore, request)

    def get_index(self, project: str, logstore: str) -> dict[str, Any]:
        """Return the JSON of the index of a logstore."""
        return self._call("GetIndex", "get_index", project, logstore)

    def update_index(self, project: str, logstore: str, index: Mapping[str, Any]) -> None:
        """Replace the index of a logstore."""
        request = self._sdk.request("UpdateIndexRequest", body=self._index(index))
        self._call("UpdateIndex", "update_index", project, logstore, request)

    def _index(self, index: Mapping[str, Any]) -> Any:
        return self._sdk.request("Index").from_map(dict(index))

    # Logs

    def get_logs(
        self,
        project: str,
        logstore: str,
        *,
        start: float,
        end: float,
        topic: str = "",
        query: str = "",
        count: int = _PAGE,
        offset: int = 0,
        reverse: bool = False,
    ) -> LogPage:
        """Return a page of the logs that a search finds.

        Args:
            project: Name of the project.
            logstore: Name of the logstore.
            start: Only logs of this time and later, in seconds since the epoch.
            end: Only logs before this time.
            topic: Only logs of this topic, which is the name of the service.
            query: Words of Log Service's query language, such as the name of
                a function.
            count: Maximum number of entries, 1 to 100.
            offset: How many entries to skip.
            reverse: Whether to begin with the newest.
        """
        request = self._sdk.request(
            "GetLogsRequest",
            from_=int(start),
            to=int(end),
            topic=topic,
            query=query,
            line=count,
            offset=offset,
            reverse=reverse,
        )
        reply = self._call("GetLogs", "get_logs", project, logstore, request)
        progress = (reply.get("meta") or {}).get("progress", "Complete")
        return LogPage(reply.get("data") or [], progress == "Complete")

    def iter_logs(
        self,
        project: str,
        logstore: str,
        *,
        start: float,
        end: float,
        topic: str = "",
        query: str = "",
        limit: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Iterator[dict[str, str]]:
        """Iterate over all logs that a search finds, oldest first.

        Each is a map with ``__time__`` (in seconds since the epoch),
        ``serviceName``, ``functionName`` and ``message``.

        Args:
            project: Name of the project.
            logstore: Name of the logstore.
            start: Only logs of this time and later, in seconds since the epoch.
            end: Only logs before this time.
            topic: Only logs of this topic, which is the name of the service.
            query: As for :meth:`get_logs`.
            limit: Maximum number of entries; None for all.
            sleep: Waits so many seconds.
        Raises:
            ResponseError: Log Service does not complete the search.
        """
        offset = 0
        while limit is None or offset < limit:
            count = _PAGE if limit is None else min(_PAGE, limit - offset)
            page = self._complete(
                sleep,
                project,
                logstore,
                start=start,
                end=end,
                topic=topic,
                query=query,
                count=count,
                offset=offset,
            )
            yield from page.entries
            offset += len(page.entries)
            if len(page.entries) < count:
                return

    def _complete(self, sleep: Callable[[float], None], *names: str, **wanted: Any) -> LogPage:
        """Fetch a page again until the service has searched all of it."""
        for _ in range(_MAX_PARTS):
            page = self.get_logs(*names, **wanted)
            if page.is_complete:
                return page
            sleep(_PART_SECONDS)
        raise ResponseError(
            f"the search is not complete after {_MAX_PARTS} requests; choose a shorter time",
            operation="GetLogs",
        )

    def _call(
        self, operation: str, method: str, project: str, logstore: str, *arguments: Any
    ) -> dict[str, Any]:
        _check("project", project)
        _check("logstore", logstore)
        return self._sdk.call(operation, method, project, logstore, *arguments)


def _next_offset(reply: Mapping[str, Any], offset: int, count: int) -> str | None:
    total = reply.get("total") or 0
    return str(offset + count) if count and offset + count < total else None


def _check(field: str, name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{field}: must be letters, digits, '-' and '_', got {name!r}")
