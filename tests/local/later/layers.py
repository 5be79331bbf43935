"""Cases of layers."""

from functools import partial

import requests
from local.later.support import CODE, create_function, fails, is_recent, listed, names, same
from local.support import zip_of, zipped

from fc_client import Code

LENT = Code.from_zip(zip_of({"python/lent.py": "ANSWER = 42\n"}))
BORROWER = Code.from_zip(
    zipped(m="from lent import ANSWER\n\n\ndef h(event, context):\n    return str(ANSWER)\n")
)


def _publish(client, description="", code=CODE, name="l"):
    return client.publish_layer_version(
        name, code=code, compatible_runtime=["python3", "nodejs8"], description=description
    )


def publish_layer_version(world):
    client = world.client

    layer = _publish(client, "first")

    assert (layer.layer_name, layer.version, layer.description) == ("l", 1, "first")
    assert (layer.code_size, layer.code_checksum) == (CODE.size, CODE.checksum)
    assert (layer.compatible_runtime, layer.acl) == (("python3", "nodejs8"), 0)
    assert layer.arn_v2 == f"acs:fc:local:{world.server.account_id}:layers/l/versions/1"
    assert layer.arn.endswith("#l#1")
    assert is_recent(layer.create_time)
    assert requests.get(layer.code.location, timeout=20).content.startswith(b"PK")
    assert _publish(client).version == 2


def in_a_function(world):
    layer = _publish(world.client, code=LENT)
    create_function(world.client, code=BORROWER, layers=[layer.arn_v2])

    assert world.client.get_function("s", "f").layers == (layer.arn_v2,)
    assert world.client.invoke_function("s", "f").payload == b"42"


def _three(client):
    for description in ("first", "second", "third"):
        _publish(client, description)
    return client


def get_layer_version(world):
    client = world.client
    made = _publish(client, "first")
    _publish(client, "second")

    layer = client.get_layer_version("l", 1)

    same(made, layer, "layer_name", "version", "description", "code_checksum", "code_size")
    same(made, layer, "arn", "arn_v2", "create_time", "compatible_runtime", "etag")


def get_layer_version_by_arn(world):
    client = world.client
    made = _publish(client, "first")

    for arn in (made.arn, made.arn_v2):
        layer = client.get_layer_version_by_arn(arn)
        same(made, layer, "layer_name", "version", "description", "arn", "arn_v2", "etag")


def delete_layer_version(world):
    client = _three(world.client)

    assert client.delete_layer_version("l", 2) is None

    assert [each.version for each in client.list_layer_versions("l")] == [1, 3]
    fails("LayerVersionNotFound", client.get_layer_version, "l", 2)
    for version in (1, 3):
        client.delete_layer_version("l", version)
    fails("LayerNotFound", client.list_layer_versions, "l")


def list_layers(world):
    client = world.client
    for name in ("tools-a", "tools-b", "web"):
        _publish(client, f"of {name}", name=name)
    _publish(client, "newest", name="web")
    client.put_layer_acl("tools-b", public=True)
    client.put_layer_acl("web", official=True)
    layers = partial(names, client, "layers", by="layer_name")

    found = listed(client, "layers", by="layer_name")

    assert [(each.layer_name, each.version, each.description) for each in found] == [
        ("tools-a", 1, "of tools-a"),
        ("tools-b", 1, "of tools-b"),
        ("web", 2, "newest"),
    ]
    assert layers(prefix="tools-") == ["tools-a", "tools-b"]
    assert layers(start_key="tools-b") == ["tools-b", "web"]
    assert layers(public=True) == ["tools-b"]
    assert layers(official=True) == ["web"]


def list_layer_versions(world):
    client = _three(world.client)

    first = client.list_layer_versions("l", limit=2)
    last = client.list_layer_versions("l", start_version=int(first.next_token), limit=2)

    seen = [(each.version, each.description) for each in [*first, *last]]
    assert seen == [(1, "first"), (2, "second"), (3, "third")]
    assert (len(first.items), last.next_token) == (2, None)
    assert [each.version for each in client.iter_layer_versions("l", page_size=1)] == [1, 2, 3]
    later = client.iter_layer_versions("l", start_version=2, page_size=1)
    assert [each.version for each in later] == [2, 3]


def put_layer_acl(world):
    client = world.client
    _publish(client)

    assert client.put_layer_acl("l", public=True) is None
    assert client.get_layer_version("l", 1).acl == 1
    assert client.put_layer_acl("l", public=False) is None
    assert client.get_layer_version("l", 1).acl == 0


def publish_public_layer_version(world):
    client = world.client
    _publish(client)
    _publish(client)

    assert client.publish_public_layer_version("l", 2) is None

    assert [each.acl for each in client.list_layer_versions("l")] == [0, 1]


def permanent_delete_layer_version(world):
    client = world.client
    _publish(client)
    _publish(client)

    call = client.permanent_delete_layer_version
    assert call(world.server.account_id, "l", 1) is None

    assert [each.version for each in client.list_layer_versions("l")] == [2]
    fails("AccessDenied", call, "5", "l", 2)
    fails("LayerVersionNotFound", call, world.server.account_id, "l", 1)


CASES = {
    "PublishLayerVersion": publish_layer_version,
    "CreateFunction": in_a_function,
    "GetLayerVersion": get_layer_version,
    "GetLayerVersionByArn": get_layer_version_by_arn,
    "DeleteLayerVersion": delete_layer_version,
    "ListLayers": list_layers,
    "ListLayerVersions": list_layer_versions,
    "PutLayerACL": put_layer_acl,
    "PublishPublicLayerVersion": publish_public_layer_version,
    "PermanentDeleteLayerVersion": permanent_delete_layer_version,
}
