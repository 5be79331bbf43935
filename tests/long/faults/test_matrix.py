"""Every fault, every operation, both clients: the right typed error or success.

In time and truthfully.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from support.clients import CLIENTS
from support.fault_proxy import FaultProxy
from support.later import LATER_OPERATIONS as LATER_API_OPERATIONS

from faults import FULL
from faults.catalogue import ASYNC, CASES, LOST, MORE_CASES, OK, READ, SYNC, reset_after_body
from faults.code import create_counting
from faults.later_operations import LATER_OPERATIONS, WITHOUT_A_ROW
from faults.operations import (
    COUNTING_FUNCTION,
    COUNTING_SERVICE,
    NEW,
    OLD,
    OPERATIONS,
    SHORT,
    create_service,
    prepare,
)
from fc_client import FCError, RetryPolicy, TransportError
from fc_client.local import LocalFunctionCompute

ALL_CASES = {**CASES, **MORE_CASES} if FULL else CASES
ALL_OPERATIONS = (
    OPERATIONS | LATER_OPERATIONS if FULL else {name: OPERATIONS[name] for name in SHORT}
)

# So that calls do not wait for each other for longer than a case allows.
MOST_AT_ONCE = 20


class Place:
    """A server, a way past all faults to it, and the counter of runs."""

    def __init__(self, function_compute, directory, certificates):
        self.function_compute = function_compute
        self.certificates = certificates
        self.client = function_compute.client(pool_size=32)
        self.counter = directory / "runs"
        url = urlsplit(function_compute.endpoint)
        self.address = (url.hostname, url.port)
        self.client.create_service(COUNTING_SERVICE)
        create_counting(self.client, COUNTING_SERVICE, COUNTING_FUNCTION, self.counter)
        # Its first start would count against the timeouts.
        self.client.invoke_function(COUNTING_SERVICE, COUNTING_FUNCTION, "first")

    def proxy(self, case):
        """Return a proxy that has the fault of a case."""
        tls = self.certificates.context(case.tls) if case.tls else None
        return FaultProxy(
            self.address, case.fault, times=case.times, tls=tls, listening=case.listening
        )

    def client_of(self, proxy, case, client):
        """Return a client, named by its class, that calls through a proxy."""
        return CLIENTS[client](
            f"{'https' if case.tls else 'http'}://{case.host}:{proxy.server_port}",
            access_key_id=self.function_compute.access_key_id,
            access_key_secret=self.function_compute.access_key_secret,
            account_id=self.function_compute.account_id,
            timeout=case.timeout,
            retry=RetryPolicy(attempts=3, base_delay=0.01),
            verify=self.certificates.trusted,
        )

    def runs(self, name):
        """Return how often the invocation with *name* as its event has run."""
        return self.counter.read_text().splitlines().count(name)


@pytest.fixture(scope="module")
def place(tmp_path_factory, certificates):
    directory = tmp_path_factory.mktemp("matrix")
    with LocalFunctionCompute(max_instances=4) as function_compute:
        place = Place(function_compute, directory, certificates)
        yield place
        place.client.close()


class Cell:
    """One fault, one operation, one client: what came of it, and whether that may be.

    Attributes:
        error: What the call raised, None after success.
        outcome: Name of its class, or OK.
    """

    def __init__(self, place, case, operation, client, name):
        self._place = place
        self._case = case
        self._operation = operation
        self._client = client
        self._name = name
        self.error = None
        self._result = None

    def run(self):
        """Make the call."""
        prepare(self._place.client, self._name, self._operation)
        with (
            self._place.proxy(self._case) as self.proxy,
            self._place.client_of(self.proxy, self._case, self._client) as client,
        ):
            started = time.monotonic()
            try:
                self._result = self._operation.call(client, self._name)
            except Exception as exc:  # noqa: BLE001 - which ones may be is what is tested
                self.error = exc
            self.seconds = time.monotonic() - started

    @property
    def outcome(self):
        return OK if self.error is None else type(self.error).__name__

    def objections(self):
        """Yield what should not be; to be called when nothing runs any more."""
        state = self._state()
        operation, case = self._operation, self._case
        allowed = case.allowed[operation.kind]
        if self.outcome not in allowed:
            yield f"{self.outcome} ({self.error}) is none of {sorted(allowed)}"
        if self.error is not None and not isinstance(self.error, FCError):
            yield "is no FCError"
        if self.seconds > case.seconds:
            yield f"took {self.seconds:.1f} s"
        if state not in (operation.before, operation.after):
            yield f"left the state {state!r}"
        if self.error is None:
            yield from self._untruth(state)
        elif not getattr(self.error, "request_sent", True) and state != operation.before:
            yield "says that nothing was sent, and it ran"
        elif case.never_sent and getattr(self.error, "request_sent", True):
            yield "does not say that nothing was sent"
        if case.listening and not self.proxy.struck:
            yield "the fault did not strike"
        if operation.kind in (SYNC, ASYNC) and self.proxy.forwarded > 1:
            yield f"was sent {self.proxy.forwarded} times"

    def _state(self):
        if self._operation.state is None:
            return self._place.runs(self._name)
        return self._operation.state(self._place.client, self._name)

    def _untruth(self, state):
        if state != self._operation.after:
            yield f"succeeded, and the state is {state!r}"
        seen = self._operation.seen(self._result)
        if seen != self._operation.after:
            yield f"returned {seen!r}"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("fault", ALL_CASES)
def test_every_operation_ends_in_the_right_error_or_success(fault, client, place, record_row):
    case = ALL_CASES[fault]
    prefix = f"{client}-{list(ALL_CASES).index(fault)}-"
    cells = {
        name: Cell(place, case, operation, client, f"{prefix}{number}-")
        for number, (name, operation) in enumerate(ALL_OPERATIONS.items())
    }

    with ThreadPoolExecutor(min(len(cells), MOST_AT_ONCE)) as threads:
        list(threads.map(Cell.run, cells.values()))
    place.function_compute.drain()

    record_row(fault, client, {name: cell.outcome for name, cell in cells.items()})
    objections = [
        f"{name}: {objection}" for name, cell in cells.items() for objection in cell.objections()
    ]
    assert objections == []


@pytest.mark.parametrize("client", CLIENTS)
def test_every_later_operation_ends_rightly_after_a_lost_reply(client, place):
    """The matrix of the short form has none of them."""
    case = CASES["reset after body once"]
    cells = {
        name: Cell(place, case, operation, client, f"once-{client}-{number}-")
        for number, (name, operation) in enumerate(LATER_OPERATIONS.items())
    }

    with ThreadPoolExecutor(MOST_AT_ONCE) as threads:
        list(threads.map(Cell.run, cells.values()))

    objections = [
        f"{name}: {objection}" for name, cell in cells.items() for objection in cell.objections()
    ]
    assert objections == []


def test_the_matrix_has_every_operation():
    names = {name.partition(" ")[0] for name in OPERATIONS}

    assert len(names) == 17
    assert LATER_OPERATIONS.keys() | WITHOUT_A_ROW == LATER_API_OPERATIONS.keys()
    assert not LATER_OPERATIONS.keys() & WITHOUT_A_ROW
    assert set(SHORT) <= set(OPERATIONS)
    assert {OPERATIONS[name].kind for name in SHORT} == {
        operation.kind for operation in OPERATIONS.values()
    }


@pytest.mark.parametrize("client", CLIENTS)
class TestLostReply:
    """The reply of a call that has worked is lost, once."""

    @pytest.fixture
    def lossy(self, place, client):
        case = CASES["reset after body once"]
        with (
            FaultProxy(place.address, reset_after_body, times=1) as proxy,
            place.client_of(proxy, case, client) as lossy,
        ):
            yield lossy

    def test_an_update_with_if_match_is_not_taken_for_another_ones(self, place, lossy, client):
        name = f"if-match-update-{client}"
        etag = place.client.create_service(name, description=OLD).etag

        outcome = _outcome(lambda: lossy.update_service(name, description=NEW, if_match=etag))

        assert place.client.get_service(name).description == NEW
        assert outcome in (OK, LOST)

    def test_a_deletion_with_if_match_is_not_taken_for_another_ones(self, place, lossy, client):
        name = f"if-match-delete-{client}"
        etag = create_service(place.client, name).etag

        outcome = _outcome(lambda: lossy.delete_service(name, if_match=etag))

        assert outcome in (OK, LOST, "ServiceNotFoundError")

    def test_what_another_one_created_is_a_conflict(self, place, lossy, client):
        name = f"theirs-{client}"
        create_service(place.client, name, OLD)

        outcome = _outcome(lambda: create_service(lossy, name, NEW))

        assert outcome in (LOST, "ServiceAlreadyExistsError")
        assert place.client.get_service(name).description == OLD

    def test_an_invocation_says_that_it_was_sent(self, place, lossy, client):
        event = f"sent-{client}"

        with pytest.raises(TransportError) as caught:
            lossy.invoke_function(COUNTING_SERVICE, COUNTING_FUNCTION, event)

        assert caught.value.request_sent
        assert place.runs(event) == 1


class TestDownload:
    """The code itself comes by a second request, which is faulty."""

    @pytest.mark.parametrize("client", CLIENTS)
    @pytest.mark.parametrize(
        "fault",
        [
            name
            for name in CASES
            if name.startswith(("reset", "half", "cut", "no HTTP", "502"))
            and not name.endswith("once")
        ],
    )
    def test_the_file_stays_as_it_was(self, fault, client, place, tmp_path):
        case = CASES[fault]
        target = tmp_path / "code.zip"
        target.write_bytes(b"as it was")

        with (
            FaultProxy(place.address, case.fault, spared=1) as proxy,
            place.client_of(proxy, case, client) as faulty,
        ):
            outcome = _outcome(
                lambda: faulty.download_function_code(COUNTING_SERVICE, COUNTING_FUNCTION, target)
            )

        assert proxy.struck
        assert outcome in case.allowed[READ]
        assert target.read_bytes() == b"as it was"
        assert list(tmp_path.iterdir()) == [target]


def _outcome(call):
    try:
        call()
    except FCError as error:
        return type(error).__name__
    return OK
