"""The command line of the guide that deploys a project, ``fun``: ``python -m fc_client.fun``.

``project`` reads and validates the file of the project, faas.yml; ``packages`` makes
the packages of functions; ``deployment`` plans and does what leads from the file to
services, functions and apis; ``commands`` are what users type.
"""
