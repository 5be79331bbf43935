"""Where code goes that is too large for a request: a temporary bucket of OSS."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeGuard

from fc_client import models
from fc_client._messages import Request, Response
from fc_client.code import Code

# Bytes of the largest zip that the service takes as base64 in a request.
MAX_REQUEST_CODE = 100 * 1024 * 1024


class Staging(NamedTuple):
    """How to get permission to put an object into a temporary bucket.

    Attributes:
        request: The request for the permission.
        parse: Returns the permission of the response.
        folder: What comes between account and object in the key; may be empty.
    """

    request: Request
    parse: Callable[[Response], models.TempBucketToken | models.TempCodeBucketToken]
    folder: str = ""


def needs_staging(code: Code | None) -> TypeGuard[Code]:
    """Return whether *code* has to be uploaded before a request can name it."""
    return code is not None and code.size is not None and code.size > MAX_REQUEST_CODE
