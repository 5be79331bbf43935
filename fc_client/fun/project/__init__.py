"""The file of a project, faas.yml: read, validated, and made a model.

``reader`` keeps words and lines, ``types`` has the rules of values, ``schema`` the
model, with ``trigger_schema`` and ``gateway_schema``. ``checks`` has what concerns
several keys, ``files`` and ``globs`` the files of a function. ``loading`` puts it
together and finds all problems at once.
"""
