"""The check that a deployment has the client that it can call."""

from __future__ import annotations


def check_client(client: object, expected: type) -> None:
    """Raise TypeError if *client* is not of the class *expected*.

    Client and AsyncClient have the same methods, so the mistake would show late.
    """
    if not isinstance(client, expected):
        raise TypeError(
            f"client: expected {expected.__name__}, got {type(client).__name__}; "
            "deploy_... functions take a Client, async_deploy_... functions an AsyncClient"
        )
