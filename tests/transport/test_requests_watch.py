"""What replaces a part of requests sees every call, also after calls that went without requests."""

import pytest
import requests
import requests.adapters
import requests.sessions
from support.http_server import service, serving

import fc_client

KEYS = {"access_key_id": "i", "access_key_secret": "s"}


class TestRequests:
    @pytest.mark.parametrize(
        ("owner", "name"),
        [
            (requests.Session, "send"),
            (requests.Session, "get_adapter"),
            (requests.adapters.HTTPAdapter, "send"),
            (requests.adapters.HTTPAdapter, "add_headers"),
            (requests.sessions, "dispatch_hook"),
        ],
    )
    def test_parts_that_are_replaced_see_each_call(self, owner, name, monkeypatch):
        seen = []
        original = getattr(owner, name)

        def replacement(*args, **options):
            seen.append(name)
            return original(*args, **options)

        with serving(service) as server, fc_client.Client(server.url, **KEYS) as client:
            client.get_service("s")
            with monkeypatch.context() as patch:
                patch.setattr(owner, name, replacement)
                client.get_service("s")
                client.get_service("s")
            client.get_service("s")

        assert seen == [name, name]
        # It is the way above the connections that changes, not the connections.
        assert server.connections == 1
