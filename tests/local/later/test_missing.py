"""What both clients raise if a resource is missing, for each operation of one embedded server."""

import pytest
from local.later.missing import CALLS, names_without, prepare
from local.later.support import fails
from support.later import CHANGED, LATER_OPERATIONS

import fc_client

CODES = {
    **{name: row.get("errors_added", {}).get("404", []) for name, row in CHANGED.items()},
    **{name: row["errors"].get("404", []) for name, row in LATER_OPERATIONS.items()},
}
MISSING = [(name, code) for name, codes in CODES.items() for code in codes]


@pytest.fixture(scope="module")
def prepared(world):
    """Return a client whose server has what the calls name, except what is missing."""
    prepare(world.client)
    return world.client


def test_no_operation_is_missing():
    assert {name for name, codes in CODES.items() if codes} == set(CALLS)


@pytest.mark.parametrize(("operation", "code"), MISSING)
def test_raises(prepared, operation, code):
    error = fails(code, CALLS[operation], prepared, names_without(code))

    assert isinstance(error, fc_client.NotFoundError)
    assert error.status_code == 404
    assert error.operation == operation
    assert error.request_id
