"""A session that ignores proxies of the environment."""

import pytest
import requests


@pytest.fixture
def session():
    with requests.Session() as session:
        session.trust_env = False
        yield session
