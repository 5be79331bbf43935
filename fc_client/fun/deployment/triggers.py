"""The steps for triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fc_client._disclosure import shown
from fc_client.client import Client
from fc_client.deploy import Deployment, deploy_trigger
from fc_client.exceptions import DeploymentError, NotFoundError, TriggerAlreadyExistsError
from fc_client.fun.deployment.steps import Outcome
from fc_client.fun.errors import FunError
from fc_client.fun.project.schema import Trigger
from fc_client.models import Trigger as StoredTrigger

__all__ = ["http_lines", "trigger_action"]

_LATEST = "LATEST"


def trigger_action(
    client: Client, names: tuple[str, str], trigger: Trigger, role: str | None, *, replace: bool
) -> Callable[[bool], Outcome]:
    """Return what the step of a trigger does.

    Args:
        client: The client of its region.
        names: Those of its service and function.
        trigger: The trigger.
        role: The ARN of its role.
        replace: Delete and create it if its type or source differ, and delete another HTTP
            trigger that has its qualifier.
    """

    def act(dry_run: bool) -> Outcome:
        def deploy() -> Deployment[StoredTrigger]:
            return _deployed(client, names, trigger, role, replace=replace, dry_run=dry_run)

        try:
            deployment = deploy()
        except TriggerAlreadyExistsError:
            other = _in_the_way(client, names, trigger, replace=replace)
            if other is None:
                raise
            client.delete_trigger(*names, other)
            deployment = deploy()
        lines = [line for change in deployment.changes for line in str(change).splitlines()]
        if not dry_run:
            urls = tuple(http_lines(client, names, deployment.resource))
            return Outcome(deployment.action, tuple(lines), urls)
        if deployment.action == "created":
            other = _in_the_way(client, names, trigger, replace=replace)
            lines += [] if other is None else [f"- trigger: {shown(other)}"]
        return Outcome(deployment.action, tuple(lines))

    return act


def _deployed(
    client: Client,
    names: tuple[str, str],
    trigger: Trigger,
    role: str | None,
    *,
    replace: bool,
    dry_run: bool,
) -> Deployment[StoredTrigger]:
    try:
        return deploy_trigger(
            client,
            *names,
            trigger.name,
            trigger_type=trigger.type,
            trigger_config=trigger.api_config,
            source_arn=trigger.source_arn,
            invocation_role=role,
            qualifier=trigger.qualifier,
            replace=replace,
            dry_run=dry_run,
        )
    except DeploymentError as exc:
        if exc.deleted is not None:
            raise
        raise FunError(
            f"type and source of trigger {trigger.name} cannot be updated; pass --replace to "
            "delete the trigger and create it again"
        ) from exc


def _in_the_way(
    client: Client, names: tuple[str, str], trigger: Trigger, *, replace: bool
) -> str | None:
    """Return the other HTTP trigger that has the qualifier of a trigger, or None.

    Raises:
        FunError: there is one, and *replace* is false.
    """
    if trigger.type != "http":
        return None
    wanted = trigger.qualifier or _LATEST
    try:
        stored = list(client.iter_triggers(*names))
    except NotFoundError:
        # In a dry run there may be no function yet.
        return None
    for each in stored:
        qualifier = each.qualifier or _LATEST
        is_other = each.trigger_type == "http" and each.trigger_name != trigger.name
        if is_other and qualifier == wanted:
            if replace:
                return each.trigger_name
            raise FunError(
                f"function {names[1]} has the HTTP trigger {shown(each.trigger_name)} for {wanted} "
                "already; pass --replace to delete that trigger"
            )
    return None


def http_lines(client: Client, names: tuple[str, str], trigger: StoredTrigger) -> Iterator[str]:
    """Yield the URL of an HTTP trigger, as the URL of an api is printed."""
    if trigger.trigger_type != "http":
        return
    config = trigger.trigger_config or {}
    methods = ",".join(map(str, config.get("methods") or ()))
    service, function = names
    if trigger.qualifier not in (None, "", _LATEST):
        service += f".{trigger.qualifier}"
    url = f"{client.endpoint}/2016-08-15/proxy/{service}/{function}/"
    is_signed = config.get("authType") != "anonymous"
    yield f"URL: {methods} {url}{' (signed requests)' if is_signed else ''}"
