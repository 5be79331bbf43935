import datetime as dt
import ssl

import pytest
import trustme

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


class Certificates:
    """What TLS servers of this machine show, by name; *trusted* is the path of the CA."""

    def __init__(self, directory):
        trusted, unknown = trustme.CA(), trustme.CA()
        now = dt.datetime.now(dt.timezone.utc)
        day = dt.timedelta(days=1)
        self.trusted = str(directory / "ca.pem")
        trusted.cert_pem.write_to_path(self.trusted)
        self._shown = {
            "good": trusted.issue_cert("localhost"),
            "wrong name": trusted.issue_cert("other.test"),
            "expired": trusted.issue_cert(
                "localhost", not_before=now - 2 * day, not_after=now - day
            ),
            "unknown CA": unknown.issue_cert("localhost"),
        }

    def context(self, name):
        """Return the TLS context of a server that shows the certificate *name*."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._shown[name].configure_cert(context)
        return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))
