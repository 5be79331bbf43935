"""Fails on purpose: shows what becomes of an exception."""

import json


def handler(event, context):
    amount = json.loads(event)["amount"]
    if amount < 0:
        raise ValueError(f"amount is {amount}, must not be negative")
    return amount
