"""Hypothesis tests; a package, so that its modules may be named as those they attack."""
