"""A project with everything that fun deploys, and faults of single requests of its commands."""

import re
from collections import Counter
from urllib.parse import urlsplit

from support.fault_proxy import FaultProxy

PROJECT = """\
role: {{name: caller}}
function-compute:
  region: cn-shanghai
  services:
    - name: svc
      description: '{mark}'
      publish: true
      aliases: {{live: latest published}}
      functions:
        - name: f
          description: '{mark}'
          runtime: nodejs8
          handler: f.index
          codes: [f.js]
          asyncInvokeConfig: {{maxAsyncRetryAttempts: {retries}}}
          triggers:
            - name: timed
              type: timer
              config: {{cronExpression: '@every {minutes}m', enable: false}}
            - name: moved
              type: oss
              sourceArn: acs:oss:cn-shanghai:123:{mark}
              role: acs:ram::123:role/r
              config: {{events: ['oss:ObjectCreated:*'], filter: {{key: {{prefix: in/}}}}}}
  customDomains:
    - name: www.example.com
      routes: [{{path: /{mark}, function: svc/f}}]
api-gateway:
  endpoint: https://apigateway.cn-shanghai.aliyuncs.com
  groups:
    - name: grp
      description: '{mark}'
      apis:
        - name: call
          description: '{mark}'
          path: /call
          function: cn-shanghai/svc/f
"""


def project(mark):
    """Return the files of the project; everything but names and role depends on *mark*."""
    return {
        "faas.yml": PROJECT.format(mark=mark, minutes=10 + len(mark), retries=len(mark) % 8),
        "f.js": f"exports.index = (event, context, callback) => callback(null, '{mark}');\n",
    }


_ACTION = re.compile(rb"^x-acs-action: *(\w+)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(rb"^(\w+) \S*?/2016-08-15(/[^?\s]*)")


def kind_of(request):
    """Return what a request asks for: ``CreateRole``, ``PUT /services/svc``."""
    head = request.partition(b"\r\n\r\n")[0]
    if action := _ACTION.search(head):
        return action[1].decode()
    method, path = _PATH.search(head).groups()
    return f"{method.decode()} {path.decode()}"


class Breaking:
    """A fault for a FaultProxy: one request is broken, all others get through.

    Attributes:
        seen: How many requests of each kind came since the last ``arm``.
        struck: Whether the request was broken.
    """

    def __init__(self):
        self.arm()

    def arm(self, kind="", number=1, fault=None):
        """Break the request of a kind, as :func:`kind_of` returns it, that comes as *number*.

        Without a kind all get through.
        """
        self._target = (kind, number)
        self._fault = fault
        self.seen = Counter()
        self.struck = False

    def __call__(self, exchange):
        request = exchange.receive()
        kind = kind_of(request)
        self.seen[kind] += 1
        if (kind, self.seen[kind]) == self._target:
            self.struck = True
            self._fault(exchange, request)
        else:
            exchange.reply(b"".join(exchange.ask(request)))


def proxy_of(server, fault):
    """Return a proxy in front of an embedded server."""
    address = urlsplit(server.endpoint)
    return FaultProxy((address.hostname, address.port), fault)


def variables_of(proxy):
    """Return the environment that leads fun to a proxy."""
    services = ("FC", "ALIBABA_CLOUD_RAM", "ALIBABA_CLOUD_APIGATEWAY")
    return {f"{name}_ENDPOINT": proxy.url for name in services}


def _reply(status, body, content_type):
    return (
        f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _error(code_of_fc, code_of_rpc):
    return (
        f'{{"ErrorCode": "{code_of_fc}", "ErrorMessage": "made up", "Code": "{code_of_rpc}", '
        f'"Message": "made up", "RequestId": "r-1", "HostId": "h"}}'
    )


def refused(exchange, request):  # noqa: ARG001 - the same parameters for all
    exchange.reply(_reply(403, _error("AccessDenied", "NoPermission"), "application/json"))


def failed(exchange, request):  # noqa: ARG001
    exchange.reply(_reply(500, _error("InternalServerError", "InternalError"), "application/json"))


def page(exchange, request):
    """Answer as a proxy does that has given up on the service, which made the change."""
    exchange.ask(request)
    exchange.reply(_reply(502, "<html>Bad <b>Gateway</b></html>", "text/html"))


def unavailable(exchange, request):
    """Answer as :func:`page` does, with a status after which clients send requests again."""
    exchange.ask(request)
    exchange.reply(_reply(503, "<html>Unavailable</html>", "text/html"))


def not_received(exchange, request):  # noqa: ARG001
    exchange.reset()


def reply_lost(exchange, request):
    exchange.ask(request)
    exchange.reset()


_FAULTS = (refused, failed, page, unavailable, not_received, reply_lost)
FAULTS = {fault.__name__: fault for fault in _FAULTS}
