"""As whom a project is deployed, and where: the file, the environment, an embedded server."""

import pytest
from fun.support import PROJECT, write

from fc_client.exceptions import ConfigurationError
from fc_client.fun.account import account_of
from fc_client.fun.project.loading import load_project

ID = "1234567890123456"
KEYS = "accessKeyId: file\naccessKeySecret: file-secret\n"
GUIDE = {"ACCOUNT_ID": ID, "ACCESS_KEY_ID": "guide", "ACCESS_KEY_SECRET": "guide-secret"}
LIBRARY = {
    "ALIBABA_CLOUD_ACCOUNT_ID": ID,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "library",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "library-secret",
}
HERE = {"FC_ENDPOINT": "http://127.0.0.1:9000"}
SECOND_REGION = """\
    - name: {name}
      region: cn-beijing
      functions: []
"""


@pytest.fixture
def account(folder):
    """Return a function that returns the account of a file in an environment."""

    def found(environ, text=PROJECT):
        write(folder, {"faas.yml": text})
        return account_of(load_project(folder).content, environ)

    return found


def key_id(account):
    return account.credentials().access_key_id


class TestInTheCloud:
    def test_key_of_the_file_comes_first(self, account):
        assert key_id(account({**GUIDE, **LIBRARY}, KEYS + PROJECT)) == "file"

    def test_guides_variables_come_before_those_of_the_library(self, account):
        found = account({**GUIDE, **LIBRARY, "ALIBABA_CLOUD_ACCOUNT_ID": "9" * 16})
        assert (key_id(found), found.account_id) == ("guide", ID)

    def test_library_finds_the_rest(self, account):
        assert key_id(account(LIBRARY)) == "library"

    def test_secret_of_the_environment_is_not_used_for_another_id(self, account):
        with pytest.raises(ConfigurationError, match="accessKeyId of the file is not ACCESS_KEY_"):
            account(GUIDE, "accessKeyId: another\n" + PROJECT)

    def test_half_a_key(self, account):
        with pytest.raises(ConfigurationError, match="accessKeySecret or ACCESS_KEY_SECRET"):
            account({"ACCOUNT_ID": ID}, "accessKeyId: file\n" + PROJECT)

    def test_endpoint_names_the_account(self, account):
        keys = {name: value for name, value in GUIDE.items() if name != "ACCOUNT_ID"}
        found = account({**keys, "FC_ENDPOINT": f"{ID}.cn-shanghai.fc.aliyuncs.com"})
        assert found.role_arn("worker") == f"acs:ram::{ID}:role/worker"

    def test_endpoint_of_another_account(self, account):
        environ = {**GUIDE, "FC_ENDPOINT": "9999999999.cn-shanghai.fc.aliyuncs.com"}
        with pytest.raises(ConfigurationError, match=f"9999999999, but the account ID is {ID}"):
            account(environ)


class TestRegions:
    @pytest.mark.parametrize("network", ["", "-internal"])
    def test_endpoint_of_the_region(self, account, network):
        endpoint = f"https://{ID}.cn-shanghai{network}.fc.aliyuncs.com"
        assert account({**GUIDE, "FC_ENDPOINT": endpoint}).endpoint_in("cn-shanghai") == endpoint

    @pytest.mark.parametrize(
        ("host", "where"),
        [
            (f"{ID}.cn-shanghai.fc.aliyuncs.com", "region cn-shanghai"),
            (f"{ID}.cn-hangzhou-internal.fc.aliyuncs.com", "region cn-hangzhou"),
            ("fc.example.com", "one region"),
        ],
    )
    def test_one_endpoint_has_not_several(self, account, host, where):
        with pytest.raises(ConfigurationError) as caught:
            account({**GUIDE, "FC_ENDPOINT": host}, PROJECT + SECOND_REGION.format(name="other"))
        assert caught.value.message.startswith(
            f"FC_ENDPOINT is of {where}, but the file deploys to cn-beijing, cn-shanghai; unset"
        )

    def test_endpoint_of_another_region(self, account):
        with pytest.raises(ConfigurationError, match="is of region cn-beijing"):
            account({**GUIDE, "FC_ENDPOINT": f"{ID}.cn-beijing.fc.aliyuncs.com"})

    def test_host_whose_region_is_not_known(self, account):
        found = account({**GUIDE, "FC_ENDPOINT": "fc.example.com"})
        assert found.endpoint_in("cn-shanghai") == "https://fc.example.com"

    def test_without_an_endpoint_each_has_its_own(self, account):
        found = account(GUIDE, PROJECT + SECOND_REGION.format(name="svc"))
        assert found.endpoint_in("cn-beijing") == f"https://{ID}.cn-beijing.fc.aliyuncs.com"

    def test_embedded_server_has_all(self, account):
        found = account({**HERE, **LIBRARY}, PROJECT + SECOND_REGION.format(name="other"))
        assert found.endpoint_in("cn-beijing") == "http://127.0.0.1:9000"

    def test_embedded_server_has_each_service_once(self, account):
        with pytest.raises(ConfigurationError, match="service svc is in cn-shanghai and cn-beij"):
            account({**HERE, **LIBRARY}, PROJECT + SECOND_REGION.format(name="svc"))


class TestOnThisMachine:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "fc.localhost"])
    def test_key_of_the_library_comes_first(self, account, host):
        environ = {**GUIDE, **LIBRARY, "FC_ENDPOINT": f"http://{host}:9000"}
        found = account(environ, KEYS + PROJECT)
        assert (key_id(found), found.is_local) == ("library", True)
        assert found.remark == (
            f"Using http://{host}:9000 of FC_ENDPOINT with the access key of "
            "ALIBABA_CLOUD_ACCESS_KEY_ID; not used: the access key of the file and that of "
            "ACCESS_KEY_ID."
        )

    def test_guides_key_comes_next(self, account):
        found = account({**HERE, **GUIDE})
        assert (key_id(found), found.remark) == ("guide", "")

    def test_token_belongs_to_the_key_of_the_library(self, account):
        token = {"ALIBABA_CLOUD_SECURITY_TOKEN": "token"}
        assert account({**HERE, **LIBRARY, **token}).credentials().security_token == "token"
        assert account({**HERE, **GUIDE, **token}).credentials().security_token is None

    def test_keys_of_files_are_not_used(self, account, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        write(
            tmp_path,
            {".fcli/config.yaml": "access_key_id: cloud\naccess_key_secret: cloud-secret\n"},
        )
        with pytest.raises(ConfigurationError, match="no access key for http://127"):
            account(HERE, KEYS + PROJECT)

    def test_half_a_key(self, account):
        with pytest.raises(ConfigurationError, match="set ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
            account({**HERE, **GUIDE, "ALIBABA_CLOUD_ACCESS_KEY_ID": "library"})

    def test_server_may_have_a_short_account_id(self, account):
        found = account({**HERE, **LIBRARY, "ACCOUNT_ID": "42"})
        assert found.new_role_arn("Worker") == "acs:ram::42:role/worker"
