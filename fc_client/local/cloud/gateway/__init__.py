"""Stands in for API Gateway (version 2016-07-14), and serves what is deployed in it.

* ``actions`` has the table of actions; ``groups``, ``apis`` and ``deployments``
  implement them, and ``definitions`` checks what an API is made of.
* ``calls`` answers calls of deployed APIs: ``routes`` finds the API,
  ``events`` checks the parameters and makes the event of the function, and
  ``replies`` turns its result into the reply.
"""
