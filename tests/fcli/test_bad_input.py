"""Every flag of every command with bad input: wrong usage, in one line, and nothing is sent."""

import click
import pytest
from fcli.support import run

from fc_client.fcli.options import COMMON
from fc_client.fcli.root import root


def commands():
    """Yield the words that name each command, and the command."""
    context = click.Context(root)
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (((name, verb), each) for verb, each in command.commands.items())
        else:
            yield (name,), command


def options():
    for words, command in commands():
        for option in command.params:
            if isinstance(option, click.Option):
                yield from ((words, option, name) for name in option.opts)


WITH_VALUE = [(words, name) for words, option, name in options() if not option.is_flag]
WITHOUT = [(words, name) for words, option, name in options() if option.is_flag]
CHECKED = [
    (words, name)
    for words, option, name in options()
    if not option.is_flag and not isinstance(option.type, (click.types.StringParamType, click.Path))
]


def check_wrong(*argv):
    result = run(*argv)
    assert result.code == 2, argv
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    return result.err


@pytest.mark.parametrize(("words", "name"), WITH_VALUE, ids=str)
def test_flag_without_its_value(words, name):
    assert "requires an argument" in check_wrong(*words, name)


@pytest.mark.parametrize(("words", "name"), [pair for pair in WITHOUT if "--" in pair[1]], ids=str)
def test_flag_with_a_value_that_it_does_not_take(words, name):
    assert "does not take a value" in check_wrong(*words, f"{name}=perhaps")


@pytest.mark.parametrize(("words", "name"), CHECKED, ids=str)
def test_value_of_a_wrong_kind(words, name):
    assert "Invalid value" in check_wrong(*words, name, "no-such-value")


@pytest.mark.parametrize("option", COMMON, ids=lambda option: option.name)
def test_common_option(option):
    words = [option.opts[0]] if not option.is_flag else [f"{option.opts[0]}=x"]
    check_wrong("pwd", *words)
    if not isinstance(option.type, click.types.StringParamType) and not option.is_flag:
        check_wrong("pwd", option.opts[0], "no-such-value")


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=str)
def test_unknown_flag(words):
    assert "No such option" in check_wrong(*words, "--no-such-flag")
