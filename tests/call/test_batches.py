"""map_function over a real server: results that know their events, failures that are results."""

import asyncio
import json

import pytest
from support.at_once import at_once
from support.clients import CLIENTS
from support.http_server import serving

from fc_client import (
    AccessDeniedError,
    AsyncClient,
    Client,
    EntityTooLargeError,
    FunctionNotFoundError,
    RequestTimeoutError,
    RetryPolicy,
    UnhandledInvocationError,
)

OPTIONS = {
    "access_key_id": "i",
    "access_key_secret": "s",
    "pool_size": 16,
    "retry": RetryPolicy(attempts=1),
}


def answer(exchange):
    """Double the event; or fail in the way that it names."""
    event = json.loads(exchange.body or b"null")
    what = event.get("what") if isinstance(event, dict) else None
    if what == "slow":
        exchange.wait()
    if what == "raise":
        headers = {"X_Fc_Error_Type": "UnhandledInvocationError"}
        exchange.send(200, b'{"errorMessage": "no", "errorType": "ValueError"}', **headers)
    elif what in ("EntityTooLarge", "FunctionNotFound", "AccessDenied"):
        status = {"EntityTooLarge": 400, "FunctionNotFound": 404, "AccessDenied": 403}[what]
        exchange.send(status, json.dumps({"ErrorCode": what, "ErrorMessage": "m"}).encode())
    else:
        exchange.send(200, exchange.body)


def mapped(kind, url, events, **options):
    """Return the results of map_function of one of the clients."""
    if kind == "Client":
        with Client(url, **OPTIONS) as client:
            return list(client.map_function("s", "f", events, **options))

    async def collect():
        async with AsyncClient(url, **OPTIONS) as client:
            return [result async for result in client.map_function("s", "f", events, **options)]

    return asyncio.run(collect())


@pytest.mark.parametrize("kind", CLIENTS)
class TestMapFunction:
    def test_values_are_sent_as_json_and_results_know_their_events(self, kind):
        events = [{"a": 1}, "text", 3, None, [True]]
        with serving(answer) as server:
            results = mapped(kind, server.url, events, json=True, concurrency=2)

        assert [result.json() for result in results] == events
        assert [(result.index, result.event) for result in results] == list(enumerate(events))
        assert all(result.error is None for result in results)

    def test_failures_of_single_events_are_results(self, kind):
        events = [{"what": "raise"}, {"what": "EntityTooLarge"}, {}, object()]
        with serving(answer) as server:
            results = mapped(kind, server.url, events, json=True, check=False)

        errors = [type(result.error) for result in results]
        assert errors == [UnhandledInvocationError, EntityTooLargeError, type(None), TypeError]
        assert (results[0].error_type, results[1].status_code) == ("UnhandledInvocationError", 400)

    @pytest.mark.parametrize(
        ("what", "error"),
        [("AccessDenied", AccessDeniedError), ("FunctionNotFound", FunctionNotFoundError)],
    )
    def test_what_would_fail_all_is_raised(self, kind, what, error):
        with serving(answer) as server, pytest.raises(error):
            mapped(kind, server.url, [{"what": what}] * 5, json=True, check=False, concurrency=1)
        assert len(server.requests) <= 2

    def test_first_failure_is_raised_by_default(self, kind):
        with serving(answer) as server, pytest.raises(UnhandledInvocationError):
            mapped(kind, server.url, [{}, {"what": "raise"}], json=True)

    def test_results_come_as_they_are_available(self, kind):
        events = [{"what": "slow"}, *[{"n": n} for n in range(20)]]
        with serving(answer) as server:

            def progress(done, _):
                if done == 20:
                    # Ends the wait of the slow one.
                    server.stopping.set()

            options = {"ordered": False, "concurrency": 4, "progress": progress}
            results = mapped(kind, server.url, events, json=True, **options)

        assert results[-1].index == 0
        assert sorted(result.index for result in results) == list(range(21))

    def test_events_may_only_seem_to_have_a_length(self, kind):
        class Bar:
            """As a progress bar around an iterator has it."""

            def __iter__(self):
                return iter([b"1", b"2"])

            def __len__(self):
                raise TypeError("no length")

        calls = []
        with serving(answer) as server:
            mapped(kind, server.url, Bar(), progress=lambda *counts: calls.append(counts))

        assert calls == [(1, None), (2, None)]

    def test_error_that_cannot_be_shown_does_not_hide_the_others(self, kind):
        class HostileError(Exception):
            def __str__(self):
                raise RuntimeError

            __repr__ = __str__

        class File:
            def read(self, _=-1):
                raise HostileError

        with serving(answer) as server:
            failed, result = mapped(kind, server.url, [File(), b"2"], check=False)

        assert type(failed.error) is HostileError
        assert "error=<HostileError that cannot be shown>" in str(failed)
        with pytest.raises(json.JSONDecodeError, match=r"<HostileError that cannot be shown>"):
            failed.json()
        assert result.payload == b"2"

    def test_no_events_no_results(self, kind):
        assert mapped(kind, "http://127.0.0.1:1", [], ordered=False) == []

    @pytest.mark.parametrize(("events", "total"), [(list, 2), (iter, None)])
    def test_progress_is_called_before_each_result(self, kind, events, total):
        seen = []
        with serving(answer) as server:
            mapped(
                kind,
                server.url,
                events([b"1", b"2"]),
                progress=lambda *numbers: seen.append(numbers),
            )

        assert seen == [(1, total), (2, total)]

    @pytest.mark.parametrize(
        "options",
        [{"timeout": 0}, {"progress": 5}, {"concurrency": 0}, {"invocation_type": "a\nb"}],
    )
    def test_wrong_arguments_are_refused_at_once(self, kind, options):
        with pytest.raises((TypeError, ValueError)):
            mapped(kind, "http://127.0.0.1:1", [b"x"], check=False, **options)


class TestSlowEvents:
    @at_once
    @pytest.mark.parametrize(
        ("kind", "slow", "count", "ordered"),
        [
            ("Client", (3, 12, 18), 60, True),
            ("AsyncClient", (3, 12, 18), 60, True),
            ("Client", (7, 1000, 1999), 2000, False),
        ],
    )
    def test_end_in_their_own_time(self, kind, slow, count, ordered):
        """The slow ones wait at the same time; a fast one takes much less than the timeout."""
        events = [{"what": "slow"} if n in slow else {"n": n} for n in range(count)]
        options = {"check": False, "concurrency": 8, "ordered": ordered, "timeout": 3}
        with serving(answer) as server:
            results = mapped(kind, server.url, events, json=True, **options)

        failed = {result.index: type(result.error) for result in results if result.error}
        assert len(results) == count
        assert failed == dict.fromkeys(slow, RequestTimeoutError)
