"""Hypothesis tests, and the values that they draw."""
