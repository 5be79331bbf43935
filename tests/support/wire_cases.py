"""Replies as bytes, and what a client makes of them: the table ``vectors/http1.json``.

Each case has the section of RFC 9112 that it is about. ``reply`` is text, or a list of text and
of pairs of text and how often it is repeated. ``close`` says that the server then closes the
connection. The result is ``error``, a pattern of the message, or ``status`` and ``body``, and
``reusable``: whether the connection can carry another request.
"""

import json
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parents[1] / "vectors" / "http1.json"


@dataclass(frozen=True)
class WireCase:
    section: str
    name: str
    method: str
    reply: bytes
    close: bool
    status: int = 0
    body: str = ""
    reusable: bool = False
    error: str = ""

    def __str__(self):
        return f"{self.section}: {self.name}"


def _bytes_of(reply):
    parts = [reply] if isinstance(reply, str) else reply
    text = "".join(part if isinstance(part, str) else part[0] * part[1] for part in parts)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode()


def _cases():
    for case in json.loads(TABLE.read_text(encoding="utf-8")):
        yield WireCase(**{**case, "reply": _bytes_of(case["reply"])})


CASES = list(_cases())
