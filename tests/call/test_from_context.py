"""Clients of functions."""

import pytest
from support.http_server import service, serving

from fc_client import AsyncClient, Client, RetryPolicy
from fc_client.local import LocalFunctionCompute

NODE = {
    "credentials": {"accessKeyId": "i", "accessKeySecret": "s", "securityToken": "token"},
    "region": "cn-a",
    "accountId": "1",
}

each_client = pytest.mark.parametrize("client", [Client, AsyncClient])


class Of:
    """An object with these attributes."""

    def __init__(self, **attributes):
        vars(self).update(attributes)


CONTEXT = Of(
    credentials=Of(access_key_id="i", access_key_secret="s", security_token="token"),
    region="cn-a",
    account_id="1",
)


class TestFromContext:
    @each_client
    @pytest.mark.parametrize("context", [CONTEXT, NODE])
    def test_calls_the_account_and_region_of_the_function(self, client, context):
        made = client.from_context(context)
        assert type(made) is client
        assert made.endpoint == "https://1.cn-a.fc.aliyuncs.com"
        internal = client.from_context(context, internal=True)
        assert internal.endpoint == "https://1.cn-a-internal.fc.aliyuncs.com"

    @each_client
    def test_takes_the_endpoint_of_the_environment_and_of_the_argument(self, client, monkeypatch):
        monkeypatch.setenv("FC_ENDPOINT", "http://env.test")
        assert client.from_context(CONTEXT).endpoint == "http://env.test"
        assert client.from_context(CONTEXT, endpoint="http://arg.test").endpoint == (
            "http://arg.test"
        )

    @each_client
    def test_takes_what_is_missing_from_the_environment(self, client, monkeypatch):
        monkeypatch.setenv("FC_ACCOUNT_ID", "7")
        monkeypatch.setenv("FC_REGION", "cn-f")
        context = Of(credentials=CONTEXT.credentials)
        assert client.from_context(context).endpoint == "https://7.cn-f.fc.aliyuncs.com"

    def test_sends_the_token_of_the_context(self, monkeypatch):
        with serving(service) as server:
            monkeypatch.setenv("FC_ENDPOINT", server.url)
            with Client.from_context(CONTEXT) as client:
                client.get_service("s")
        assert server.requests[0].headers["x-fc-security-token"] == "token"

    @each_client
    def test_takes_options_of_the_constructor(self, client):
        made = client.from_context(CONTEXT, retry=RetryPolicy(attempts=7), account_id="9")
        assert made.endpoint == "https://9.cn-a.fc.aliyuncs.com"

    @each_client
    @pytest.mark.parametrize("context", [None, {}, object(), Of(credentials=None)])
    def test_of_anything_else_is_refused(self, client, context):
        with pytest.raises(TypeError, match=r"^context: expected a function's context"):
            client.from_context(context)


class TestInTheEmbeddedServer:
    def test_functions_know_its_endpoint(self, tmp_path):
        (tmp_path / "index.py").write_text(
            "import os\ndef handler(event, context): return os.environ['FC_ENDPOINT']\n"
        )
        with LocalFunctionCompute() as server, server.client() as client:
            client.create_service("s")
            client.create_function(
                "s", "f", runtime="python3", handler="index.handler", code=tmp_path
            )
            assert client.invoke_function("s", "f").text == server.endpoint
            client.update_function("s", "f", environment_variables={"FC_ENDPOINT": "https://own"})
            assert client.invoke_function("s", "f").text == "https://own"
