"""Cases of versions and aliases."""

from local.later.support import create_function, fails, is_recent, listed, names, publish, same


def publish_service_version(world):
    client = world.client
    service = client.create_service("s", description="as it was")

    version = client.publish_service_version("s", description="first", if_match=service.etag)

    assert (version.version_id, version.description) == ("1", "first")
    assert is_recent(version.created_time)
    assert version.last_modified_time == version.created_time
    assert version.request_id
    # What is read through a version has the description of the version.
    assert client.get_service("s", qualifier="1").description == "first"
    assert client.get_service("s").description == "as it was"
    fails("VersionPublishError", client.publish_service_version, "s")
    client.update_service("s", description="changed")
    fails("PreconditionFailed", client.publish_service_version, "s", if_match="other")


def list_service_versions(world):
    client = world.client
    client.create_service("s")
    publish(client, "first", "second", "third")

    newest = listed(client, "service_versions", "s", by="version_id")
    oldest = names(client, "service_versions", "s", by="description", direction="FORWARD")
    backward = names(client, "service_versions", "s", by="version_id", start_key="2")
    forward = names(
        client, "service_versions", "s", by="version_id", start_key="2", direction="FORWARD"
    )

    assert [(each.version_id, each.description) for each in newest] == [
        ("3", "third"),
        ("2", "second"),
        ("1", "first"),
    ]
    assert all(is_recent(each.created_time) for each in newest)
    assert oldest == ["first", "second", "third"]
    assert (backward, forward) == (["2", "1"], ["2", "3"])


def delete_service_version(world):
    client = world.client
    client.create_service("s")
    publish(client, "first", "second")

    assert client.delete_service_version("s", "2") is None

    assert names(client, "service_versions", "s", by="version_id") == ["1"]
    publish(client, "third")
    assert names(client, "service_versions", "s", by="version_id") == ["3", "1"]


def _alias(client):
    client.create_service("s")
    publish(client, "first", "second")
    return client.create_alias(
        "s",
        "prod",
        version_id="1",
        description="what customers get",
        additional_version_weight={"2": 0.25},
    )


def create_alias(world):
    alias = _alias(world.client)

    assert (alias.alias_name, alias.version_id) == ("prod", "1")
    assert alias.description == "what customers get"
    assert alias.additional_version_weight == {"2": 0.25}
    assert is_recent(alias.created_time)
    assert alias.etag
    assert alias.request_id
    fails("AliasAlreadyExists", world.client.create_alias, "s", "prod", version_id="2")
    fails("VersionNotFound", world.client.create_alias, "s", "other", version_id="77")


def get_alias(world):
    made = _alias(world.client)

    alias = world.client.get_alias("s", "prod")

    same(made, alias, "alias_name", "version_id", "description", "additional_version_weight")
    same(made, alias, "created_time", "last_modified_time", "etag")
    assert alias.request_id != made.request_id


def update_alias(world):
    client, made = world.client, _alias(world.client)

    moved = client.update_alias("s", "prod", version_id="2", if_match=made.etag)
    cleared = client.update_alias("s", "prod", description="", additional_version_weight={})

    assert (moved.version_id, moved.description) == ("2", "what customers get")
    assert moved.etag != made.etag
    assert (cleared.version_id, cleared.description) == ("2", "")
    assert cleared.additional_version_weight == {}
    assert client.get_service("s", qualifier="prod").description == "second"
    fails("PreconditionFailed", client.update_alias, "s", "prod", if_match=made.etag)


def delete_alias(world):
    client, made = world.client, _alias(world.client)
    fails("PreconditionFailed", client.delete_alias, "s", "prod", if_match="other")

    assert client.delete_alias("s", "prod", if_match=made.etag) is None

    fails("AliasNotFound", client.get_alias, "s", "prod")


def list_aliases(world):
    client = world.client
    _alias(client)
    for name in ("canary", "production", "test"):
        client.create_alias("s", name, version_id="2")

    aliases = listed(client, "aliases", "s", by="alias_name")

    assert {each.alias_name: each.version_id for each in aliases} == {
        "canary": "2",
        "prod": "1",
        "production": "2",
        "test": "2",
    }
    assert names(client, "aliases", "s", by="alias_name", prefix="prod") == ["prod", "production"]
    assert names(client, "aliases", "s", by="alias_name", start_key="prod", prefix="p") == [
        "prod",
        "production",
    ]
    assert names(client, "aliases", "s", by="alias_name", start_key="q") == ["test"]


def get_service(world):
    client = world.client
    made = client.create_service("s", internet_access=False)
    client.publish_service_version("s", description="first")
    client.create_alias("s", "prod", version_id="1")
    client.update_service("s", description="now", internet_access=True)

    for qualifier, seen in {
        "1": ("first", False),
        "prod": ("first", False),
        "LATEST": ("now", True),
    }.items():
        service = client.get_service("s", qualifier=qualifier)
        assert (service.service_id, service.service_name) == (made.service_id, "s")
        assert (service.description, service.internet_access) == seen


def _function_in_versions(client):
    """Make the function f, with a timeout of 5 s in version 1, and then of 9 s; g is newer."""
    made = create_function(client, timeout=5)
    client.publish_service_version("s")
    client.create_alias("s", "prod", version_id="1")
    client.update_function("s", "f", timeout=9)
    create_function(client, "g")
    return made


def get_function(world):
    made = _function_in_versions(world.client)

    for qualifier, timeout in {"1": 5, "prod": 5, "LATEST": 9, None: 9}.items():
        function = world.client.get_function("s", "f", qualifier=qualifier)
        assert (function.function_name, function.timeout) == ("f", timeout)
        assert function.code_checksum == made.code_checksum
    fails("FunctionNotFound", world.client.get_function, "s", "g", qualifier="prod")


def list_functions(world):
    client = world.client
    _function_in_versions(client)

    assert names(client, "functions", "s", by="function_name", qualifier="LATEST") == ["f", "g"]
    for qualifier in ("1", "prod"):
        [function] = listed(client, "functions", "s", by="function_name", qualifier=qualifier)
        assert (function.function_name, function.timeout) == ("f", 5)
        assert client.list_functions("s", qualifier=qualifier, prefix="g").items == ()


def get_function_code(world):
    made = _function_in_versions(world.client)

    for qualifier in ("1", "prod"):
        code = world.client.get_function_code("s", "f", qualifier=qualifier)
        assert (code.checksum, code.url.startswith("http")) == (made.code_checksum, True)


CASES = {
    "PublishServiceVersion": publish_service_version,
    "ListServiceVersions": list_service_versions,
    "DeleteServiceVersion": delete_service_version,
    "CreateAlias": create_alias,
    "GetAlias": get_alias,
    "UpdateAlias": update_alias,
    "DeleteAlias": delete_alias,
    "ListAliases": list_aliases,
    "GetService": get_service,
    "GetFunction": get_function,
    "ListFunctions": list_functions,
    "GetFunctionCode": get_function_code,
}
