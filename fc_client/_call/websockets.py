"""What a client does with the outcome of opening a WebSocket."""

from __future__ import annotations

from typing import TypeVar

from fc_client._call.redaction import redact_error
from fc_client._call.responses import raise_for_status
from fc_client._messages import Attempt, Response
from fc_client.exceptions import FCError, ResponseError

Connection = TypeVar("Connection")


def opened(attempt: Attempt, outcome: Connection | Response) -> Connection:
    """Return the connection that was opened.

    Args:
        attempt: What was sent.
        outcome: The connection, or the response of a service that refused to open one.

    Raises:
        APIError: the service returned an error.
        ResponseError: it returned anything else.
    """
    if not isinstance(outcome, Response):
        return outcome
    try:
        raise_for_status(attempt.operation, outcome)
    except FCError as exc:
        error = exc
    else:
        error = ResponseError(
            "the service did not open a WebSocket",
            operation=attempt.operation,
            status_code=outcome.status_code,
            request_id=outcome.request_id,
        )
    raise redact_error(attempt.operation, error, attempt.secrets)
