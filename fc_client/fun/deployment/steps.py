"""Steps: what a deployment does, one after the other where one needs another."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Outcome", "Skipped", "Step", "run_steps"]

# Calls at a time; the service limits them per account.
_WORKERS = 4


@dataclass(frozen=True)
class Outcome:
    """What a step did or, in a dry run, would do.

    Attributes:
        action: created, updated, replaced or unchanged; deleted or left.
        changes: One line for each setting that differs.
        lines: What else there is to print, such as a URL.
        remark: What the service has chosen where the file says nothing.
        value: What steps that need this one use.
        title: The title of the step, if a part of it is only known now.
    """

    action: str
    changes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    remark: str = ""
    value: Any = None
    title: str = ""


@dataclass(eq=False)
class Step:
    """One thing to do.

    Attributes:
        section: The heading that it is printed under.
        title: What it is about: ``function greeting``.
        act: Does it, or with ``dry_run=True`` finds out what it would do.
        needs: What must be done before.
        defaults: The settings that the file does not have, which are printed beside the title.
        full_title: The title where no heading is above it, which no other step has:
            ``function cn-shanghai/svc/greeting``; default: the title.
    """

    section: str
    title: str
    act: Callable[[bool], Outcome]
    needs: tuple[Step, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    full_title: str = ""
    outcome: Outcome | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Use the title where it is enough."""
        self.full_title = self.full_title or self.title


class Skipped(Exception):  # noqa: N818 - it says what became of a step, and is not raised to users
    """A step was not begun, since another one failed."""


def run_steps(
    steps: Sequence[Step], *, dry_run: bool
) -> Iterator[tuple[Step, Outcome | BaseException]]:
    """Run steps in parallel, and yield each with its outcome, in order.

    After an error or Ctrl-C no further step begins; those that run are waited for.

    Args:
        steps: The steps; each comes after those that it needs.
        dry_run: Change nothing.

    Raises:
        KeyboardInterrupt: after all steps, if Ctrl-C was pressed while they ran.
    """
    stopping = threading.Event()
    futures: dict[Step, Future[Outcome]] = {}

    def run(step: Step) -> Outcome:
        for need in step.needs:
            # Begun before this one, since the pool takes them in order.
            if futures[need].exception() is not None:
                raise Skipped
        if stopping.is_set():
            raise Skipped
        try:
            step.outcome = step.act(dry_run)
        except BaseException:
            stopping.set()
            raise
        return step.outcome

    with (
        _interrupts(stopping) as interrupted,
        ThreadPoolExecutor(_WORKERS, thread_name_prefix="fun") as pool,
    ):
        for step in steps:
            futures[step] = pool.submit(run, step)
        for step in steps:
            wait([futures[step]])
            error = futures[step].exception()
            yield step, error if error is not None else futures[step].result()
    if interrupted():
        raise KeyboardInterrupt


@contextmanager
def _interrupts(stopping: threading.Event) -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C set *stopping*, and a second one end the process; yield whether one came."""
    came = threading.Event()

    def stop(number: int, _: object) -> None:
        came.set()
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    if threading.current_thread() is not threading.main_thread():
        yield came.is_set
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield came.is_set
    finally:
        signal.signal(signal.SIGINT, before)
