"""Arguments and results of calls: frozen dataclasses with the fields of the API.

Fields have the API's names in snake_case; ``raw`` is the JSON of the response,
including fields that this version of the library does not know. Each is loaded
when it is first used, since a program uses few of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

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
    from fc_client.models.guide import (
        Function,
        FunctionCode,
        LogConfig,
        Service,
        Trigger,
        VPCConfig,
    )
    from fc_client.models.http import AsyncHttpStream, HttpResponse, HttpStream
    from fc_client.models.invocations import InvocationResult
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

# The names of __all__, with their module in this package.
LATE: dict[str, str] = {
    "AccountConfigs": "account",
    "AccountSettings": "account",
    "Alias": "versions",
    "AsyncHttpStream": "http",
    "AsyncInvokeConfig": "asynchronous",
    "CustomDomain": "custom_domains",
    "DestinationConfig": "asynchronous",
    "ExecOutput": "executions",
    "ExecResult": "executions",
    "Function": "guide",
    "FunctionCode": "guide",
    "FunctionReference": "asynchronous",
    "HttpResponse": "http",
    "HttpStream": "http",
    "Instance": "concurrency",
    "InvocationResult": "invocations",
    "Layer": "layers",
    "LayerCode": "layers",
    "LogConfig": "guide",
    "OnDemandConfig": "concurrency",
    "ProvisionConfig": "concurrency",
    "ReservedCapacity": "concurrency",
    "ResourceTags": "tags",
    "ScheduledAction": "concurrency",
    "Service": "guide",
    "ServiceVersion": "versions",
    "StatefulAsyncInvocation": "asynchronous",
    "StatefulAsyncInvocationEvent": "asynchronous",
    "TargetTrackingPolicy": "concurrency",
    "TempBucketToken": "account",
    "TempCodeBucketToken": "account",
    "TempCredentials": "account",
    "Trigger": "guide",
    "VPCConfig": "guide",
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
