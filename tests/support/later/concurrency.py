"""Rows of the operations on the number of instances."""

from datetime import datetime, timedelta, timezone

from fc_client import ScheduledAction, TargetTrackingPolicy
from support.operations import PAGE, PAGE_QUERY, SERVICE, Row

FUNCTION = SERVICE + ".{qualifier}/functions/{functionName}"
START = datetime(2026, 11, 26, 10, tzinfo=timezone.utc)
# Another time zone: the API has UTC.
END = datetime(2026, 12, 1, 8, tzinfo=timezone(timedelta(hours=8)))
PERIOD = {"startTime": "2026-11-26T10:00:00Z", "endTime": "2026-12-01T00:00:00Z"}

PROVISION_FIELDS = {
    "target": 0,
    "scheduledActions": [
        {"name": "a", "target": 5, "scheduleExpression": "cron(0 30 8 * * *)", **PERIOD}
    ],
    "targetTrackingPolicies": [
        {
            "name": "p",
            "metricType": "ProvisionedConcurrencyUtilization",
            "metricTarget": 0.6,
            "minCapacity": 1,
            "maxCapacity": 10,
            **PERIOD,
        }
    ],
    "alwaysAllocateCPU": False,
}
PROVISION_REPLY = {
    "resource": "1#s#prod#f",
    "current": 0,
    "currentError": "",
    **PROVISION_FIELDS,
}
ON_DEMAND_REPLY = {
    "resource": "services/s.prod/functions/f",
    "maximumInstanceCount": 0,
}

ROWS = [
    Row(
        "PutProvisionConfig",
        lambda client: client.put_provision_config(
            "s",
            "f",
            qualifier="prod",
            target=0,
            scheduled_actions=[ScheduledAction("a", "cron(0 30 8 * * *)", 5, START, END)],
            target_tracking_policies=[
                TargetTrackingPolicy(
                    "p", "ProvisionedConcurrencyUtilization", 0.6, 1, 10, START, END
                )
            ],
            always_allocate_cpu=False,
            if_match="e",
        ),
        "PUT",
        FUNCTION + "/provision-config",
        headers={"If-Match": "e"},
        body=PROVISION_FIELDS,
        reply=PROVISION_REPLY,
    ),
    Row(
        "GetProvisionConfig",
        lambda client: client.get_provision_config("s", "f", qualifier="prod"),
        "GET",
        FUNCTION + "/provision-config",
        reply=PROVISION_REPLY,
    ),
    Row(
        "ListProvisionConfigs",
        lambda client: client.list_provision_configs(
            service_name="s", qualifier="prod", limit=7, next_token="n/1"
        ),
        "GET",
        "/2016-08-15/provision-configs",
        query={"serviceName": "s", "qualifier": "prod", "limit": "7", "nextToken": "n/1"},
        reply={"provisionConfigs": [PROVISION_REPLY]},
    ),
    Row(
        "PutOnDemandConfig",
        lambda client: client.put_on_demand_config(
            "s", "f", qualifier="prod", maximum_instance_count=0, if_match="e"
        ),
        "PUT",
        FUNCTION + "/on-demand-config",
        headers={"If-Match": "e"},
        body={"maximumInstanceCount": 0},
        reply=ON_DEMAND_REPLY,
    ),
    Row(
        "GetOnDemandConfig",
        lambda client: client.get_on_demand_config("s", "f", qualifier="prod"),
        "GET",
        FUNCTION + "/on-demand-config",
        reply=ON_DEMAND_REPLY,
    ),
    Row(
        "DeleteOnDemandConfig",
        lambda client: client.delete_on_demand_config("s", "f", qualifier="prod", if_match="e"),
        "DELETE",
        FUNCTION + "/on-demand-config",
        headers={"If-Match": "e"},
    ),
    Row(
        "ListOnDemandConfigs",
        lambda client: client.list_on_demand_configs(**PAGE),
        "GET",
        "/2016-08-15/on-demand-configs",
        query=PAGE_QUERY,
        reply={"configs": [ON_DEMAND_REPLY]},
    ),
    Row(
        "ListInstances",
        lambda client: client.list_instances(
            "s", "f", qualifier="prod", limit=7, next_token="n/1", instance_ids=["c-1", "c-2"]
        ),
        "GET",
        SERVICE + "[.{qualifier}]/functions/{functionName}/instances",
        query={"limit": "7", "nextToken": "n/1", "instanceIds": ["c-1", "c-2"]},
        reply={
            "instances": [
                {"instanceId": "c-1", "versionId": 0},
                {"instanceId": "c-2", "versionId": "3"},
            ]
        },
    ),
]
