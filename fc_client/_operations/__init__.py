"""The API, one module per resource: its paths, its fields, its parsers and its operations.

Each class of operations is a mix-in of Client; tools/generate_async.py writes
its counterpart for AsyncClient to ``fc_client/_async_operations``. The embedded
server's side of each operation is in ``fc_client/local/api/operations``.
"""
