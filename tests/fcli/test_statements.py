import pytest

from fc_client.fcli.problems import CommandLineError
from fc_client.fcli.shell.statements import read_statement


def statements(text):
    """Return the words of each command in *text*."""
    lines = iter(text.splitlines())

    def read_line(_is_further):
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    found = []
    while True:
        try:
            found.append(read_statement(read_line))
        except EOFError:
            return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ls demo", [["ls", "demo"]]),
        ("", []),
        ("\n  \nls", [[], [], ["ls"]]),
        ("# a comment\nls", [[], ["ls"]]),
        ("""invk f -s '{"a": 1}'""", [["invk", "f", "-s", '{"a": 1}']]),
        ("invk f \\\n  -s x\nls", [["invk", "f", "-s", "x"], ["ls"]]),
        ("invk f -s 'a\nb'", [["invk", "f", "-s", "a\nb"]]),
        ("ls a\\\\", [["ls", "a\\"]]),
        ("invk f -s <<EOF\n{\n}\nEOF\nls", [["invk", "f", "-s", "{\n}\n"], ["ls"]]),
        ("invk f -s << 'END' -t Async\nx\nEND", [["invk", "f", "-s", "x\n", "-t", "Async"]]),
        ("invk f -s <<EOF\nEOF", [["invk", "f", "-s", ""]]),
        ("invk f -s <<EOF\n'\\\n EOF\nEOF", [["invk", "f", "-s", "'\\\n EOF\n"]]),
        ("invk f -s '<<EOF'", [["invk", "f", "-s", "<<EOF"]]),
        ('invk f -s "<<EOF"', [["invk", "f", "-s", "<<EOF"]]),
        ("invk f -s \\<\\<EOF", [["invk", "f", "-s", "<<EOF"]]),
    ],
)
def test_words(text, words):
    assert statements(text) == words


@pytest.mark.parametrize("text", ["ls \\", "ls 'a", "invk f -s <<EOF\nx", "ls 'a\\"])
def test_input_that_ends_within_a_command_is_wrong(text):
    with pytest.raises(CommandLineError, match="the input ends within"):
        statements(text)
