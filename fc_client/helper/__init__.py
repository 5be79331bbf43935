"""The helper for functions that API Gateway calls.

``fc_helper`` is the helper itself: one file without dependencies, of which a
function has a copy in its package. ``python -m fc_client.helper`` prints it.
"""

from pathlib import Path

from fc_client.helper import fc_helper
from fc_client.helper.fc_helper import Headers, Request, Response, hook

__all__ = ["Headers", "Request", "Response", "hook", "source"]


def source() -> str:
    """Return the source of the helper, to be written to ``fc_helper.py`` beside a function."""
    return Path(fc_helper.__file__).read_text(encoding="utf-8")
