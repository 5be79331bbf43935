from __future__ import annotations

import pytest

from fc_client.local.cloud.log_query import parse_query
from fc_client.local.cloud.messages import ServiceError

TOKENS = [" ", "\n", "\t", ";", ",", "=", ":"]
KEYS = {
    "keys": {
        "functionName": {"token": TOKENS, "caseSensitive": False},
        "message": {"token": TOKENS, "caseSensitive": True},
    }
}
LINE = {"line": {"token": TOKENS, "caseSensitive": False}}
ENTRY = {"functionName": "hello", "serviceName": "demo", "message": "Cold start: 12 ms"}


def is_found(query, index=KEYS):
    return parse_query(query, index).matches(ENTRY)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "*",
        "  ",
        "hello",
        "HELLO",
        "hell*",
        '"hello"',
        "start",
        "hello start",
        "hello and Cold",
        "hello AND 12",
        "functionName: hello",
        "functionName:hello",
        'message: "Cold start"',
        '"start: 12"',
        "not other",
        "hello not other",
        "not functionName: other",
        "hello and not message: warm",
    ],
)
def test_queries_that_find_it(query):
    assert is_found(query)


@pytest.mark.parametrize(
    "query",
    [
        "hell",
        "other",
        "hello other",
        "not hello",
        "functionName: start",
        # Of a field that is compared as it is written.
        "cold",
        # Of a field that the index does not have.
        "demo",
        "hello and not start",
    ],
)
def test_queries_that_do_not(query):
    assert not is_found(query)


@pytest.mark.parametrize("query", ["demo", "cold", "hello", '"cold start"'])
def test_an_index_of_the_whole_line_has_every_field(query):
    assert is_found(query, LINE)


def test_a_field_without_tokens_is_one_word():
    index = {"keys": {"message": {}}}

    assert is_found('"cold start"', index)
    assert not is_found("cold", index)
    assert is_found("cold*", index)


@pytest.mark.parametrize(
    "query", ["a or b", "(a)", "a | select 1", "x > 1", "a : ", '"open', ":", "serviceName: demo"]
)
def test_queries_that_are_refused(query):
    with pytest.raises(ServiceError) as caught:
        parse_query(query, KEYS)

    assert (caught.value.status, caught.value.code) == (400, "ParameterInvalid")


def test_words_within_a_phrase_are_no_operators():
    assert not is_found('"a or (b)"')
