"""Deploy a function three times: only the differences are sent.

Calls the endpoint in the environment (FC_ENDPOINT, or account and region, with
an access key). Without one it starts an embedded Function Compute.
"""

from __future__ import annotations

from pathlib import Path

from quickstart import connect

import fc_client
from fc_client.deploy import deploy_function, deploy_service

CODE = Path(__file__).parent / "functions" / "text_statistics"


def show_progress(done: int, total: int) -> None:
    """Print how much of the code has been sent."""
    print(f"sent {done / total:.0%} of the code")


def deploy(client: fc_client.Client, memory_size: int) -> None:
    """Create or update the service and its function."""
    service = deploy_service(client, "deploy-example", description="Deployed by an example")
    print(f"the service is {service.action}")
    function = deploy_function(
        client,
        "deploy-example",
        "text-statistics",
        runtime="python3",
        handler="index.handler",
        code=CODE,
        memory_size=memory_size,
        progress=show_progress,
    )
    print(f"the function is {function.action}: {', '.join(function.changed) or 'nothing to do'}")


def main() -> None:
    """Deploy three times, and clean up."""
    with connect() as client:
        for memory_size in (128, 128, 256):
            deploy(client, memory_size)
        client.delete_function("deploy-example", "text-statistics")
        client.delete_service("deploy-example")


if __name__ == "__main__":
    main()
