"""Deployments by both clients to the embedded server, made in one way and recorded."""

from urllib.parse import urlsplit

from fc_client import deploy
from support.clients import CLIENTS
from support.fault_proxy import FaultProxy


class Deployments:
    """The functions of one client that deploy, and the requests that they send; a context manager.

    Args:
        kind: Client or AsyncClient.
        function_compute: The embedded server.
    """

    def __init__(self, kind, function_compute):
        self._is_async = kind == "AsyncClient"
        self._changes = {}
        address = urlsplit(function_compute.endpoint)
        self._proxy = FaultProxy((address.hostname, address.port), self._forward)
        self._client = CLIENTS[kind](
            self._proxy.url,
            access_key_id=function_compute.access_key_id,
            access_key_secret=function_compute.access_key_secret,
        )

    def __enter__(self):
        self._proxy.__enter__()
        self._client.__enter__()
        return self

    def __exit__(self, *exc_info):
        self._client.__exit__(*exc_info)
        self._proxy.__exit__(*exc_info)

    def service(self, *arguments, **settings):
        return self._deploy("service", arguments, settings)

    def function(self, *arguments, **settings):
        return self._deploy("function", arguments, settings)

    def trigger(self, *arguments, **settings):
        return self._deploy("trigger", arguments, settings)

    def version(self, *arguments, **settings):
        return self._deploy("version", arguments, settings)

    def alias(self, *arguments, **settings):
        return self._deploy("alias", arguments, settings)

    def sent(self):
        """Return the requests since the last call, without their headers."""
        requests = [(each.method, each.path, each.body) for each in self._proxy.requests]
        self._proxy.requests.clear()
        return requests

    def methods(self):
        """Return the methods of the requests since the last call."""
        return [method for method, _, _ in self.sent()]

    def before(self, method, change):
        """Have *change* called before the next request of *method* reaches the server."""
        self._changes[method] = change

    def _forward(self, exchange):
        request = exchange.receive()
        self._changes.pop(exchange.method, lambda: None)()
        exchange.reply(b"".join(exchange.ask(request)))

    def _deploy(self, what, arguments, settings):
        if not self._is_async:
            return getattr(deploy, f"deploy_{what}")(self._client, *arguments, **settings)
        function = getattr(deploy, f"async_deploy_{what}")
        return self._client._run(function(self._client._client, *arguments, **settings))
