"""``grant``: gives a service a role with the rights that it needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import click

from fc_client.fcli.command import command
from fc_client.fcli.paths import shown
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.resources.resource import resource_argument
from fc_client.fcli.resources.services import SERVICE
from fc_client.fcli.session import Session

__all__ = ["grant"]

_ACCOUNT_HOST = re.compile(r"(\d+)\..*")
_LOGS, _COPY = "logs", "oss-copy"


@dataclass(frozen=True)
class _Rights:
    """What a scenario allows, and the settings of the service that go with it."""

    actions: list[str]
    resources: list[str]
    settings: dict[str, Any]


@command(
    "grant",
    "grant the permission",
    "Creates role and policy where they are missing, adds what is missing to the policy, attaches\n"
    "it to the role and gives the role to the service. Asks for what is not given.",
)
@resource_argument(SERVICE)
@click.option("-r", "--role", help="name of the role")
@click.option("-p", "--policy", help="name of the policy")
@click.option(
    "--scenario",
    type=click.Choice([_LOGS, _COPY]),
    metavar=f"{_LOGS}|{_COPY}",
    help="write logs, or read code in oss",
)
@click.option("--project", help="for logs: the log project")
@click.option("--store", help="for logs: the log store")
@click.option("--bucket", help="for oss-copy: the bucket")
def grant(
    session: Session,
    names: tuple[str],
    role: str | None,
    policy: str | None,
    scenario: str | None,
    **details: str | None,
) -> None:
    """Give a service a role."""
    from fc_client import cloud

    SERVICE.aim(session, names)
    role = role or session.terminal.ask("Please input the role name:", "--role")
    policy = policy or session.terminal.ask("Please input the policy name:", "--policy")
    scenario = scenario or _ask_scenario(session)
    rights = _logs(session, details) if scenario == _LOGS else _copy(session, details)
    # Read first: nothing is changed for a service that does not exist.
    service = session.client.get_service(*names)
    steps = cloud.Steps(report=session.note)
    given = cloud.grant(
        session.ram,
        role=role,
        policy=policy,
        actions=rights.actions,
        resources=rights.resources,
        steps=steps,
    )
    updated = steps.run(
        f"update service {names[0]}",
        f"service {names[0]} updated",
        lambda: session.client.update_service(
            *names, role=given.arn, **rights.settings, if_match=service.etag
        ),
    )
    session.output.changed(shown(("fc", *names)), f"has the role {given.arn}", updated.raw)


def _ask_scenario(session: Session) -> str:
    answer = session.terminal.ask(f"Please input the scenario ({_LOGS} or {_COPY}):", "--scenario")
    if answer not in (_LOGS, _COPY):
        raise CommandLineError(f"--scenario: expected {_LOGS} or {_COPY}, got {answer!r}")
    return answer


def _logs(session: Session, details: dict[str, str | None]) -> _Rights:
    ask = session.terminal.ask
    project = details["project"] or ask("Please input the log project:", "--project")
    store = details["store"] or ask("Please input the log store:", "--store")
    return _Rights(
        ["log:PostLogStoreLogs"],
        [f"acs:log:*:{_account(session)}:project/{project}/logstore/{store}"],
        {"log_config": {"project": project, "logstore": store}},
    )


def _copy(session: Session, details: dict[str, str | None]) -> _Rights:
    bucket = details["bucket"] or session.terminal.ask("Please input the bucket:", "--bucket")
    return _Rights(["oss:GetObject"], [f"acs:oss:*:{_account(session)}:{bucket}/*"], {})


def _account(session: Session) -> str:
    """Return the account that the endpoint names, else that of the environment, else "*"."""
    host = urlsplit(session.client.endpoint).hostname or ""
    found = _ACCOUNT_HOST.fullmatch(host) if host.endswith(".aliyuncs.com") else None
    return found[1] if found else session.environ.get("ALIBABA_CLOUD_ACCOUNT_ID") or "*"
