"""Runs Node.js functions from their source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from local.execution_support import (
    invoke,
    spec_of,
    write_function,
)

from fc_client.local.execution.instance_pools import Outcome

HANDLED = "HandledInvocationError"
UNHANDLED = "UnhandledInvocationError"
TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
EXITED = re.compile(
    r"Process exited unexpectedly before completing request "
    r"\(duration: \d+ms, maxMemoryUsage: \d+\.\d\dMB\)"
)


def run(directory: Path, source: str, *events: bytes, **changes: Any) -> list[Outcome]:
    """Run a function whose module ``index`` is *source*."""
    code = write_function(directory, source, "index.js")
    return invoke(spec_of(code, **{"runtime": "nodejs8", **changes}), directory, *events)


def run_body(directory: Path, body: str, event: bytes = b"", **changes: Any) -> Outcome:
    """Run a function whose handler has *body*, from line 2 on."""
    source = f"exports.handler = function(event, context, callback) {{\n{body}\n}};\n"
    return run(directory, source, event, **changes)[0]
