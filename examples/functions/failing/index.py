"""Raises an exception on purpose, to show what the caller gets."""

import json


def handler(event, context):
    amount = json.loads(event)["amount"]
    if amount < 0:
        raise ValueError(f"amount is {amount}, must not be negative")
    return amount
