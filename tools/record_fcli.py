"""Records a session of fcli on a terminal as docs/fcli.svg.

python tools/record_fcli.py            writes the file
python tools/record_fcli.py --check    fails if the file shows something else
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

from fc_client.local import LocalFunctionCompute

TARGET = Path(__file__).parent.parent / "docs" / "fcli.svg"
WIDTH = 100

CODE = """\
import json

def handler(event, context):
    name = json.loads(event)["name"]
    print("greeting", name)
    return f"Hello, {name}!"
"""

# The shell's prompt, after the control that comes once before it.
_PROMPT = r"\x1b\[\?2004h.*?>>> "

# Each: a command line, and what is typed after the text that the command shows.
COMMANDS = (
    ("fcli mks demo -d 'A first service'", ()),
    ("fcli mkf demo/hello -t python3 -h index.handler -d ./code", ()),
    ("fcli ls demo", ()),
    ("""fcli invk demo/hello -s '{"name": "Ada"}'""", ()),
    ("fcli logs demo/hello", ()),
    ("fcli info demo/hello --query '{runtime: runtime, memory: memorySize}' --output json", ()),
    ("fcli info demo/helo", ()),
    (
        "fcli shell",
        (
            (_PROMPT, "cd demo"),
            (_PROMPT, "ls"),
            (_PROMPT, """invk hello -s '{"name": "Bob"}'"""),
            (_PROMPT, "exit"),
        ),
    ),
    ("fcli rm -r demo", ((r"\[y/n\]: ", "y"),)),
)

# What differs from run to run, and what the recording has in its place.
SAME = (
    (
        re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        "6a0c19e7-52d4-4b0f-9a57-0e4f7c1d2b3a",
    ),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2018-01-31T08:00:00Z"),
    (re.compile(r"(?<!Billed )Duration: [\d.]+ ms"), "Duration: 1.02 ms"),
    (re.compile(r"Max Memory Used: [\d.]+ MB"), "Max Memory Used: 14.55 MB"),
    (re.compile(r"\b(now|\d+ seconds? ago)(?=\s|\x1b|$)"), "1 second ago"),
)

# What a terminal acts on: movements and erasures, colours, other controls, and characters.
_TOKEN = re.compile(
    r"\x1b\[(?P<number>\d*)(?P<move>[ACDJK])|(?P<style>\x1b\[[\d;]*m)|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|(?P<character>.)",
    re.DOTALL,
)


class Screen:
    """What a terminal shows: lines of characters with their colours."""

    def __init__(self) -> None:
        self._lines: list[list[tuple[str, str]]] = [[]]
        self._row = self._column = 0
        self._style = ""

    def show(self, output: str) -> None:
        """Act on what a program wrote."""
        for found in _TOKEN.finditer(output):
            if found["style"]:
                self._style = found["style"]
            elif found["move"]:
                self._move(found["move"], int(found["number"] or 1))
            elif found["character"]:
                self._put(found["character"])

    def _move(self, move: str, steps: int) -> None:
        if move in "JK":
            del self._lines[self._row][0 if steps == 2 else self._column :]
        self._row -= steps if move == "A" else 0
        self._column += {"C": steps, "D": -steps}.get(move, 0)

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._row += 1
            self._lines += [[] for _ in range(self._row + 1 - len(self._lines))]
        else:
            line = self._lines[self._row]
            line += [("", " ")] * (self._column + 1 - len(line))
            line[self._column] = (self._style, character)
            self._column += 1

    def text(self) -> str:
        """Return the lines; each begins without colour."""
        return "\n".join(map(self._line, self._lines))

    @staticmethod
    def _line(cells: list[tuple[str, str]]) -> str:
        parts, before = [], ""
        for style, character in cells:
            parts.append(character if style == before else f"\x1b[0m{style}{character}")
            before = style
        return "".join(parts) + ("\x1b[0m" if before else "")


def run(command: str, typed: tuple[tuple[str, str], ...], environ: dict[str, str]) -> str:
    """Return what a terminal shows of a command."""
    child = pexpect.spawn(
        "bash", ["-c", command], env=environ, encoding="utf-8", dimensions=(60, WIDTH), timeout=60
    )
    output = io.StringIO()
    child.logfile_read = output
    for shown, words in typed:
        child.expect(shown)
        child.send(f"{words}\r")
    child.expect(pexpect.EOF)
    child.close()
    screen = Screen()
    screen.show(output.getvalue())
    return f"\x1b[1m$ {command}\x1b[0m\n{screen.text().rstrip()}\n"


def record() -> str:
    """Run the commands against an embedded server and return the recording."""
    with tempfile.TemporaryDirectory() as folder, LocalFunctionCompute() as server:
        home = Path(folder)
        (home / "code").mkdir()
        (home / "code" / "index.py").write_text(CODE, encoding="utf-8")
        # The command as users have it.
        (home / "bin").mkdir()
        program = home / "bin" / "fcli"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m fc_client.fcli "$@"\n')
        program.chmod(0o700)
        os.chdir(home)
        environ = {
            "HOME": folder,
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(TARGET.parent.parent),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            **server.variables,
        }
        text = "\n".join(run(command, typed, environ) for command, typed in COMMANDS)
        os.chdir("/")
    for pattern, same in SAME:
        text = pattern.sub(same, text)
    return drawn(text)


def drawn(text: str) -> str:
    """Return *text* as an SVG that loads nothing from elsewhere."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(text))
    picture = console.export_svg(title="fcli", unique_id="fcli")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return "".join(f"{line.rstrip()}\n" for line in picture.splitlines())


def words_of(picture: str) -> list[str]:
    """Return the words that an SVG shows; how they are drawn depends on the version of rich."""
    parts = re.findall(r"<text [^>]*>(.*?)</text>", picture)
    return " ".join(parts).replace("&#160;", " ").split()


def main() -> int:
    """Write or check the recording."""
    picture = record()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(picture, encoding="utf-8")
        return 0
    if words_of(TARGET.read_text(encoding="utf-8")) == words_of(picture):
        return 0
    print("docs/fcli.svg is not current: run python tools/record_fcli.py", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
