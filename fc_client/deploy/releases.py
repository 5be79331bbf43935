"""Versions and aliases by a Client; tools/generate_async.py makes those by an AsyncClient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fc_client import _arguments
from fc_client.client import Client
from fc_client.deploy.clients import check_client
from fc_client.deploy.release_goals import Snapshot, VersionGoal, alias_goal
from fc_client.deploy.results import Change, Deployment
from fc_client.deploy.steps import Steps
from fc_client.exceptions import ServiceNotFoundError, VersionPublishError
from fc_client.models import Alias, Function, Service, ServiceVersion
from fc_client.pagination import Page


def deploy_version(
    client: Client,
    service_name: str,
    *,
    description: str | None = None,
    dry_run: bool = False,
) -> Deployment[ServiceVersion]:
    """Publish a version of a service, unless nothing has changed since its newest version.

    The settings of the service and of its functions are compared with those of
    the newest version, code by its checksum.

    Args:
        client: The client that makes the calls.
        service_name: Name of the service, which must exist.
        description: Of the version, if one is published.
        dry_run: Read and compare, but publish nothing. The service need not
            exist yet.
    Returns:
        Whether a version was created, or is unchanged, and the version. In a
        dry run the ID of a version that would be created is ``new``.
    Raises:
        ServiceNotFoundError: the service does not exist.
        VersionPublishError: the service says that there is nothing to publish,
            though it has no version.
    """
    check_client(client, Client)
    steps = _Publication(
        VersionGoal(service_name, _arguments.text("description", description)),
        dry_run=_arguments.required_boolean("dry_run", dry_run),
        newest=lambda: client.list_service_versions(service_name, limit=1),
        service=lambda qualifier: client.get_service(service_name, qualifier=qualifier),
        functions=lambda qualifier: client.iter_functions(service_name, qualifier=qualifier),
        publish=lambda: client.publish_service_version(service_name, description=description),
    )
    return steps.run()


def deploy_alias(
    client: Client,
    service_name: str,
    alias_name: str,
    *,
    version_id: str,
    canary: float | None = None,
    description: str | None = None,
    dry_run: bool = False,
) -> Deployment[Alias]:
    """Create an alias, or move it to a version: at once, or for a share of the invocations.

    To roll back, pass the version that the alias should name again. It also
    ends a canary: the version runs all invocations. On a concurrent change the
    state is read again and compared again.

    Args:
        client: The client that makes the calls.
        service_name: Name of the service, which must exist.
        alias_name: Name of the alias.
        version_id: ID of the version, as :func:`deploy_version` returns it.
        canary: The share of invocations that the version runs, more than 0
            and less than 1; the alias goes on naming the version that it has.
            An alias that does not exist yet, or names the version already,
            runs it for all invocations. None: for all invocations.
        description: Free text; None leaves it as it is.
        dry_run: Read and compare, but change nothing. Service and version need
            not exist yet.
    Returns:
        Whether it was created, updated or unchanged, and the alias.
    Raises:
        ServiceNotFoundError: the service does not exist.
        VersionNotFoundError: the version does not exist.
        PreconditionFailedError: the alias changed during each attempt.
    """
    check_client(client, Client)
    steps = Steps(
        alias_goal(service_name, alias_name, version_id, canary, description),
        dry_run=_arguments.required_boolean("dry_run", dry_run),
        read=lambda: client.get_alias(service_name, alias_name),
        create=lambda settings: client.create_alias(service_name, alias_name, **settings),
        update=lambda settings, etag: client.update_alias(
            service_name, alias_name, **settings, if_match=etag
        ),
    )
    return steps.run()


@dataclass(frozen=True)
class _Publication:
    """How a service is compared with its newest version, and published."""

    goal: VersionGoal
    dry_run: bool
    newest: Callable[[], Page[ServiceVersion]]
    service: Callable[[str | None], Service]
    functions: Callable[[str | None], Iterator[Function]]
    publish: Callable[[], ServiceVersion]

    def run(self) -> Deployment[ServiceVersion]:
        """Publish what has changed."""
        try:
            page = self.newest()
            latest = self._snapshot(None)
        except ServiceNotFoundError:
            if self.dry_run:
                return self.goal.planned((), has_service=False)
            raise
        stored = page.items[0] if page.items else None
        before = self._snapshot(stored.version_id) if stored else Snapshot()
        return self._published(stored, before.changes_to(latest))

    def _snapshot(self, qualifier: str | None) -> Snapshot:
        service = self.service(qualifier)
        return Snapshot(service, {each.function_name: each for each in self.functions(qualifier)})

    def _published(
        self, stored: ServiceVersion | None, changes: tuple[Change, ...]
    ) -> Deployment[ServiceVersion]:
        if stored and not changes:
            return self.goal.unchanged(stored, dry_run=self.dry_run)
        if self.dry_run:
            return self.goal.planned(changes, has_service=True)
        try:
            return self.goal.created(self.publish(), changes)
        except VersionPublishError:
            # The service compares, too, and knows better what is a setting.
            if stored:
                return self.goal.unchanged(stored, dry_run=False)
            raise
