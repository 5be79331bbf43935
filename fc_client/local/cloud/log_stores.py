"""Stands in for the projects, logstores and indexes of Log Service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from fc_client.local.cloud.inputs import whole_number
from fc_client.local.cloud.messages import ServiceError
from fc_client.local.cloud.state import Collection
from fc_client.local.storage.store import Store

__all__ = ["LogStores", "Names", "Values", "integer"]

Document = dict[str, Any]

# The project and the logstore of a request's path.
Names = tuple[str, ...]
# The query of a request, or the JSON of its body.
Values = Mapping[str, Any]

_NO_VALUES: Values = {}

_PROJECT = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_LOGSTORE = re.compile(r"[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]")
_MAX_PAGE = 500


class LogStores:
    """Projects with logstores, which may have an index.

    Each operation gets the names in the path, and the query or the body.

    Args:
        store: Where they are stored.
        clock: Returns seconds since the epoch.
        region: The region that projects show.
    """

    def __init__(self, store: Store, clock: Callable[[], float], region: str) -> None:
        self._clock = clock
        self._region = region
        self._projects = Collection(store, "log.project")
        # The name is that of the project and the logstore: "p/s".
        self._logstores = Collection(store, "log.logstore")

    def has(self, project: str, logstore: str) -> bool:
        """Return whether a logstore exists."""
        return self._logstores.get(f"{project}/{logstore}") is not None

    # Projects

    def create_project(self, _names: Names, body: Values) -> None:
        """Create the project of projectName and description."""
        name = _name(body, "projectName", _PROJECT)
        if self._projects.get(name) is not None:
            raise ServiceError(400, "ProjectAlreadyExist", f"Project {name} already exists")
        moment = datetime.fromtimestamp(self._clock(), timezone.utc)
        now = moment.strftime("%Y-%m-%d %H:%M:%S")
        project = {
            "projectName": name,
            "description": _text(body, "description"),
            "status": "Normal",
            "owner": "",
            "region": self._region,
            "createTime": now,
            "lastModifyTime": now,
        }
        self._projects.put(name, project)

    def get_project(self, names: Names, _query: Values) -> Document:
        """Return a project."""
        return self._project(names[0])

    def _project(self, project: str) -> Document:
        found = self._projects.get(project)
        if found is None:
            raise ServiceError(404, "ProjectNotExist", f"The Project does not exist : {project}")
        return found

    def list_projects(self, _names: Names, query: Values) -> Document:
        """Return the projects whose names contain projectName, from offset on."""
        wanted = query.get("projectName", "")
        found = [each for each in self._projects.list() if wanted in each["projectName"]]
        page = _page(found, query)
        return {"count": len(page), "total": len(found), "projects": page}

    def delete_project(self, names: Names, _query: Values) -> None:
        """Delete a project with its logstores."""
        (project,) = names
        self._project(project)
        for logstore in self._logstores.list(f"{project}/"):
            self._logstores.delete(f"{project}/{logstore['logstoreName']}")
        self._projects.delete(project)

    # Logstores

    def create_logstore(self, names: Names, body: Values) -> None:
        """Create the logstore of logstoreName, ttl and shardCount."""
        (project,) = names
        self._project(project)
        name = _name(body, "logstoreName", _LOGSTORE)
        if self.has(project, name):
            raise ServiceError(400, "LogStoreAlreadyExist", f"logstore {name} already exists")
        now = int(self._clock())
        logstore = {
            **body,
            "logstoreName": name,
            "ttl": integer(body, "ttl", None, 1, 3650),
            "shardCount": integer(body, "shardCount", 2, 1, 100),
            "createTime": now,
            "lastModifyTime": now,
        }
        self._logstores.put(f"{project}/{name}", logstore)

    def get_logstore(self, names: Names, _query: Values) -> Document:
        """Return a logstore, without its index."""
        found = self._logstore(names)
        return {key: value for key, value in found.items() if key != "index"}

    def update_logstore(self, names: Names, body: Values) -> None:
        """Change the ttl of a logstore."""
        found = self._logstore(names)
        changes = {
            "ttl": integer(body, "ttl", found["ttl"], 1, 3650),
            "lastModifyTime": int(self._clock()),
        }
        self._logstores.put("/".join(names), {**found, **changes})

    def list_logstores(self, names: Names, query: Values) -> Document:
        """Return the names of logstores that contain logstoreName, from offset on."""
        (project,) = names
        self._project(project)
        wanted = query.get("logstoreName", "")
        stored = [each["logstoreName"] for each in self._logstores.list(f"{project}/")]
        found = [name for name in stored if wanted in name]
        page = _page(found, query)
        return {"count": len(page), "total": len(found), "logstores": page}

    def delete_logstore(self, names: Names, _query: Values) -> None:
        """Delete a logstore. The logs of functions remain."""
        self._logstore(names)
        self._logstores.delete("/".join(names))

    def _logstore(self, names: Names) -> Document:
        project, logstore = names
        self._project(project)
        found = self._logstores.get(f"{project}/{logstore}")
        if found is None:
            raise ServiceError(404, "LogStoreNotExist", f"logstore {logstore} does not exist")
        return found

    # Indexes

    def get_index(self, names: Names, _query: Values = _NO_VALUES) -> Document:
        """Return the index of a logstore."""
        index: Document | None = self._logstore(names).get("index")
        if index is None:
            raise ServiceError(
                400, "IndexConfigNotExist", f"logstore {names[1]} has no index config"
            )
        return index

    def create_index(self, names: Names, body: Values) -> None:
        """Create the index of a logstore."""
        if "index" in self._logstore(names):
            raise ServiceError(400, "IndexAlreadyExist", "log store index is already created")
        self._put_index(names, body)

    def update_index(self, names: Names, body: Values) -> None:
        """Replace the index of a logstore."""
        self.get_index(names)
        self._put_index(names, body)

    def delete_index(self, names: Names, _query: Values) -> None:
        """Delete the index of a logstore."""
        self.get_index(names)
        found = self._logstore(names)
        del found["index"]
        self._logstores.put("/".join(names), found)

    def _put_index(self, names: Names, body: Values) -> None:
        _check_index(body)
        found = self._logstore(names)
        index = {"index_mode": "v2", **body, "lastModifyTime": int(self._clock())}
        self._logstores.put("/".join(names), {**found, "index": index})


def _check_index(body: Values) -> None:
    keys, line = body.get("keys"), body.get("line")
    if not keys and not line:
        raise ServiceError(400, "ParameterInvalid", "the index needs keys or line")
    settings = [*(keys.values() if isinstance(keys, dict) else [keys]), line]
    for each in settings:
        if each is not None and not isinstance(each, dict):
            raise ServiceError(
                400, "ParameterInvalid", f"keys and line must be objects, got {each!r}"
            )
        tokens = (each or {}).get("token") or []
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise ServiceError(
                400,
                "ParameterInvalid",
                f"token must be a list of separators, got {tokens!r}",
            )


def _name(body: Values, field: str, pattern: re.Pattern[str]) -> str:
    value = body.get(field)
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ServiceError(
            400,
            "ParameterInvalid",
            f"{field} must be 2 to 63 lower-case letters, digits and '-', got {value!r}",
        )
    return value


def _text(body: Values, field: str) -> str:
    value = body.get(field, "")
    if not isinstance(value, str):
        raise ServiceError(400, "ParameterInvalid", f"{field} must be a string, got {value!r}")
    return value


def integer(values: Values, field: str, default: int | None, lowest: int, highest: int) -> int:
    """Return a number of a body or query.

    Raises:
        ServiceError: ParameterInvalid.
    """
    value = values.get(field)
    if value is None or value == "":
        # Some clients send empty parameters.
        value = default
    text = str(value) if not isinstance(value, bool) else ""
    number = whole_number(text, lowest, highest)
    if number is None:
        raise ServiceError(
            400,
            "ParameterInvalid",
            f"{field} must be an integer, {lowest} to {highest}, got {value!r}",
        )
    return number


def _page(items: list[Any], query: Values) -> list[Any]:
    offset = integer(query, "offset", 0, 0, 10**9)
    size = integer(query, "size", 100, -1, _MAX_PAGE)
    # Clients ask for all with -1.
    return items[offset:] if size < 0 else items[offset : offset + size]
