"""A deployment that fails at any of its changes says so, and goes on from there."""

import re
from urllib.parse import urlsplit

import pytest
from fun.support import FAAS, HANDLER, done, run, write
from support.fault_proxy import FaultProxy, forward

# What changes something, in the order of a deployment of the project.
CHANGES = (
    *("/services HTTP", "/functions HTTP"),
    *("CreateRole", "AttachPolicyToRole", "CreateApiGroup", "CreateApi", "DeployApi"),
)

REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
)
BODY = (
    b'{"ErrorCode": "AccessDenied", "ErrorMessage": "made up", "Code": "NoPermission", '
    b'"Message": "made up", "RequestId": "r-1", "HostId": "h"}'
)


def refusing(change):
    """Return a fault: one kind of request is refused, all others get through."""
    pattern = re.compile(
        rb"POST \S+" + change.encode() if change.startswith("/") else
        rb"(?:[?&=\s]|x-acs-action: )" + change.encode() + rb"(?![A-Za-z])",
        re.IGNORECASE,
    )  # fmt: skip

    def fault(exchange):
        request = exchange.receive()
        if pattern.search(request):
            exchange.reply(REFUSAL % (len(BODY), BODY))
        else:
            exchange.reply(b"".join(exchange.ask(request)))

    return fault


@pytest.fixture
def project(folder, server):
    text = (FAAS / "r01-hello.yml").read_text(encoding="utf-8")
    write(folder, {"faas.yml": text, "greeting.js": HANDLER})
    assert server
    return folder


def through(proxy, monkeypatch):
    for name in ("FC", "ALIBABA_CLOUD_RAM", "ALIBABA_CLOUD_APIGATEWAY"):
        monkeypatch.setenv(f"{name}_ENDPOINT", proxy.url)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("project")
def test_failing_change_is_named_and_the_next_run_goes_on(server, monkeypatch, change):
    address = (urlsplit(server.endpoint).hostname, urlsplit(server.endpoint).port)
    with FaultProxy(address, refusing(change)) as proxy, monkeypatch.context() as patch:
        through(proxy, patch)
        failed = run("deploy")
    assert failed.code == 1
    assert failed.err.startswith("Error: ")
    assert "'fun deploy' goes on from here." in failed.err
    assert "Traceback" not in failed.err
    created = len(re.findall(r" created[,.]", failed.err.partition("Done: ")[2].splitlines()[0]))
    result = done("deploy")
    assert len(re.findall(r"unchanged\.", result.out)) >= created
    assert done("deploy").err == "5 unchanged\n"


@pytest.mark.usefixtures("project")
def test_without_faults_the_proxy_changes_nothing(server, monkeypatch):
    address = (urlsplit(server.endpoint).hostname, urlsplit(server.endpoint).port)
    with FaultProxy(address, forward) as proxy, monkeypatch.context() as patch:
        through(proxy, patch)
        assert done("deploy").err == "5 created\n"
