"""Builds what destinations of Async invocations receive."""

from __future__ import annotations

import json
import re
from typing import Any

from fc_client.local.dispatch.attempts import Attempt, Status
from fc_client.local.dispatch.pools import HttpExchange
from fc_client.local.storage.schema import LATEST, FunctionKey
from fc_client.local.storage.versions import plain_qualifier

__all__ = ["destination_event", "destination_of", "function_of_arn"]

_FUNCTION_ARN = re.compile(r"acs:fc:[^:]*:[^:]*:services/([^./]+)(?:\.([^/]+))?/functions/([^/]+)")


def destination_of(attempt: Attempt) -> str:
    """Return the ARN that an invocation goes to now; "" if it has not ended, or has none.

    Only events go to destinations, not calls of HTTP functions.
    """
    if HttpExchange.body_from_queue(attempt.state.payload) is not None:
        return ""
    if attempt.status == Status.SUCCEEDED:
        return attempt.config.on_success
    if attempt.status in (Status.FAILED, Status.EXPIRED):
        return attempt.config.on_failure
    return ""


def function_of_arn(arn: str) -> FunctionKey | None:
    """Return the function that an ARN names; None for the ARN of something else."""
    match = _FUNCTION_ARN.fullmatch(arn)
    return FunctionKey(match[1], match[3], plain_qualifier(match[2] or "")) if match else None


def destination_event(attempt: Attempt, now: float, region: str, account_id: str) -> bytes:
    """Return the event for the destination of an invocation that has ended.

    Args:
        attempt: Its last attempt.
        now: Seconds since the epoch.
        region: The region of the function.
        account_id: The account of the function.
    """
    invocation, outcome = attempt.state, attempt.outcome
    error = (outcome.error_type or "") if outcome else ""
    names = f"{invocation.service}.{invocation.qualifier or LATEST}/functions/{invocation.function}"
    event: dict[str, Any] = {
        "timestamp": int(now * 1000),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"acs:fc:{region}:{account_id}:services/{names}",
            "condition": _condition(attempt, error),
            "approximateInvokeCount": invocation.attempts,
        },
        "requestPayload": invocation.payload.decode("utf-8", "replace"),
        "responseContext": {"statusCode": 200 if outcome else 500, "functionError": error},
        "responsePayload": outcome.payload.decode("utf-8", "replace") if outcome else "",
    }
    return json.dumps(event).encode()


def _condition(attempt: Attempt, error: str) -> str:
    """Return why the event goes to the destination of failed ones; "" after a success."""
    if attempt.status == Status.SUCCEEDED:
        return ""
    return "AsyncEventExpired" if attempt.status == Status.EXPIRED else error or attempt.status
