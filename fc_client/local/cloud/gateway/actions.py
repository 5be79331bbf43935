"""The table of the actions of API Gateway."""

from __future__ import annotations

from fc_client.local.cloud.gateway.apis import Apis
from fc_client.local.cloud.gateway.groups import Groups
from fc_client.local.cloud.rpc import RpcApi

__all__ = ["gateway_api"]


def gateway_api(groups: Groups, apis: Apis) -> RpcApi:
    """Return the API of groups, APIs and deployments."""
    return RpcApi(
        "2016-07-14",
        {
            "CreateApiGroup": groups.create_api_group,
            "DescribeApiGroup": groups.describe_api_group,
            "DescribeApiGroups": groups.describe_api_groups,
            "ModifyApiGroup": groups.modify_api_group,
            "DeleteApiGroup": groups.delete_api_group,
            "CreateApi": apis.create_api,
            "DescribeApi": apis.describe_api,
            "DescribeApis": apis.describe_apis,
            "ModifyApi": apis.modify_api,
            "DeleteApi": apis.delete_api,
            "DeployApi": apis.deploy_api,
            "AbolishApi": apis.abolish_api,
            "DescribeDeployedApi": apis.describe_deployed_api,
        },
    )
