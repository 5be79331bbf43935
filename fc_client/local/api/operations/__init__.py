"""Implements the operations of the API (guide: "API specification"), a module per resource.

Each operation is one function: it takes the Backend and a request and returns
a reply, or raises ApiError. Operations do not deal with connections,
signatures or routes.
"""
