"""The faults, and what each may end in by kind of operation."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from support.fault_proxy import Fault, forward

READ, UPDATE, DELETE, CREATE, SYNC, ASYNC = "read", "update", "delete", "create", "sync", "async"
KINDS = (READ, UPDATE, DELETE, CREATE, SYNC, ASYNC)
# Their replies have no body that could get lost.
NO_BODY = (DELETE, ASYNC)

OK = "ok"
LOST = "TransportError"

# A resolver is asked for no name of more than 253 characters: this one fails on this machine.
# A label that is too long for DNS, so that no name server is asked.
NO_SUCH_HOST = "no-such-host" * 6 + ".invalid"

DRIP_SECONDS = 0.1


@dataclass(frozen=True)
class Case:
    """A fault of the matrix.

    Attributes:
        allowed: By kind, the names of the errors that may come of it, or OK.
        fault: What the proxy does.
        times: How often; None for always.
        tls: Name of the certificate that the proxy shows; None for plain HTTP.
        listening: False refuses connections.
        host: What the client calls.
        never_sent: Whether an error must say that nothing was sent.
        timeout: The client's.
        seconds: Longest time that a call may take.
    """

    allowed: Mapping[str, frozenset[str]]
    fault: Fault = forward
    times: int | None = None
    tls: str | None = None
    listening: bool = True
    host: str = "127.0.0.1"
    never_sent: bool = False
    timeout: tuple[float, float] = (10, 30)
    seconds: float = 25


def always(*names):
    """Allow the same for every kind."""
    return dict.fromkeys(KINDS, frozenset(names))


def once(*errors, idempotent=()):
    """Allow what may come of a request that may have run, sent again where that is safe."""
    return {
        READ: frozenset([OK, *idempotent]),
        UPDATE: frozenset([OK, *idempotent]),
        DELETE: frozenset([OK, *idempotent]),
        CREATE: frozenset([OK, *errors]),
        SYNC: frozenset(errors),
        ASYNC: frozenset(errors),
    }


def and_no_body(allowed):
    """Allow success, too, where the reply has no body."""
    return {kind: names | ({OK} if kind in NO_BODY else set()) for kind, names in allowed.items()}


def reset_before_request(exchange):
    exchange.reset()


def reset_after_head(exchange):
    exchange.begin(exchange.receive_head())
    exchange.reset()


def reset_after_body(exchange):
    exchange.ask(exchange.receive())
    exchange.reset()


def reset_in_reply_head(exchange):
    head, _ = exchange.ask(exchange.receive())
    exchange.reply(head[: len(head) // 2])
    exchange.reset()


def reset_in_reply_body(exchange):
    head, body = exchange.ask(exchange.receive())
    exchange.reply(head + body[: len(body) // 2])
    exchange.reset()


def cut_short(exchange):
    head, body = exchange.ask(exchange.receive())
    exchange.reply(head + body[: len(body) // 2])
    exchange.finish_sending()


def half_open(exchange):
    exchange.wait()


def no_http(exchange):
    exchange.ask(exchange.receive())
    exchange.reply(b"SSH-2.0-OpenSSH_9.7\r\n\x00\x01\x02\xff\r\n")
    exchange.finish_sending()


def drip(exchange, most=None):
    """Reply a byte at a time, the first *most* bytes or all."""
    reply = b"".join(exchange.ask(exchange.receive()))
    slow = reply[:most]
    for byte in slow:
        exchange.reply(bytes([byte]))
        exchange.wait(DRIP_SECONDS)
    exchange.reply(reply[len(slow) :])


def drip_the_start(exchange):
    # For longer than the client waits for a byte, so that it must not count from the start.
    drip(exchange, 25)


def bad_gateway(exchange):
    exchange.ask(exchange.receive())
    page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    exchange.reply(_reply("502 Bad Gateway", page, "text/html"))


def throttled(exchange):
    exchange.receive()
    exchange.reply(
        _reply("429 Too Many Requests", _error("ResourceExhausted"), more="Retry-After: 1\r\n")
    )


def unavailable(exchange):
    exchange.receive()
    exchange.reply(_reply("503 Service Unavailable", _error("ResourceThrottled")))


def _error(code):
    return json.dumps({"ErrorCode": code, "ErrorMessage": "try again"}).encode()


def _reply(status, body, content_type="application/json", more=""):
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


NEVER_SENT = {"allowed": always(LOST), "never_sent": True}
LOST_ONCE = once(LOST)
CUT_ONCE = and_no_body(LOST_ONCE)

CASES = {
    "none": Case(always(OK)),
    "none, TLS": Case(always(OK), tls="good", host="localhost"),
    "refused": Case(listening=False, **NEVER_SENT),
    "no such host": Case(host=NO_SUCH_HOST, listening=False, **NEVER_SENT),
    "TLS, wrong name": Case(tls="wrong name", host="localhost", **NEVER_SENT),
    "TLS, expired": Case(tls="expired", host="localhost", **NEVER_SENT),
    "TLS, unknown CA": Case(tls="unknown CA", host="localhost", **NEVER_SENT),
    "reset at accept": Case(always(LOST), reset_before_request),
    "reset after head": Case(always(LOST), reset_after_head),
    "reset after body": Case(always(LOST), reset_after_body),
    "reset in reply's head": Case(always(LOST), reset_in_reply_head),
    "reset in reply's body": Case(and_no_body(always(LOST)), reset_in_reply_body),
    "half-open": Case(always("RequestTimeoutError"), half_open, timeout=(1, 1), seconds=20),
    "cut short": Case(and_no_body(always(LOST)), cut_short),
    "no HTTP": Case(always(LOST, "ResponseError"), no_http),
    "byte by byte": Case(always(OK), drip_the_start, timeout=(2, 2)),
    "502 HTML": Case(always("ServerError"), bad_gateway),
    "429, Retry-After": Case(always("ResourceExhaustedError"), throttled),
    "503 once": Case(always(OK), unavailable, times=1),
    "reset after body once": Case(LOST_ONCE, reset_after_body, times=1),
    "cut short once": Case(CUT_ONCE, cut_short, times=1),
}

# In the full form also these.
MORE_CASES = {
    "reset at accept once": Case(
        {**always(OK), **dict.fromkeys((CREATE, SYNC, ASYNC), frozenset([OK, LOST]))},
        reset_before_request,
        times=1,
    ),
    "reset after head once": Case(
        {**LOST_ONCE, **dict.fromkeys((SYNC, ASYNC), frozenset([OK, LOST]))},
        reset_after_head,
        times=1,
    ),
    "reset in reply's head once": Case(LOST_ONCE, reset_in_reply_head, times=1),
    "reset in reply's body once": Case(CUT_ONCE, reset_in_reply_body, times=1),
    "half-open once": Case(
        always(OK, "RequestTimeoutError"), half_open, times=1, timeout=(1, 1), seconds=20
    ),
    "no HTTP once": Case(
        once(LOST, "ResponseError", idempotent=(LOST, "ResponseError")), no_http, times=1
    ),
    "502 HTML once": Case(once("ServerError"), bad_gateway, times=1),
    "429 once": Case(always(OK), throttled, times=1),
    "all of it byte by byte": Case(always(OK), drip, timeout=(20, 20), seconds=120),
}
