"""Both clients call every later operation of one embedded server, and get what they should."""

import pytest
from local.later import account, asynchronous, concurrency, http, layers, versions
from support.later import CHANGED, LATER_OPERATIONS

MODULES = (account, asynchronous, concurrency, http, layers, versions)
CASES = {name: case for module in MODULES for name, case in module.CASES.items()}


def test_no_operation_is_missing():
    with_qualifier = {name for name, row in CHANGED.items() if "{qualifier}" in row["path"]}
    assert set(CASES) >= {*LATER_OPERATIONS, *with_qualifier}
    assert sum(len(module.CASES) for module in MODULES) == len(CASES)


@pytest.mark.parametrize("operation", CASES)
def test_returns(world, operation):
    world.server.reset()

    CASES[operation](world)
