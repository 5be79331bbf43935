"""Count the words of a text."""

import json
from collections import Counter


def handler(event, context):
    words = json.loads(event)["text"].lower().split()
    if not words:
        raise ValueError("the text has no words")
    return {"words": len(words), "most_used": Counter(words).most_common(1)[0][0]}
