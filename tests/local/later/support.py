"""What the cases of the later operations have in common.

A case is a function that calls an operation of a client, and asserts what comes back. It gets a
World of conftest.py, whose server has no resources.
"""

from datetime import datetime, timedelta, timezone

import pytest
from local.support import zipped

from fc_client import APIError, Code

# Returns the event.
CODE = Code.from_zip(zipped())
RUNTIME = {"runtime": "python3", "handler": "m.h"}


def create_function(client, name="f", code=CODE, **fields):
    """Create a function of the service s, and the service unless it exists."""
    if not client.list_services(prefix="s").items:
        client.create_service("s")
    return client.create_function("s", name, code=code, **RUNTIME, **fields)


def publish(client, *descriptions):
    """Publish versions of the service s with these descriptions; the service gets them, too."""
    for description in descriptions:
        client.update_service("s", description=description)
        client.publish_service_version("s", description=description)


def listed(client, noun, *arguments, by, **options):
    """Return all items of a list, after reading it page by page and by its iterator as well.

    Args:
        client: The client.
        noun: What its methods ``list_*`` and ``iter_*`` list.
        arguments: Those of the methods.
        by: The attribute of an item that names it.
        options: Those of the methods.
    """
    list_items, iter_items = (getattr(client, f"{verb}_{noun}") for verb in ("list", "iter"))
    page = list_items(*arguments, **options)
    assert (page.next_token, bool(page.request_id)) == (None, True)
    names = [getattr(item, by) for item in page.items]
    pages = _pages(list_items, *arguments, **options)
    assert [[getattr(item, by) for item in items] for items in pages] == [
        [name] for name in names
    ] or (names, pages) == ([], [[]])
    iterated = iter_items(*arguments, **options, page_size=1)
    assert [getattr(item, by) for item in iterated] == names
    return list(page.items)


def names(client, noun, *arguments, by, **options):
    """Return the names of all items of a list."""
    return [getattr(item, by) for item in listed(client, noun, *arguments, by=by, **options)]


def _pages(list_items, *arguments, **options):
    """Return the items of each page of a list with one item on a page."""
    pages, token = [], None
    while not pages or token:
        page = list_items(*arguments, **options, limit=1, next_token=token)
        pages.append(list(page.items))
        token = page.next_token
    return pages


def fails(code, call, *arguments, **options):
    """Assert that a call raises the error of a code, and return it."""
    with pytest.raises(APIError) as caught:
        call(*arguments, **options)
    assert caught.value.code == code
    return caught.value


def is_recent(moment):
    """Return whether a time that the server has set is that of this test."""
    age = datetime.now(timezone.utc) - moment
    return timedelta(seconds=-2) < age < timedelta(minutes=10)


def same(first, second, *attributes):
    """Assert that two results have the same values, and return the second one."""
    for attribute in attributes:
        assert getattr(first, attribute) == getattr(second, attribute)
    return second
