"""Runs the cases of a test at once, where each of them waits."""

import functools
import itertools
from concurrent.futures import ThreadPoolExecutor

# Tests assert times, which the threads of their clients and servers lengthen.
_THREADS = 12


def at_once(test):
    """Run all cases of a parametrised test in threads, when the first of them runs.

    Each case passes or fails as it did in its thread. It has no fixtures: they belong to one test.
    """
    outcomes = {}

    @functools.wraps(test)
    def case(self, **arguments):
        if not outcomes:
            with ThreadPoolExecutor(_THREADS) as pool:
                for each in _cases(test.pytestmark):
                    outcomes[_key(each)] = pool.submit(test, self, **each)
        outcomes[_key(arguments)].result()

    return case


def _cases(marks):
    """Yield the arguments of each case."""
    tables = [list(_rows(*mark.args)) for mark in marks if mark.name == "parametrize"]
    for rows in itertools.product(*tables):
        yield {name: value for row in rows for name, value in row.items()}


def _rows(names, rows):
    if isinstance(names, str):
        return ({names: value} for value in rows)
    return (dict(zip(names, row, strict=True)) for row in rows)


def _key(arguments):
    # Options are no keys of a dictionary; pytest passes on the objects of the table.
    return tuple(id(arguments[name]) for name in sorted(arguments))
