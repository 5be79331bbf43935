"""Every command and flag of the original, and the guide's transcript."""

import click
import pytest
from fcli.support import done, run

from fc_client.fcli.root import COMMANDS, root

SERVICE = {
    "-d": "--description", "-r": "--role", "-p": "--log-project", "-l": "--log-store",
    "": "--etag --internet-access --vpc-id --v-switch-ids --security-group-id",
}  # fmt: skip
FUNCTION = {
    "-h": "--handler", "-t": "--runtime", "-m": "--memory", "-b": "--code-bucket",
    "-o": "--code-object", "-d": "--code-dir", "-f": "--code-file", "-i": "--initializer",
    "-e": "--initialization-timeout",
    "": "--description --timeout --etag --env --env-file",
}  # fmt: skip
TRIGGER = {
    "-t": "--type", "-s": "--source-arn", "-r": "--invocation-role", "-c": "--trigger-config",
    "": "--etag",
}  # fmt: skip
ATTACH = {"-p": "--policy", "-r": "--role", "": "--policy-type"}

# By command: long flags by short ones; those without a short one are under "".
ORIGINAL = {
    "attach": ATTACH,
    "cd": {},
    "clear": {},
    "config": {
        "": "--endpoint --access-key-id --access-key-secret --security-token --timeout --debug "
        "--display"
    },
    "detach": ATTACH,
    "dlc": {},
    "exit": {},
    "grant": {},
    "help": {},
    "info": {},
    "invk": {
        "-s": "--event-str", "-f": "--event-file", "-o": "--output-file", "-t": "--type",
        "-e": "--encode",
    },
    "logs": {
        "-s": "--start", "-e": "--end", "-c": "--count", "-t": "--tail", "-d": "--duration",
    },
    "ls": {"-l": "--limit", "-t": "--next-token", "-p": "--prefix", "-k": "--start-key"},
    "mkf": FUNCTION,
    "mkir": {},
    "mkl": {"-p": "--project", "-s": "--store", "": "--shard --ttl"},
    "mkrir": {},
    "mkrp": {"-a": "--action", "-r": "--resource"},
    "mks": SERVICE,
    "mksr": {},
    "mkt": TRIGGER,
    "pwd": {},
    "rm": {"-f": "--forced"},
    "sbox": {"-d": "--code-dir", "-t": "--runtime"},
    "shell": {},
    "upf": FUNCTION,
    "ups": SERVICE,
    "upt": TRIGGER,
    "version": {},
}  # fmt: skip

VERBS = {"create", "get", "list", "update", "delete"}
GROUPS = {
    "account": {"settings", "limits", "reserved"},
    "service": VERBS,
    "function": VERBS | {"invoke", "logs"},
    "trigger": VERBS,
    "version": {"publish", "list", "delete"},
    "alias": VERBS,
    "domain": VERBS,
    "instance": {"get", "list"},
    "layer": {"publish", "list", "versions", "get", "find", "acl", "delete"},
    "tag": {"set", "unset", "get", "list", "delete"},
    "provision": {"put", "get", "list", "delete"},
    "on-demand": {"put", "get", "list", "delete"},
    "async-config": {"put", "get", "list", "delete"},
    "stateful": {"get", "list", "stop", "functions"},
    "vpc-binding": {"create", "get", "list", "delete"},
}
QUALIFIER = {"-s": "--service-name", "-f": "--function-name", "-q": "--qualifier"}
GROUP_FLAGS = {
    ("version", "publish"): {"-s": "--service-name", "-d": "--description"},
    ("version", "list"): {"-s": "--service-name", "-l": "--limit", "-t": "--next-token",
                          "-k": "--start-key", "": "--direction"},
    ("version", "delete"): {"-s": "--service-name", "-v": "--version-id"},
    ("alias", "create"): {"-s": "--service-name", "-a": "--alias-name", "-v": "--version-id",
                          "-d": "--description", "-w": "--additional-version-weight"},
    ("alias", "get"): {"-s": "--service-name", "-a": "--alias-name"},
    ("alias", "list"): {"-s": "--service-name", "-l": "--limit", "-t": "--next-token",
                        "-p": "--prefix", "-k": "--start-key"},
    ("alias", "update"): {"-s": "--service-name", "-a": "--alias-name", "-v": "--version-id",
                          "-d": "--description", "-w": "--additional-version-weight",
                          "": "--etag"},
    ("alias", "delete"): {"-s": "--service-name", "-a": "--alias-name"},
    ("domain", "create"): {"-d": "--domain-name", "-p": "--protocol", "-r": "--route",
                           "-c": "--config"},
    ("layer", "publish"): {"-l": "--layer-name", "-d": "--code-dir", "-f": "--code-file",
                           "-r": "--compatible-runtime", "": "--description"},
    ("layer", "delete"): {"-l": "--layer-name", "-v": "--version-id"},
    ("provision", "put"): {**QUALIFIER, "-c": "--config", "": "--target --etag"},
    ("provision", "get"): QUALIFIER,
    ("on-demand", "put"): {**QUALIFIER, "-m": "--maximum-instance-count", "": "--etag"},
    ("async-config", "put"): {**QUALIFIER, "": "--max-retries --max-age --stateful --on-success "
                              "--on-failure"},
    ("service", "list"): {"": "--tag", "-p": "--prefix"},
    ("function", "list"): {"-s": "--service-name", "": "--qualifier"},
    ("provision", "list"): {"-s": "--service-name", "-f": "--function-name", "-l": "--limit"},
    ("on-demand", "list"): {"-s": "--service-name", "-f": "--function-name", "-l": "--limit"},
    ("instance", "list"): {"-s": "--service-name", "-f": "--function-name", "": "--qualifier"},
    ("layer", "acl"): {"-l": "--layer-name", "": "--public"},
    ("vpc-binding", "create"): {"-s": "--service-name", "-v": "--vpc-id"},
    ("stateful", "stop"): {"-i": "--invocation-id", "": "--qualifier"},
}  # fmt: skip
QUALIFIED = ("call", "dlc", "exec", "info", "invk", "logs", "ls", "mkt", "presign", "upt")

# The guide's, but for a slip of the pen in the line of sbox.
GUIDE_HELP = """\
Commands:
attach attach the policy to a role
cd change the current resource
clear clear the screen
config config the fcli
detach detach the policy from a role
exit exit the program
grant grant the permission
help display help
info display the resource detail info
invk invoke the function
logs display the service/function logs
ls list the child resources of the current resource
mkf create the function
mkrir create the invocation role
mkl create the log project and store
mkrp create the ram policy
mks create the service
mksr create the service role
mkt create the trigger
pwd display the current resource
rm delete the resource
sbox a sandbox environment for installing the 3rd party libraries and trouble shooting
upf update the function
ups update the service
upt update the trigger
"""

GUIDE_MKS_HELP = """\
-d, --description string service description
--etag string service etag for update
--help
-p, --log-project string loghub project for logging
-l, --log-store string loghub logstore for logging
-r, --role string role arn for oss code copy, function execution and logging
"""


def command_of(name):
    found = root.get_command(click.Context(root), name)
    assert found is not None, name
    return found


def flags(command):
    """Return the short and long names of each option of a command."""
    return [set(each.opts) for each in command.params if isinstance(each, click.Option)]


def squeezed(text):
    return [" ".join(line.split()) for line in text.splitlines()]


def in_order(lines, text):
    """Return whether a text has the lines in this order; others may be between them."""
    rest = iter(squeezed(text))
    return all(line in rest for line in lines)


def check_flags(command, wanted):
    has = flags(command)
    for short, long in wanted.items():
        for each in long.split():
            assert any({short, each} - {""} <= names for names in has), (short, each)


@pytest.mark.parametrize("name", ORIGINAL)
def test_command_has_every_flag_of_the_original(name):
    check_flags(command_of(name), ORIGINAL[name])


@pytest.mark.parametrize("words", GROUP_FLAGS, ids=" ".join)
def test_command_of_a_later_group_has_its_flags(words):
    group, verb = words
    check_flags(command_of(group).commands[verb], GROUP_FLAGS[words])


@pytest.mark.parametrize("name", QUALIFIED)
def test_command_that_reads_or_invokes_has_a_qualifier(name):
    assert {"--qualifier"} in flags(command_of(name))


@pytest.mark.parametrize("name", GROUPS)
def test_group_has_every_command_of_the_original(name):
    group = command_of(name)
    assert set(group.list_commands(click.Context(group))) >= GROUPS[name]


def test_help_text_of_each_command_is_that_of_the_table():
    for name, entry in COMMANDS.items():
        assert command_of(name).short_help == entry.text, name


@pytest.mark.parametrize("argv", [["help"], ["--help"]])
def test_help_is_that_of_the_guide(argv):
    assert in_order(GUIDE_HELP.splitlines(), done(*argv).out)


@pytest.mark.parametrize("argv", [["mks", "--help"], ["help", "mks"]])
def test_help_of_a_command_is_that_of_the_guide(argv):
    assert in_order(GUIDE_MKS_HELP.splitlines(), done(*argv).out)


def test_short_flag_h_is_the_handler():
    assert "--help" not in next(names for names in flags(command_of("mkf")) if "-h" in names)


def test_help_of_a_command_of_a_group():
    assert done("help", "layer", "find").out == done("layer", "find", "--help").out
    result = run("help", "layer", "nope")
    assert result.code == 2
    assert "no command 'layer nope'" in result.err
