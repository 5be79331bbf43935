"""Rows of versions."""

from support.operations import Row

VERSIONS = "/2016-08-15/services/{serviceName}/versions"

REPLY = {"versionId": "2", "description": "", "createdTime": "2020-04-08T08:00:15Z"}

ROWS = [
    Row(
        "PublishServiceVersion",
        lambda client: client.publish_service_version(
            "s", description="", ignore_unchanged=True, if_match="e"
        ),
        "POST",
        VERSIONS,
        headers={"If-Match": "e", "x-fc-ignore-version-publish-error": "true"},
        body={"description": ""},
        reply=REPLY,
    ),
    Row(
        "ListServiceVersions",
        lambda client: client.list_service_versions(
            "s", limit=7, next_token="n/1", start_key="3", direction="FORWARD"
        ),
        "GET",
        VERSIONS,
        query={"limit": "7", "nextToken": "n/1", "startKey": "3", "direction": "FORWARD"},
        reply={"versions": [REPLY], "direction": "FORWARD"},
    ),
    Row(
        "DeleteServiceVersion",
        lambda client: client.delete_service_version("s", "2"),
        "DELETE",
        VERSIONS + "/{versionId}",
    ),
]
