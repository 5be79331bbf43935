"""Ctrl-C while the steps of a deployment are handed over to threads."""

import signal
import threading

import pytest

from fc_client.fun.deployment.steps import Outcome, Skipped, Step, run_steps


class Interrupted(list):
    """Steps; Ctrl-C comes once the first has begun, before the others are handed over."""

    def __init__(self, steps, begun):
        super().__init__(steps)
        self._begun = begun

    def __iter__(self):
        for step in super().__iter__():
            yield step
            if self._begun is not None:
                assert self._begun.wait(30)
                self._begun = None
                signal.raise_signal(signal.SIGINT)


def test_what_was_done_is_told():
    begun, results = threading.Event(), []

    def act(_dry_run):
        begun.set()
        return Outcome("created")

    def collect(steps):
        for step, result in run_steps(steps, dry_run=False):
            results.append((step.title, type(result)))

    with pytest.raises(KeyboardInterrupt):
        collect(Interrupted([Step("", "first", act), Step("", "second", act)], begun))

    assert results == [("first", Outcome), ("second", Skipped)]
