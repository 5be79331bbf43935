import logging
import os
import threading
from datetime import datetime, timedelta, timezone

import pytest

from fc_client import AccessDeniedError, APIError, ConfigurationError, Credentials
from fc_client.credentials.providers import (
    CallableProvider,
    RefreshingProvider,
    StaticProvider,
    says_token_expired,
)
from fc_client.credentials.sources import Missing

START = datetime(2026, 5, 8, 10, tzinfo=timezone.utc)
SILENT = Missing("no response")


class Clock:
    """A clock that a test lets go on, in seconds after START, and sets."""

    def __init__(self):
        self.seconds = 0
        self.set_by = 0

    def __call__(self):
        return START + timedelta(seconds=self.seconds + self.set_by)

    def monotonic(self):
        return 1000.0 + self.seconds


def key(number, lasts=3600):
    """Return credentials that last until some seconds after START."""
    expiration = None if lasts is None else START + timedelta(seconds=lasts)
    return Credentials(f"id-{number}", "s", f"token-{number}", expiration=expiration)


class Source:
    """Returns the given results, one per call."""

    def __init__(self, *results):
        self.results = list(results)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return self.results.pop(0)


def refreshed(source, first, clock, jitter=0.0):
    return RefreshingProvider(
        source,
        "made-up source",
        first,
        now=clock,
        monotonic=clock.monotonic,
        jitter=lambda: jitter,
    )


class TestStaticProvider:
    def test_returns_the_same_every_time(self):
        provider = StaticProvider(key(1))
        assert provider() == key(1)
        assert provider.needs_refresh is False
        assert provider.renew("token-1") is False


class TestCallableProvider:
    def test_calls_every_time(self):
        source = Source(key(1), key(2))
        provider = CallableProvider(source)
        assert [provider().access_key_id, provider().access_key_id] == ["id-1", "id-2"]
        assert provider.needs_refresh is False

    def test_renews_only_credentials_with_a_token(self):
        provider = CallableProvider(Source())
        assert (provider.renew("token-1"), provider.renew(None)) == (True, False)

    def test_other_results_are_refused(self):
        with pytest.raises(
            TypeError, match=r"^credentials: the callable must return Credentials, got NoneType"
        ):
            CallableProvider(lambda: None)()


class TestRefreshed:
    @pytest.mark.parametrize(
        ("jitter", "seconds", "asked"), [(0, 3299, 0), (0, 3300, 1), (1, 3239, 0), (1, 3240, 1)]
    )
    def test_fetches_others_five_to_six_minutes_before_they_expire(self, jitter, seconds, asked):
        clock, source = Clock(), Source(key(2, 7200))
        provider = refreshed(source, key(1), clock, jitter)
        clock.seconds = seconds
        assert provider.needs_refresh is bool(asked)
        assert provider().access_key_id == ("id-2" if asked else "id-1")
        assert (source.calls, provider.needs_refresh) == (asked, False)

    def test_credentials_without_expiration_are_kept(self):
        clock, source = Clock(), Source()
        provider = refreshed(source, key(1, None), clock)
        clock.seconds = 10**9
        assert provider() == key(1, None)

    def test_source_with_nothing_new_is_called_rarely(self):
        clock, source = Clock(), Source(*[key(1)] * 100)
        provider = refreshed(source, key(1), clock)
        for clock.seconds in range(3300, 3600):
            provider()
        assert source.calls <= 10

    def test_leaves_it_to_the_service_whether_credentials_have_expired(self):
        """A clock that is an hour ahead."""
        clock, source = Clock(), Source(key(2, -100), key(3, -100))
        provider = refreshed(source, key(1, -100), clock)
        clock.seconds = 10
        given = [provider().access_key_id for _ in range(3)]
        clock.seconds = 16
        given.append(provider().access_key_id)
        assert given == ["id-2", "id-2", "id-2", "id-3"]

    @pytest.mark.parametrize("set_by", [-86_400, -3600, 3600, 10**9])
    def test_does_not_care_that_the_clock_is_set(self, set_by):
        clock, source = Clock(), Source(key(2, 7200 + set_by), SILENT, SILENT)
        provider = refreshed(source, key(1), clock)
        clock.set_by = set_by
        given = []
        for clock.seconds in (0, 3299, 3300, 6899, 6900):
            given.append((provider().access_key_id, source.calls))
        assert given == [("id-1", 0), ("id-1", 0), ("id-2", 1), ("id-2", 1), ("id-2", 2)]
        clock.seconds = 7200
        with pytest.raises(ConfigurationError, match="have expired"):
            provider()

    def test_asks_at_least_once_a_day(self):
        clock, source = Clock(), Source(key(2, 10**9))
        provider = refreshed(source, key(1, 10**9), clock)
        clock.seconds = 86_399
        assert (provider().access_key_id, source.calls) == ("id-1", 0)
        clock.seconds = 86_400
        assert provider().access_key_id == "id-2"

    def test_failure_is_logged_once_while_the_old_credentials_are_valid(self, caplog):
        caplog.set_level(logging.DEBUG)
        clock, source = Clock(), Source(SILENT, SILENT, key(2, 7200), Missing("gone"))
        provider = refreshed(source, key(1), clock)

        given = []
        for clock.seconds in (3300, 3301, 3306, 3312, 6900):
            given.append(provider().access_key_id)

        assert given == ["id-1", "id-1", "id-1", "id-2", "id-2"]
        assert [(record.name, record.levelname) for record in caplog.records] == [
            ("fc_client", "WARNING")
        ] * 2
        assert [record.getMessage() for record in caplog.records] == [
            "could not refresh credentials: made-up source: no response",
            "could not refresh credentials: made-up source: gone",
        ]

    def test_failure_after_the_expiration_is_an_error(self):
        clock, source = Clock(), Source(SILENT, key(2, 7200))
        provider = refreshed(source, key(1), clock)
        clock.seconds = 3600
        for _ in range(2):
            with pytest.raises(ConfigurationError) as caught:
                provider()
            assert str(caught.value) == (
                "credentials have expired and could not be refreshed: made-up source: no response"
            )
        assert source.calls == 1
        clock.seconds = 3606
        assert provider().access_key_id == "id-2"

    def test_one_thread_fetches_while_others_go_on(self):
        clock, asked, answer = Clock(), threading.Event(), threading.Event()

        def slow():
            asked.set()
            assert answer.wait(30)
            return key(2, 7200)

        provider = refreshed(slow, key(1), clock)
        clock.seconds = 3400
        given = []
        thread = threading.Thread(target=lambda: given.append(provider().access_key_id))
        thread.start()
        assert asked.wait(30)
        meanwhile = provider().access_key_id
        answer.set()
        thread.join()

        assert (meanwhile, given) == ("id-1", ["id-2"])

    def test_other_threads_wait_after_the_expiration(self):
        clock, asked, answer = Clock(), threading.Event(), threading.Event()
        calls = []

        def slow():
            calls.append(1)
            asked.set()
            assert answer.wait(30)
            return key(2, 7200)

        provider = refreshed(slow, key(1), clock)
        clock.seconds = 3600
        given = []
        threads = [
            threading.Thread(target=lambda: given.append(provider().access_key_id))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        assert asked.wait(30)
        before = list(given)
        answer.set()
        for thread in threads:
            thread.join()

        assert (before, given, len(calls)) == ([], ["id-2"] * 8, 1)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_child_does_not_wait_for_a_thread_of_its_parent(self):
        clock, asked, answer = Clock(), threading.Event(), threading.Event()
        parent = os.getpid()

        def slow():
            if os.getpid() == parent:
                asked.set()
                assert answer.wait(30)
            return key(2, 7200)

        provider = refreshed(slow, key(1), clock)
        clock.seconds = 3600
        thread = threading.Thread(target=provider)
        thread.start()
        assert asked.wait(30)
        child = os.fork()
        if child == 0:
            os._exit(0 if provider().access_key_id == "id-2" else 1)
        _, status = os.waitpid(child, 0)
        answer.set()
        thread.join()

        assert os.waitstatus_to_exitcode(status) == 0


class TestRenew:
    def test_fetches_new_credentials(self):
        provider = refreshed(Source(key(2)), key(1), Clock())
        assert provider.renew("token-1") is True
        assert provider() == key(2)

    def test_refreshes_once_for_many_refused_calls(self):
        clock, source = Clock(), Source(key(2))
        provider = refreshed(source, key(1), clock)
        clock.seconds = 100
        assert [provider.renew("token-1") for _ in range(32)] == [True] * 32
        assert source.calls == 1

    def test_returns_false_if_the_source_has_nothing_new(self):
        clock, source = Clock(), Source(key(1, None), key(2, None))
        provider = refreshed(source, key(1, None), clock)
        assert [provider.renew("token-1"), provider.renew("token-1")] == [False, False]
        clock.seconds = 6
        assert provider.renew("token-1") is True
        assert source.calls == 2

    def test_returns_false_on_failure(self):
        provider = refreshed(Source(SILENT), key(1), Clock())
        assert provider.renew("token-1") is False
        assert provider() == key(1)

    def test_no_token_cannot_have_expired(self):
        assert refreshed(Source(), key(1), Clock()).renew(None) is False


class TestSaysTokenExpired:
    @pytest.mark.parametrize(
        ("status", "code", "expired"),
        [
            (403, "InvalidSecurityToken.Expired", True),
            (400, "InvalidSecurityToken", True),
            (403, "invalidsecuritytoken.malformed", True),
            (403, "SecurityTokenExpired", True),
            (403, "SecurityTokenNotSupported", False),
            (403, "AccessDenied", False),
            (403, None, False),
            (500, "InvalidSecurityToken.Expired", False),
            (None, "InvalidSecurityToken.Expired", False),
        ],
    )
    def test_by_code_of_a_refusal(self, status, code, expired):
        assert says_token_expired(APIError(status_code=status, code=code)) is expired

    def test_code_counts_and_not_the_class(self):
        error = AccessDeniedError(status_code=403, code="SecurityTokenExpired")
        assert says_token_expired(error) is True
