"""Runs the cases of a test at once, where each of them waits."""

import functools
import itertools
from concurrent.futures import ThreadPoolExecutor

# Tests assert times, and more threads delay each other.
_THREADS = 24


def at_once(test):
    """Run all cases of a parametrised test in threads, when the first of them runs.

    Each case passes or fails as it did in its thread; one that pytest runs again runs alone. All
    have the fixtures of the first one, which must be fixtures of a module or of the session.
    """
    outcomes = {}

    @functools.wraps(test)
    def case(self, **arguments):
        tables = [list(_rows(*each.args)) for each in test.pytestmark if each.name == "parametrize"]
        names = {name for table in tables for name in table[0]}
        shared = {name: arguments.pop(name) for name in arguments.keys() - names}
        if not outcomes:
            with ThreadPoolExecutor(_THREADS) as pool:
                for rows in itertools.product(*tables):
                    each = dict(itertools.chain.from_iterable(row.items() for row in rows))
                    outcomes[_key(each)] = pool.submit(test, self, **each, **shared)
        key = _key(arguments)
        outcome, outcomes[key] = outcomes[key], None
        if outcome:
            outcome.result()
        else:
            test(self, **arguments, **shared)

    return case


def _rows(names, rows):
    """Yield the arguments of a case for each row of a table."""
    for row in rows:
        yield {names: row} if isinstance(names, str) else dict(zip(names, row, strict=True))


def _key(arguments):
    # Options are no keys of a dictionary; pytest passes on the objects of the table.
    return tuple(id(arguments[name]) for name in sorted(arguments))
