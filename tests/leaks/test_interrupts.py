"""Secrets in tracebacks of calls that are interrupted at any line."""

import sys
import traceback

from support.leaks import KEYS, SECRETS, TESTS

from fc_client import Client, Credentials
from fc_client._messages import build
from fc_client._transport.http1 import serialize_request
from fc_client.signing import authorization


class Interrupt:
    """Raises KeyboardInterrupt at a given line, counted from the start; also in libraries."""

    def __init__(self, at):
        self.left = at

    def __call__(self, _, event, __):
        if event == "line":
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self

    def during(self, call):
        """Return the KeyboardInterrupt, or None if the call ended before."""
        before = sys.gettrace()
        sys.settrace(self)
        try:
            call()
        except KeyboardInterrupt as error:
            return error
        finally:
            sys.settrace(before)
        return None


def interrupted(call, step=1):
    """Yield the interrupts of *call* at every line of it, or at every *step*-th."""
    at = 1
    while (error := Interrupt(at).during(call)) is not None:
        yield error
        at += step


def variables(error):
    """Return the variables of all frames, as a crash reporter shows them."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    ours = [frame for frame in frames if not frame.f_code.co_filename.startswith(TESTS)]
    return "\n".join(
        f"{frame.f_code.co_qualname if hasattr(frame.f_code, 'co_qualname') else ''} "
        f"{name} = {safe_repr(value)}"
        for frame in ours
        for name, value in frame.f_locals.items()
    )


def safe_repr(value):
    try:
        return repr(value)
    except AttributeError:
        # It is only half made.
        return "?"


def check(errors, at_least):
    shown = [variables(error) for error in errors]
    assert len(shown) > at_least
    assert [text for text in shown if SECRETS.search(text)] == []


class TestInterrupts:
    def test_of_signing(self):
        credentials = Credentials(*KEYS.values())
        headers = {"x-fc-security-token": credentials.security_token, "Date": "now"}
        secret = credentials.access_key_secret
        check(
            interrupted(lambda: authorization("made-up-id", secret, "GET", "/", headers)),
            at_least=20,
        )

    def test_of_an_attempt(self):
        client = Client("http://fc.test", **KEYS)
        request = build("CreateService", "POST", "/2016-08-15/services", fields={"a": "b"})
        check(interrupted(lambda: client._signed(request)), at_least=50)

    def test_of_the_request_as_bytes(self):
        client = Client("http://fc.test", **KEYS)
        attempt = client._signed(build("GetService", "GET", "/2016-08-15/services/s"))
        check(
            interrupted(lambda: serialize_request("GET", "/", attempt.headers, b"x")),
            at_least=5,
        )
