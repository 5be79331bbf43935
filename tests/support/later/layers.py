"""Rows of the operations on layers."""

import base64

from fc_client import Code
from support.operations import EMPTY_ZIP, EMPTY_ZIP_CHECKSUM, PAGE, PAGE_QUERY, Row

LAYERS = "/2016-08-15/layers"
LAYER = LAYERS + "/{layerName}"
VERSION = LAYER + "/versions/{version}"

LAYER_REPLY = {
    "layerName": "l",
    "version": 3,
    "description": "",
    "code": {"repositoryType": "OSS", "location": "http://oss.test/l?Signature=s3cret"},
    "codeSize": 22,
    "codeChecksum": EMPTY_ZIP_CHECKSUM,
    "createTime": "2026-11-26T10:00:00Z",
    "acl": 0,
    "compatibleRuntime": ["python3", "nodejs8"],
    "arn": "m#l#3",
    "arnV2": "acs:fc:cn-shanghai:1:layers/l/versions/3",
    "license": "",
}

ROWS = [
    Row(
        "PublishLayerVersion",
        lambda client: client.publish_layer_version(
            "l",
            code=Code.from_zip(EMPTY_ZIP),
            compatible_runtime=["python3", "nodejs8"],
            description="",
        ),
        "POST",
        LAYER + "/versions",
        body={
            "layerName": "l",
            "description": "",
            "code": {"zipFile": base64.b64encode(EMPTY_ZIP).decode()},
            "compatibleRuntime": ["python3", "nodejs8"],
        },
        reply=LAYER_REPLY,
    ),
    Row(
        "ListLayers",
        lambda client: client.list_layers(**PAGE, public=True, official=False),
        "GET",
        LAYERS,
        query={**PAGE_QUERY, "public": "true", "official": "false"},
        reply={"layers": [LAYER_REPLY], "nextToken": "n/2"},
    ),
    Row(
        "ListLayerVersions",
        lambda client: client.list_layer_versions("l", start_version=2, limit=7),
        "GET",
        LAYER + "/versions",
        query={"startVersion": "2", "limit": "7"},
        reply={"layers": [LAYER_REPLY], "nextVersion": 4},
    ),
    Row(
        "GetLayerVersion",
        lambda client: client.get_layer_version("l", 3),
        "GET",
        VERSION,
        reply=LAYER_REPLY,
    ),
    Row(
        "GetLayerVersionByArn",
        lambda client: client.get_layer_version_by_arn("m#l#3"),
        "GET",
        "/2016-08-15/layerarn/{arn}",
        reply=LAYER_REPLY,
    ),
    Row(
        "DeleteLayerVersion",
        lambda client: client.delete_layer_version("l", 3),
        "DELETE",
        VERSION,
    ),
    Row(
        "PutLayerACL",
        lambda client: client.put_layer_acl("l", public=True, official=False),
        "PUT",
        LAYER + "/acl",
        query={"public": "true", "official": "false"},
    ),
    Row(
        "PublishPublicLayerVersion",
        lambda client: client.publish_public_layer_version("l", 3),
        "POST",
        VERSION,
    ),
    Row(
        "PermanentDeleteLayerVersion",
        lambda client: client.permanent_delete_layer_version("1", "l", 3),
        "POST",
        "/2016-08-15/adminlayers/{layerOwnerUserId}/{layerName}/versions/{version}",
    ),
]
