"""Prints what the steps of a deployment did or would do, as the guide has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from fc_client._disclosure import shown
from fc_client.cloud import StepError
from fc_client.exceptions import DeploymentError
from fc_client.fun.deployment.steps import Outcome, Skipped, Step

__all__ = ["Report"]

_PLANNED = {
    "created": "would be created",
    "updated": "would be updated",
    "replaced": "would be replaced",
    "unchanged": "unchanged",
}
_NOTHING_DONE = ("unchanged", "left")
_INDENT = "    "


class Report:
    """What became of the steps.

    Args:
        write: Prints a line.
        dry_run: Whether nothing was changed.

    Attributes:
        write: Prints a line.
        error: The first error, or Ctrl-C; None if there was none.
        failed: The step that it stopped.
    """

    def __init__(self, write: Callable[[str], None], *, dry_run: bool) -> None:
        self.write = write
        self._dry_run = dry_run
        self._section = ""
        self._counts: Counter[str] = Counter()
        self._done: list[str] = []
        self._open: list[str] = []
        self.error: BaseException | None = None
        self.failed: Step | None = None

    def add(self, results: Iterable[tuple[Step, Outcome | BaseException]]) -> None:
        """Print steps as they end."""
        try:
            self._add(results)
        except KeyboardInterrupt as exc:
            if self.failed is not None:
                self._open.insert(0, f"{self.failed.full_title} ({shown(self.error)})")
            self.error, self.failed = exc, None

    def _add(self, results: Iterable[tuple[Step, Outcome | BaseException]]) -> None:
        for step, result in results:
            if isinstance(result, Outcome):
                self._add_done(step, result)
            elif isinstance(result, Skipped):
                self._open.append(step.full_title)
            else:
                self._add_failed(step, result)

    def _add_done(self, step: Step, outcome: Outcome) -> None:
        self._counts[outcome.action] += 1
        self.show(step, outcome)
        if not self._dry_run and outcome.action not in _NOTHING_DONE:
            self._done.append(f"{step.full_title} {outcome.action}")

    def _add_failed(self, step: Step, error: BaseException) -> None:
        if done := _done_before(error):
            self._done.append(f"{step.full_title} in part ({', '.join(done)})")
        if self.error is None:
            self.error, self.failed = error, step
        else:
            self._open.append(f"{step.full_title} ({shown(error)})")

    def show(self, step: Step, outcome: Outcome) -> None:
        """Print what a step did or would do, under the heading of its section."""
        if step.section != self._section:
            self._section = step.section
            self.write(f"{step.section}:")
        self.write(_INDENT + self._line(step, outcome))
        if self._dry_run or outcome.action in ("updated", "replaced"):
            for line in outcome.changes:
                self.write(f"{_INDENT * 2}{line}")
        for line in outcome.lines:
            self.write(f"{_INDENT}{line}")

    def _line(self, step: Step, outcome: Outcome) -> str:
        title = outcome.title or step.title
        if outcome.action == "unchanged":
            return f"{title} unchanged."
        defaults = [*map(_default, step.defaults.items()), *filter(None, [outcome.remark])]
        remark = f"by default: {', '.join(defaults)}" if defaults else ""
        if self._dry_run:
            line = f"{title} {_PLANNED[outcome.action]}."
            return f"{line} ({remark})" if remark else line
        return f"{title} ok. ({'; '.join(filter(None, [outcome.action, remark]))})"

    def summary(self) -> str:
        """Return how many were created, updated and left."""
        words = [f"{self._counts[each]} {_PLANNED[each] if self._dry_run else each}"
                 for each in _PLANNED if self._counts[each]]  # fmt: skip
        return ", ".join(words) if words else "nothing to do"

    def failure(self, command: str) -> list[str]:
        """Return the lines that say what was done and what was not, after an error.

        Args:
            command: The command line that goes on from here.
        """
        done = ", ".join(self._done) or "nothing"
        lines = [f"Done: {done}."]
        if self._open:
            lines.append(f"Not done: {', '.join(self._open)}.")
        if not self._dry_run:
            lines.append(f"'{command}' goes on from here.")
        return lines


def _done_before(error: BaseException) -> tuple[str, ...]:
    """Return what a step that failed had done."""
    if isinstance(error, DeploymentError) and error.deleted is not None:
        return ("deleted",)
    return error.done if isinstance(error, StepError) else ()


def _default(setting: tuple[str, object]) -> str:
    key, value = setting
    text = str(value).lower() if isinstance(value, bool) else shown(value)
    return f"{shown(key)} {text!r}" if " " in text else f"{shown(key)} {text}"
