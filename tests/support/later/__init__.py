"""The operations that came after the guide, and one row per operation, as for the guide's.

A resource's rows are in a module of this package, as ``ROWS``. To add operations, write such
a module and add its rows to ``LATER_ROWS`` below: tests/test_operations.py and
tests/aio/test_wire.py then compare the methods with vectors/api-later.json. Names in paths
have their values in ``support.operations.NAMES``.
"""

import json
from pathlib import Path

from support.later import (
    account,
    aliases,
    asynchronous,
    concurrency,
    custom_domains,
    layers,
    tags,
    versions,
)
from support.operations import GUIDE, ROWS
from support.operations import OPERATIONS as GUIDE_OPERATIONS

LATER_API = json.loads(
    (Path(__file__).parents[2] / "vectors" / "api-later.json").read_text(encoding="utf-8")
)
LATER_OPERATIONS = {operation["name"]: operation for operation in LATER_API["operations"]}
# What the service added to the guide's own operations.
CHANGED = {operation["name"]: operation for operation in LATER_API["operations_changed"]}

OPERATIONS = {**GUIDE_OPERATIONS, **LATER_OPERATIONS}
SCHEMAS = {**GUIDE["schemas"], **LATER_API["schemas"]}

NO_FIELDS = {"fields": {}}

# Fields added to the guide's operations that the service returns, and that no request has.
REPLY_ONLY = {
    "layersArnV2",
    "tags",
    "triggerId",
    "urlInternet",
    "urlIntranet",
    "domainName",
}

# Operations that are more than a request and its parsed response; tests of their own check them.
OTHER_METHODS = {
    "HTTPInvokeFunction",
    "HTTPInvokeFunctionByDomain",
    "InstanceExec",
    "PresignedHTTPInvokeURL",
}

LATER_ROWS = [
    *account.ROWS,
    *aliases.ROWS,
    *asynchronous.ROWS,
    *concurrency.ROWS,
    *custom_domains.ROWS,
    *layers.ROWS,
    *tags.ROWS,
    *versions.ROWS,
]

ALL_ROWS = [*ROWS, *LATER_ROWS]


def fields_of_body(operation):
    """Return the names of the fields that an operation's JSON body has, later ones included."""
    own = SCHEMAS.get(OPERATIONS[operation]["body"], NO_FIELDS)
    added = SCHEMAS.get(CHANGED.get(operation, {}).get("body_added"), NO_FIELDS)
    return {*own["fields"], *added["fields"]} - (added["fields"].keys() & REPLY_ONLY)


def has_result(operation):
    """Return whether the method of an operation returns anything."""
    return OPERATIONS[operation]["success"]["schema"] not in (None, "RequestIdReply")
