"""Request signatures, as pure functions and for the HTTP libraries that you use.

:class:`FunctionComputeAuth` signs the requests of requests, httpx and aiohttp.
The functions implement the guide's chapter "Authorization".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fc_client.signing.signatures import (
    authorization,
    canonicalized_fc_headers,
    canonicalized_resource,
    content_md5,
    gmt_date,
    presigned_signature,
    signature,
    string_to_sign,
)

if TYPE_CHECKING:
    from fc_client.signing.auth import FunctionComputeAuth

__all__ = [
    "FunctionComputeAuth",
    "authorization",
    "canonicalized_fc_headers",
    "canonicalized_resource",
    "content_md5",
    "gmt_date",
    "presigned_signature",
    "signature",
    "string_to_sign",
]


def __getattr__(name: str) -> object:
    # It knows the sources of credentials, which the functions do without.
    if name == "FunctionComputeAuth":
        from fc_client.signing.auth import FunctionComputeAuth

        return FunctionComputeAuth
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
