import pytest
from support.certificates import Certificates

# What the terminal shows at the end: rows of the matrix, and lines of numbers.
_matrix = {}
_numbers = []


def pytest_terminal_summary(terminalreporter):
    """Print the matrix of faults, clients and operations, and what was counted."""
    if _matrix:
        terminalreporter.section("faults, clients and operations")
        for line in _lines(_matrix):
            terminalreporter.write_line(line)
    if _numbers:
        terminalreporter.section("numbers")
        for line in _numbers:
            terminalreporter.write_line(line)


def _lines(matrix):
    """Yield lines for each fault and client: every outcome, and the operations that had it."""
    for (fault, client), row in matrix.items():
        by_outcome = {}
        for operation, outcome in row.items():
            by_outcome.setdefault(outcome, []).append(operation)
        for outcome, operations in by_outcome.items():
            who = f"all {len(row)}" if len(by_outcome) == 1 else ", ".join(operations)
            yield f"{fault:27} {client:11} {outcome:22} {who}"


@pytest.fixture
def matrix():
    """Return the matrix: by fault and client, then by operation, what came of it."""
    return _matrix


@pytest.fixture
def report():
    """Return a function that adds a line to the numbers shown at the end."""
    return _numbers.append


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))
