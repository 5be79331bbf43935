"""The error of dependencies."""

from __future__ import annotations

__all__ = ["DependencyError"]


class DependencyError(RuntimeError):
    """The dependencies of a function cannot be installed; the message has the tool's output."""
