"""Describes functions of the store for execution, with their links."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fc_client.local.dispatch.runtime_settings import runtime_settings
from fc_client.local.execution.function_spec import FunctionSpec
from fc_client.local.execution.tracing import tracing_of
from fc_client.local.storage.code_storage import CodeStorage
from fc_client.local.storage.layers import layer_checksums
from fc_client.local.storage.schema import FUNCTION, FunctionKey, FunctionVersion
from fc_client.local.storage.store import Store
from fc_client.local.storage.versions import find_function, resolve

__all__ = ["FunctionSpecs", "Identity"]


@dataclass(frozen=True)
class Identity:
    """The account, region and credentials that functions see, and the endpoint that they call."""

    account_id: str
    region: str
    access_key_id: str
    access_key_secret: str
    security_token: str
    endpoint: str = ""


@dataclass(frozen=True)
class _Link:
    """The directory that a function runs from; *permanent* if it outlives the function."""

    directory: Path
    permanent: bool


# The port of a custom program, unless its caPort says another one.
_CLOUD_PORT = 9000


class FunctionSpecs:
    """The functions of a store, as instances run them. Links concern LATEST only.

    Args:
        store: The store with services and functions.
        code: The storage with the unpacked code.
        identity: The identity that functions see in their context.
        draw: Returns a random number from 0 to 1, to choose a version of an alias.
    """

    def __init__(
        self,
        store: Store,
        code: CodeStorage,
        identity: Identity,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._code = code
        self._identity = identity
        self._draw = draw
        self._links: dict[FunctionVersion, _Link] = {}

    def of(self, function: FunctionKey, headers: Mapping[str, str]) -> FunctionSpec:
        """Return the spec of a function in the version that its qualifier stands for now.

        Raises:
            MissingResourceError: the function, its service or the version does not exist.
            StoreError: it cannot be read.
            OSError: its code cannot be read.
        """
        version = resolve(self._store, function.service_name, function.qualifier, self._draw)
        return self._linked(self._spec(function, version, headers))

    def main(self, function: FunctionKey) -> FunctionSpec:
        """Return the spec of a function in the main version of an alias; see :meth:`of`."""
        version = resolve(self._store, function.service_name, function.qualifier)
        return self._linked(self._spec(function, version, {}))

    def link(self, function: FunctionVersion, directory: Path, *, ahead: bool = False) -> bool:
        """Run a function from a directory, with the files present at each call.

        Args:
            function: The function.
            directory: The directory.
            ahead: Whether the function may be created later, and deleted and
                created again.

        Returns:
            Whether the function exists; without *ahead* nothing is done if it does not.
        """
        key = (function.service_name, function.function_name)
        exists = self._store.get(FUNCTION, key) is not None
        if exists or ahead:
            self._links[function] = _Link(directory, ahead)
        return exists

    def unlink(self, function: FunctionVersion) -> bool:
        """Run a function from its own code again; return whether it was linked."""
        return self._links.pop(function, None) is not None

    def end_link(self, function: FunctionVersion) -> None:
        """Remove the link of a function that was deleted, unless it outlives the function."""
        link = self._links.get(function)
        if link is not None and not link.permanent:
            del self._links[function]

    def end_links(self) -> None:
        """Remove all links that do not outlive their functions."""
        for function in list(self._links):
            self.end_link(function)

    def _linked(self, spec: FunctionSpec) -> FunctionSpec:
        link = self._links.get(FunctionVersion(*spec.key))
        if link is None:
            return spec
        # Instances end by themselves when a source that they have loaded changes.
        version = f"{spec.version}-{link.directory}"
        return replace(spec, code_dir=link.directory, version=version, linked=True)

    def _spec(
        self, function: FunctionKey, version: str, headers: Mapping[str, str]
    ) -> FunctionSpec:
        service, record = find_function(self._store, function.at(version))
        fields = record.document
        log_config = service.document["logConfig"]
        return FunctionSpec(
            service_name=function.service_name,
            function_name=function.function_name,
            service_version=version,
            qualifier=function.qualifier,
            version=f"{service.etag}-{record.etag}",
            runtime=fields["runtime"],
            handler=fields["handler"],
            code_dir=self._code.tree(fields["codeChecksum"]),
            code_checksum=fields["codeChecksum"],
            memory_size=fields["memorySize"],
            timeout=fields["timeout"],
            initializer=fields.get("initializer") or None,
            initialization_timeout=fields.get("initializationTimeout", 30),
            environment_variables=fields.get("environmentVariables", {}),
            ca_port=fields.get("caPort") or _CLOUD_PORT,
            log_project=log_config.get("project") or "",
            log_store=log_config.get("logstore") or "",
            tracing=tracing_of(headers, service.document.get("tracingConfig")),
            opt_dir=self._opt_dir(fields.get("layers") or ()),
            **runtime_settings(fields),
            **vars(self._identity),
        )

    def _opt_dir(self, layers: Sequence[str]) -> Path | None:
        """Return the directory of merged layers; None without layers."""
        if not layers:
            return None
        return self._code.layers.tree(layer_checksums(self._store, layers))
