"""Answer with the name of a table for a thing: "order" becomes "orders"."""

import json

import inflection


def handler(event, context):
    request = json.loads(event)
    # A timer wraps its payload in an event of its own.
    thing = request["payload"] if "triggerTime" in request else request["thing"]
    return {"table": inflection.tableize(thing)}
