"""Client and AsyncClient make the same call, and results and requests are compared."""

import inspect
from dataclasses import replace

from fc_client import (
    InvocationResult,
)
from support.clients import client_of, run
from support.http_server import serving


def outcome(call):
    """Return the result of a call, or its error in comparable form."""
    try:
        return without_date(call())
    except Exception as error:  # noqa: BLE001 - whatever it is, both must raise it
        return type(error), str(error)


def without_date(result):
    """Return a result without its reply's headers: the date is among them."""
    return replace(result, headers={}) if isinstance(result, InvocationResult) else result


def wire(server):
    """Return what a server has seen, but for dates and what follows from them."""
    return [
        (method, path, sorted(pairs(headers, server)), body)
        for method, path, headers, body in server.requests
    ]


def pairs(headers, server):
    for name, value in headers.items():
        hidden = name in ("Date", "Authorization")
        yield name, "" if hidden else value.replace(str(server.server_port), "port")


def both(reply, call, **options):
    """Return what each client made of a call, and what went over the wire."""
    with serving(*reply) as server, client_of(server.url, **options) as client:
        ours = outcome(lambda: call(client))
        ours = ours if not inspect.isgenerator(ours) else outcome(lambda: list(ours))
        first = ours, wire(server)
    with serving(*reply) as server:
        return first, (outcome(lambda: run(server.url, call, **options)), wire(server))
