"""From the file of a project to services, functions, triggers and apis.

``steps`` runs what is to be done, ``functions`` and ``gateway`` know the steps,
``plan`` puts them together, ``report`` prints what they did or would do.
"""
