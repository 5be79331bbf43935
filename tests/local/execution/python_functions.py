"""Runs Python functions from their source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local.execution_support import invoke, spec_of, write_function

from fc_client.local.execution.instance_pools import Outcome

TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def run(directory: Path, source: str, *events: bytes, **changes: Any) -> list[Outcome]:
    """Run a function whose module ``index`` is *source*."""
    return invoke(spec_of(write_function(directory, source), **changes), directory, *events)


def run_body(directory: Path, body: str, event: bytes = b"", **changes: Any) -> Outcome:
    """Run a function whose handler has *body*."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return run(directory, f"def handler(event, context):\n{lines}\n", event, **changes)[0]
