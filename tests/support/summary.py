"""What tests record, shown at the end of a run; a plugin of pytest.

It travels with the tests' reports as properties, so that it is complete when workers run the tests.
"""

from collections import Counter

# Rows of the matrix of faults, lines of numbers, numbers of fuzzing cases by module.
MATRIX, NUMBERS, CASES = "fault_matrix", "numbers", "cases"

_recorded = {MATRIX: [], NUMBERS: [], CASES: []}


def pytest_runtest_logreport(report):
    # The last report of a test has the properties of all its phases.
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name in _recorded:
                _recorded[name].append(value)


def pytest_terminal_summary(terminalreporter):
    """Print the matrix of faults, clients and operations, and what was counted."""
    for title, lines in (
        ("faults, clients and operations", _matrix_lines(_recorded[MATRIX])),
        ("numbers", _recorded[NUMBERS]),
        ("cases", _case_lines(_recorded[CASES])),
    ):
        for number, line in enumerate(lines):
            if number == 0:
                terminalreporter.section(title)
            terminalreporter.write_line(line)


def _matrix_lines(rows):
    """Yield lines for each fault and client: every outcome, and the operations that had it."""
    for fault, client, row in rows:
        by_outcome = {}
        for operation, outcome in row.items():
            by_outcome.setdefault(outcome, []).append(operation)
        for outcome, operations in by_outcome.items():
            who = f"all {len(row)}" if len(by_outcome) == 1 else ", ".join(operations)
            yield f"{fault:27} {client:11} {outcome:22} {who}"


def _case_lines(cases):
    """Yield how many cases each module had, and how many there were in all."""
    counts = Counter()
    for module, count in cases:
        counts[module] += count
    if counts:
        for module, count in (*sorted(counts.items()), ("in all", counts.total())):
            yield f"{module:27} {count:9,}"
