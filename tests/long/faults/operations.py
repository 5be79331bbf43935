"""The operations of the API: how each is called, and how one finds out what became of it.

Each works on resources of its own, in a service of its own; invocations share one function,
which notes every run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faults.catalogue import ASYNC, CREATE, DELETE, READ, SYNC, UPDATE
from faults.code import code_of
from fc_client import Client, NotFoundError

PLAIN = code_of("def handler(event, context):\n    return event\n")
COUNTING_SERVICE, COUNTING_FUNCTION = "counting", "f"
OLD, NEW = "old", "new"
CRON = {OLD: "@every 5m", NEW: "@every 7m"}


@dataclass(frozen=True)
class Operation:
    """An operation of the API.

    Attributes:
        kind: What its verb promises.
        depth: What must be there: 0 nothing, 1 a service, 2 a function, 3 a trigger.
        call: Calls it, given a client and the name of the service.
        seen: Reduces its result to what *state* tells.
        state: Asks for the state of things, past all faults; None for the number of runs.
        before: The state at first.
        after: The state when it has worked.
        needs: Makes what else must be there, given a client and the name of the service.
    """

    kind: str
    depth: int
    call: Callable[[Client, str], Any]
    seen: Callable[[Any], Any]
    state: Callable[[Client, str], Any] | None
    before: Any
    after: Any
    needs: Callable[[Client, str], Any] | None = None


def prepare(client, name, operation):
    """Make what an operation needs."""
    makers = (create_service, create_function, create_trigger)
    for make in makers[: operation.depth]:
        make(client, name, OLD)
    if operation.needs:
        operation.needs(client, name)


def create_service(client, name, mark=NEW):
    return client.create_service(name, description=mark)


def create_function(client, name, mark=NEW):
    return client.create_function(
        name, "f", runtime="python3", handler="index.handler", code=PLAIN, description=mark
    )


def create_trigger(client, name, mark=NEW):
    return client.create_trigger(name, "f", "t", trigger_type="timer", trigger_config=_timer(mark))


def _timer(mark):
    return {"cronExpression": CRON[mark], "enable": False}


def invoke(client, name, invocation_type):
    return client.invoke_function(
        COUNTING_SERVICE, COUNTING_FUNCTION, name, invocation_type=invocation_type
    )


def described(resource):
    return resource.description


def cron(trigger):
    return next(mark for mark in CRON if CRON[mark] == trigger.trigger_config["cronExpression"])


def itself(result):
    return result


def names_of(field):
    return lambda page: [getattr(item, field) for item in page.items]


def state_of(get, reduce):
    """Return a function that tells the state of a resource, None where there is none."""

    def state(client, name):
        try:
            return reduce(get(client, name))
        except NotFoundError:
            return None

    return state


SERVICE = state_of(lambda client, name: client.get_service(name), described)
FUNCTION = state_of(lambda client, name: client.get_function(name, "f"), described)
TRIGGER = state_of(lambda client, name: client.get_trigger(name, "f", "t"), cron)

RUNS = None


def _read(depth, call, seen, expected):
    return Operation(
        READ, depth, call, seen, lambda client, name: seen(call(client, name)), expected, expected
    )


OPERATIONS = {
    "CreateService": Operation(CREATE, 0, create_service, described, SERVICE, None, NEW),
    "GetService": _read(1, lambda client, name: client.get_service(name), described, OLD),
    "UpdateService": Operation(
        UPDATE,
        1,
        lambda client, name: client.update_service(name, description=NEW),
        described,
        SERVICE,
        OLD,
        NEW,
    ),
    "DeleteService": Operation(
        DELETE, 1, lambda client, name: client.delete_service(name), itself, SERVICE, OLD, None
    ),
    "ListServices": _read(
        1,
        lambda client, name: client.list_services(prefix=name),
        lambda page: len(page.items),
        1,
    ),
    "CreateFunction": Operation(CREATE, 1, create_function, described, FUNCTION, None, NEW),
    "GetFunction": _read(2, lambda client, name: client.get_function(name, "f"), described, OLD),
    "UpdateFunction": Operation(
        UPDATE,
        2,
        lambda client, name: client.update_function(name, "f", description=NEW, code=PLAIN),
        described,
        FUNCTION,
        OLD,
        NEW,
    ),
    "DeleteFunction": Operation(
        DELETE,
        2,
        lambda client, name: client.delete_function(name, "f"),
        itself,
        FUNCTION,
        OLD,
        None,
    ),
    "ListFunctions": _read(
        2, lambda client, name: client.list_functions(name), names_of("function_name"), ["f"]
    ),
    "GetFunctionCode": _read(
        2,
        lambda client, name: client.get_function_code(name, "f"),
        lambda code: code.checksum,
        PLAIN.checksum,
    ),
    "InvokeFunction Sync": Operation(
        SYNC,
        0,
        lambda client, name: int(invoke(client, name, "Sync").text == name),
        itself,
        RUNS,
        0,
        1,
    ),
    "InvokeFunction Async": Operation(
        ASYNC,
        0,
        lambda client, name: int(invoke(client, name, "Async").status_code == 202),
        itself,
        RUNS,
        0,
        1,
    ),
    "CreateTrigger": Operation(CREATE, 2, create_trigger, cron, TRIGGER, None, NEW),
    "GetTrigger": _read(3, lambda client, name: client.get_trigger(name, "f", "t"), cron, OLD),
    "UpdateTrigger": Operation(
        UPDATE,
        3,
        lambda client, name: client.update_trigger(name, "f", "t", trigger_config=_timer(NEW)),
        cron,
        TRIGGER,
        OLD,
        NEW,
    ),
    "DeleteTrigger": Operation(
        DELETE,
        3,
        lambda client, name: client.delete_trigger(name, "f", "t"),
        itself,
        TRIGGER,
        OLD,
        None,
    ),
    "ListTriggers": _read(
        3, lambda client, name: client.list_triggers(name, "f"), names_of("trigger_name"), ["t"]
    ),
}

# One of each kind, for every fault in the short form.
SHORT = (
    "GetService",
    "UpdateFunction",
    "DeleteTrigger",
    "CreateFunction",
    "InvokeFunction Sync",
    "InvokeFunction Async",
)
