"""The account: its settings, limits and reserved capacities."""

from __future__ import annotations

import click

from fc_client.fcli.command import FcliGroup, command
from fc_client.fcli.output import Column
from fc_client.fcli.session import Session

__all__ = ["account"]

# The limits that the service is known to have.
_LIMITS = ("CodeSizeLimit", "EnhancedCodeSizeLimit", "GPUCodeSizeLimit", "Concurrency")


@command("settings", "display the settings of the account in the region")
def settings(session: Session) -> None:
    """Print the settings."""
    session.output.record(session.client.get_account_settings().raw)


@command(
    "limits", "display limits of the account in the region", f"Known ones: {', '.join(_LIMITS)}."
)
@click.argument("limits", metavar="[LIMIT...]", nargs=-1)
def display_limits(session: Session, limits: tuple[str, ...]) -> None:
    """Print limits."""
    session.output.record(session.client.get_account_configs(limits or _LIMITS).raw)


@command("reserved", "list the capacities that the account has paid for in advance")
def reserved(session: Session) -> None:
    """Print the reserved capacities."""
    records = [each.raw for each in session.client.iter_reserved_capacities()]
    columns = [
        Column("INSTANCE", "instanceId"),
        Column("CU", "cu"),
        Column("DEADLINE", "deadline", is_time=True),
        Column("REFUNDED", "isRefunded"),
    ]
    session.output.records(records, columns)


account = FcliGroup(
    "account",
    no_args_is_help=False,
    help="Display settings, limits and reserved capacities of the account.",
    commands={"settings": settings, "limits": display_limits, "reserved": reserved},
)
