"""The file of a project, faas.yml: read, validated, and made a model.

``reader`` keeps words and lines, ``schema`` has the model and its rules, ``checks``
what concerns several keys, ``codes`` the files of a function, ``loading`` puts it
together and finds all problems at once.
"""
