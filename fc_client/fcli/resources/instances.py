"""Instances of functions, which the service starts and ends."""

from __future__ import annotations

from typing import Any

from fc_client.fcli.output import Column
from fc_client.fcli.problems import CommandFailedError
from fc_client.fcli.resources.resource import Record, Resource
from fc_client.fcli.session import Session

__all__ = ["INSTANCE", "first_instance"]


def _get(session: Session, service: str, function: str, instance: str, **options: Any) -> Record:
    # There is no operation for one of them.
    page = session.client.list_instances(service, function, instance_ids=[instance], **options)
    for each in page.items:
        if each.instance_id == instance:
            return each.raw
    raise CommandFailedError(f"{service}/{function} has no instance {instance!r}")


INSTANCE = Resource(
    noun="instance",
    pattern=("instances", "SERVICE", "FUNCTION", "INSTANCE"),
    list_page=lambda session, *names, **options: session.client.list_instances(*names, **options),
    get=_get,
    delete=None,
    columns=(Column("INSTANCE", "instanceId"), Column("VERSION", "versionId")),
    arn="services/{}/functions/{}",
    filters=("qualifier",),
    has_qualifier=True,
)


def first_instance(session: Session, names: tuple[str, str], qualifier: str | None) -> str:
    """Return the ID of an instance of a function.

    Raises:
        CommandFailedError: there is none.
    """
    page = session.client.list_instances(*names, qualifier=qualifier, limit=1)
    if not page.items:
        version = qualifier or "LATEST"
        raise CommandFailedError(
            f"{'/'.join(names)} has no instance of {version}; invoke it first, or pass the "
            "--qualifier of another version"
        )
    return page.items[0].instance_id
