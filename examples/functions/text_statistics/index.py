"""Counts lines, words and the commonest long word of the text that is the event."""

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
