"""Deploy the functions of the service: python deploy_texts.py."""

from pathlib import Path

from fc_client import Client
from fc_client.deploy import deploy_function, deploy_service

FUNCTIONS = Path(__file__).parent / "functions"


def deploy(client: Client) -> None:
    """Bring the service "texts" and its functions up to date."""
    print(deploy_service(client, "texts", description="What the FastAPI service invokes"))
    for name in ("statistics", "report"):
        deployment = deploy_function(
            client,
            "texts",
            name,
            runtime="python3",
            handler="index.handler",
            code=FUNCTIONS / name,
            timeout=10,
        )
        print(deployment)


if __name__ == "__main__":
    with Client() as client:
        deploy(client)
