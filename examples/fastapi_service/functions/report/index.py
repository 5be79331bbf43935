"""Write a report, which takes longer than a user waits."""

import json


def handler(event, context):
    print("report for", json.loads(event)["recipient"])
