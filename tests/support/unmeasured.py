"""Processes whose code runs where measuring it would fail."""

import os


def unmeasured():
    """Return the environment of a process whose coverage is not measured.

    For one that may not write files, or that forks while a thread holds a lock of coverage.
    """
    return {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")}
