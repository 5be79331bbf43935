"""The logs of functions over HTTP, for fcli."""

import logging

import pytest
from local.support import assert_error, create

SOURCE = """
def h(event, context):
    print(event.decode())
"""


@pytest.fixture
def logged(function_compute, make_api):
    """Return a signed way to talk to a server whose function f has logged 1, 2, 3."""
    api = make_api(function_compute)
    create(api, SOURCE)
    for number in (b"1", b"2", b"3"):
        api.invoke(number).raise_for_status()
    return api


def get(api, **query):
    url = f"{api.endpoint}/fc-local/logs"
    return api.session.get(url, params=query, headers=api.signed("GET", "/fc-local/logs"))


def test_lists_the_logs_of_a_service(logged):
    entries = get(logged, service="s").json()["entries"]
    assert [entry["text"].splitlines()[1] for entry in entries] == ["1", "2", "3"]
    assert {(entry["service"], entry["function"]) for entry in entries} == {("s", "f")}


def test_lists_what_is_after_an_entry(logged):
    first, *others = get(logged, service="s", function="f").json()["entries"]
    assert get(logged, service="s", after=first["id"]).json()["entries"] == others


def test_lists_the_log_of_an_invocation(logged):
    _, second, _ = get(logged, service="s").json()["entries"]
    found = get(logged, service="s", requestId=second["request_id"]).json()["entries"]
    assert found == [second]


def test_other_functions_have_none(logged):
    assert get(logged, service="s", function="g").json() == {"entries": []}


def test_a_page_has_at_most_100(logged):
    for _ in range(98):
        logged.invoke(b"x").raise_for_status()
    page = get(logged, service="s").json()["entries"]
    assert len(page) == 100
    assert len(get(logged, service="s", after=page[-1]["id"]).json()["entries"]) == 1


def test_service_is_required(logged):
    assert_error(get(logged), 400, "InvalidArgument", "service: is required")


@pytest.mark.parametrize("after", ["-1", "x", "9" * 19, "²"])
def test_after_must_be_an_id(logged, after):
    assert_error(get(logged, service="s", after=after), 400, "InvalidArgument", "after: must be")


def test_only_errors_are_logged(logged, caplog):
    """A program that follows the logs asks twice a second."""
    caplog.set_level(logging.INFO, "fc_client.local")
    get(logged, service="s")
    assert caplog.messages == []
    get(logged)
    [line] = caplog.messages
    assert line.startswith("ListLogs 400 ")


def test_must_be_signed(logged):
    reply = logged.session.get(f"{logged.endpoint}/fc-local/logs", params={"service": "s"})
    assert reply.status_code in (400, 403)
