"""Measurements; nothing here is a test. Ratios within one run are what counts."""
