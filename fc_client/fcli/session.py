"""What the commands share: options, configuration, clients, where the shell is, output."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from click.shell_completion import CompletionItem

from fc_client import RetryPolicy, Timeout
from fc_client.exceptions import ConfigurationError
from fc_client.fcli import configuration
from fc_client.fcli.config_file import directory
from fc_client.fcli.configuration import Configuration
from fc_client.fcli.name_cache import NameCache
from fc_client.fcli.options import CommonOptions
from fc_client.fcli.paths import START, Path
from fc_client.fcli.terminal import Terminal, print_error

if TYPE_CHECKING:
    from fc_client.client import Client
    from fc_client.cloud import LogClient, RamClient
    from fc_client.fcli.output import Output

__all__ = ["MAX_CONNECTIONS", "Session", "check_endpoint"]

log = logging.getLogger("fc_client")

_CONNECT_SECONDS = 5
_COMPLETION_SECONDS = 2
_RAM_SECONDS = 10
_LOG_SECONDS = 30
# Calls at a time of a load test, which must not wait for a connection.
MAX_CONNECTIONS = 100
_REGION_HOST = re.compile(r"(\d+)\.[a-z0-9-]+\.fc\.aliyuncs\.com")


class Session:
    """One run of fcli: a single command, or a shell with its commands.

    Args:
        environ: The environment; default: that of this process.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.environ = os.environ if environ is None else environ
        self.terminal = Terminal(self.environ)
        self.options = CommonOptions()
        self.cwd: Path = START
        self.in_shell = False
        self.is_leaving = False
        # The resource of the command, as policies name it.
        self.target = ""
        # For completion: the names that are known, and what completes a path.
        self.names = NameCache(_cache_file())
        self.complete: Callable[[Session, str, Path], list[CompletionItem]] = lambda *_: []
        self._client: Client | None = None
        self._clients: dict[frozenset[tuple[str, str]], Client] = {}
        self._is_completing = False
        self._is_debugging = False

    @contextmanager
    def using(self, given: Mapping[str, Any]) -> Iterator[None]:
        """Add common options for the time of a command."""
        before = self.options
        self.options = before.with_given(given)
        # A command of the shell may have changed the configuration.
        self._client = None
        try:
            with self._debugging():
                yield
        finally:
            self.options = before

    @property
    def configuration(self) -> Configuration:
        """The settings of the command."""
        return configuration.load(self.options, self.environ)

    @property
    def client(self) -> Client:
        """A client of Function Compute; commands with the same settings share it."""
        if self._client is None:
            settings = self._settings()
            key = frozenset((name, value.text) for name, value in settings.values.items())
            if key not in self._clients:
                self._clients[key] = self._new_client(settings)
            self._client = self._clients[key]
        return self._client

    @property
    def endpoint(self) -> str | None:
        """The endpoint of Function Compute, or None if there is none."""
        if self._client is not None:
            return self._client.endpoint
        with suppress(ConfigurationError):
            return self.configuration.get("endpoint")
        return None

    @cached_property
    def output(self) -> Output:
        """Where results go."""
        from fc_client.fcli.output import Output

        return Output(self)

    def for_completion(self) -> Session:
        """Return a session that shares the names, and whose calls give up soon."""
        other = Session(self.environ)
        other.options = self.options
        other.names = self.names
        other.complete = self.complete
        other._is_completing = True
        return other

    @property
    def ram(self) -> RamClient:
        """A client of RAM."""
        from fc_client.cloud import RamClient, ram_endpoint

        settings = self._settings()
        endpoint = ram_endpoint(
            settings.get("ram_endpoint"),
            fc_endpoint=settings.get("endpoint"),
            environ=self.environ,
        )
        return RamClient(
            endpoint, _credentials(settings, self.environ), timeout=self._timeout(_RAM_SECONDS)
        )

    @property
    def log_service(self) -> LogClient:
        """A client of Log Service."""
        from fc_client.cloud import LogClient, sls_endpoint

        settings = self._settings()
        endpoint = sls_endpoint(
            # Option, environment or file, in this order.
            settings.get("sls_endpoint"),
            fc_endpoint=settings.get("endpoint"),
            environ=self.environ,
        )
        return LogClient(
            endpoint, _credentials(settings, self.environ), timeout=self._timeout(_LOG_SECONDS)
        )

    def _settings(self) -> Configuration:
        """Return the settings for a client; with --debug, show requests from now on."""
        settings = self.configuration
        if settings.debug and not (self._is_debugging or self._is_completing):
            from fc_client.fcli.debug import show_settings

            show_settings(settings)
            self._is_debugging = True
        return settings

    def _timeout(self, default: float) -> float:
        """Return the timeout of RAM or Log Service, in seconds."""
        if self._is_completing:
            return _COMPLETION_SECONDS
        return self.configuration.timeout or default

    def note(self, text: str) -> None:
        """Print a remark on stderr, unless --quiet is given."""
        if not self.options.quiet:
            print_error(text)

    def confirm(self, question: str) -> bool:
        """Ask a question, unless --yes is given."""
        return bool(self.options.yes) or self.terminal.confirm(question)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._client = None

    def _new_client(self, settings: Configuration) -> Client:
        from fc_client.client import Client

        kind: type[Client] = Client
        if self._is_debugging:
            from fc_client.fcli.debug import DebugClient

            kind = DebugClient
        endpoint = settings.get("endpoint")
        if endpoint is not None:
            check_endpoint(endpoint, settings.values["endpoint"].source)
        seconds = settings.timeout
        options: dict[str, Any] = {}
        if seconds is not None:
            options["timeout"] = (min(_CONNECT_SECONDS, seconds), seconds)
        if self._is_completing:
            options = {
                "timeout": Timeout(total=_COMPLETION_SECONDS),
                "retry": RetryPolicy(attempts=1),
            }
        return kind(
            endpoint, credentials=settings.credentials, pool_size=MAX_CONNECTIONS, **options
        )

    @contextmanager
    def _debugging(self) -> Iterator[None]:
        """Hide the requests again after a command of the shell."""
        before, handlers = log.level, list(log.handlers)
        try:
            yield
        finally:
            self._is_debugging = False
            log.setLevel(before)
            log.handlers[:] = handlers


def _cache_file() -> FilePath | None:
    with suppress(ConfigurationError):
        return directory() / "cache" / "names.json"
    return None


def _credentials(settings: Configuration, environ: Mapping[str, str]) -> Any:
    """Return the access key for the services beside Function Compute."""
    from fc_client.credentials.chain import find_credentials

    return find_credentials(
        credentials=settings.credentials,
        access_key_id=None,
        access_key_secret=None,
        security_token=None,
        environ=environ,
    )


def check_endpoint(endpoint: str, source: str) -> None:
    """Check that an endpoint of the cloud names the account.

    Raises:
        ConfigurationError: it does not.
    """
    url = endpoint if "://" in endpoint else f"https://{endpoint}"
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        # The client names what is wrong.
        return
    if host.endswith("fc.aliyuncs.com") and not _REGION_HOST.fullmatch(host):
        raise ConfigurationError(
            f"{source}: endpoint {host!r} must be ACCOUNT_ID.REGION.fc.aliyuncs.com, for example "
            "123456.cn-shanghai.fc.aliyuncs.com"
        )
