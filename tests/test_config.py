import time

import pytest
from support.credentials import AK, aliyun, fcli

from fc_client import ConfigurationError
from fc_client.config import Settings, normalised, of_context, resolve

ACCOUNT = {"ALIBABA_CLOUD_ACCOUNT_ID": "1"}
REGION = {"ALIBABA_CLOUD_REGION_ID": "cn-a"}
ENDPOINT = {"FC_ENDPOINT": "http://env.test"}


def settle(environ=None, **arguments):
    nothing = {"endpoint": None, "account_id": None, "region": None, "internal": False}
    return resolve(**{**nothing, **arguments}, environ=environ or {})


class TestNormalised:
    @pytest.mark.parametrize(
        ("endpoint", "url"),
        [
            ("http://fc.test", "http://fc.test"),
            ("http://fc.test/", "http://fc.test"),
            ("HTTPS://FC.test//", "https://fc.test"),
            ("fc.test", "https://fc.test"),
            ("localhost:9000", "https://localhost:9000"),
            ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
            ("http://[::1]:9000", "http://[::1]:9000"),
            ("http://under_score.test:0", "http://under_score.test:0"),
            ("http://fc.test\n", "http://fc.test"),
        ],
    )
    def test_is_scheme_host_and_port(self, endpoint, url):
        assert normalised(endpoint) == url

    @pytest.mark.parametrize(
        "endpoint",
        [
            "ftp://fc.test",
            "://fc.test",
            "http://",
            "http://:80",
            "http://fc.test:port",
            "http://fc.test:99999",
            "http://[::1",
            "http://fc.test/2016-08-15",
            "http://fc.test?x=1",
            "http://fc.test#x",
            "http://user:pass@fc.test",
            "http://a b.test",
            "http://a%2eb.test",
            "http://服务.test",
            "/",
        ],
    )
    def test_anything_else_is_refused(self, endpoint):
        with pytest.raises(ConfigurationError, match=r"^endpoint: "):
            normalised(endpoint)

    @pytest.mark.parametrize(
        "endpoint", ["http://u:pass@fc.test", "u:pass@fc.test", "http://u:pass@℀.test"]
    )
    def test_password_is_refused_without_quoting_it(self, endpoint):
        with pytest.raises(
            ConfigurationError, match=r"@.* (must have only|is not a valid)"
        ) as caught:
            normalised(endpoint)
        assert "pass" not in str(caught.value)

    @pytest.mark.parametrize("part", ["a", "@", "/", "//", "a@", ":", "?", "http://"])
    def test_long_ones_are_refused_at_once(self, part):
        started = time.process_time()
        with pytest.raises(ConfigurationError) as caught:
            normalised(part * 200_000)
        # Some virtual machines count the time that they stand still. Squares take 15 seconds.
        assert time.process_time() - started < 3
        assert len(str(caught.value)) < 1100

    def test_other_types_are_refused(self):
        with pytest.raises(TypeError, match=r"^endpoint: expected a str, got bytes"):
            normalised(b"http://fc.test")


class Context:
    """The context of a function, as far as a client needs it."""

    account_id = "7"
    region = "cn-f"


class TestOfContext:
    @pytest.mark.parametrize(
        "context", [Context(), {"accountId": "7", "region": "cn-f"}, vars(Context) | {}]
    )
    def test_has_account_and_region(self, context):
        assert of_context(context, {}) == {"account_id": "7", "region": "cn-f"}

    def test_leaves_the_rest_to_the_environment(self):
        assert of_context(object(), {}) == {"account_id": None, "region": None}
        assert of_context(Context(), ENDPOINT) == {}


class TestInAFunction:
    """Its environment has an account and a region of its own."""

    FUNCTION = {"FC_ACCOUNT_ID": "7", "FC_REGION": "cn-f"}  # noqa: RUF012 - never changed

    @pytest.mark.parametrize(
        ("environ", "arguments", "endpoint"),
        [
            ({}, {}, "https://7.cn-f.fc.aliyuncs.com"),
            ({}, {"internal": True}, "https://7.cn-f-internal.fc.aliyuncs.com"),
            (ACCOUNT | REGION, {}, "https://1.cn-a.fc.aliyuncs.com"),
            (ENDPOINT, {}, "http://env.test"),
        ],
    )
    def test_endpoint_is_that_of_the_function(self, environ, arguments, endpoint):
        assert settle({**self.FUNCTION, **environ}, **arguments).endpoint == endpoint


class TestResolve:
    @pytest.mark.parametrize(
        ("environ", "arguments", "settings"),
        [
            (ENDPOINT, {"endpoint": "http://arg.test"}, ("http://arg.test", None)),
            (ENDPOINT, {}, ("http://env.test", None)),
            (ENDPOINT | ACCOUNT | REGION, {}, ("http://env.test", None)),
            (ENDPOINT, {"account_id": "2"}, ("http://env.test", "2")),
            (ENDPOINT | ACCOUNT, {"region": "cn-b"}, ("https://1.cn-b.fc.aliyuncs.com", None)),
            (ACCOUNT | REGION, {}, ("https://1.cn-a.fc.aliyuncs.com", None)),
            (ACCOUNT | REGION, {"account_id": "2"}, ("https://2.cn-a.fc.aliyuncs.com", "2")),
            (
                ACCOUNT | {"ALIBABA_CLOUD_DEFAULT_REGION": "cn-d"},
                {"internal": True},
                ("https://1.cn-d-internal.fc.aliyuncs.com", None),
            ),
            (
                ACCOUNT | {"ALIBABA_CLOUD_REGION_ID": "", "ALIBABA_CLOUD_DEFAULT_REGION": "cn-d"},
                {},
                ("https://1.cn-d.fc.aliyuncs.com", None),
            ),
            ({"FC_ENDPOINT": ""} | ACCOUNT | REGION, {}, ("https://1.cn-a.fc.aliyuncs.com", None)),
        ],
    )
    def test_arguments_take_precedence_over_the_environment(self, environ, arguments, settings):
        assert settle(environ, **arguments) == Settings(*settings)

    @pytest.mark.parametrize(
        ("environ", "names"),
        [
            (
                {},
                [
                    "endpoint",
                    "FC_ENDPOINT",
                    "account_id",
                    "ALIBABA_CLOUD_ACCOUNT_ID",
                    "region",
                    "ALIBABA_CLOUD_REGION_ID",
                    "ALIBABA_CLOUD_DEFAULT_REGION",
                ],
            ),
            (ACCOUNT, ["FC_ENDPOINT", "region", "ALIBABA_CLOUD_DEFAULT_REGION"]),
            (REGION, ["FC_ENDPOINT", "account_id", "ALIBABA_CLOUD_ACCOUNT_ID"]),
        ],
    )
    def test_error_names_every_way_to_set_what_is_missing(self, environ, names):
        with pytest.raises(ConfigurationError) as caught:
            settle(environ)
        assert [name for name in names if name not in str(caught.value)] == []

    def test_region_of_the_aliyun_cli_comes_after_the_environments(self):
        aliyun(AK)
        assert settle(ACCOUNT) == Settings("https://1.cn-a.fc.aliyuncs.com", None)
        variable = {"ALIBABA_CLOUD_REGION_ID": "cn-b"}
        assert settle(ACCOUNT | variable).endpoint == "https://1.cn-b.fc.aliyuncs.com"

    def test_endpoint_of_fcli_is_last(self):
        fcli("endpoint: https://1.cn-f.fc.aliyuncs.com/\n")
        assert settle() == Settings("https://1.cn-f.fc.aliyuncs.com", None)
        assert settle(ENDPOINT).endpoint == "http://env.test"
        assert settle(ACCOUNT | REGION).endpoint == "https://1.cn-a.fc.aliyuncs.com"

    def test_region_as_argument_excludes_the_endpoint_of_fcli(self):
        fcli("endpoint: https://1.cn-f.fc.aliyuncs.com\n")
        with pytest.raises(ConfigurationError, match="account_id"):
            settle(region="cn-b")

    def test_error_does_not_name_what_is_set(self):
        with pytest.raises(ConfigurationError) as caught:
            settle(ACCOUNT)
        assert "account_id" not in str(caught.value)

    def test_region_that_is_not_valid_in_a_host_is_refused(self):
        with pytest.raises(ConfigurationError, match=r"^endpoint: '1.cn a.fc"):
            settle(ACCOUNT, region="cn a")
