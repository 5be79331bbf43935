"""What the logger fc_client writes."""

import logging

import pytest
import requests
import responses
from support.fake_service import ERROR, INVOCATIONS, KEYS, SERVICE

from fc_client import (
    APIError,
    Client,
    FunctionError,
    RetryPolicy,
)


class TestLogs:
    def test_one_line_for_each_attempt(self, client, caplog):
        caplog.set_level(logging.DEBUG, "fc_client")
        responses.get(SERVICE, body=requests.ConnectionError("reset"))
        responses.get(SERVICE, json={"serviceName": "s"}, headers={"X-Fc-Request-Id": "id-1"})
        client.get_service("s")
        lines = [record.getMessage().rpartition(" in ")[0] for record in caplog.records]
        assert lines == [
            "GetService attempt 1: no response",
            "GetService attempt 2: 200 (request id id-1)",
        ]
        assert {record.name for record in caplog.records} == {"fc_client"}

    def test_hold_no_secret(self, caplog):
        caplog.set_level(logging.DEBUG)
        client = Client("http://fc.test", **KEYS, security_token="token-x", retry=RetryPolicy(2, 0))
        responses.post(INVOCATIONS, status=429)
        responses.post(INVOCATIONS, body=b"result-x", headers=ERROR)
        responses.get(SERVICE, status=403)
        with pytest.raises(FunctionError):
            client.invoke_function("s", "f", b"event-x")
        with pytest.raises(APIError):
            client.get_service("s")
        assert "InvokeFunction attempt 2" in caplog.text
        signatures = [call.request.headers["Authorization"] for call in responses.calls]
        secrets = ["made-up-secret", "token-x", "event-x", "result-x", "FC made-up-id", *signatures]
        assert [secret for secret in secrets if secret in caplog.text] == []
