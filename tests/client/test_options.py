"""Options of a client and of its copies, and its life."""

import pytest
import responses
from responses import matchers
from support.fake_service import KEYS, SERVICE, sent, signature_of

from fc_client import (
    APIError,
    Client,
    ConfigurationError,
    NotFoundError,
    RetryPolicy,
)


class TestOptions:
    @pytest.mark.parametrize(
        ("timeout", "wanted"), [(5, (5, 5)), ((1, 2.5), (1, 2.5)), ([1, 2], (1, 2))]
    )
    def test_timeout_is_one_number_or_two(self, timeout, wanted):
        responses.get(
            SERVICE,
            json={"serviceName": "s"},
            match=[matchers.request_kwargs_matcher({"timeout": wanted})],
        )
        Client("http://fc.test", **KEYS, timeout=timeout).get_service("s")

    def test_default_timeout_outlasts_every_function(self, client):
        responses.get(
            SERVICE,
            json={"serviceName": "s"},
            match=[matchers.request_kwargs_matcher({"timeout": (5, 610)})],
        )
        client.get_service("s")

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"timeout": "5"}, TypeError, "^timeout: expected seconds, got str"),
            ({"timeout": None}, TypeError, "^timeout: expected seconds, got NoneType"),
            ({"timeout": True}, TypeError, "^timeout: expected seconds, got bool"),
            (
                {"timeout": 0},
                ValueError,
                "^timeout: must be above 0 and at most 1000000000 seconds, got 0",
            ),
            ({"timeout": (5, -1)}, ValueError, "^timeout: must be .*, got -1"),
            ({"timeout": float("nan")}, ValueError, "^timeout: must be .*, got nan"),
            ({"timeout": float("inf")}, ValueError, "^timeout: must be .*, got inf"),
            ({"timeout": 1e300}, ValueError, r"^timeout: must be .*, got 1e\+300"),
            ({"timeout": (1, 2, 3)}, ValueError, "^timeout: expected a number or a pair .*, got 3"),
            ({"retry": 3}, TypeError, "^retry: expected a RetryPolicy, got int"),
            ({"account_id": 1}, TypeError, "^account_id: expected a str, got int"),
            ({"account_id": "1\n"}, ValueError, "^account_id: .* is not a valid header"),
            ({"region": 1}, TypeError, "^region: expected a str, got int"),
            ({"user_agent": "é"}, ValueError, "^user_agent: .* is not a valid header"),
            ({"verify": None}, TypeError, "^verify: "),
            ({"pool_size": 0}, ValueError, "^pool_size: "),
            ({"proxies": "http://p"}, TypeError, "^proxies: "),
        ],
    )
    def test_nonsense_is_refused(self, options, error, message):
        with pytest.raises(error, match=message):
            Client("http://fc.test", **KEYS, **options)

    def test_user_agent_names_the_library(self, client):
        responses.get(SERVICE, json={"serviceName": "s"})
        client.get_service("s")
        assert sent().headers["User-Agent"].startswith("aliyun-fc-client/")

    def test_everything_may_come_from_the_environment(self, monkeypatch):
        monkeypatch.setenv("FC_ENDPOINT", "http://fc.test/")
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "made-up-id")
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "made-up-secret")
        responses.get(SERVICE, json={"serviceName": "s"})
        client = Client()
        client.get_service("s")
        assert client.endpoint == "http://fc.test"
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_no_endpoint_names_every_place(self):
        with pytest.raises(ConfigurationError) as caught:
            Client(**KEYS)
        assert str(caught.value) == (
            "no endpoint: set endpoint (or the environment's FC_ENDPOINT, or endpoint in "
            "~/.fcli/config.yaml), or account_id (or the environment's ALIBABA_CLOUD_ACCOUNT_ID "
            "or FC_ACCOUNT_ID) and region (or the environment's ALIBABA_CLOUD_REGION_ID or "
            "ALIBABA_CLOUD_DEFAULT_REGION or FC_REGION, or region_id in ~/.aliyun/config.json)"
        )

    def test_no_credentials_name_every_place(self):
        with pytest.raises(ConfigurationError, match="ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
            Client("http://fc.test")

    def test_endpoint_of_a_region(self):
        client = Client(**KEYS, account_id="1", region="cn-a", internal=True)
        assert client.endpoint == "https://1.cn-a-internal.fc.aliyuncs.com"


class TestWithOptions:
    def test_copy_has_its_own_options(self, client):
        responses.get(SERVICE, status=503)
        copy = client.with_options(timeout=1, retry=RetryPolicy(attempts=1))
        with pytest.raises(APIError):
            copy.get_service("s")
        assert len(responses.calls) == 1
        with pytest.raises(APIError):
            client.get_service("s")
        assert len(responses.calls) == 4

    def test_copy_keeps_the_rest(self, client):
        responses.get(
            SERVICE,
            json={"serviceName": "s"},
            match=[matchers.request_kwargs_matcher({"timeout": (5, 610)})],
        )
        copy = client.with_options()
        copy.get_service("s")
        assert copy.endpoint == client.endpoint
        assert sent().headers["Authorization"] == signature_of(sent())

    @pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": "1"}, {"retry": 3}])
    def test_nonsense_is_refused(self, client, options):
        with pytest.raises((TypeError, ValueError), match=f"^{next(iter(options))}: "):
            client.with_options(**options)


class TestLifetime:
    def test_context_manager_gives_the_client_and_lets_errors_through(self, client):
        responses.get(SERVICE, status=404)
        with pytest.raises(NotFoundError), client as same:
            same.get_service("s")
        assert same is client

    def test_closing_twice_does_no_harm(self, client):
        client.close()
        client.close()

    def test_repr_shows_where_and_no_secret(self, client):
        assert repr(client) == "Client('http://fc.test')"
