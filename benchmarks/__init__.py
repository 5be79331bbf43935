"""Benchmarks next to other libraries. Compare ratios within one run, not absolute numbers."""
