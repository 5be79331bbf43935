"""Deploy a function and its trigger, after a dry run: only the differences are sent.

Calls the endpoint in the environment (FC_ENDPOINT, or account and region, with
an access key). Without one it starts an embedded Function Compute.
"""

from __future__ import annotations

from pathlib import Path

from quickstart import connect

import fc_client
from fc_client.deploy import deploy_function, deploy_service, deploy_trigger
from fc_client.triggers import timer

CODE = Path(__file__).parent / "functions" / "text_statistics"


def show_progress(done: int, total: int) -> None:
    """Print how much of the code has been sent."""
    print(f"sent {done / total:.0%} of the code")


def deploy(client: fc_client.Client, memory_size: int, *, dry_run: bool = False) -> None:
    """Create or update the service, its function and the trigger, or print what would be done."""
    service = deploy_service(
        client, "deploy-example", description="Deployed by an example", dry_run=dry_run
    )
    print(service)
    function = deploy_function(
        client,
        "deploy-example",
        "text-statistics",
        runtime="python3",
        handler="index.handler",
        code=CODE,
        memory_size=memory_size,
        progress=show_progress,
        dry_run=dry_run,
    )
    print(function)
    trigger = deploy_trigger(
        client,
        "deploy-example",
        "text-statistics",
        "nightly",
        trigger_config=timer(cron="0 0 4 * * *", payload="a text"),
        dry_run=dry_run,
    )
    print(trigger)


def main() -> None:
    """Look at what would be done, deploy, change a setting, and clean up."""
    with connect() as client:
        deploy(client, memory_size=128, dry_run=True)
        deploy(client, memory_size=128)
        deploy(client, memory_size=256)
        client.delete_trigger("deploy-example", "text-statistics", "nightly")
        client.delete_function("deploy-example", "text-statistics")
        client.delete_service("deploy-example")


if __name__ == "__main__":
    main()
