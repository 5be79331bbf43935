"""Serves the HTTP API: routes, signatures, operations by resource."""
