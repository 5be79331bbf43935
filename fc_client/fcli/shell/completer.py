"""Completion in the shell."""

from __future__ import annotations

from collections.abc import Iterable

from click.shell_completion import CompletionItem, ShellComplete, split_arg_string
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from fc_client.fcli.root import root
from fc_client.fcli.session import Session

__all__ = ["ShellCompleter"]


class ShellCompleter(Completer):
    """Completes commands, flags and paths as the parser of fcli knows them.

    It runs in a thread of its own, so that typing never waits for the service.

    Args:
        session: The session of the shell.
    """

    def __init__(self, session: Session) -> None:
        self._shell = session
        # Of its own: a command that runs changes the options of its session.
        self._session = session.for_completion()
        self._complete = ShellComplete(root, {"obj": self._session}, "fcli", "_FCLI_COMPLETE")

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Yield what the word before the cursor can become."""
        text = document.text_before_cursor
        self._session.cwd = self._shell.cwd
        words = split_arg_string(text)
        incomplete = "" if not text or text[-1].isspace() else words.pop()
        for item in self._complete.get_completions(words, incomplete):
            if item.type in ("file", "dir"):
                yield from _files(item, incomplete, complete_event)
            else:
                yield Completion(str(item.value), -len(incomplete), display_meta=item.help or "")


def _files(
    item: CompletionItem, incomplete: str, complete_event: CompleteEvent
) -> Iterable[Completion]:
    completer = PathCompleter(only_directories=item.type == "dir", expanduser=True)
    return completer.get_completions(Document(incomplete), complete_event)
