"""Word statistics."""

from collections import Counter


def longest_used(words):
    """Return the most frequent word of more than three letters."""
    stripped = (word.strip(".,;()").lower() for word in words)
    counts = Counter(word for word in stripped if len(word) > 3)
    return counts.most_common(1)[0][0] if counts else None
