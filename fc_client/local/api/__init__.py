"""Serves the HTTP API: connections, signatures, routes and the operations by resource."""
