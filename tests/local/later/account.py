"""Cases of tags, VPC bindings, and the account."""

from local.later.support import create_function, fails, is_recent, listed, names

MIB = 1024 * 1024


def tag_resource(world):
    client = world.client
    client.create_service("s")

    assert client.tag_resource("services/s", tags={"team": "a", "stage": "prod"}) is None
    arn = f"acs:fc:local:{world.server.account_id}:services/s"
    assert client.tag_resource(arn, tags={"team": "b"}) is None

    assert client.get_resource_tags("services/s").tags == {"team": "b", "stage": "prod"}


def untag_resource(world):
    client = world.client
    client.create_service("s")
    client.tag_resource("services/s", tags={"a": "1", "b": "2", "c": "3"})

    assert client.untag_resource("services/s", tag_keys=["a", "c"]) is None
    assert client.get_resource_tags("services/s").tags == {"b": "2"}

    assert client.untag_resource("services/s", all_tags=True) is None
    assert client.get_resource_tags("services/s").tags == {}


def get_resource_tags(world):
    client = world.client
    client.create_service("s")
    assert client.get_resource_tags("services/s").tags == {}
    client.tag_resource("services/s", tags={"Team": "Ada", "empty": ""})

    found = client.get_resource_tags("services/s")

    assert found.tags == {"Team": "Ada", "empty": ""}
    assert found.resource_arn.endswith(f":{world.server.account_id}:services/s")
    assert found.request_id


def _tag_services(client):
    for name, tags in {"a": {"k": "1"}, "b": {"k": "1", "l": "2"}, "c": {"k": "2"}}.items():
        client.create_service(name)
        client.tag_resource(f"services/{name}", tags=tags)
    client.create_service("untagged")


def list_tagged_resources(world):
    _tag_services(world.client)

    found = listed(world.client, "tagged_resources", by="resource_arn")

    assert [(each.resource_arn.rpartition("/")[2], each.tags) for each in found] == [
        ("a", {"k": "1"}),
        ("b", {"k": "1", "l": "2"}),
        ("c", {"k": "2"}),
    ]


def list_services(world):
    client = world.client
    _tag_services(client)

    for tags, expected in [
        ({"k": "1"}, ["a", "b"]),
        ({"k": "1", "l": "2"}, ["b"]),
        ({"k": "3"}, []),
    ]:
        assert names(client, "services", by="service_name", tags=tags) == expected
    assert names(client, "services", by="service_name", tags={"k": "1"}, prefix="b") == ["b"]


def create_vpc_binding(world):
    client = world.client
    client.create_service("s")

    assert client.create_vpc_binding("s", "vpc-2") is None
    assert client.create_vpc_binding("s", "vpc-1") is None

    assert set(client.list_vpc_bindings("s").items) == {"vpc-1", "vpc-2"}


def delete_vpc_binding(world):
    client = world.client
    client.create_service("s")
    client.create_vpc_binding("s", "vpc-1")
    client.create_vpc_binding("s", "vpc-2")

    assert client.delete_vpc_binding("s", "vpc-1") is None

    assert list(client.list_vpc_bindings("s")) == ["vpc-2"]


def list_vpc_bindings(world):
    client = world.client
    client.create_service("s")
    assert list(client.list_vpc_bindings("s")) == []
    client.create_vpc_binding("s", "vpc-1")

    page = client.list_vpc_bindings("s")

    assert (list(page.items), page.next_token) == (["vpc-1"], None)
    assert page.request_id


def get_account_settings(world):
    settings = world.client.get_account_settings()

    assert settings.available_azs == ("local-a",)
    assert settings.default_role == ""
    assert settings.request_id


def get_account_configs(world):
    limits = world.client.get_account_configs(["CodeSizeLimit", "Concurrency"])

    assert limits.configs == {"CodeSizeLimit": str(100 * MIB), "Concurrency": "300"}
    assert limits.request_id
    fails("InvalidArgument", world.client.get_account_configs, ["Unknown"])


def list_reserved_capacities(world):
    assert listed(world.client, "reserved_capacities", by="instance_id") == []


def get_temp_bucket_token(world):
    token = world.client.get_temp_bucket_token()

    _check_token(token)
    assert token.oss_region == "local"
    assert token.object_name != world.client.get_temp_bucket_token().object_name


def get_temp_code_bucket_token(world):
    create_function(world.client)

    token = world.client.get_temp_code_bucket_token("s", function_name="f", instance_type="e1")

    _check_token(token)
    assert token.code_size_limit == 500 * MIB


def _check_token(token):
    credentials = token.credentials
    assert credentials.access_key_id.startswith("STS.")
    assert credentials.access_key_secret
    assert credentials.security_token
    assert not is_recent(credentials.expiration)
    assert token.oss_bucket
    assert token.request_id
    assert credentials.access_key_secret not in repr(token)


CASES = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "GetResourceTags": get_resource_tags,
    "ListTaggedResources": list_tagged_resources,
    "ListServices": list_services,
    "CreateVpcBinding": create_vpc_binding,
    "DeleteVpcBinding": delete_vpc_binding,
    "ListVpcBindings": list_vpc_bindings,
    "GetAccountSettings": get_account_settings,
    "GetAccountConfigs": get_account_configs,
    "ListReservedCapacities": list_reserved_capacities,
    "GetTempBucketToken": get_temp_bucket_token,
    "GetTempCodeBucketToken": get_temp_code_bucket_token,
}
