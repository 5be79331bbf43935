import pytest
from support.certificates import Certificates
from support.summary import MATRIX, NUMBERS


@pytest.fixture
def record_row(record_property):
    """Return a function that adds a row to the matrix shown at the end.

    It is called with the fault, the client, and by operation what came of it.
    """
    return lambda fault, client, outcomes: record_property(MATRIX, [fault, client, outcomes])


@pytest.fixture
def report(record_property):
    """Return a function that adds a line to the numbers shown at the end."""
    return lambda line: record_property(NUMBERS, line)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))
