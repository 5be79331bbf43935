"""Returns the number of lines and words of a text, and its most frequent long word."""

import logging

from words import longest_used

log = logging.getLogger(__name__)


def handler(event, context):
    text = event.decode("utf-8")
    words = text.split()
    log.info("%d words for request %s", len(words), context.request_id)
    return {
        "lines": len(text.splitlines()),
        "words": len(words),
        "most used": longest_used(words),
    }
