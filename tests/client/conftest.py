"""Requests are answered by responses; an undeclared one fails."""

import pytest
import responses


@pytest.fixture(autouse=True)
def fakes():
    with responses.mock:
        yield
