"""Rows of the operations on the account, its temporary buckets and VPC bindings."""

from support.operations import SERVICE, Row

CREDENTIALS = {
    "AccessKeyId": "STS.i",
    "AccessKeySecret": "s3cret",
    "SecurityToken": "t0ken",
    "Expiration": "2026-11-26T10:00:00Z",
}
TEMP_BUCKET_REPLY = {
    "credentials": CREDENTIALS,
    "ossRegion": "cn-shanghai",
    "ossBucket": "b",
    "objectName": "o",
}
TEMP_CODE_BUCKET_REPLY = {
    "credentials": CREDENTIALS,
    "ossBucket": "b",
    "objectName": "o",
    "codeSizeLimit": 524288000,
}
CAPACITY_REPLY = {
    "instanceId": "r",
    "cu": 500,
    "deadline": "2027-11-26T10:00:00Z",
    "createdTime": "2026-11-26T10:00:00Z",
    "lastModifiedTime": "2026-11-26T10:00:00Z",
    "isRefunded": "false",
}

ROWS = [
    Row(
        "GetAccountSettings",
        lambda client: client.get_account_settings(),
        "GET",
        "/2016-08-15/account-settings",
        reply={"availableAZs": ["cn-shanghai-e", "cn-shanghai-f"], "defaultRole": ""},
    ),
    Row(
        "GetAccountConfigs",
        lambda client: client.get_account_configs(["CodeSizeLimit", "Concurrency"]),
        "GET",
        "/2016-08-15/accountConfigs",
        query={"config": ["CodeSizeLimit", "Concurrency"]},
        reply={"CodeSizeLimit": "104857600", "Concurrency": "300"},
    ),
    Row(
        "GetTempBucketToken",
        lambda client: client.get_temp_bucket_token(),
        "GET",
        "/2016-08-15/tempBucketToken",
        reply=TEMP_BUCKET_REPLY,
    ),
    Row(
        "GetTempCodeBucketToken",
        lambda client: client.get_temp_code_bucket_token(
            "s", function_name="f", instance_type="e1"
        ),
        "GET",
        SERVICE + "/tempCodeBucketToken",
        query={"functionName": "f", "instanceType": "e1"},
        reply=TEMP_CODE_BUCKET_REPLY,
    ),
    Row(
        "ListReservedCapacities",
        lambda client: client.list_reserved_capacities(limit=7, next_token="n/1"),
        "GET",
        "/2016-08-15/reservedCapacities",
        query={"limit": "7", "nextToken": "n/1"},
        reply={"reservedCapacities": [CAPACITY_REPLY], "nextToken": "n/2"},
    ),
    Row(
        "CreateVpcBinding",
        lambda client: client.create_vpc_binding("s", "vpc-1"),
        "POST",
        SERVICE + "/binding",
        body={"vpcId": "vpc-1"},
        # The path has it.
        unsent=frozenset({"serviceName"}),
    ),
    Row(
        "DeleteVpcBinding",
        lambda client: client.delete_vpc_binding("s", "vpc-1"),
        "DELETE",
        SERVICE + "/binding",
        body={"vpcId": "vpc-1"},
        unsent=frozenset({"serviceName"}),
    ),
    Row(
        "ListVpcBindings",
        lambda client: client.list_vpc_bindings("s"),
        "GET",
        SERVICE + "/bindings",
        reply={"vpcIds": ["vpc-1", "vpc-2"]},
    ),
]
