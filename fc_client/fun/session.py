"""What the commands share: the project, the account, the clients, and what is printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from fc_client._disclosure import shown
from fc_client.exceptions import ConfigurationError
from fc_client.fun.errors import UsageError, describe

if TYPE_CHECKING:
    from fc_client.client import Client
    from fc_client.cloud import GatewayClient, RamClient
    from fc_client.fun.account import Account
    from fc_client.fun.project.loading import Project

__all__ = ["Clouds", "Session"]

_CONNECT_SECONDS = 10
# Per read and write, so that a slow line may take as long as it needs.
_READ_SECONDS = 610
_SHOWN_OF_KEY = 6


@dataclass(frozen=True)
class Clouds:
    """The clients of the services beside Function Compute.

    Attributes:
        gateway_url: Where the API gateway is called.
        gateway: The client of the API gateway.
        ram: The client of RAM.
    """

    gateway_url: str
    gateway: GatewayClient
    ram: RamClient


class Session:
    """One run of fun, in the current folder.

    Args:
        environ: The environment; default: that of this process.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.environ = os.environ if environ is None else environ
        self.root = Path()
        self.is_quiet = False
        self._clients: dict[str, Client] = {}
        self._cleanup = ExitStack()

    def __enter__(self) -> Session:
        """Return the session."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._cleanup.close()

    @cached_property
    def project(self) -> Project:
        """The project in the current folder; its warnings are printed."""
        return self._load()

    def reload(self) -> None:
        """Read the project again.

        Raises:
            ProjectError: the file cannot be used; the project stays as it was.
        """
        self.__dict__["project"] = self._load()

    def _load(self) -> Project:
        # Imported here: the help needs no schema.
        from fc_client.fun.project.loading import load_project

        found = load_project(self.root.absolute())
        self.warn(found.warnings)
        return found

    def elsewhere(self, account: Account, variables: Mapping[str, str]) -> Session:
        """Return a session that has the same project and another account.

        Args:
            account: Where and as whom to deploy.
            variables: What leads to the services beside Function Compute there.
        """
        other = Session({**self.environ, **variables})
        other.root, other.is_quiet = self.root, self.is_quiet
        other.__dict__.update(project=self.project, account=account)
        return other

    @cached_property
    def account(self) -> Account:
        """Where the project is deployed, and as whom."""
        from fc_client.fun.account import account_of, is_unencrypted

        found = account_of(self.project.content, self.environ)
        if found.remark:
            self.note(found.remark)
        if found.endpoint is not None and is_unencrypted(found.endpoint):
            self.warn([f"{found.endpoint} is not encrypted; write https:// in FC_ENDPOINT"])
        return found

    def client(self, region: str) -> Client:
        """Return the client of Function Compute in a region."""
        from fc_client.client import Client

        endpoint = self.account.endpoint_in(region)
        if endpoint not in self._clients:
            self._clients[endpoint] = self._cleanup.enter_context(
                Client(
                    endpoint,
                    credentials=self.account.credentials,
                    account_id=self.account.account_id if self.account.endpoint else None,
                    timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                )
            )
        return self._clients[endpoint]

    @cached_property
    def clouds(self) -> Clouds:
        """The clients of RAM and of the API gateway that the file names.

        Raises:
            ConfigurationError: some are on this machine and others are not.
        """
        from fc_client.cloud import GatewayClient, RamClient, gateway_endpoint, ram_endpoint

        account, content = self.account, self.project.content
        section, functions = content.api_gateway, content.function_compute
        endpoint = gateway_endpoint(
            configured=section.endpoint if section else None,
            fc_endpoint=account.endpoint,
            region=functions.region if functions else None,
            environ=self.environ,
        )
        ram = ram_endpoint(fc_endpoint=account.endpoint, environ=self.environ)
        self._check_clouds(endpoint, ram)
        return Clouds(
            endpoint,
            GatewayClient(endpoint, account.credentials),
            RamClient(ram, account.credentials),
        )

    def _check_clouds(self, gateway: str, ram: str) -> None:
        """Warn about what is not encrypted, and keep keys of the cloud and of servers here apart.

        Raises:
            ConfigurationError: an access key would be sent to the wrong ones.
        """
        from fc_client.cloud import GATEWAY_VARIABLE, RAM_VARIABLE
        from fc_client.fun.account import is_loopback, is_unencrypted

        here = self.account.is_local
        for name, url, variable in (
            ("API gateway", gateway, GATEWAY_VARIABLE),
            ("RAM", ram, RAM_VARIABLE),
        ):
            if is_loopback(url) != here:
                raise ConfigurationError(
                    f"{name} is called at {url}, but Function Compute is "
                    f"{'' if here else 'not '}on this machine: set both FC_ENDPOINT and "
                    f"{variable} as fc-local prints them, or neither"
                )
            if is_unencrypted(url):
                source = variable if self.environ.get(variable) else "api-gateway.endpoint"
                self.warn([f"{url} is not encrypted; write https:// in {source}"])

    def print(self, text: str = "") -> None:
        """Print a line of the result."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Print a remark on stderr, unless --quiet is given."""
        if not self.is_quiet:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()

    def complain(self, text: str) -> None:
        """Print a line of an error on stderr, after what stdout takes."""
        with suppress(OSError):
            sys.stdout.flush()
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def warn(self, texts: Iterable[str]) -> None:
        """Print warnings on stderr, unless --quiet is given."""
        for text in texts:
            self.note(f"Warning: {text}")

    def confirm(self, question: str) -> bool:
        """Ask a question on the terminal until it is answered; the end of input means no.

        Raises:
            UsageError: there is no terminal to ask on.
        """
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError(f"cannot ask '{question}' without a terminal; pass --yes")
        while True:
            sys.stderr.write(f"{question} [y/n]: ")
            sys.stderr.flush()
            answer = sys.stdin.readline().strip().lower()
            if answer in ("y", "yes"):
                return True
            if answer in ("n", "no", ""):
                return False

    def described(self, error: BaseException) -> str:
        """Return the lines to print for an error."""
        account: Account | None = self.__dict__.get("account")
        if account is None:
            return describe(error)
        key_id = account.credentials().access_key_id
        return describe(
            error,
            account=account.account_id or "",
            key_id=f"{shown(key_id[:_SHOWN_OF_KEY])}...",
        )
