"""Rows of aliases."""

from support.operations import PAGE, PAGE_QUERY, Row

ALIASES = "/2016-08-15/services/{serviceName}/aliases"
ALIAS = ALIASES + "/{aliasName}"

ARGUMENTS = {
    "version_id": "1",
    "description": "",
    "additional_version_weight": {"2": 0.05},
    "route_policy": {"condition": "AND"},
    "resolve_policy": "Content",
}
FIELDS = {
    "versionId": "1",
    "description": "",
    "additionalVersionWeight": {"2": 0.05},
    "routePolicy": {"condition": "AND"},
    "resolvePolicy": "Content",
}
REPLY = {"aliasName": "a", "additionalVersionWeight": {"2": 1}}

ROWS = [
    Row(
        "CreateAlias",
        lambda client: client.create_alias("s", "a", **ARGUMENTS),
        "POST",
        ALIASES,
        body={"aliasName": "a", **FIELDS},
        reply=REPLY,
    ),
    Row("GetAlias", lambda client: client.get_alias("s", "a"), "GET", ALIAS, reply=REPLY),
    Row(
        "UpdateAlias",
        lambda client: client.update_alias("s", "a", **ARGUMENTS, if_match="e"),
        "PUT",
        ALIAS,
        headers={"If-Match": "e"},
        body=FIELDS,
        reply=REPLY,
    ),
    Row(
        "DeleteAlias",
        lambda client: client.delete_alias("s", "a", if_match="e"),
        "DELETE",
        ALIAS,
        headers={"If-Match": "e"},
    ),
    Row(
        "ListAliases",
        lambda client: client.list_aliases("s", **PAGE),
        "GET",
        ALIASES,
        query=PAGE_QUERY,
        reply={"aliases": [REPLY], "nextToken": "n/2"},
    ),
]
