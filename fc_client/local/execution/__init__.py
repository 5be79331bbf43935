"""Runs functions: instance pools, instances, worker processes and the runtimes."""
