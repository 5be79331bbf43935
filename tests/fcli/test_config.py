import os
import stat
from pathlib import Path

import pytest
import yaml
from fcli.support import done, process, run

from fc_client import Client

ENDPOINT = "https://123456.cn-shanghai.fc.aliyuncs.com"
KEYS = ("--access-key-id", "made-up-id", "--access-key-secret", "made-up-secret")

# As the original writes it.
ORIGINAL = f"""\
access_key_id: made-up-id
access_key_secret: made-up-secret
api_version: 2016-08-15
debug: false
endpoint: {ENDPOINT}
security_token: ""
sls_endpoint: cn-shanghai.log.aliyuncs.com
timeout: 60
"""


@pytest.fixture
def file():
    """Return the path of the configuration file."""
    return Path(os.environ["HOME"], ".fcli", "config.yaml")


@pytest.fixture
def stored(file):
    """Return the path of a configuration file that the original has written."""
    file.parent.mkdir()
    file.write_text(ORIGINAL)
    return file


def rows(*argv):
    """Return what config --display shows: values and sources, by key."""
    lines = [line.split("\t") for line in done(*argv, "config", "--display").lines]
    return {key: (value, source) for key, value, source in lines}


class TestStore:
    def test_file_is_private_and_readable_by_the_library(self, file):
        result = done("config", "--endpoint", ENDPOINT, *KEYS)

        assert result.err == f"Store the configuration in: {file.parent}\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        with Client() as client:
            assert client.endpoint == ENDPOINT

    def test_mode_of_an_open_file_is_corrected(self, stored):
        stored.chmod(0o644)
        done("config", "--timeout", "30")
        assert stat.S_IMODE(stored.stat().st_mode) == 0o600

    def test_everything_else_stays(self, stored):
        stored.write_text(f"# mine\n{ORIGINAL}# theirs\nother:\n  nested: [1, 2]  # kept\n")
        before = stored.read_text()
        done("config", "--timeout", "90", "--debug")
        expected = before.replace("timeout: 60", "timeout: 90").replace(
            "debug: false", "debug: true"
        )
        assert stored.read_text() == expected

    def test_new_keys_are_added(self, stored):
        stored.write_text("endpoint: http://a.test")
        done("config", "--security-token", "a#b: 'c'", "--timeout", "1.5")
        assert yaml.safe_load(stored.read_text()) == {
            "endpoint": "http://a.test",
            "security_token": "a#b: 'c'",
            "timeout": 1.5,
        }

    @pytest.mark.parametrize(
        "value", ["yes", "null", "0123", "1e3", "a: b", "# x", "-", "~", "a\\b", "'", '"']
    )
    def test_values_stay_text(self, stored, value):
        done("config", "--access-key-id", value)
        assert yaml.safe_load(stored.read_text())["access_key_id"] == value

    def test_value_over_several_lines_is_replaced(self, stored):
        stored.write_text("access_key_id: >-\n  made\n  up\ntimeout: 5\n")
        done("config", "--access-key-id", "new")
        assert yaml.safe_load(stored.read_text()) == {"access_key_id": "new", "timeout": 5}

    def test_link_stays_a_link(self, stored, tmp_path):
        stored.rename(tmp_path / "real.yaml")
        stored.symlink_to(tmp_path / "real.yaml")
        done("config", "--timeout", "7")
        assert stored.is_symlink()
        assert "timeout: 7" in (tmp_path / "real.yaml").read_text()

    @pytest.mark.parametrize("text", ["[1, 2]", "just text", "a: {", "endpoint: 'open"])
    def test_damaged_file_is_refused_and_left_alone(self, stored, text):
        stored.write_text(text)
        result = run("config", "--timeout", "7")
        assert result.code == 2
        assert f"{stored}" in result.err
        assert stored.read_text() == text

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("--endpoint", "ftp://x"), "is not an http:// or https:// URL"),
            (("--endpoint", "cn-shanghai.fc.aliyuncs.com"), "must be ACCOUNT_ID.REGION"),
            (("--access-key-id", " "), "access_key_id: must be printable"),
            (("--access-key-secret", "a\n"), "access_key_secret: must be printable"),
            (("--timeout", "0"), "--timeout"),
            (("--timeout", "soon"), "--timeout"),
        ],
    )
    def test_bad_value_is_wrong_usage(self, file, words, problem):
        result = run("config", *words)
        assert result.code == 2
        assert problem in result.err
        assert not file.exists()

    def test_never_asks_without_a_terminal(self, file):
        result = process("config")
        assert result.code == 2
        assert "missing option --endpoint" in result.err
        assert not file.exists()


class TestDisplay:
    def test_masks_secrets_and_names_sources(self, stored, monkeypatch):
        monkeypatch.setenv("FC_ENDPOINT", "http://127.0.0.1:1")
        result = done("--request-timeout", "5", "config", "--display")
        assert "made-up-secret" not in result.out + result.err
        shown = rows("--request-timeout", "5")
        source = f"file {stored}"
        assert shown["endpoint"] == ("http://127.0.0.1:1", "environment FC_ENDPOINT")
        assert shown["access_key_id"] == ("made-up-id", source)
        assert shown["access_key_secret"] == ("******", source)
        assert shown["timeout"] == ("5.0", "option --request-timeout")
        assert shown["api_version"] == ("2016-08-15", source)

    def test_access_key_comes_from_one_source(self, stored, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "other")
        assert "access_key_secret" not in rows()
        result = run("ls")
        assert result.code == 2
        assert "ALIBABA_CLOUD_ACCESS_KEY_ID: has no access_key_secret" in result.err
        assert stored

    def test_endpoint_from_account_and_region(self, stored, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_ACCOUNT_ID", "1")
        monkeypatch.setenv("ALIBABA_CLOUD_DEFAULT_REGION", "cn-beijing")
        value, source = rows()["endpoint"]
        assert value == "https://1.cn-beijing.fc.aliyuncs.com"
        assert source == "environment ALIBABA_CLOUD_ACCOUNT_ID and ALIBABA_CLOUD_DEFAULT_REGION"
        assert stored

    def test_nothing_says_how_to_begin(self, file):
        result = done("config", "--display")
        assert result.out == ""
        assert "fc-local" in result.err
        assert not file.exists()


class TestChoice:
    def test_profile_comes_before_the_environment(self, stored, monkeypatch):
        monkeypatch.setenv("FC_ENDPOINT", "http://127.0.0.1:1")
        done("--profile", "beta", "config", "--endpoint", "http://b.test", *KEYS)
        assert rows("--profile", "beta")["endpoint"][0] == "http://b.test"
        assert rows()["endpoint"][0] == "http://127.0.0.1:1"
        assert stored.read_text() == ORIGINAL

    def test_profile_of_the_environment_is_a_file(self, stored, monkeypatch):
        done("config", "--profile", "beta", "--endpoint", "http://b.test")
        monkeypatch.setenv("FCLI_PROFILE", "beta")
        assert rows()["endpoint"][0] == "http://b.test"
        assert stored

    def test_file(self, tmp_path):
        file = tmp_path / "mine.yaml"
        file.write_text(ORIGINAL)
        assert rows("--config", str(file))["endpoint"] == (ENDPOINT, f"file {file}")

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("--profile", "none"), "none.yaml: no such file"),
            (("--profile", "../x"), "profile: '../x' must have letters"),
            (("--config", "none.yaml"), "none.yaml: no such file"),
            (("--config", "a", "--profile", "b"), "cannot be used together"),
        ],
    )
    def test_bad_choice_is_wrong_usage(self, words, problem):
        result = run(*words, "ls")
        assert result.code == 2
        assert problem in result.err

    @pytest.mark.parametrize(
        ("line", "problem"),
        [
            ("timeout: soon", "timeout must be a number"),
            ("timeout: 0", "timeout must be a number"),
            ("debug: perhaps", "debug must be true or false"),
            ("endpoint: cn-shanghai.fc.aliyuncs.com", "must be ACCOUNT_ID.REGION"),
        ],
    )
    def test_bad_value_in_a_file_is_wrong_usage(self, stored, line, problem):
        key = line.partition(":")[0]
        kept = [each for each in ORIGINAL.splitlines() if not each.startswith(f"{key}:")]
        stored.write_text("\n".join([*kept, line]))
        result = run("ls")
        assert result.code == 2
        assert problem in result.err
