import socket

import pytest

from fc_client import RequestTimeoutError, TransportError
from fc_client._transport import failures


def raised(code, module):
    """Return the exception that *code* raises in a module of this name."""
    with pytest.raises(OSError) as caught:  # noqa: PT011 - any
        exec(code, {"__name__": module})
    return caught.value


class TestConnecting:
    @pytest.mark.parametrize(
        ("reason", "kind", "message"),
        [
            (TimeoutError("late"), RequestTimeoutError, "cannot connect to h:80: timed out"),
            (OSError(111, "refused"), TransportError, "cannot connect to h:80: refused"),
            (socket.gaierror(-2, "unknown"), TransportError, "cannot resolve h:80: unknown"),
            (OSError(), TransportError, "cannot connect to h:80: OSError"),
        ],
    )
    def test_says_why(self, reason, kind, message):
        error = failures.connecting("h:80", reason)
        assert (type(error), error.message, error.request_sent) == (kind, message, False)
        assert error.__cause__ is reason

    def test_says_what_the_system_said(self):
        wrapped = ValueError("of a library")
        wrapped.__cause__ = OSError(111, "refused")
        assert failures.connecting("h:80", wrapped).message == "cannot connect to h:80: refused"


class TestSendingAndReceiving:
    @pytest.mark.parametrize("error_of", [failures.sending, failures.receiving])
    def test_timeouts_have_a_class_of_their_own(self, error_of):
        assert type(error_of(TimeoutError())) is RequestTimeoutError
        assert type(error_of(OSError("reset"))) is TransportError
        assert error_of(OSError("reset")).request_sent is True


class TestClosed:
    @pytest.mark.parametrize("sent", [True, False])
    def test_is_not_retried(self, sent):
        error = failures.closed(OSError(), sent=sent)
        assert (error.client_closed, error.request_sent) == (True, sent)


class TestIsFromElsewhere:
    @pytest.mark.parametrize("module", ["ssl", "socket", "urllib3.connection", "fc_client.x"])
    def test_failures_of_sockets_are_not(self, module):
        assert not failures.is_from_elsewhere(raised("raise TimeoutError", module))

    def test_those_of_handlers_are(self):
        assert failures.is_from_elsewhere(raised("raise TimeoutError", "app.tasks"))

    def test_those_without_a_traceback_are_not(self):
        assert not failures.is_from_elsewhere(TimeoutError())
