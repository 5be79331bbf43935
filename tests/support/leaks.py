"""Made-up secrets, and a search for them in all that can be reached from an object."""

import pickle
import re
import traceback
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from fc_client import (
    FCError,
)
from fc_client._redaction import strip_tracebacks

# Made up, and globals: what a test's own frame holds is not the library's doing.
SECRET = "made-up+secret/K3y=="


TOKEN = "made-up+token/T0k3n=="


SIGNED = "Signature=made-up%2Bsigned"


KEYS = {"access_key_id": "made-up-id", "access_key_secret": SECRET, "security_token": TOKEN}


# The frames of files in this folder hold what the tests made.
TESTS = str(Path(__file__).parents[1])


# What Authorization holds is not known beforehand; its form is.
SECRETS = re.compile(
    "|".join([*map(re.escape, (SECRET, TOKEN, SIGNED)), r"FC made-up-id:[\w+/]{43}="])
)


def texts(thing):
    """Yield the repr of all that can be reached from *thing*, as a crash reporter would.

    Attributes, items, chained errors and the variables of their frames; the
    tests' own frames hold what the tests made, and are left out.
    """
    seen, todo = {}, [thing]
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, (type, ModuleType, FunctionType)):
            continue
        seen[id(each)] = each
        if isinstance(each, (str, bytes, bytearray)):
            yield repr(each)
            continue
        yield repr(each)
        todo += members(each)


def members(thing):
    if isinstance(thing, dict):
        yield from thing.keys()
        yield from thing.values()
    elif isinstance(thing, (list, tuple, set, frozenset)):
        yield from thing
    yield from getattr(thing, "__dict__", {}).values()
    for kind in type(thing).__mro__:
        slots = getattr(kind, "__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            yield getattr(thing, name, None)
    if isinstance(thing, BaseException):
        yield from (thing.args, thing.__cause__, thing.__context__, str(thing))
        for frame, _ in traceback.walk_tb(thing.__traceback__):
            if not frame.f_code.co_filename.startswith(TESTS):
                yield dict(frame.f_locals)


def leaks(*things):
    return [text[:300] for thing in things for text in texts(thing) if SECRETS.search(text)]


def printed(error):
    """Return the traceback, with variables, as tools print it."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    for place in told.stack:
        if place.filename.startswith(TESTS):
            place.locals = None
    return "".join(told.format()) + "".join(traceback.format_exception(error))


def failing(call, kind=FCError):
    """Return what *call* raises."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def check(error):
    assert leaks(error) == []
    check_shown(error)


def check_shown(error):
    """Check what is shown of an error; its frames hold the reply, which may hold what we sent."""
    assert not SECRETS.search(printed(error))
    assert not SECRETS.search(f"{error} {error!r} {vars(error)}")
    copy = pickle.loads(pickle.dumps(error))
    assert leaks(copy) == []
    assert not any(secret.encode() in pickle.dumps(error) for secret in (SECRET, TOKEN, SIGNED))
    assert leaks(strip_tracebacks(error)) == []
