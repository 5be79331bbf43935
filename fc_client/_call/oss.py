"""Uploads of code that is too large for a request, through a temporary bucket of OSS.

The official library of OSS is imported when it is needed; the extra ``oss``
installs it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from fc_client import models
from fc_client._call.progress import UploadProgress, with_progress
from fc_client._call.responses import api_error_class
from fc_client._call.staging import MAX_REQUEST_CODE
from fc_client._call.uploads import Uploads
from fc_client._transport.options import HTTP_SCHEMES, SOCKS_SCHEMES, ca_bundle, proxy_of
from fc_client.code import Code
from fc_client.exceptions import (
    ChecksumMismatchError,
    FCError,
    TransportError,
)

_OPERATION = "PutObject"

# The loggers of the library that show headers, what is signed, and proxies with
# their passwords, all at DEBUG. That is left out while this module uses it.
_LOGGERS = ("oss2.api", "oss2.auth", "oss2.http")
_NO_OUTPUT = logging.NullHandler()
_uploading = ContextVar("_uploading", default=False)

Token = models.TempBucketToken | models.TempCodeBucketToken


def check_library(code: Code) -> None:
    """Raise ImportError if the library of OSS is not installed."""
    try:
        import oss2  # noqa: F401 - whether it can be
    except ImportError as exc:
        raise ImportError(
            f"code: the zip has {code.size} bytes, and a request takes at most "
            f"{MAX_REQUEST_CODE}; uploading it through OSS needs oss2: "
            'pip install "aliyun-fc-client[oss]"'
        ) from exc


def upload(
    code: Code,
    token: Token,
    folder: str,
    uploads: Uploads,
    progress: UploadProgress | None,
) -> Code:
    """Put *code* into a temporary bucket, and return it as an object in OSS.

    Args:
        code: A zip on this machine.
        token: The permission, and the bucket.
        folder: What comes between account and object in the key; may be empty.
        uploads: How to upload.
        progress: Called with the bytes that have been sent and with the size.

    Raises:
        ValueError: the service takes no zip of this size.
        ConfigurationError: account or endpoint are not known.
        APIError: OSS returned an error.
        TransportError: no response was received.
        ChecksumMismatchError: OSS stored other bytes.
    """
    _check_size(code, token)
    _prepare_loggers()
    key = "/".join(part for part in (uploads.account(), folder, token.object_name) if part)
    attempt, retry = 1, uploads.retry
    while error := _error_of_attempt(key, _Reader(code, progress), token, uploads):
        if attempt == retry.attempts or not _can_be_repeated(error):
            raise error
        time.sleep(min(retry.base_delay * 2 ** (attempt - 1), retry.max_delay))
        attempt += 1
    return Code(bucket=token.oss_bucket, object=key, checksum=code.checksum)


def _check_size(code: Code, token: Token) -> None:
    limit = getattr(token, "code_size_limit", None)
    if limit and code.size is not None and code.size > limit:
        raise ValueError(f"code: the zip has {code.size} bytes, the service takes at most {limit}")


def _is_shown(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG or not _uploading.get()


def _prepare_loggers() -> None:
    # Its errors are raised; without a handler, logging would print them as well.
    logging.getLogger("oss2").addHandler(_NO_OUTPUT)
    for name in _LOGGERS:
        # Adding it again changes nothing.
        logging.getLogger(name).addFilter(_is_shown)


@contextmanager
def _bucket(token: Token, uploads: Uploads) -> Iterator[Any]:
    """Return a context that gives the bucket, and closes the connections to it."""
    import oss2

    region = _region(token, uploads)
    endpoint = uploads.oss_endpoint(region)
    proxy = proxy_of(endpoint, uploads.proxies, (*HTTP_SCHEMES, *SOCKS_SCHEMES))
    session = oss2.Session()
    with session.session:
        # Else requests would prefer a CA bundle, a proxy and a .netrc of the environment.
        session.session.trust_env = False
        session.session.verify = ca_bundle(uploads.verify)
        yield oss2.Bucket(
            _auth(token.credentials, region),
            endpoint,
            token.oss_bucket or "",
            session=session,
            connect_timeout=uploads.timeouts,
            proxies=proxy and dict.fromkeys(HTTP_SCHEMES, proxy),
            region=region,
        )


def _auth(credentials: models.TempCredentials, region: str | None) -> Any:
    import oss2

    return oss2.StsAuth(
        str.__str__(credentials.access_key_id),
        str.__str__(credentials.access_key_secret),
        str.__str__(credentials.security_token or ""),
        # Version 4, which new buckets ask for, signs the region.
        auth_version=oss2.AUTH_VERSION_4 if region else oss2.AUTH_VERSION_1,
    )


def _region(token: Token, uploads: Uploads) -> str | None:
    """Return the region of the bucket, or None if it is not known."""
    region: str | None = getattr(token, "oss_region", None) or uploads.region()
    return region.removeprefix("oss-") if region else None


def _error_of_attempt(key: str, reader: _Reader, token: Token, uploads: Uploads) -> FCError | None:
    """Put an object; return why that failed, or None.

    The error is returned and not raised: what the library of OSS raises, and
    the frames that it goes through, have secrets.
    """
    from oss2.exceptions import OssError

    state = _uploading.set(True)
    try:
        with _bucket(token, uploads) as bucket:
            bucket.put_object(key, reader)
    except OssError as exc:
        error = _error_of(exc)
        credentials = token.credentials
        error.redact((credentials.access_key_secret, credentials.security_token))
        return error
    finally:
        _uploading.reset(state)
    return None


def _error_of(exc: Any) -> FCError:
    from oss2 import exceptions

    if isinstance(exc, exceptions.RequestError):
        return TransportError(f"OSS did not respond: {exc.exception}", operation=_OPERATION)
    if isinstance(exc, exceptions.InconsistentError):
        return ChecksumMismatchError(f"OSS stored other bytes: {exc.body}", operation=_OPERATION)
    if isinstance(exc, exceptions.ServerError):
        return api_error_class(exc.status, exc.code)(
            exc.message or str(exc.body),
            operation=_OPERATION,
            status_code=exc.status,
            code=exc.code or None,
            request_id=exc.request_id or None,
        )
    return FCError(str(exc.body), operation=_OPERATION)


def _can_be_repeated(error: FCError) -> bool:
    return isinstance(error, (TransportError, ChecksumMismatchError)) or (
        error.status_code is not None and error.status_code >= 500
    )


class _Reader:
    """A zip as a file of known size, which the library of OSS reads once."""

    def __init__(self, code: Code, progress: UploadProgress | None) -> None:
        self.len = code.size or 0
        self._chunks: Iterator[bytes] = with_progress(code.chunks(), self.len, progress)
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most *size*; all of them for a negative size."""
        if size is None or size < 0:
            return bytes(self._rest) + b"".join(self._chunks)
        if not self._rest:
            self._next()
        piece, self._rest = self._rest[:size], self._rest[size:]
        if not self._rest:
            # Now: nothing is read after the last byte, and progress would not be called.
            self._next()
        return bytes(piece)

    def _next(self) -> None:
        self._rest = memoryview(next(self._chunks, b""))
