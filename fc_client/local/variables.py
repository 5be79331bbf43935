"""The environment variables that point clients and tools at an embedded server."""

from __future__ import annotations

__all__ = ["variables_for"]


def variables_for(
    endpoint: str, account_id: str, access_key_id: str, access_key_secret: str
) -> dict[str, str]:
    """Return the endpoints, the account ID and the access key, by the names of their variables."""
    return {
        "FC_ENDPOINT": endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": access_key_secret,
        "ALIBABA_CLOUD_RAM_ENDPOINT": endpoint,
        "ALIBABA_CLOUD_SLS_ENDPOINT": endpoint,
        "ALIBABA_CLOUD_APIGATEWAY_ENDPOINT": endpoint,
        "ALIBABA_CLOUD_ACCOUNT_ID": account_id,
        "ACCOUNT_ID": account_id,
        "ACCESS_KEY_ID": access_key_id,
        "ACCESS_KEY_SECRET": access_key_secret,
    }
