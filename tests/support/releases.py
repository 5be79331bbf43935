"""A service with versions and aliases, as far as deployments use them, and both clients for it."""

import copy
import json
import re

from fc_client import deploy
from support.clients import CLIENTS
from support.http_server import serving

_PATH = re.compile(
    r"/2016-08-15/services/s(?:\.(\w+))?(?:/(functions|versions|aliases)(?:/(\w+))?)?"
)


class Releases:
    """The service ``s``, and the functions of one client that deploy it; a context manager.

    Attributes:
        exists: Whether the service exists.
        service: Its settings.
        functions: The settings of its functions, by name.
        versions: What was published: (settings, functions, description), by version.
        aliases: The aliases by name.
        refuses: Whether publishing is an error of the service.
    """

    def __init__(self, kind):
        self._is_async = kind == "AsyncClient"
        self._kind = CLIENTS[kind]
        self.exists = True
        self.service = {"serviceName": "s", "role": "r", "createdTime": "2020-04-08T08:00:15Z"}
        self.functions = {"f": {"functionName": "f", "codeChecksum": "1", "timeout": 3}}
        self.versions = {}
        self.aliases = {}
        self.refuses = False

    def __enter__(self):
        self._server = serving(self._reply).__enter__()
        keys = {"access_key_id": "i", "access_key_secret": "s"}
        self._client = self._kind(self._server.url, **keys).__enter__()
        return self

    def __exit__(self, *exc_info):
        self._client.__exit__(*exc_info)
        self._server.__exit__(*exc_info)

    def version(self, **settings):
        return self._deploy("version", ("s",), settings)

    def alias(self, name, version_id, **settings):
        return self._deploy("alias", ("s", name), {"version_id": version_id, **settings})

    def methods(self):
        """Return the methods of the requests since the last call."""
        methods = [request.method for request in self._server.requests]
        self._server.requests.clear()
        return methods

    def _deploy(self, what, names, settings):
        if not self._is_async:
            return getattr(deploy, f"deploy_{what}")(self._client, *names, **settings)
        function = getattr(deploy, f"async_deploy_{what}")
        return self._client._run(function(self._client._client, *names, **settings))

    def _reply(self, exchange):
        qualifier, kind, name = _PATH.match(exchange.path).groups()
        body = json.loads(exchange.body or "{}")
        if not self.exists:
            exchange.send(404, _error("ServiceNotFound"))
        elif kind == "versions":
            self._reply_about_versions(exchange, body)
        elif kind == "aliases":
            self._reply_about_aliases(exchange, name, body)
        else:
            service, functions, _ = self.versions.get(qualifier, (self.service, self.functions, ""))
            found = {"functions": list(functions.values())} if kind else service
            exchange.send(200, json.dumps(found).encode())

    def _reply_about_versions(self, exchange, body):
        if exchange.method == "GET":
            found = [_version(number, each[2]) for number, each in self.versions.items()]
            exchange.send(200, json.dumps({"versions": found[::-1]}).encode())
        elif self.refuses:
            exchange.send(400, _error("VersionPublishError"))
        else:
            number = str(len(self.versions) + 1)
            state = (self.service, self.functions, body.get("description", ""))
            self.versions[number] = copy.deepcopy(state)
            exchange.send(200, json.dumps(_version(number, state[2])).encode())

    def _reply_about_aliases(self, exchange, name, body):
        if exchange.method == "GET" and name not in self.aliases:
            exchange.send(404, _error("AliasNotFound"))
            return
        name = name or body["aliasName"]
        stored = self.aliases.setdefault(name, {"aliasName": name})
        wanted = exchange.headers.get("If-Match")
        if wanted not in (None, _etag(stored)):
            exchange.send(412, _error("PreconditionFailed"))
            return
        stored.update(body)
        exchange.send(200, json.dumps(stored).encode(), ETag=_etag(stored))


def _version(number, description):
    return {"versionId": number, "description": description}


def _etag(alias):
    return str(hash(json.dumps(alias, sort_keys=True)))


def _error(code):
    return json.dumps({"ErrorCode": code, "ErrorMessage": "no"}).encode()
