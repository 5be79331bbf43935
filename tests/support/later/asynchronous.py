"""Rows of the operations on asynchronous invocations."""

from datetime import datetime, timezone

from fc_client import DestinationConfig
from support.operations import SERVICE, Row

FUNCTION = SERVICE + "[.{qualifier}]/functions/{functionName}"
CONFIG = FUNCTION + "/async-invoke-config"
INVOCATIONS = FUNCTION + "/stateful-async-invocations"
INVOCATION = INVOCATIONS + "/{invocationId}"

CONFIG_FIELDS = {
    "destinationConfig": {
        "onSuccess": {"destination": "acs:mns:cn-shanghai:1:/queues/q/messages"},
        "onFailure": {"destination": "acs:fc:cn-shanghai:1:services/s/functions/g"},
    },
    "maxAsyncEventAgeInSeconds": 60,
    "maxAsyncRetryAttempts": 0,
    "statefulInvocation": True,
}
CONFIG_REPLY = {
    "service": "s",
    "function": "f",
    "qualifier": "prod",
    "createdTime": "2026-11-26T10:00:00Z",
    "lastModifiedTime": "2026-11-26T10:00:01Z",
    **CONFIG_FIELDS,
}
INVOCATION_REPLY = {
    "serviceName": "s",
    "functionName": "f",
    "qualifier": "prod",
    "invocationId": "i",
    "status": "Succeeded",
    "startedTime": 1764151200000,
    "endTime": 1764151200500,
    "destinationStatus": "Succeeded",
    "invocationErrorMessage": "",
    "invocationPayload": "s3cret",
    "returnPayload": "s3cret",
    "requestId": "id-1",
    "alreadyRetriedTimes": 1,
    "instanceId": "c-1",
    "durationMs": 12,
    "events": [
        {"eventId": 1, "status": "Enqueued", "timestamp": 1764151200000, "eventDetail": "{}"},
        {"eventId": 2, "status": "Running", "timestamp": 1764151200100, "eventDetail": "{}"},
    ],
}

ROWS = [
    Row(
        "PutFunctionAsyncInvokeConfig",
        lambda client: client.put_function_async_invoke_config(
            "s",
            "f",
            qualifier="prod",
            destination_config=DestinationConfig(
                "acs:mns:cn-shanghai:1:/queues/q/messages",
                "acs:fc:cn-shanghai:1:services/s/functions/g",
            ),
            max_async_event_age_in_seconds=60,
            max_async_retry_attempts=0,
            stateful_invocation=True,
        ),
        "PUT",
        CONFIG,
        body=CONFIG_FIELDS,
        reply=CONFIG_REPLY,
    ),
    Row(
        "GetFunctionAsyncInvokeConfig",
        lambda client: client.get_function_async_invoke_config("s", "f", qualifier="prod"),
        "GET",
        CONFIG,
        reply=CONFIG_REPLY,
    ),
    Row(
        "DeleteFunctionAsyncInvokeConfig",
        lambda client: client.delete_function_async_invoke_config("s", "f", qualifier="prod"),
        "DELETE",
        CONFIG,
    ),
    Row(
        "ListFunctionAsyncInvokeConfigs",
        lambda client: client.list_function_async_invoke_configs(
            "s", "f", limit=7, next_token="n/1"
        ),
        "GET",
        SERVICE + "/functions/{functionName}/async-invoke-configs",
        query={"limit": "7", "nextToken": "n/1"},
        reply={"configs": [CONFIG_REPLY], "nextToken": ""},
    ),
    Row(
        "GetStatefulAsyncInvocation",
        lambda client: client.get_stateful_async_invocation("s", "f", "i", qualifier="prod"),
        "GET",
        INVOCATION,
        reply=INVOCATION_REPLY,
    ),
    Row(
        "ListStatefulAsyncInvocations",
        lambda client: client.list_stateful_async_invocations(
            "s",
            "f",
            qualifier="prod",
            limit=7,
            next_token="n/1",
            status="Running",
            started_time_begin=datetime(2025, 11, 26, 10, tzinfo=timezone.utc),
            started_time_end=datetime(2025, 11, 26, 10, 0, 0, 500000, tzinfo=timezone.utc),
            sort_order_by_time="asc",
            invocation_id_prefix="i",
            include_payload=True,
        ),
        "GET",
        INVOCATIONS,
        query={
            "limit": "7",
            "nextToken": "n/1",
            "status": "Running",
            "startedTimeBegin": "1764151200000",
            "startedTimeEnd": "1764151200500",
            "sortOrderByTime": "asc",
            "invocationIdPrefix": "i",
            "includePayload": "true",
        },
        reply={"invocations": [INVOCATION_REPLY], "nextToken": "n/2"},
    ),
    Row(
        "StopStatefulAsyncInvocation",
        lambda client: client.stop_stateful_async_invocation("s", "f", "i", qualifier="prod"),
        "PUT",
        INVOCATION,
    ),
    Row(
        "ListStatefulAsyncInvocationFunctions",
        lambda client: client.list_stateful_async_invocation_functions(limit=7, next_token="n/1"),
        "GET",
        "/2016-08-15/stateful-async-invocation-functions",
        query={"limit": "7", "nextToken": "n/1"},
        reply={
            "data": [{"serviceName": "s", "functionName": "f", "qualifier": "prod"}],
            "nextToken": "n/2",
        },
    ),
]
