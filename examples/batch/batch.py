"""Compute the prices of 2,000 orders with a function, and write them to a file.

Three orders take too long. The batch goes on without them: the file has their errors.

In the cloud, with an endpoint and an access key in the environment::

    python batch.py prices.jsonl

In an embedded Function Compute::

    python batch.py prices.jsonl --local
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fc_client import Client, FCError
from fc_client.deploy import deploy_function, deploy_service
from fc_client.local import LocalFunctionCompute

HERE = Path(__file__).parent
COUNT = 2000


def main() -> int:
    """Parse the command line, run the batch and print how it ended."""
    parser = argparse.ArgumentParser(description="Compute the prices of 2,000 orders.")
    parser.add_argument("results", type=Path, help="the file for the results, as lines of JSON")
    parser.add_argument("--local", action="store_true", help="use an embedded server")
    arguments = parser.parse_args()
    try:
        with connect(local=arguments.local) as client:
            deploy(client)
            failed = run(client, list(orders(COUNT)), arguments.results)
    except FCError as error:
        print(f"batch failed: {error}", file=sys.stderr)
        return 1
    print(f"\n{COUNT - failed} results and {failed} errors in {arguments.results}")
    return 0


@contextmanager
def connect(*, local: bool) -> Iterator[Client]:
    """Return a client of the cloud, or of an embedded server that starts now."""
    if not local:
        with Client() as client:
            yield client
        return
    with LocalFunctionCompute() as server, server.client() as client:
        yield client


def deploy(client: Client) -> None:
    """Deploy the function that computes the price of one order."""
    deploy_service(client, "orders")
    deploy_function(
        client,
        "orders",
        "prices",
        runtime="python3",
        handler="index.handler",
        code=HERE / "functions" / "prices",
        timeout=10,
    )


def orders(count: int) -> Iterator[dict[str, Any]]:
    """Return orders as a shop might have them in a file."""
    slow = (500, 1000, 1500)
    for number in range(count):
        yield {
            "order": number,
            "article": "notebook" if number % 3 else "pencil",
            "quantity": number % 7 + 1,
            "country": "AQ" if number in slow else "NO",
        }


def run(client: Client, events: list[dict[str, Any]], target: Path) -> int:
    """Invoke the function with each event, write its results, return the number of errors."""
    results = client.map_function(
        "orders",
        "prices",
        events,
        json=True,
        concurrency=8,
        ordered=False,
        timeout=4,
        check=False,
        progress=show,
    )
    failed = 0
    with target.open("w", encoding="utf-8") as file:
        for result in results:
            if result.error:
                failed += 1
                line = {"event": result.event, "error": str(result.error)}
            else:
                line = {"event": result.event, "result": result.json()}
            file.write(json.dumps(line) + "\n")
    return failed


def show(done: int, total: int | None) -> None:
    """Show how many events have ended: each on a terminal, each hundredth in a log."""
    if sys.stderr.isatty():
        print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)
    elif done % 100 == 0 or done == total:
        print(f"{done} of {total}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
