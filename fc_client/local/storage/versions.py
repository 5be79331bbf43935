"""Finds services and functions in the versions that qualifiers stand for."""

from __future__ import annotations

import re
from collections.abc import Callable

from fc_client.local.storage.schema import (
    ALIAS,
    FUNCTION,
    FUNCTION_SNAPSHOT,
    LATEST,
    SERVICE,
    SERVICE_SNAPSHOT,
    VERSION,
    FunctionVersion,
    Record,
)
from fc_client.local.storage.store import Store

__all__ = [
    "MissingResourceError",
    "find_function",
    "find_service",
    "has_version",
    "plain_qualifier",
    "resolve",
]

_NUMBER = re.compile(r"[0-9]+")
# IDs have no leading zeros, and those that the database cannot compare do not exist.
_VERSION_ID = re.compile(r"[1-9][0-9]{0,17}")


class MissingResourceError(LookupError):
    """A resource does not exist.

    Args:
        kind: Service, Function, Version or Alias.
        name: Its name.
    """

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name)
        self.kind = kind
        self.name = name

    def __str__(self) -> str:
        """Return what does not exist."""
        return f"{self.kind.lower()} {self.name!r} does not exist"


def plain_qualifier(qualifier: str) -> str:
    """Return a qualifier as it is in keys: "" stands for LATEST."""
    return "" if qualifier == LATEST else qualifier


def resolve(
    store: Store, service_name: str, qualifier: str, draw: Callable[[], float] | None = None
) -> str:
    """Return the ID of the version that a qualifier stands for; "" for LATEST.

    Args:
        store: The store with the aliases.
        service_name: Name of the service.
        qualifier: ID of a version, which may not exist, name of an alias, or "".
        draw: Returns a random number from 0 to 1, which chooses between the
            versions of an alias by their weights; None for its main version.

    Raises:
        MissingResourceError: the alias or its service does not exist.
    """
    qualifier = plain_qualifier(qualifier)
    if not qualifier or _NUMBER.fullmatch(qualifier):
        return qualifier
    alias = store.get(ALIAS, (service_name, qualifier))
    if alias is None:
        find_service(store, service_name)
        raise MissingResourceError("Alias", qualifier)
    version = str(alias.document["versionId"])
    if draw is not None:
        drawn = draw()
        for other, weight in (alias.document["additionalVersionWeight"] or {}).items():
            if drawn < weight:
                version = other
    return plain_qualifier(version)


def has_version(store: Store, service_name: str, version: str) -> bool:
    """Return whether a service has a version with this ID."""
    return store.get(VERSION, (service_name, version)) is not None


def find_service(store: Store, service_name: str, version: str = "") -> Record:
    """Return a service in a version.

    Raises:
        MissingResourceError: the service or its version does not exist.
    """
    if not version:
        record = store.get(SERVICE, (service_name,))
        if record is None:
            raise MissingResourceError("Service", service_name)
        return record
    if _VERSION_ID.fullmatch(version):
        record = store.get(SERVICE_SNAPSHOT, (service_name, version))
        if record is not None:
            return record
    find_service(store, service_name)
    raise MissingResourceError("Version", version)


def find_function(store: Store, function: FunctionVersion) -> tuple[Record, Record]:
    """Return the service and the function, both in the version.

    Raises:
        MissingResourceError: the service, its version or the function does not exist.
    """
    service_name, function_name, version = function
    service = find_service(store, service_name, version)
    if version:
        record = store.get(FUNCTION_SNAPSHOT, (service_name, version, function_name))
    else:
        record = store.get(FUNCTION, (service_name, function_name))
    if record is None:
        raise MissingResourceError("Function", function_name)
    return service, record
