import pytest

from fc_client import ConfigurationError
from fc_client.cloud import (
    GATEWAY_VARIABLE,
    RAM_VARIABLE,
    SLS_VARIABLE,
    gateway_endpoint,
    gateway_region,
    ram_endpoint,
    sls_endpoint,
)

LOCAL = "http://127.0.0.1:9000"
CLOUD = "https://1234567890123456.cn-shanghai.fc.aliyuncs.com"
INTERNAL = "1234567890123456.cn-shanghai-internal.fc.aliyuncs.com"


class TestRam:
    def test_the_cloud_is_the_default(self):
        assert ram_endpoint(environ={}) == "https://ram.aliyuncs.com"
        assert ram_endpoint(fc_endpoint=CLOUD, environ={}) == "https://ram.aliyuncs.com"

    def test_what_is_given_comes_before_the_environment(self):
        environ = {RAM_VARIABLE: "http://env.test"}

        assert ram_endpoint("http://given.test/", environ=environ) == "http://given.test"
        assert ram_endpoint(environ=environ) == "http://env.test"

    def test_the_environment_comes_before_the_embedded_server(self):
        environ = {RAM_VARIABLE: "http://env.test"}

        assert ram_endpoint(fc_endpoint=LOCAL, environ=environ) == "http://env.test"

    @pytest.mark.parametrize(
        "endpoint", [LOCAL, "http://localhost:1", "http://[::1]:2", "http://shop.localhost:3"]
    )
    def test_an_embedded_server_serves_it_as_well(self, endpoint):
        assert ram_endpoint(fc_endpoint=endpoint, environ={}) == endpoint

    def test_a_bad_one_is_refused(self):
        with pytest.raises(ConfigurationError, match="ftp://x"):
            ram_endpoint("ftp://x", environ={})


class TestSls:
    def test_order(self):
        every = {
            "given": "http://given.test",
            "environ": {SLS_VARIABLE: "http://env.test"},
            "configured": "cn-shanghai.log.aliyuncs.com",
            "fc_endpoint": LOCAL,
            "region": "cn-beijing",
        }
        expected = [
            ("given", "http://given.test"),
            ("environ", "http://env.test"),
            ("configured", "https://cn-shanghai.log.aliyuncs.com"),
            ("fc_endpoint", LOCAL),
            ("region", "https://cn-beijing.log.aliyuncs.com"),
        ]
        for name, endpoint in expected:
            assert sls_endpoint(**{"environ": {}, **every}) == endpoint
            del every[name]

    @pytest.mark.parametrize("endpoint", [CLOUD, INTERNAL])
    def test_the_endpoint_of_function_compute_names_the_region(self, endpoint):
        found = sls_endpoint(fc_endpoint=endpoint, environ={})

        assert found == "https://cn-shanghai.log.aliyuncs.com"

    def test_the_environment_names_the_region(self):
        environ = {"ALIBABA_CLOUD_DEFAULT_REGION": "cn-hangzhou"}
        found = sls_endpoint(fc_endpoint="http://fc.test", environ=environ)

        assert found == "https://cn-hangzhou.log.aliyuncs.com"

    def test_nothing_names_it(self):
        with pytest.raises(ConfigurationError, match=f"{SLS_VARIABLE}.*REGION_ID"):
            sls_endpoint(environ={})


class TestGateway:
    def test_order(self):
        every = {
            "given": "http://given.test",
            "environ": {GATEWAY_VARIABLE: "http://env.test"},
            "fc_endpoint": LOCAL,
            "configured": "http://apigateway.cn-hangzhou.aliyuncs.com/",
            "region": "cn-beijing",
        }
        expected = [
            ("given", "http://given.test"),
            ("environ", "http://env.test"),
            ("fc_endpoint", LOCAL),
            ("configured", "http://apigateway.cn-hangzhou.aliyuncs.com"),
            ("region", "https://apigateway.cn-beijing.aliyuncs.com"),
        ]
        for name, endpoint in expected:
            assert gateway_endpoint(**{"environ": {}, **every}) == endpoint
            del every[name]

    def test_https_unless_a_scheme_is_written(self):
        found = gateway_endpoint(configured="apigateway.cn-hangzhou.aliyuncs.com", environ={})

        assert found == "https://apigateway.cn-hangzhou.aliyuncs.com"

    def test_the_endpoint_of_function_compute_names_the_region(self):
        found = gateway_endpoint(fc_endpoint=CLOUD, environ={})

        assert found == "https://apigateway.cn-shanghai.aliyuncs.com"

    def test_nothing_names_it(self):
        with pytest.raises(ConfigurationError, match=f"API Gateway.*{GATEWAY_VARIABLE}.*REGION_ID"):
            gateway_endpoint(environ={})

    @pytest.mark.parametrize(
        ("endpoint", "region"),
        [
            ("http://apigateway.cn-hangzhou.aliyuncs.com", "cn-hangzhou"),
            ("apigateway-vpc.eu-central-1.aliyuncs.com", "eu-central-1"),
            (LOCAL, None),
            ("https://apigateway.cn-hangzhou.aliyuncs.com.test", None),
        ],
    )
    def test_region(self, endpoint, region):
        assert gateway_region(endpoint) == region
