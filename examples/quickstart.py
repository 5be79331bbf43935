"""Create, invoke, list, update and delete functions.

Calls the endpoint in the environment (FC_ENDPOINT, or account and region, with
an access key). Without one it starts an embedded Function Compute.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fc_client

HERE = Path(__file__).parent
EVENT = HERE / "data" / "walden.txt"


@contextmanager
def connect() -> Iterator[fc_client.Client]:
    """Yield a client of the endpoint in the environment, or of an embedded server."""
    if os.environ.get("FC_ENDPOINT") or os.environ.get("ALIBABA_CLOUD_ACCOUNT_ID"):
        with fc_client.Client() as client:
            yield client
        return
    from fc_client.local import LocalFunctionCompute

    with LocalFunctionCompute() as function_compute, function_compute.client() as client:
        yield client


def main() -> None:
    """Run the quickstart in a new service and delete it at the end."""
    service = f"quickstart-{uuid.uuid4().hex[:8]}"
    with connect() as client:
        print(f"calling {client.endpoint}")
        client.create_service(service, description="Created by the quickstart")
        try:
            show(client, service)
        finally:
            clean_up(client, service)
        print(f"deleted {service}")


def show(client: fc_client.Client, service: str) -> None:
    """Create, invoke, list and update functions in *service*."""
    function = client.create_function(
        service,
        "text-statistics",
        runtime="python3",
        handler="index.handler",
        code=HERE / "functions" / "text_statistics",
        memory_size=128,
        timeout=10,
    )
    print(f"created {function.function_name}: {function.code_size} bytes of code")

    with EVENT.open("rb") as event:
        result = client.invoke_function(service, "text-statistics", event)
    print(f"{EVENT.name}: {result.json()} (took {result.duration_ms} ms)")

    accepted = client.invoke_function(
        service, "text-statistics", "only accepted", invocation_type="Async"
    )
    print(f"accepted an event for later: {accepted.status_code}, {accepted.request_id}")

    client.create_function(
        service,
        "failing",
        runtime="python3",
        handler="index.handler",
        code=HERE / "functions" / "failing",
    )
    try:
        client.invoke_function(service, "failing", json={"amount": -1})
    except fc_client.UnhandledInvocationError as error:
        print(f"the function failed: {error.error_type}: {error.error_message}")

    names = [each.function_name for each in client.iter_functions(service, page_size=1)]
    print(f"functions, page by page: {', '.join(names)}")

    updated = client.update_function(
        service, "text-statistics", memory_size=256, if_match=function.etag
    )
    print(f"updated: {function.memory_size} MB became {updated.memory_size} MB")
    try:
        client.update_function(service, "text-statistics", timeout=20, if_match=function.etag)
    except fc_client.PreconditionFailedError as error:
        print(f"a second update with the old ETag is refused: {error.code}")


def clean_up(client: fc_client.Client, service: str) -> None:
    """Delete *service* and its functions."""
    for function in list(client.iter_functions(service)):
        client.delete_function(service, function.function_name)
    client.delete_service(service)


if __name__ == "__main__":
    main()
