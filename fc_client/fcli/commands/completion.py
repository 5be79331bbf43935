"""``completion``: prints the script that completes fcli's command lines in a shell."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import get_completion_class

from fc_client.fcli.command import command
from fc_client.fcli.session import Session

__all__ = ["completion"]

_SHELLS = ("bash", "zsh", "fish")


@command(
    "completion",
    "print a script for the shell",
    'For bash, add to ~/.bashrc:  eval "$(fcli completion bash)"\n'
    'For zsh, add to ~/.zshrc:    eval "$(fcli completion zsh)"\n'
    "For fish:  fcli completion fish > ~/.config/fish/completions/fcli.fish",
)
@click.argument("shell", type=click.Choice(_SHELLS), metavar="|".join(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, session: Session, shell: str) -> None:
    """Print a completion script."""
    kind: Any = get_completion_class(shell)
    made = kind(ctx.find_root().command, {}, "fcli", "_FCLI_COMPLETE")
    # The class's source() would run bash to check its version.
    session.output.line(made.source_template % made.source_vars())
