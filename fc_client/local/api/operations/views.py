"""Shows resources: what the store has of them, and the fields of replies that follow from it."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from fc_client.local.api.backend import Backend
from fc_client.local.api.messages import ApiRequest
from fc_client.local.storage.belongings import TAGS, get_belonging
from fc_client.local.storage.layers import arns_of, parse_arn
from fc_client.local.storage.versions import plain_qualifier

__all__ = ["function_view", "service_view", "trigger_view"]

# Of the IDs of triggers: they follow from what the store has, also in older databases.
_TRIGGER_IDS = uuid.UUID("5f0c4d8e-6f3f-4f0e-9c39-3a4b9f6f5a86")


def service_view(backend: Backend, service: dict[str, Any]) -> dict[str, Any]:
    """Return a service with its tags, if it has any."""
    tags = get_belonging(backend.store, TAGS, service["serviceName"])
    return service if tags is None else {**service, "tags": tags.document["tags"]}


def function_view(backend: Backend, function: dict[str, Any]) -> dict[str, Any]:
    """Return a function with the newer form of the ARNs of its layers, if it has any."""
    versions = [version for arn in function.get("layers") or () if (version := parse_arn(arn))]
    if not versions:
        return function
    arns = [arns_of(each, backend.region, backend.account_id)["arnV2"] for each in versions]
    return {**function, "layersArnV2": arns}


def trigger_view(backend: Backend, request: ApiRequest, trigger: dict[str, Any]) -> dict[str, Any]:
    """Return a trigger with its ID, and with the URLs where a client reaches it over HTTP."""
    service_name, function_name = (request.names[name] for name in ("serviceName", "functionName"))
    parts = (service_name, function_name, trigger["triggerName"], trigger["createdTime"])
    document = {
        "triggerId": str(uuid.uuid5(_TRIGGER_IDS, "/".join((backend.account_id, *parts)))),
        **trigger,
    }
    if trigger["triggerType"] != "http":
        return document
    qualifier = plain_qualifier(trigger.get("qualifier") or "")
    service = f"{service_name}.{qualifier}" if qualifier else service_name
    url = f"{request.base_url}/2016-08-15/proxy/{quote(service)}/{quote(function_name)}/"
    # The server is reached in one way, from the internet and from within the region.
    is_internal = trigger["triggerConfig"].get("disableURLInternet") is True
    return {**document, "urlInternet": None if is_internal else url, "urlIntranet": url}
