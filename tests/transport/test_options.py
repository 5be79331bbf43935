"""Options of connections: CA bundles."""

import os
from pathlib import Path

import certifi
import pytest

from fc_client import AsyncClient, Client, ConfigurationError
from fc_client._transport.options import ca_bundle

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
