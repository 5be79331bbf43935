"""Compute the price of an order."""

import json
import time

PRICES = {"pencil": 120, "notebook": 350}


def handler(event, context):
    order = json.loads(event)
    if order["country"] == "AQ":
        time.sleep(9)  # like a service that does not answer
    return {"order": order["order"], "cents": PRICES[order["article"]] * order["quantity"]}
