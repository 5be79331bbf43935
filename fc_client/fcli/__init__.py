"""The command line tool fcli: the guide's commands, as a shell and as single commands.

Modules: ``program`` runs a command line and maps errors to exit codes, ``root``
lists the commands, ``command`` is their common base, ``session`` has what they
share. ``resources`` has one module per kind of resource, ``commands`` what works
on every kind, ``shell`` the interactive shell.
"""
