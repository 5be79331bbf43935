"""Public usage of the embedded server for the type checker; nothing here is run."""

from __future__ import annotations

from pathlib import Path

from fc_client import AsyncClient, Client, RetryPolicy, Timeout
from fc_client.local import LocalFunctionCompute


def servers() -> None:
    """Make servers in every way."""
    LocalFunctionCompute()
    LocalFunctionCompute(Path("data"), "buckets", "localhost", 9000, 3, allow_hosts=["fc"])
    LocalFunctionCompute(access_key_id="i", access_key_secret="s", account_id="1")  # noqa: S106
    LocalFunctionCompute(modules={"python3": Path("m")}, interpreters={"nodejs8": Path("node")})
    LocalFunctionCompute(port="9000")  # type: ignore[arg-type]
    LocalFunctionCompute(ports=9000)  # type: ignore[call-arg]


def clients(server: LocalFunctionCompute) -> None:
    """Make clients, with the options of Client alone."""
    client: Client = server.client(timeout=Timeout(total=5), retry=RetryPolicy(attempts=1))
    other: AsyncClient = server.async_client(timeout=(1, 2.5), pool_size=3, verify=Path("ca.pem"))
    print(client, other)
    server.client(timeout="5")  # type: ignore[arg-type]
    server.client(time_out=5)  # type: ignore[call-arg]
    server.async_client(retry=3)  # type: ignore[arg-type]
    server.async_client("http://fc.test")  # type: ignore[call-arg]
