"""Which replacements of parts of the HTTP libraries are recognised."""

import functools
import http.client

import pytest
import wrapt

from fc_client._transport.instrumentation import Watch


class TestWatch:
    @pytest.fixture
    def watch(self):
        names = ("HTTPConnection", "HTTPConnection.request", "HTTPConnection.debuglevel")
        return Watch({http.client: names})

    def test_libraries_as_installed_are_unpatched(self, watch):
        assert watch.is_unpatched()
        assert watch.state() is watch.state()

    @pytest.mark.parametrize(
        "replacement",
        [
            functools.wraps(http.client.HTTPConnection.request)(lambda *_: None),
            functools.partial(http.client.HTTPConnection.request),
            lambda *_: None,
            wrapt.FunctionWrapper(http.client.HTTPConnection.request, pytest.fail),
            print,
        ],
    )
    def test_replacements_are_patches(self, watch, replacement, monkeypatch):
        before = watch.state()
        with monkeypatch.context() as patch:
            patch.setattr(http.client.HTTPConnection, "request", replacement)
            assert not watch.is_unpatched()
            assert watch.state() is not before
        assert watch.is_unpatched()

    def test_settings_that_are_on_are_patches(self, watch, monkeypatch):
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
        assert not watch.is_unpatched()

    def test_classes_of_others_are_patches(self, watch, monkeypatch):
        class Other(http.client.HTTPConnection):
            pass

        monkeypatch.setattr(http.client, "HTTPConnection", Other)
        assert not watch.is_unpatched()

    @pytest.mark.parametrize("library", ["gevent.monkey", "eventlet.green"])
    def test_classes_of_green_threads_are_not(self, watch, library, monkeypatch):
        """They make calls cooperative, and watch nothing."""
        green = type("HTTPConnection", (http.client.HTTPConnection,), {"__module__": library})
        monkeypatch.setattr(http.client, "HTTPConnection", green)
        assert watch.is_unpatched()
