"""Rows of tags."""

from support.operations import Row

TAG = "/2016-08-15/tag"
REPLY = {"resourceArn": "acs:fc:r:1:services/s", "tags": {"a_key": ""}}

ROWS = [
    Row(
        "TagResource",
        lambda client: client.tag_resource("services/s", tags={"a_key": ""}),
        "POST",
        TAG,
        body={"resourceArn": "services/s", "tags": {"a_key": ""}},
        reply={"requestId": "id-1"},
    ),
    Row(
        "UntagResource",
        lambda client: client.untag_resource("services/s", tag_keys=("a",), all_tags=False),
        "DELETE",
        TAG,
        body={"resourceArn": "services/s", "tagKeys": ["a"], "all": False},
        reply={"requestId": "id-1"},
    ),
    Row(
        "GetResourceTags",
        lambda client: client.get_resource_tags("services/s"),
        "GET",
        TAG,
        query={"resourceArn": "services/s"},
        reply=REPLY,
    ),
    Row(
        "ListTaggedResources",
        lambda client: client.list_tagged_resources(limit=7, next_token="n/1"),
        "GET",
        "/2016-08-15/tags",
        query={"limit": "7", "nextToken": "n/1"},
        reply={"resources": [REPLY]},
    ),
]
