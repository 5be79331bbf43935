"""Options of connections: CA bundles and proxies."""

import os
import sys
from pathlib import Path

import certifi
import pytest
from support.clients import CLIENTS

from fc_client import AsyncClient, Client, ConfigurationError
from fc_client._transport.options import (
    HTTP_SCHEMES,
    SOCKS_SCHEMES,
    ca_bundle,
    checked_proxies,
    environment_proxies,
)

VARIABLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]
KEYS = {"access_key_id": "i", "access_key_secret": "s"}


class TestCaBundle:
    @pytest.mark.parametrize("kind", [str, Path])
    def test_is_where_the_argument_says(self, kind):
        found = ca_bundle(kind(certifi.where()))
        assert found == certifi.where()
        assert type(found) is str

    @pytest.mark.parametrize("client", [Client, AsyncClient])
    def test_may_be_a_path_of_a_client(self, client, tmp_path):
        assert client("https://fc.test", **KEYS, verify=Path(certifi.where()))
        with pytest.raises(ConfigurationError, match=r"^verify: no CA bundle at '.*none'"):
            client("https://fc.test", **KEYS, verify=tmp_path / "none")

    @pytest.mark.parametrize("verify", [None, 1, b"/x", Path])
    def test_of_another_type_is_refused(self, verify):
        with pytest.raises(TypeError, match=r"^verify: expected a bool or the path"):
            ca_bundle(verify)

    @pytest.mark.parametrize("path", ["", "/none", "a\0b"])
    def test_that_is_not_there_is_refused(self, path):
        with pytest.raises(ConfigurationError, match="no CA bundle at"):
            ca_bundle(path)

    @pytest.mark.parametrize("name", VARIABLES)
    def test_of_the_environment_is_taken(self, name, monkeypatch, tmp_path):
        bundle = tmp_path if name == "SSL_CERT_DIR" else certifi.where()
        monkeypatch.setenv(name, str(bundle))
        assert ca_bundle(verify=True) == str(bundle)
        assert ca_bundle(verify=False) is False

    def test_of_several_variables_is_the_first(self, monkeypatch, tmp_path):
        for name in VARIABLES:
            (tmp_path / name).touch()
            monkeypatch.setenv(name, str(tmp_path / name))
        for name in VARIABLES:
            assert ca_bundle(verify=True) == str(tmp_path / name)
            monkeypatch.setenv(name, "")
        assert ca_bundle(verify=True) is True

    @pytest.mark.parametrize("name", VARIABLES)
    def test_that_is_not_there_names_its_variable(self, name, monkeypatch):
        monkeypatch.setenv(name, "/none")
        with pytest.raises(ConfigurationError, match=f"^the environment's {name}: no CA bundle"):
            ca_bundle(verify=True)

    def test_of_several_directories_is_the_first_that_exists(self, monkeypatch, tmp_path):
        monkeypatch.setenv("SSL_CERT_DIR", os.pathsep.join(["/none", str(tmp_path)]))
        assert ca_bundle(verify=True) == str(tmp_path)


SYNC, ASYNC = (*HTTP_SCHEMES, *SOCKS_SCHEMES), HTTP_SCHEMES


class TestProxies:
    @pytest.mark.parametrize(
        "proxy",
        ["http://p:1", "HTTPS://u:w@p", "p:8080", "p", "http://[::1]:1", "socks5h://p:1", ""],
    )
    def test_that_work_are_taken_as_they_are(self, proxy):
        assert checked_proxies({"https": proxy}, SYNC) == {"https": proxy}

    def test_none_and_no_proxies_stay(self):
        assert checked_proxies(None, SYNC) is None
        assert checked_proxies({}, SYNC) == {}

    @pytest.mark.parametrize("proxy", ["socks://p:1/", "ftp://p", "quic://p:1", "://p", "x y://p"])
    def test_with_another_scheme_are_refused_with_those_that_work(self, proxy):
        with pytest.raises(ConfigurationError) as caught:
            checked_proxies({"https": proxy}, SYNC)
        assert str(caught.value).startswith("proxies['https']: a proxy cannot have the scheme ")
        assert "use one of http://, https://, socks4://" in str(caught.value)

    @pytest.mark.parametrize(
        "proxy",
        [
            "http://",
            "http://:80",
            "http://u:word@p:port",
            "http://p:99999",
            "http://p:0",
            "http://[::1",
            "http://u:word@p\n",
            "http://p q",
            "http://é",
        ],
    )
    def test_that_are_no_urls_are_refused_without_their_password(self, proxy):
        with pytest.raises(ConfigurationError, match="not the URL of a proxy") as caught:
            checked_proxies({"all": proxy}, SYNC)
        assert "word" not in str(caught.value)

    def test_without_pysocks_say_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "socks", None)
        with pytest.raises(ConfigurationError, match=r"pip install 'requests\[socks\]'"):
            checked_proxies({"all": "socks5://p:1"}, SYNC)

    @pytest.mark.parametrize("name", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "http_proxy"])
    @pytest.mark.parametrize("client", CLIENTS)
    def test_of_the_environment_name_their_variable(self, client, name, monkeypatch):
        scheme = "http" if name == "http_proxy" else "https"
        monkeypatch.setenv(name, "socks://192.0.2.1:7890/")
        with (
            CLIENTS[client](f"{scheme}://192.0.2.99", **KEYS) as called,
            pytest.raises(ConfigurationError, match=f"the environment's {name}: a proxy cannot"),
        ):
            called.get_service("s")

    @pytest.mark.parametrize("client", [Client, AsyncClient])
    def test_of_the_argument_are_refused_by_the_constructor(self, client):
        with pytest.raises(ConfigurationError, match=r"^proxies\['all'\]: "):
            client("https://fc.test", **KEYS, proxies={"all": "socks://p"})

    def test_async_clients_take_no_socks_proxies(self):
        with pytest.raises(ConfigurationError, match=r"use one of http://, https://$"):
            AsyncClient("https://fc.test", **KEYS, proxies={"all": "socks5://p:1"})

    def test_that_are_not_used_may_be_anything(self, monkeypatch):
        monkeypatch.setenv("ALL_PROXY", "socks://192.0.2.1:7890/")
        monkeypatch.setenv("NO_PROXY", "fc.test")
        assert environment_proxies("http://fc.test", SYNC) == {}
        assert environment_proxies("http://127.0.0.1:1", SYNC) == {}
