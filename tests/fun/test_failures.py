"""Any request of a deployment or a removal fails: it says so, and goes on from there.

Each row breaks one request, once. The same command then completes, and a third time it
finds nothing to do. Nothing is made twice.
"""

import itertools
import re
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from fun.faults import FAULTS, Breaking, project, proxy_of, variables_of
from fun.support import run, wait_for_interrupt, write

from fc_client.cloud import GatewayClient, RamClient
from fc_client.credentials import Credentials

SERVICE = "/services/svc"
FUNCTION = f"{SERVICE}/functions/f"
TIMED, MOVED = f"{FUNCTION}/triggers/timed", f"{FUNCTION}/triggers/moved"
ASYNC, DOMAIN = f"{FUNCTION}/async-invoke-config", "/custom-domains/www.example.com"
VERSIONS, LIVE = f"{SERVICE}/versions", f"{SERVICE}/aliases/live"

# By command: what it reads, and what it changes. What comes twice is there twice.
READS = {
    "create": (
        *(f"GET {SERVICE}", f"GET {FUNCTION}", f"GET {TIMED}", f"GET {MOVED}"),
        *(f"GET {ASYNC}", f"GET {DOMAIN}"),
        *(f"GET {VERSIONS}", f"GET {SERVICE}", f"GET {SERVICE}/functions", f"GET {LIVE}"),
        *("GetRole", "GetRole", "ListPoliciesForRole"),
        *("DescribeApiGroups", "DescribeApis", "DescribeApi"),
    ),
    "update": (
        *(f"GET {SERVICE}", f"GET {FUNCTION}", f"GET {TIMED}", f"GET {MOVED}"),
        *(f"GET {ASYNC}", f"GET {DOMAIN}"),
        *(f"GET {VERSIONS}", f"GET {SERVICE}", f"GET {SERVICE}/functions", f"GET {LIVE}"),
        *(f"GET {SERVICE}.1", f"GET {SERVICE}.1/functions"),
        *("GetRole", "ListPoliciesForRole"),
        *("DescribeApiGroups", "DescribeApis", "DescribeApi", "DescribeApi"),
    ),
    "remove": (
        *("DescribeApiGroups", "DescribeApis", "DescribeApis", "DescribeApi"),
        *(f"GET {DOMAIN}", f"GET {SERVICE}", f"GET {SERVICE}/functions"),
        *(f"GET {FUNCTION}/triggers", f"GET {FUNCTION}/triggers"),
        *(f"GET {SERVICE}/aliases", f"GET {VERSIONS}"),
        *(f"GET {SERVICE}/functions", f"GET {SERVICE}/aliases", f"GET {VERSIONS}"),
    ),
}
CHANGES = {
    "create": (
        *("POST /services", f"POST {SERVICE}/functions"),
        *(f"PUT {ASYNC}", "POST /custom-domains"),
        *(f"POST {FUNCTION}/triggers", f"POST {FUNCTION}/triggers"),
        *(f"POST {VERSIONS}", f"POST {SERVICE}/aliases"),
        *("CreateRole", "AttachPolicyToRole", "CreateApiGroup", "CreateApi", "DeployApi"),
    ),
    "update": (
        *(f"PUT {SERVICE}", f"PUT {FUNCTION}", f"PUT {TIMED}"),
        *(f"PUT {ASYNC}", f"PUT {DOMAIN}"),
        *(f"DELETE {MOVED}", f"POST {FUNCTION}/triggers"),
        *(f"POST {VERSIONS}", f"PUT {LIVE}"),
        *("ModifyApiGroup", "ModifyApi", "DeployApi"),
    ),
    "remove": (
        *("AbolishApi", "DeleteApi", "DeleteApiGroup", f"DELETE {DOMAIN}"),
        *(f"DELETE {TIMED}", f"DELETE {MOVED}", f"DELETE {FUNCTION}"),
        *(f"DELETE {LIVE}", f"DELETE {VERSIONS}/1", f"DELETE {SERVICE}"),
    ),
}
COMMANDS = {
    "create": ("deploy",),
    "update": ("deploy", "--replace"),
    "remove": ("remove", "--yes"),
}


def rows():
    """Yield command, kind of request, which of them, and fault.

    Changes lose their reply, and have another fault; reads have one, unless another command
    has the same ones. All faults come in turn.
    """
    known = set()
    others = itertools.cycle([name for name in FAULTS if name != "reply_lost"])
    every = itertools.cycle(FAULTS)
    for command in COMMANDS:
        for kind, number in numbered(CHANGES[command]):
            yield command, kind, number, "reply_lost"
            yield command, kind, number, next(others)
        for kind, number in numbered(READS[command]):
            if (kind, number) not in known:
                yield command, kind, number, next(every)
            known.add((kind, number))


def numbered(kinds):
    counts = Counter()
    for kind in kinds:
        counts[kind] += 1
        yield kind, counts[kind]


@pytest.fixture(scope="module")
def breaking():
    return Breaking()


@pytest.fixture(scope="module")
def proxy(running, breaking):
    """Yield one proxy for all rows: for each address the libraries load certificates."""
    with proxy_of(running, breaking) as proxy:
        yield proxy


@pytest.fixture
def prepared(folder, server, proxy, breaking, monkeypatch):
    """Return a function that makes what is there before a command, and what it changes to."""
    for name, value in variables_of(proxy).items():
        monkeypatch.setenv(name, value)
    assert server

    def prepare(command):
        breaking.arm()
        write(folder, project("old"))
        if command != "create":
            assert run("deploy").code == 0
        if command == "update":
            write(folder, project("changed"))

    return prepare


def names_of_all(server):
    """Return the names of all that there is on the server."""
    key = Credentials("testkeyid", "testsecret")
    gateway = GatewayClient(server.endpoint, key)
    groups = list(gateway.iter_groups())
    found = [f"group {group.name}" for group in groups]
    found += [f"api {api.name}" for group in groups for api in gateway.iter_apis(group.group_id)]
    found += [f"role {role.name}" for role in RamClient(server.endpoint, key).iter_roles()]
    with server.client() as client:
        found += [f"domain {each.domain_name}" for each in client.iter_custom_domains()]
        for service in client.iter_services():
            found.append(f"service {service.service_name}")
            aliases = client.iter_aliases(service.service_name)
            found += [f"alias {each.alias_name}" for each in aliases]
            for function in client.iter_functions(service.service_name):
                names = (service.service_name, function.function_name)
                found.append(f"function {names[1]}")
                found += [f"trigger {each.trigger_name}" for each in client.iter_triggers(*names)]
    return sorted(found)


EVERYTHING = [
    *("alias live", "api call", "domain www.example.com", "function f", "group grp"),
    *("role caller", "service svc"),
    *("trigger moved", "trigger timed"),
]


def check_message(result, command):
    """Check what is said of a command that failed."""
    assert result.code in (1, 3)
    assert "Traceback" not in result.err
    lines = result.err[result.err.index("Error: ") :].splitlines()
    if len(lines) == 1:
        # Nothing was begun.
        assert command == "remove"
        return
    assert lines[1].startswith("Done: ")
    assert lines[-1] == f"'fun {' '.join(COMMANDS[command])}' goes on from here."
    # Steps that were done are printed, and named after the failure.
    printed = re.findall(r" (?:ok\. \()?(created|updated|replaced|deleted)[;.)]", result.out)
    whole = re.sub(r" in part \([^)]*\)", "", lines[1])
    assert re.findall(r" (created|updated|replaced|deleted)[,.]", whole) == printed


@pytest.mark.parametrize(("command", "kind", "number", "fault"), list(rows()))
def test_command_goes_on_after_a_request_that_failed(
    prepared, breaking, server, command, kind, number, fault
):
    prepared(command)
    breaking.arm(kind, number, FAULTS[fault])
    broken = run(*COMMANDS[command])
    assert breaking.struck
    if broken.code != 0:
        check_message(broken, command)
        if fault == "refused":
            assert "ask for the policy" in broken.err
    breaking.arm()
    again = run(*COMMANDS[command])
    assert again.code == 0, again.err
    third = run(*COMMANDS[command])
    if command == "remove":
        assert third.out == "Nothing of the project is deployed.\n"
        assert names_of_all(server) == ["role caller"]
    else:
        assert third.err == "11 unchanged\n"
        assert names_of_all(server) == EVERYTHING


class TestOfOneStep:
    """Of a step that was done in part, both parts are named."""

    def fails(self, prepared, breaking, command, kind):
        prepared(command)
        breaking.arm(kind, 1, FAULTS["refused"])
        return run(*COMMANDS[command]).err

    def test_api_that_is_not_deployed(self, prepared, breaking):
        err = self.fails(prepared, breaking, "create", "DeployApi")
        assert "Error: api grp/call: cannot deploy api call to stage RELEASE: DeployApi fa" in err
        assert ", api grp/call in part (api call created).\n" in err

    def test_role_without_its_policy(self, prepared, breaking):
        err = self.fails(prepared, breaking, "create", "AttachPolicyToRole")
        assert "Error: role caller: cannot attach policy AliyunFCInvocationAccess to role" in err
        assert ", role caller in part (role caller created)" in err
        assert '"Action":["ram:AttachPolicyToRole"],"Resource":["acs:ram:*:' in err

    def test_trigger_that_is_not_created_again(self, prepared, breaking):
        err = self.fails(prepared, breaking, "update", f"POST {FUNCTION}/triggers")
        assert "trigger cn-shanghai/svc/f/moved in part (deleted)" in err
        assert '"Action":["fc:CreateTrigger"]' in err

    def test_function_without_its_triggers(self, prepared, breaking):
        err = self.fails(prepared, breaking, "remove", f"DELETE {FUNCTION}")
        assert "Error: function svc/f: cannot delete the function: DeleteFunction failed" in err
        assert (
            "Done: api grp/call deleted, group grp deleted, custom domain www.example.com deleted, "
            "function svc/f in part (trigger moved deleted, trigger timed deleted).\n"
            "Not done: alias svc/live, service svc.\n"
        ) in err


def test_interrupted_removal_ends_its_step_and_says_what_was_deleted(prepared, breaking):
    prepared("remove")
    reached, released = threading.Event(), threading.Event()

    def hold(exchange, request):
        reached.set()
        released.wait(30)
        exchange.reply(b"".join(exchange.ask(request)))

    breaking.arm(f"DELETE {FUNCTION}", 1, hold)
    command = [sys.executable, "-m", "fc_client.fun", "remove", "--yes"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert reached.wait(30)
        process.send_signal(signal.SIGINT)
        wait_for_interrupt(process)
        released.set()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (
        "Done: api grp/call deleted, group grp deleted, custom domain www.example.com deleted, "
        "function svc/f deleted.\n"
        "Not done: alias svc/live, service svc.\n'fun remove --yes' goes on from here.\n"
    ) in err
    assert run("remove", "--yes").out == "alias svc/live deleted.\nservice svc deleted.\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_rows_have_every_request(prepared, breaking, command):
    prepared(command)
    breaking.arm()
    assert run(*COMMANDS[command]).code == 0
    assert breaking.seen == Counter(READS[command] + CHANGES[command])
