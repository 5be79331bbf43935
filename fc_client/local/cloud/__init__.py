"""Stand-ins for the services beside Function Compute: RAM, Log Service, API Gateway.

They answer on the port of the embedded Function Compute. ``addresses``
decides which service a request is for, and ``services`` passes it on:

* ``rpc`` serves the RPC-style APIs: it checks the signature, the time and the
  nonce, and dispatches by ``Version`` and ``Action``. Each service has a table
  of its actions: ``ram`` and ``gateway.actions``. Another one is another
  module, its table in ``services`` and its host in ``addresses`` and in
  ``api.authentication``.
* ``gateway`` also serves the APIs that are deployed in it.
* ``log_service`` serves Log Service, which signs headers and uses paths.

Their state is in the tables of the server's database, through ``state``.
"""
