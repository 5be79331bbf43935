"""The original's other way to name commands: ``fcli service create -s demo``."""

from __future__ import annotations

import click

from fc_client import __version__
from fc_client.fcli.commands.http import call
from fc_client.fcli.commands.invoke import invk
from fc_client.fcli.commands.logs import logs
from fc_client.fcli.commands.navigation import ls
from fc_client.fcli.commands.noun_command import NounCommand, noun_group
from fc_client.fcli.commands.overview import overview
from fc_client.fcli.resources import (
    aliases,
    asynchronous,
    concurrency,
    custom_domains,
    layers,
    tags,
    versions,
    vpc_bindings,
)
from fc_client.fcli.resources.functions import FUNCTION, mkf, upf
from fc_client.fcli.resources.instances import INSTANCE
from fc_client.fcli.resources.services import SERVICE, mks, ups
from fc_client.fcli.resources.triggers import TRIGGER, mkt, upt
from fc_client.fcli.session import Session

__all__ = [
    "alias",
    "async_config",
    "domain",
    "function",
    "instance",
    "layer",
    "on_demand",
    "provision",
    "service",
    "stateful",
    "tag",
    "trigger",
    "version",
    "vpc_binding",
]

service = noun_group(
    SERVICE, "Create, get, list, update and delete services.", create=mks, update=ups
)
function = noun_group(
    FUNCTION, "Create, get, list, update, delete and invoke functions.", create=mkf, update=upf
)
function.add_command(NounCommand(call, "call", FUNCTION))
function.add_command(NounCommand(invk, "invoke", FUNCTION))
function.add_command(NounCommand(logs, "logs", FUNCTION))
trigger = noun_group(
    TRIGGER, "Create, get, list, update and delete triggers.", create=mkt, update=upt
)
alias = noun_group(
    aliases.ALIAS,
    "Create, get, list, update and delete aliases of versions.",
    create=aliases.create,
    update=aliases.update,
)
async_config = noun_group(
    asynchronous.ASYNC_CONFIG,
    "Set, get, list and delete how async invocations of functions are run.",
    put=asynchronous.put,
)
domain = noun_group(
    custom_domains.DOMAIN,
    "Create, get, list, update and delete custom domains.",
    create=custom_domains.create,
    update=custom_domains.update,
)
layer = noun_group(layers.LAYER_VERSION, "Publish, get, list and delete layers and their versions.")
layer.add_command(NounCommand(ls, "list", layers.LAYER, lists=True, text="list the layers"))
layer.add_command(
    NounCommand(
        ls, "versions", layers.LAYER_VERSION, lists=True, text="list the versions of the layer"
    )
)
layer.add_command(NounCommand(layers.publish, "publish", layers.LAYER))
layer.add_command(NounCommand(layers.acl, "acl", layers.LAYER))
layer.add_command(layers.find)
on_demand = noun_group(
    concurrency.ON_DEMAND,
    "Set, get, list and delete limits of the on-demand instances of functions.",
    put=concurrency.put_on_demand,
)
provision = noun_group(
    concurrency.PROVISION,
    "Set, get, list and delete how many instances of functions are kept ready.",
    put=concurrency.put_provision,
)
for _group, _resource in (
    (on_demand, concurrency.ON_DEMAND),
    (provision, concurrency.PROVISION),
):
    _group.add_command(
        NounCommand(overview(_resource), "list", _resource, lists=True, is_partial=True)
    )
stateful = noun_group(
    asynchronous.INVOCATION,
    "Get, list and stop async invocations whose state is stored.",
    stop=asynchronous.stop,
)
stateful.add_command(asynchronous.functions)
tag = noun_group(
    tags.TAGS,
    "Set, unset, get, list and delete tags of services.",
    set=tags.add,
    unset=tags.remove,
)
instance = noun_group(INSTANCE, "Get and list the instances of functions.")
version = noun_group(
    versions.VERSION, "Print the version of fcli, or publish, get, list and delete versions."
)
version.add_command(NounCommand(versions.publish, "publish", SERVICE))
vpc_binding = noun_group(
    vpc_bindings.VPC_BINDING,
    "Create, get, list and delete the VPCs that may invoke the functions of services.",
    create=vpc_bindings.create,
)


@click.pass_context
def _print_version(ctx: click.Context) -> None:
    """Print the version of fcli, if no command is given."""
    if ctx.invoked_subcommand is None:
        ctx.ensure_object(Session).output.line(f"fcli {__version__}")


# The original's first versions have it as a command of its own.
version.invoke_without_command = True
version.callback = _print_version
