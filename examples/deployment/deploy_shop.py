"""Deploy a service with two functions and their triggers.

To the cloud, with the region, the account and an access key in the environment::

    python deploy_shop.py --dry-run
    python deploy_shop.py

To an embedded Function Compute, which keeps its state in the directory .fc::

    python deploy_shop.py --local
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fc_client import Client, Code, FCError
from fc_client.deploy import Deployment, deploy_function, deploy_service, deploy_trigger
from fc_client.local import LocalFunctionCompute
from fc_client.triggers import oss, timer

HERE = Path(__file__).parent
SERVICE = "shop"


def main() -> int:
    """Parse the command line, deploy and print what was changed."""
    arguments = parse_arguments()
    try:
        with connect(local=arguments.local) as client:
            for deployment in deploy(client, arguments):
                print(deployment)
    except FCError as error:
        print(f"deployment failed: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    environ = os.environ
    parser = argparse.ArgumentParser(description="Deploy the service 'shop'.")
    parser.add_argument("--dry-run", action="store_true", help="only print what would change")
    parser.add_argument("--local", action="store_true", help="deploy to an embedded server")
    parser.add_argument("--region", default=environ.get("ALIBABA_CLOUD_REGION_ID", "cn-shanghai"))
    parser.add_argument("--account", default=environ.get("ALIBABA_CLOUD_ACCOUNT_ID", "123456"))
    parser.add_argument("--bucket", default="pictures", help="the bucket with the pictures")
    parser.add_argument("--timeout", type=int, default=10, help="of the functions, in seconds")
    return parser.parse_args()


@contextmanager
def connect(*, local: bool) -> Iterator[Client]:
    """Return a client of the cloud, or of an embedded server that starts now."""
    if not local:
        with Client() as client:
            yield client
        return
    buckets = Path("buckets")
    buckets.mkdir(exist_ok=True)
    with (
        LocalFunctionCompute(data_dir=".fc", oss_root=buckets) as server,
        server.client() as client,
    ):
        yield client


def deploy(client: Client, arguments: argparse.Namespace) -> Iterator[Deployment[Any]]:
    """Deploy the service, its functions and their triggers, in this order."""
    dry_run = arguments.dry_run
    yield deploy_service(client, SERVICE, description="An example", dry_run=dry_run)
    yield deploy_function(
        client,
        SERVICE,
        "catalogue",
        runtime="python3.10",
        handler="index.handler",
        code=Code.from_directory(
            HERE / "functions" / "catalogue",
            install=True,
            runtime="python3.10",
            platform="local" if arguments.local else "linux_x86_64",
        ),
        timeout=arguments.timeout,
        dry_run=dry_run,
    )
    yield deploy_function(
        client,
        SERVICE,
        "thumbnails",
        runtime="nodejs12",
        handler="index.handler",
        code=HERE / "functions" / "thumbnails",
        timeout=arguments.timeout,
        memory_size=256,
        dry_run=dry_run,
    )
    yield deploy_trigger(
        client,
        SERVICE,
        "catalogue",
        "nightly",
        trigger_config=timer(cron="0 0 4 * * *", payload="order"),
        dry_run=dry_run,
    )
    yield deploy_trigger(
        client,
        SERVICE,
        "thumbnails",
        "uploads",
        trigger_config=oss(events=["oss:ObjectCreated:*"], prefix="incoming/", suffix=".jpg"),
        source_arn=f"acs:oss:{arguments.region}:{arguments.account}:{arguments.bucket}",
        invocation_role=f"acs:ram::{arguments.account}:role/fc-oss",
        dry_run=dry_run,
    )


if __name__ == "__main__":
    sys.exit(main())
