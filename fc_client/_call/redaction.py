"""Removes what a call sent, and what is not fit to be shown, from its responses and errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote_plus

from fc_client._disclosure import MIN_SECRET, masked, shown
from fc_client._messages import Attempt, Headers, Response
from fc_client._redaction import Secret
from fc_client.exceptions import (
    FCError,
    ResponseError,
)


def url_secrets(url: str) -> tuple[str, ...]:
    """Return what must not be shown of a pre-signed URL: its query and the values in it."""
    query = url.partition("?")[2].partition("#")[0]
    values = (unquote_plus(part.partition("=")[2]) for part in query.split("&"))
    return tuple(Secret(text) for text in (query, *values) if text)


def redact_headers(attempt: Attempt, response: Response) -> Response:
    """Return *response*; ``***`` replaces the attempt's secrets in its headers.

    Services and gateways repeat what they received. Headers are a part of
    results; the body is left as it is.
    """
    # Shorter ones are not masked: they would be found in any text.
    secrets = [secret for secret in attempt.secrets if secret and len(secret) >= MIN_SECRET]
    values = "\n".join(response.headers.values())
    # With one of the others it may be escaped.
    if not any(part in values for part in (*secrets, "%", "\\", "&")):
        return response
    headers = [(name, masked(value, secrets)) for name, value in response.headers.received]
    return replace(response, headers=Headers(headers))


def redact_error(operation: str, error: FCError, secrets: Iterable[str]) -> FCError:
    """Remove *secrets* from all that *error* and the errors before it say; return *error*.

    Args:
        operation: The guide's name of the operation, for errors from below it.
        error: What a call raised.
        secrets: What its attempts sent.

    Every error of a call passes here on its way to the caller. The frames that
    it comes from hold requests and responses, and are removed as well.
    """
    wanted = list(secrets)
    if isinstance(error, ResponseError):
        error.operation = error.operation or operation
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        each.__traceback__ = None
        if isinstance(each, FCError):
            each.redact(wanted)
        if each.__cause__ is not None and not _is_harmless(each.__cause__, wanted):
            # Errors of other libraries quote what was received; they cannot be rewritten.
            if each.__context__ is each.__cause__:
                each.__context__ = None
            each.__cause__ = None
        # A context that is not ours is what the caller was handling.
        earlier = each.__context__ if isinstance(each.__context__, FCError) else None
        each = each.__cause__ or earlier
    return error


def _is_harmless(error: BaseException, secrets: list[str]) -> bool:
    if isinstance(error, FCError):
        return True
    try:
        said = f"{error} {error!r}"
    except Exception:  # noqa: BLE001 - what cannot be shown is not shown
        return False
    return shown(said, secrets, len(said)) == said
