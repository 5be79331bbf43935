"""Arguments and results of calls: frozen dataclasses with the fields of the API.

Fields have the API's names in snake_case; ``raw`` is the JSON of the response,
including fields that this version of the library does not know. The models of
the operations that came after the guide are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from fc_client.models.guide import (
    Function,
    FunctionCode,
    InvocationResult,
    LogConfig,
    Service,
    Trigger,
    VPCConfig,
)

if TYPE_CHECKING:
    from fc_client.models.account import (
        AccountConfigs,
        AccountSettings,
        TempBucketToken,
        TempCodeBucketToken,
        TempCredentials,
    )
    from fc_client.models.asynchronous import (
        AsyncInvokeConfig,
        DestinationConfig,
        FunctionReference,
        StatefulAsyncInvocation,
        StatefulAsyncInvocationEvent,
    )
    from fc_client.models.concurrency import (
        Instance,
        OnDemandConfig,
        ProvisionConfig,
        ReservedCapacity,
        ScheduledAction,
        TargetTrackingPolicy,
    )
    from fc_client.models.custom_domains import CustomDomain
    from fc_client.models.executions import ExecOutput, ExecResult
    from fc_client.models.http import AsyncHttpStream, HttpResponse, HttpStream
    from fc_client.models.layers import Layer, LayerCode
    from fc_client.models.tags import ResourceTags
    from fc_client.models.versions import Alias, ServiceVersion

__all__ = [
    "AccountConfigs",
    "AccountSettings",
    "Alias",
    "AsyncHttpStream",
    "AsyncInvokeConfig",
    "CustomDomain",
    "DestinationConfig",
    "ExecOutput",
    "ExecResult",
    "Function",
    "FunctionCode",
    "FunctionReference",
    "HttpResponse",
    "HttpStream",
    "Instance",
    "InvocationResult",
    "Layer",
    "LayerCode",
    "LogConfig",
    "OnDemandConfig",
    "ProvisionConfig",
    "ReservedCapacity",
    "ResourceTags",
    "ScheduledAction",
    "Service",
    "ServiceVersion",
    "StatefulAsyncInvocation",
    "StatefulAsyncInvocationEvent",
    "TargetTrackingPolicy",
    "TempBucketToken",
    "TempCodeBucketToken",
    "TempCredentials",
    "Trigger",
    "VPCConfig",
]

# The names of __all__ that are loaded late, by their module in this package.
LATE: dict[str, str] = {
    "ExecOutput": "executions",
    "ExecResult": "executions",
    "AccountConfigs": "account",
    "AccountSettings": "account",
    "Alias": "versions",
    "AsyncHttpStream": "http",
    "AsyncInvokeConfig": "asynchronous",
    "CustomDomain": "custom_domains",
    "DestinationConfig": "asynchronous",
    "FunctionReference": "asynchronous",
    "HttpResponse": "http",
    "HttpStream": "http",
    "Instance": "concurrency",
    "Layer": "layers",
    "LayerCode": "layers",
    "OnDemandConfig": "concurrency",
    "ProvisionConfig": "concurrency",
    "ReservedCapacity": "concurrency",
    "ResourceTags": "tags",
    "ScheduledAction": "concurrency",
    "ServiceVersion": "versions",
    "StatefulAsyncInvocation": "asynchronous",
    "StatefulAsyncInvocationEvent": "asynchronous",
    "TargetTrackingPolicy": "concurrency",
    "TempBucketToken": "account",
    "TempCodeBucketToken": "account",
    "TempCredentials": "account",
}


def __getattr__(name: str) -> object:
    if name in LATE:
        value = getattr(importlib.import_module(f"{__name__}.{LATE[name]}"), name)
        # The next use finds it without this function.
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
