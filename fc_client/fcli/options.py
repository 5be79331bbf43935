"""The options that every command has, before or after its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import click

__all__ = ["COMMON", "FORMATS", "NAMES", "CommonOptions", "given_before"]

FORMATS = ("text", "table", "json", "yaml")


@dataclass(frozen=True)
class CommonOptions:
    """Values of the common options; None means that the option is not given."""

    profile: str | None = None
    config: str | None = None
    endpoint: str | None = None
    access_key_id: str | None = None
    access_key_secret: str | None = None
    security_token: str | None = None
    ram_endpoint: str | None = None
    sls_endpoint: str | None = None
    request_timeout: float | None = None
    output: str | None = None
    query: str | None = None
    quiet: bool | None = None
    yes: bool | None = None
    debug: bool | None = None

    def with_given(self, given: Mapping[str, Any]) -> CommonOptions:
        """Return these options with those of *given* that are not None."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})


def _option(name: str, metavar: str, text: str, **settings: Any) -> click.Option:
    return click.Option([f"--{name}"], metavar=metavar, help=text, **settings)


def _flag(name: str, text: str) -> click.Option:
    return click.Option([f"--{name}"], is_flag=True, default=None, help=text)


COMMON: tuple[click.Option, ...] = (
    _option("profile", "name", "use ~/.fcli/profiles/NAME.yaml (environment: FCLI_PROFILE)"),
    _option("config", "file", "use this configuration file, not ~/.fcli/config.yaml"),
    _option("endpoint", "url", "endpoint of Function Compute (environment: FC_ENDPOINT)"),
    _option("access-key-id", "string", "ID of the access key"),
    _option("access-key-secret", "string", "secret of the access key; other users can see it here"),
    _option("security-token", "string", "STS token of temporary credentials"),
    _option("ram-endpoint", "url", "endpoint of RAM (environment: ALIBABA_CLOUD_RAM_ENDPOINT)"),
    _option(
        "sls-endpoint", "url", "endpoint of Log Service (environment: ALIBABA_CLOUD_SLS_ENDPOINT)"
    ),
    _option(
        "request-timeout",
        "seconds",
        "longest wait for a response, for uploads too",
        type=click.FloatRange(min=0, min_open=True),
    ),
    _option("output", "|".join(FORMATS), "format of the output", type=click.Choice(FORMATS)),
    _option("query", "jmespath", "print only what this JMESPath expression selects"),
    _flag("quiet", "print results and errors only"),
    _flag("yes", "answer every question with yes"),
    _flag("debug", "show the requests, without secrets"),
)

NAMES = tuple(field.name for field in fields(CommonOptions))


def given_before(ctx: click.Context) -> dict[str, Any]:
    """Return the common options of a command line, before and after the command."""
    outer = {} if ctx.parent is None else given_before(ctx.parent)
    own = {name: ctx.params.get(name) for name in NAMES}
    return {**outer, **{name: value for name, value in own.items() if value is not None}}
