"""The resources of fcli, one module per kind, each with its commands.

A kind of resource is a :class:`Resource` in the table of ``tree``. Its commands
are in the table of ``root``.
"""
