"""Reads what a function finds in ``context.tracing``."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from fc_client.local.execution.function_spec import Tracing

__all__ = ["tracing_of"]

_SPAN_CONTEXT = "x-fc-tracing-opentracing-span-context"
_SPAN_BAGGAGES = "x-fc-tracing-opentracing-span-baggages"


def tracing_of(headers: Mapping[str, str], config: Mapping[str, Any] | None) -> Tracing:
    """Return the tracing part of the context of an event.

    Args:
        headers: Headers of the invocation, with names in lower case.
        config: The tracingConfig of the service, if it has one.
    """
    parameters = (config or {}).get("params")
    endpoint = parameters.get("endpoint") if isinstance(parameters, Mapping) else None
    return Tracing(
        span_context=headers.get(_SPAN_CONTEXT, ""),
        jaeger_endpoint=endpoint if isinstance(endpoint, str) else "",
        span_baggages=_baggages(headers.get(_SPAN_BAGGAGES, "")),
    )


def _baggages(text: str) -> Mapping[str, str]:
    """Return the values of a header that is JSON in base64; none if it is not."""
    try:
        values = json.loads(base64.b64decode(text, validate=True))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}
