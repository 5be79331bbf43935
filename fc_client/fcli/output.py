"""Results: tables on a terminal, plain lines in a pipe, JSON and YAML where asked for."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fc_client.fcli.options import CommonOptions
from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.terminal import Terminal
from fc_client.fcli.times import iso_time, relative

__all__ = ["Column", "Output"]

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: Its heading.
        key: The field of the record that it shows.
        is_time: Whether the field is a time, in ISO 8601 or milliseconds since
            the epoch, which is shown relative to now.
    """

    title: str
    key: str
    is_time: bool = False

    def cell(self, record: Record) -> str:
        """Return what the column shows of a record."""
        value = record.get(self.key)
        if self.is_time and value:
            # Some times are in milliseconds since the epoch.
            return relative(iso_time(value) if isinstance(value, int) else str(value))
        if isinstance(value, list) and not any(isinstance(each, (list, dict)) for each in value):
            return ", ".join(map(_plain, value))
        if isinstance(value, dict):
            return ", ".join(f"{key}={_plain(each)}" for key, each in value.items())
        return _plain(value)


class _Session(Protocol):
    """The parts of a session that matter here."""

    @property
    def options(self) -> CommonOptions:
        """The common options of the command."""

    @property
    def terminal(self) -> Terminal:
        """The terminal."""


class Output:
    """Prints results in the format that the options ask for.

    Args:
        session: Its options and its terminal decide on the format.
    """

    def __init__(self, session: _Session) -> None:
        self._session = session

    def records(
        self, records: Sequence[Record], columns: Sequence[Column], *, whole: bool = False
    ) -> None:
        """Print a list: a table on a terminal, else one record per line.

        Args:
            records: The records.
            columns: Of the table.
            whole: A line has all columns, with tabs between them, and not only the first.
        """
        name = self._format("table" if self._session.terminal.shows_tables else "text")
        if self._session.options.query:
            self._print_value(self._selected(list(records)), name)
        elif name == "table":
            self._print_table(
                [column.title for column in columns],
                [[column.cell(record) for column in columns] for record in records],
                is_long=True,
            )
        elif name == "text":
            shown = columns if whole else columns[:1]
            lines = ["\t".join(column.cell(record) for column in shown) for record in records]
            self._write("".join(f"{line}\n" for line in lines), is_long=True)
        else:
            self._print_value(list(records), name)

    def listed(self, records: Sequence[Record]) -> None:
        """Print a list whose fields are the columns."""
        titles = list(dict.fromkeys(key for record in records for key in record))
        self.records(records, [Column(title.upper(), title) for title in titles], whole=True)

    def record(self, record: Record) -> None:
        """Print one resource: as indented JSON unless the options say otherwise."""
        name = self._format("json")
        if self._session.options.query:
            wanted = name if self._session.options.output else "text"
            self._print_value(self._selected(record), wanted)
        elif name == "table":
            self._print_table(
                ["FIELD", "VALUE"], [[key, _plain(item)] for key, item in record.items()]
            )
        elif name == "text":
            self._write("".join(f"{key}\t{_plain(item)}\n" for key, item in record.items()))
        else:
            self._print_value(record, name)

    def changed(self, path: str, verb: str, record: Record) -> None:
        """Print what a command did to a resource, such as "/fc/demo created"."""
        options = self._session.options
        if options.output or options.query:
            self.record(record)
        elif not options.quiet:
            self._write(f"{path} {verb}\n")

    def all_changed(self, paths: Sequence[str], verb: str) -> None:
        """Print what a command did to several resources."""
        options = self._session.options
        if options.output or options.query:
            self.listed([{"path": path} for path in paths])
        elif not options.quiet:
            self._write("".join(f"{path} {verb}\n" for path in paths))

    def line(self, text: str) -> None:
        """Print one line."""
        self._write(f"{text}\n")

    def payload(self, content: bytes) -> None:
        """Write bytes as they are; on a terminal, end the line."""
        self.chunks([content])

    def chunks(self, chunks: Iterable[bytes]) -> None:
        """Write bytes as they come; on a terminal, end the last line."""
        last = b"\n"
        for chunk in chunks:
            self._write_bytes(chunk)
            last = chunk[-1:] or last
        if self._session.terminal.shows_tables and last != b"\n":
            self._write_bytes(b"\n")

    def _write_bytes(self, content: bytes) -> None:
        sys.stdout.flush()
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            self._write(content.decode("utf-8", "replace"))
            return
        stream.write(content)
        stream.flush()

    def _format(self, default: str) -> str:
        return self._session.options.output or default

    def _selected(self, value: Any) -> Any:
        import jmespath
        import jmespath.exceptions

        query = self._session.options.query or ""
        try:
            return jmespath.search(query, value)
        except jmespath.exceptions.JMESPathError as exc:
            reason = str(exc).splitlines()[0].rstrip(":")
            raise CommandLineError(
                f"--query: {query!r} is not a JMESPath expression: {reason}"
            ) from exc

    def _print_value(self, value: Any, name: str) -> None:
        if name == "json":
            self._write_json(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
        elif name == "yaml":
            import yaml

            # PyYAML refuses subclasses of str, such as those that are masked in logs.
            plain = json.loads(json.dumps(value))
            self._write(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
        elif name == "table" and _is_table(value):
            titles = list(dict.fromkeys(key for record in value for key in record))
            rows = [[_plain(record.get(key)) for key in titles] for record in value]
            self._print_table([title.upper() for title in titles], rows)
        else:
            items = value if isinstance(value, list) else [value]
            self._write("".join(f"{_line(item)}\n" for item in items))

    def _write_json(self, text: str) -> None:
        if not self._session.terminal.has_color:
            self._write(text)
            return
        from rich.json import JSON

        self._write(self._rendered(JSON(text, indent=2)))

    def _print_table(
        self, titles: Sequence[str], rows: Sequence[Sequence[str]], *, is_long: bool = False
    ) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for title in titles:
            table.add_column(title, overflow="fold")
        for row in rows:
            # Text, so that brackets in values are not taken for markup.
            table.add_row(*(Text(cell) for cell in row))
        self._write(self._rendered(table), is_long=is_long)

    def _rendered(self, renderable: Any) -> str:
        from rich.console import Console

        terminal = self._session.terminal
        console = Console(
            file=io.StringIO(),
            force_terminal=terminal.has_color,
            color_system="standard" if terminal.has_color else None,
            # In a pipe, a record is one line, however long.
            width=terminal.width if terminal.shows_tables else 10_000,
            legacy_windows=False,
        )
        with console.capture() as capture:
            console.print(renderable)
        return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())

    def _write(self, text: str, *, is_long: bool = False) -> None:
        """Write to stdout; what may be long goes to a pager if it does not fit on the terminal."""
        terminal = self._session.terminal
        if is_long and terminal.shows_tables and text.count("\n") >= terminal.height:
            import click

            # As git sets it: less keeps colours, and ends where all fits on the screen.
            os.environ.setdefault("LESS", "FRX")
            click.echo_via_pager(text, color=terminal.has_color)
            return
        sys.stdout.write(text)
        sys.stdout.flush()


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _line(value: Any) -> str:
    """Return a value of a query on one line; the parts of a list have tabs between them."""
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return "\t".join(map(_plain, value))
    return _plain(value)


def _plain(value: Any) -> str:
    """Return a value as text on one line, without control characters."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.isprintable() else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, default=str)
