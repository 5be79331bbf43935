"""Runs commands of fcli for a project: what both tools can do is written once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fc_client.fun.session import Session

__all__ = ["FCLI_FLAGS", "run_fcli"]

# For commands that hand flags on to fcli. The name of the function comes first.
FCLI_FLAGS: dict[str, Any] = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def run_fcli(session: Session, region: str, argv: Sequence[str]) -> int:
    """Run a command line of fcli with the account of the project, and return its exit code.

    Args:
        session: The session with the project.
        region: The region of the function.
        argv: Command, path and flags.
    """
    from fc_client.fcli.program import run
    from fc_client.fcli.session import Session as FcliSession

    account, credentials = session.account, session.account.credentials()
    fcli = FcliSession(
        {
            # What the file has comes before what fcli would find.
            **session.environ,
            "FC_ENDPOINT": account.endpoint_in(region),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": credentials.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credentials.access_key_secret,
            "ALIBABA_CLOUD_SECURITY_TOKEN": credentials.security_token or "",
        }
    )
    try:
        return run(fcli, argv)
    finally:
        fcli.close()
