"""fc-local is killed in the middle of mixed work, again and again, on one data directory."""

import random
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from support.fc_local import FcLocal

from faults import FULL
from faults.code import code_of, create_counting, create_function
from fc_client import FCError, NotFoundError, RetryPolicy
from fc_client.local.storage.data_directory import database_path

KILLS = 100 if FULL else 5
# How long the work goes on before it is cut off.
SHORTEST, LONGEST = 0.1, 0.7
# No worker is left behind for longer, though the machine be busy.
LEFT_SECONDS = 20
ASYNC_SECONDS = 60

# Names of the threads: each writes what no other one writes.
MAKERS = ("m1", "m2")
UPDATERS = ("u1", "u2")
INVOKERS = ("i1", "i2", "i3")
DETACHERS = ("d1",)

VERSIONED = "def handler(event, context):\n    return {version!r}\n"
# What outlives its worker unless somebody looks after it.
DETACHING = """
import subprocess, time

def handler(event, context):
    subprocess.Popen(["sleep", "60"], start_new_session=True)
    time.sleep(60)
"""
ABSENT = None


class Ledger:
    """What was written, by key: the value that is sure, and the one that is under way."""

    def __init__(self):
        self.sure = {}
        self.under_way = {}
        self.touched = set()
        self.acknowledged = 0

    def write(self, key, value, call):
        """Write a value; what *call* raises leaves it under way."""
        self.touched.add(key)
        self.under_way[key] = value
        result = call()
        self.sure[key] = self.under_way.pop(key)
        self.acknowledged += 1
        return result

    def settle(self, key, found):
        """Take what was found after a crash; return whether it may be."""
        allowed = [self.sure.get(key, ABSENT)]
        if key in self.under_way:
            allowed.append(self.under_way.pop(key))
        self.sure[key] = found
        self.touched.discard(key)
        return found in allowed


class Work:
    """Mixed work on one server after the other."""

    def __init__(self, directory):
        self.counter = directory / "runs"
        self.ledger = Ledger()
        self.accepted = set()
        self._numbers = dict.fromkeys((*MAKERS, *UPDATERS, *INVOKERS, *DETACHERS), 0)

    def prepare(self, client):
        """Make what the work goes on with."""
        client.create_service("s")
        create_counting(client, "s", "counting", self.counter)
        create_function(client, "s", "detaching", DETACHING, timeout=60)
        for name in UPDATERS:
            self.ledger.write(
                ("code", name),
                "0",
                partial(create_function, client, "s", name, VERSIONED.format(version="0")),
            )
            self.ledger.write(("service", name), "0", partial(_create, client, name, "0"))

    def until_killed(self, server):
        """Do all kinds of work at once until *server* is killed."""
        stop = threading.Event()
        client = server.client(retry=RetryPolicy(attempts=1), timeout=30, pool_size=16)
        kinds = (
            (self._make, MAKERS),
            (self._update, UPDATERS),
            (self._invoke, INVOKERS),
            (self._detach, DETACHERS),
        )
        pairs = [(step, name) for step, names in kinds for name in names]
        with client, ThreadPoolExecutor(len(pairs)) as threads:
            ends = [threads.submit(self._go_on, stop, client, *pair) for pair in pairs]
            time.sleep(random.uniform(SHORTEST, LONGEST))
            server.kill()
            left = server.processes_after(LEFT_SECONDS)
            stop.set()
        for end in ends:
            end.result()
        return left

    def _go_on(self, stop, client, step, name):
        try:
            while not stop.is_set():
                self._numbers[name] += 1
                step(client, name, self._numbers[name])
        except FCError:
            # The server is gone. The next one gets on with the next number.
            pass

    def _make(self, client, name, number):
        """Create a service and a function, and remove every second pair."""
        service = f"{name}-{number}"
        write = self.ledger.write
        write(("service", service), "made", partial(_create, client, service, "made"))
        create = partial(create_function, client, service, "f", VERSIONED.format(version=service))
        write(("function", service), code_checksum(service), create)
        if number % 2:
            write(("function", service), ABSENT, partial(client.delete_function, service, "f"))
            write(("service", service), ABSENT, partial(client.delete_service, service))

    def _update(self, client, name, number):
        """Update the code of a function and the description of a service."""
        version = str(number)
        code = code_of(VERSIONED.format(version=version))
        write = self.ledger.write
        write(("code", name), version, partial(client.update_function, "s", name, code=code))
        update = partial(client.update_service, name, description=version)
        write(("service", name), version, update)

    def _invoke(self, client, name, number):
        event = f"{name}-{number}"
        client.invoke_function("s", "counting", event, invocation_type="Async")
        self.accepted.add(event)

    def _detach(self, client, *_):
        client.invoke_function("s", "detaching")

    def losses(self, client, keys):
        """Yield every acknowledged write of *keys* that is not there."""
        readers = {"service": _description, "function": _checksum, "code": _version}
        for key in list(keys):
            kind, name = key
            was = self.ledger.sure.get(key), self.ledger.under_way.get(key)
            found = readers[kind](client, name)
            if not self.ledger.settle(key, found):
                yield f"{key}: {found!r}, not one of {was}"

    def unfinished(self):
        """Return the accepted Async invocations whose effect does not come."""
        deadline = time.monotonic() + ASYNC_SECONDS
        while True:
            left = self.accepted - set(self.counter.read_text().split())
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.05)


def _create(client, service, description):
    return client.create_service(service, description=description)


def code_checksum(version):
    return code_of(VERSIONED.format(version=version)).checksum


def _description(client, service):
    try:
        return client.get_service(service).description
    except NotFoundError:
        return ABSENT


def _checksum(client, service):
    try:
        return client.get_function(service, "f").code_checksum
    except NotFoundError:
        return ABSENT


def _version(client, function):
    """Run the function: its code must be there, not only its name."""
    version = client.invoke_function("s", function).text
    assert client.get_function("s", function).code_checksum == code_checksum(version)
    return version


def _check(server, data_dir, work, keys, when):
    """Assert that nothing was lost of *keys* and of what was accepted."""
    assert _integrity(data_dir) == [("ok",)], when
    with server.client() as client:
        assert list(work.losses(client, keys)) == [], when
    assert work.unfinished() == set(), when


def _integrity(data_dir):
    database = sqlite3.connect(database_path(data_dir))
    try:
        return database.execute("PRAGMA integrity_check").fetchall()
    finally:
        database.close()


def test_nothing_acknowledged_is_lost(tmp_path, report):
    data_dir = tmp_path / "data"
    work = Work(tmp_path)
    with FcLocal(data_dir) as server, server.client() as client:
        work.prepare(client)
    started = time.monotonic()

    for kill in range(KILLS):
        with FcLocal(data_dir) as server:
            _check(server, data_dir, work, work.ledger.touched, f"before kill {kill}")
            assert work.until_killed(server) == [], f"left behind by kill {kill}"
    with FcLocal(data_dir) as server:
        _check(server, data_dir, work, work.ledger.sure, "at the end")

    report(
        f"crash: {KILLS} kills amid work in {time.monotonic() - started:.0f} s, "
        f"{work.ledger.acknowledged} acknowledged writes and {len(work.accepted)} acknowledged "
        f"Async invocations, none lost"
    )
    assert work.ledger.acknowledged
    assert work.accepted
