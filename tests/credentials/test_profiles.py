import json
import logging
import os
import socket
from pathlib import Path

import pytest
from support.credentials import AK, ROLE, STS, aliyun, fcli, write

from fc_client import Credentials
from fc_client.credentials.profiles import (
    aliyun_credentials,
    aliyun_profile,
    aliyun_region,
    fcli_credentials,
    fcli_endpoint,
    flat_yaml,
)
from fc_client.credentials.sources import Missing


class TestAliyun:
    def test_current_profile_is_the_default(self):
        aliyun(AK, STS, current="sts")
        assert aliyun_credentials({}) == Credentials("STS.id", "sts-secret", "sts-token")

    def test_variable_selects_another_profile(self):
        aliyun(AK, STS, current="sts")
        found = aliyun_credentials({"ALIBABA_CLOUD_PROFILE": "default"})
        assert found == Credentials("ak-id", "ak-secret")

    @pytest.mark.parametrize(
        ("profile", "words"),
        [
            (ROLE, "unsupported mode 'EcsRamRole', expected AK or StsToken"),
            ({"name": "x"}, "unsupported mode None, expected AK or StsToken"),
            ({"name": "x", "mode": ["AK"]}, "unsupported mode ['AK'], expected AK or StsToken"),
            ({"name": "x", "mode": "AK"}, "no access_key_id and no access_key_secret"),
            ({**STS, "sts_token": ""}, "no sts_token"),
            ({**AK, "access_key_secret": "a b\n"}, "access_key_secret: must be printable ASCII"),
            ({**AK, "access_key_id": 1}, "access_key_id: expected a str, got int"),
        ],
    )
    def test_profile_without_usable_keys_is_missing(self, profile, words):
        aliyun(profile, current=profile["name"])
        found = aliyun_credentials({})
        assert isinstance(found, Missing)
        assert found.reason.startswith(words)

    def test_no_file_is_missing(self):
        assert aliyun_credentials({}) == Missing("no such file")

    def test_unreadable_file_is_missing(self):
        (Path.home() / ".aliyun/config.json").mkdir(parents=True)
        found = aliyun_credentials({})
        assert found == Missing("cannot be read: not a regular file but a directory")

    def test_file_in_another_encoding_is_missing(self):
        write(".aliyun/config.json", "").write_bytes(b"\xff\xfe{}")
        assert aliyun_credentials({}) == Missing("not UTF-8 text")

    def test_region_is_that_of_the_profile(self):
        aliyun(AK, STS)
        assert aliyun_region({}) == "cn-a"

    def test_profile_may_have_no_region(self):
        aliyun(AK, STS)
        assert aliyun_region({"ALIBABA_CLOUD_PROFILE": "sts"}) is None

    def test_no_file_has_no_region(self):
        assert aliyun_region({}) is None


class TestAliyunProfile:
    def test_wanted_profile_needs_no_current_one(self):
        assert aliyun_profile(json.dumps({"profiles": [AK, ROLE]}), "role") == ROLE

    @pytest.mark.parametrize("name", ["none", None])
    def test_unknown_profile_is_missing(self, name):
        text = json.dumps({"current": "none", "profiles": [AK]})
        assert aliyun_profile(text, name) == Missing("no profile 'none'")

    @pytest.mark.parametrize(
        "text",
        ["", "[]", "1", "{}", '{"current": "a"}', '{"current": "a", "profiles": [1]}', "[" * 9999],
    )
    def test_other_documents_are_missing(self, text):
        assert aliyun_profile(text, None) == Missing(
            "expected a JSON object with current and profiles"
        )


class TestFcli:
    def test_credentials_and_endpoint(self):
        fcli(
            "endpoint: https://1.cn-a.fc.aliyuncs.com\napi_version: 2016-08-15\n"
            "access_key_id: fcli-id\naccess_key_secret: fcli-secret\nsecurity_token: t\n"
            "debug: false\ntimeout: 60\n"
        )
        assert fcli_credentials() == Credentials("fcli-id", "fcli-secret", "t")
        assert fcli_endpoint() == "https://1.cn-a.fc.aliyuncs.com"

    def test_token_and_endpoint_may_be_missing(self):
        fcli('access_key_id: i\naccess_key_secret: s\nsecurity_token: ""\nendpoint:\n')
        assert fcli_credentials() == Credentials("i", "s")
        assert fcli_endpoint() is None

    def test_no_file_is_missing(self):
        assert (fcli_credentials(), fcli_endpoint()) == (Missing("no such file"), None)

    def test_key_id_without_secret_is_missing(self):
        fcli("access_key_id: i\n")
        assert fcli_credentials() == Missing("no access_key_secret")


class TestFlatYaml:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "---\na: b\n...\n",
            "a: b # a comment\n# another\n\n   # a third\nc: d#e\n",
            "a: 'it''s: # {}'\nb: \"\\u0041\\\\ \\\" #\"  # c\n",
            "url: https://host:80/x?y=z\na:   b c  \n",
            "a: ''\r\nb: c\r\n",
            "key_1: a/b+c==\na: first\na: second\n",
            "a : b\nb: # nothing\nc: ~\nd: null\n",
        ],
    )
    def test_is_read_like_a_yaml_parser_does(self, text):
        yaml = pytest.importorskip("yaml")
        expected = {name: value for name, value in (yaml.safe_load(text) or {}).items() if value}
        assert flat_yaml(text) == expected

    def test_values_are_always_text(self):
        assert flat_yaml("a: 012\nb: true\nc: 2016-08-15") == {
            "a": "012",
            "b": "true",
            "c": "2016-08-15",
        }

    @pytest.mark.parametrize(
        "line",
        [
            "a:\n  secret: x",
            "- secret",
            "secret",
            "a: {secret: x}",
            "a: [secret]",
            "a: &secret x",
            "a: *secret",
            "a: !!str secret",
            "a: |\n  secret",
            "a: >-",
            "a: %secret",
            "a: 'secret",
            "a: 'secret' x",
            'a: "secret',
            'a: "secret\\x41"',
            "a: b: secret",
            "a: secret:",
            "a:secret",
            "? secret",
            "'a': secret",
        ],
    )
    def test_other_yaml_is_refused_without_quoting_it(self, line):
        found = flat_yaml(f"b: c\n{line}")
        form = "expected 'key: value' with a plain or quoted value"
        assert found in [Missing(f"line {number}: {form}") for number in (2, 3)]


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")
@pytest.mark.parametrize(
    ("name", "read"),
    [
        (".aliyun/config.json", lambda: aliyun_credentials({})),
        (".fcli/config.yaml", fcli_credentials),
    ],
)
class TestOddFiles:
    def put(self, name):
        path = Path.home() / name
        path.parent.mkdir()
        return path

    def test_fifo_is_refused_without_waiting(self, name, read):
        os.mkfifo(self.put(name))
        assert read() == Missing("cannot be read: not a regular file but a FIFO")

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/tty", "/dev/null"])
    def test_device_is_refused(self, name, read, device):
        self.put(name).symlink_to(device)
        assert read() == Missing("cannot be read: not a regular file but a device")

    def test_directory_is_refused(self, name, read):
        self.put(name).mkdir()
        assert read() == Missing("cannot be read: not a regular file but a directory")

    def test_socket_is_refused(self, name, read):
        with socket.socket(socket.AF_UNIX) as listener:
            # The path of a socket is short.
            path = self.put(name)
            listener.bind(os.path.relpath(path))
            assert read() == Missing("cannot be read: not a regular file but a socket")

    def test_huge_file_is_refused(self, name, read):
        with self.put(name).open("wb") as file:
            file.truncate(2**40)
        assert read() == Missing("larger than 1048576 bytes")

    def test_loop_of_links_is_refused(self, name, read):
        path = self.put(name)
        path.symlink_to(path.name)
        assert isinstance(read(), Missing)

    def test_other_encodings_are_refused(self, name, read):
        self.put(name).write_bytes("access_key_id: é".encode("utf-16"))
        assert read() == Missing("not UTF-8 text")

    def test_byte_order_mark_is_no_text(self, name, read):
        text = json.dumps({"current": "x", "profiles": []}) if "json" in name else "key: x"
        self.put(name).write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert read().reason in ("no profile 'x'", "no access_key_id and no access_key_secret")

    def test_home_that_is_no_path_is_refused(self, name, read, monkeypatch):
        monkeypatch.setattr(os.path, "expanduser", lambda path: f"\0/{path}")
        assert (name, read()) == (name, Missing("the path is not valid"))

    @pytest.mark.parametrize(
        "document",
        [
            '{"current": "x", "profiles": ' + profiles + "}"
            for profiles in ('["x"]', '{"x": 1}', "[[]]", "[null]", "1", '[{"name": "x"}]')
        ]
        + ["[" * 9999, '{"current": ["x"], "profiles": []}', '{"current": NaN}', "1" * 9999],
    )
    def test_odd_types_are_refused(self, name, read, document):
        self.put(name).write_text(document)
        found = read()
        assert isinstance(found, Missing)
        assert len(found.reason) < 200


@pytest.mark.skipif(os.name != "posix", reason="files have no such mode")
class TestModes:
    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o700])
    def test_wider_than_0600_is_warned_of_once(self, caplog, mode):
        caplog.set_level(logging.DEBUG)
        file = aliyun(AK, mode=mode)

        for _ in range(2):
            aliyun_credentials({})

        (record,) = caplog.records
        assert (record.name, record.levelname) == ("fc_client", "WARNING")
        assert record.getMessage() == (
            f"{file} contains secrets but has mode {mode:04o}; run chmod 600 on it"
        )

    @pytest.mark.parametrize("mode", [0o600, 0o400])
    def test_private_file_is_not_warned_of(self, caplog, mode):
        fcli("access_key_id: i\naccess_key_secret: s\n", mode)
        fcli_credentials()
        assert caplog.records == []
