import re

import pytest
from support.credentials import AK, ROLE, aliyun, fcli, keys
from support.http_server import free_port, serving

from fc_client import Client, ConfigurationError, Credentials
from fc_client.credentials.chain import find_credentials

ENVIRON = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "env-token",
}
FCLI = "access_key_id: fcli-id\naccess_key_secret: fcli-secret\n"


def find(environ=None, **arguments):
    nothing = dict.fromkeys(("credentials", "access_key_id", "access_key_secret", "security_token"))
    return find_credentials(**{**nothing, **arguments}, environ=environ or {})


class TestArguments:
    def test_credentials_are_used_as_they_are(self):
        credentials = Credentials("id", "secret")
        assert find(ENVIRON, credentials=credentials)() is credentials

    def test_callable_is_called_every_time(self):
        given = [Credentials("a", "s"), Credentials("b", "s")]
        provider = find(ENVIRON, credentials=lambda: given.pop(0))
        assert [provider().access_key_id, provider().access_key_id] == ["a", "b"]

    def test_other_types_are_refused(self):
        with pytest.raises(TypeError, match=r"^credentials: expected Credentials or a callable"):
            find(credentials=("id", "secret"))

    @pytest.mark.parametrize("name", ["access_key_id", "access_key_secret", "security_token"])
    def test_two_sources_are_refused(self, name):
        with pytest.raises(ConfigurationError, match="cannot be combined with access_key_id"):
            find(credentials=Credentials("id", "secret"), **{name: "x"})

    def test_win_and_take_no_token_from_the_environment(self):
        found = find(ENVIRON, access_key_id="id", access_key_secret="secret")()
        assert found == Credentials("id", "secret")

    @pytest.mark.parametrize(
        ("arguments", "missing"),
        [
            ({"access_key_id": "id"}, "access_key_secret"),
            ({"access_key_secret": "s"}, "access_key_id"),
            ({"security_token": "t"}, "access_key_id and access_key_secret"),
        ],
    )
    def test_half_is_not_filled_from_the_environment(self, arguments, missing):
        with pytest.raises(ConfigurationError) as caught:
            find(ENVIRON, **arguments)
        assert str(caught.value) == f"no credentials: set {missing}"


class TestEnvironment:
    def test_is_next(self):
        aliyun(AK)
        assert find(ENVIRON)() == Credentials("env-id", "env-secret", "env-token")

    def test_empty_variable_is_none(self):
        found = find({**ENVIRON, "ALIBABA_CLOUD_SECURITY_TOKEN": ""})()
        assert found.security_token is None

    @pytest.mark.parametrize("given", sorted(ENVIRON)[:2])
    def test_key_without_its_other_half_is_not_completed_from_a_file(self, given):
        aliyun(AK)
        (missing,) = ENVIRON.keys() - {given, "ALIBABA_CLOUD_SECURITY_TOKEN"}
        with pytest.raises(ConfigurationError) as caught:
            find({given: "x"})
        assert str(caught.value) == f"no credentials: set {missing}"


class TestFiles:
    def test_aliyuns_is_next(self):
        aliyun(AK)
        fcli(FCLI)
        assert find({"ALIBABA_CLOUD_SECURITY_TOKEN": "t"})() == Credentials("ak-id", "ak-secret")

    @pytest.mark.parametrize("profiles", [[], [ROLE]])
    def test_fclis_comes_after_it(self, profiles):
        aliyun(*profiles, current="role")
        fcli(FCLI)
        assert find()() == Credentials("fcli-id", "fcli-secret")

    def test_profile_of_the_variable_must_exist(self):
        aliyun(AK)
        fcli(FCLI)
        with pytest.raises(ConfigurationError) as caught:
            find({"ALIBABA_CLOUD_PROFILE": "prod"})
        assert str(caught.value) == (
            "no credentials: ALIBABA_CLOUD_PROFILE in ~/.aliyun/config.json: no profile 'prod'"
        )

    def test_is_read_again_when_the_service_refuses_its_token(self):
        fcli(FCLI + "security_token: old\n")
        provider = find()
        fcli(FCLI + "security_token: new\n")
        assert provider().security_token == "old"
        assert provider.renew("old") is True
        assert provider().security_token == "new"


class TestServices:
    def test_uri_is_next_and_asked_again_before_its_credentials_expire(self):
        with serving(keys(1, Expiration="2026-05-08T10:00:00Z"), keys(2)) as server:
            provider = find({"ALIBABA_CLOUD_CREDENTIALS_URI": f"{server.url}/keys"})
            given = [provider().access_key_id for _ in range(2)]
        assert given == ["STS.id-2"] * 2
        assert server.paths == ["/keys"] * 2

    def test_role_is_last(self):
        with (
            serving(lambda handler: handler.send(500)) as uri,
            serving(keys()) as metadata,
        ):
            environ = {
                "ALIBABA_CLOUD_CREDENTIALS_URI": uri.url,
                "ALIBABA_CLOUD_ECS_METADATA": "my-role",
            }
            found = find(environ, metadata_url=metadata.url)()
        assert found.security_token == "token-1"
        assert metadata.paths == ["/latest/meta-data/ram/security-credentials/my-role"]

    @pytest.mark.parametrize("off", ["true", "TRUE", "1"])
    def test_role_can_be_disabled(self, off):
        environ = {
            "ALIBABA_CLOUD_ECS_METADATA": "my-role",
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": off,
        }
        with serving(keys()) as metadata, pytest.raises(ConfigurationError) as caught:
            find(environ, metadata_url=metadata.url)
        assert str(caught.value).endswith(
            "ALIBABA_CLOUD_ECS_METADATA: disabled by ALIBABA_CLOUD_ECS_METADATA_DISABLED"
        )
        assert metadata.paths == []

    @pytest.mark.parametrize("off", ["", "false", "0"])
    def test_false_does_not_disable_the_role(self, off):
        environ = {
            "ALIBABA_CLOUD_ECS_METADATA": "my-role",
            "ALIBABA_CLOUD_ECS_METADATA_DISABLED": off,
        }
        with serving(keys()) as metadata:
            assert find(environ, metadata_url=metadata.url)().access_key_id == "STS.id-1"


class TestEnd:
    def test_tells_every_source_and_what_it_lacks(self):
        with pytest.raises(ConfigurationError) as caught:
            Client("http://fc.test")
        assert str(caught.value) == (
            "no credentials found: "
            "arguments: neither credentials nor access_key_id and access_key_secret given; "
            "environment: neither ALIBABA_CLOUD_ACCESS_KEY_ID nor "
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET set; "
            "~/.aliyun/config.json: no such file; "
            "~/.fcli/config.yaml: no such file; "
            "ALIBABA_CLOUD_CREDENTIALS_URI: not set; "
            "ALIBABA_CLOUD_ECS_METADATA: not set"
        )

    def test_error_gives_the_reason_of_each_source(self):
        aliyun(ROLE, current="role")
        fcli("access_key_id: {}\n")
        url = f"http://127.0.0.1:{free_port()}"
        environ = {"ALIBABA_CLOUD_CREDENTIALS_URI": url, "ALIBABA_CLOUD_ECS_METADATA": "r"}

        with pytest.raises(ConfigurationError) as caught:
            find(environ, metadata_url=url)

        assert re.search(
            "; ~/.aliyun/config.json: unsupported mode 'EcsRamRole', expected AK or StsToken"
            "; ~/.fcli/config.yaml: line 1: expected 'key: value' with a plain or quoted value"
            "; ALIBABA_CLOUD_CREDENTIALS_URI: no response: .*refused"
            "; ALIBABA_CLOUD_ECS_METADATA: no response: .*refused",
            str(caught.value),
        )
