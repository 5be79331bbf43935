"""Right arguments of the operations on layers, instances, Async invocations and the account."""

from datetime import datetime, timezone

from fc_client import Code

ZIP = Code.from_zip(b"PK\x05\x06" + bytes(18))

MOMENT = datetime(2026, 11, 26, 10, tzinfo=timezone.utc)
FUNCTION = {"service_name": "s", "function_name": "f"}
QUALIFIER = {"qualifier": "q"}
MATCH = {"if_match": "e"}
EXTRA = {"extra": {"a": 1}}
TOKEN = {"limit": 5, "next_token": "n"}
PAGE = TOKEN | {"prefix": "p", "start_key": "q"}
FLAGS = {"public": True, "official": False}
PERIOD = {"startTime": "2026-11-26T10:00:00Z", "endTime": "2026-12-01T00:00:00Z"}

ASYNC_CONFIG = {
    "destination_config": {"onSuccess": {"destination": "acs:mns:r:1:/queues/q/messages"}},
    "max_async_event_age_in_seconds": 60,
    "max_async_retry_attempts": 0,
    "stateful_invocation": True,
}
STATEFUL = {
    "status": "Running",
    "started_time_begin": MOMENT,
    "started_time_end": MOMENT,
    "sort_order_by_time": "asc",
    "invocation_id_prefix": "i",
    "include_payload": True,
}
PROVISION = {
    "target": 1,
    "scheduled_actions": [
        {"name": "a", "target": 5, "scheduleExpression": "cron(0 30 8 * * *)", **PERIOD}
    ],
    "target_tracking_policies": [
        {
            "name": "p",
            "metricType": "ProvisionedConcurrencyUtilization",
            "metricTarget": 0.6,
            "minCapacity": 1,
            "maxCapacity": 10,
            **PERIOD,
        }
    ],
    "always_allocate_cpu": False,
}
LAYER = {"code": ZIP, "compatible_runtime": ["python3"], "description": "d", "progress": None}
OF_SERVICE = {"service_name": "s", "qualifier": "q"}

# Every operation with a right value for each of its parameters, those of its path apart.
LATER_CALLS = {
    "put_function_async_invoke_config": ASYNC_CONFIG | QUALIFIER | EXTRA,
    "get_function_async_invoke_config": QUALIFIER,
    "delete_function_async_invoke_config": QUALIFIER,
    "list_function_async_invoke_configs": TOKEN,
    "get_stateful_async_invocation": QUALIFIER,
    "list_stateful_async_invocations": STATEFUL | TOKEN | QUALIFIER,
    "stop_stateful_async_invocation": QUALIFIER,
    "list_stateful_async_invocation_functions": TOKEN,
    "put_provision_config": PROVISION | QUALIFIER | MATCH | EXTRA,
    "get_provision_config": QUALIFIER,
    "list_provision_configs": OF_SERVICE | TOKEN,
    "put_on_demand_config": {"maximum_instance_count": 5} | QUALIFIER | MATCH | EXTRA,
    "get_on_demand_config": QUALIFIER,
    "delete_on_demand_config": QUALIFIER | MATCH,
    "list_on_demand_configs": PAGE,
    "list_instances": {"instance_ids": ["c-1", "c-2"]} | TOKEN | QUALIFIER,
    "publish_layer_version": LAYER | EXTRA,
    "list_layers": PAGE | FLAGS,
    "list_layer_versions": {"start_version": 2, "limit": 5},
    "get_layer_version": {},
    "get_layer_version_by_arn": {},
    "delete_layer_version": {},
    "put_layer_acl": FLAGS,
    "publish_public_layer_version": {},
    "permanent_delete_layer_version": {},
    "get_account_settings": {},
    "get_account_configs": {"config": ["CodeSizeLimit", "Concurrency"]},
    "get_temp_bucket_token": {},
    "get_temp_code_bucket_token": {"function_name": "f", "instance_type": "e1"},
    "list_reserved_capacities": TOKEN,
    "create_vpc_binding": {"vpc_id": "v"} | EXTRA,
    "delete_vpc_binding": {"vpc_id": "v"} | EXTRA,
    "list_vpc_bindings": {},
}

SIZE = {"page_size": 5}

# What makes many calls of one.
LATER_MANY = {
    "iter_function_async_invoke_configs": FUNCTION | SIZE,
    "iter_stateful_async_invocations": FUNCTION | QUALIFIER | STATEFUL | SIZE,
    "iter_stateful_async_invocation_functions": SIZE,
    "iter_provision_configs": OF_SERVICE | SIZE,
    "iter_on_demand_configs": {"prefix": "p", "start_key": "q"} | SIZE,
    "iter_layers": {"prefix": "p", "start_key": "q"} | FLAGS | SIZE,
    "iter_layer_versions": {"layer_name": "l", "start_version": 2} | SIZE,
    "iter_reserved_capacities": SIZE,
    "iter_instances": FUNCTION | QUALIFIER | {"instance_ids": ["c-1"]} | SIZE,
}

LATER_QUERY = {
    "config",
    "functionName",
    "includePayload",
    "instanceIds",
    "instanceType",
    "invocationIdPrefix",
    "official",
    "public",
    "qualifier",
    "serviceName",
    "sortOrderByTime",
    "startVersion",
    "startedTimeBegin",
    "startedTimeEnd",
    "status",
}
