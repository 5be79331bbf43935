import math

import pytest

from fc_client.local import LocalFunctionCompute
from fc_client.local.cli import main


class TestConstructor:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"port": 70000}, ValueError, "port: must be from 0 to 65535, got 70000"),
            ({"port": -1}, ValueError, "port: must be from 0 to 65535, got -1"),
            ({"port": "80"}, TypeError, "port: must be an integer, got '80'"),
            ({"port": True}, TypeError, "port: must be an integer, got True"),
            ({"max_instances": 0}, ValueError, "max_instances: must be at least 1, got 0"),
            ({"max_instances": 1.5}, TypeError, "max_instances: must be an integer, got 1.5"),
            ({"max_instances": None}, TypeError, "max_instances: must be an integer, got None"),
            ({"async_attempts": 0}, ValueError, "async_attempts: must be at least 1, got 0"),
            ({"async_retry_delay": -1}, ValueError, "async_retry_delay: must be at least 0"),
            ({"async_retry_delay": math.nan}, ValueError, "async_retry_delay: must be at least 0"),
            ({"async_retry_delay": math.inf}, ValueError, "async_retry_delay: must be at least 0"),
            ({"async_retry_delay": "1"}, TypeError, "async_retry_delay: must be a number"),
            ({"host": ""}, ValueError, "host: must be a name or address of this machine"),
            ({"host": None}, TypeError, "host: must be a string, got None"),
            ({"oss_root": "/no/such"}, ValueError, "oss_root: no such directory: '/no/such'"),
            ({"oss_root": __file__}, ValueError, "oss_root: no such directory"),
            ({"data_dir": __file__}, ValueError, "data_dir: not a directory"),
            (
                {"interpreters": {"nodejs8": "/no/such/node"}},
                ValueError,
                "interpreters: nodejs8: no such executable: '/no/such/node'",
            ),
            ({"interpreters": {"python3": __file__}}, ValueError, "interpreters: python3:"),
            ({"allow_hosts": ["fc:80"]}, ValueError, "allow_hosts: must be a host name"),
            ({"allow_hosts": "fc"}, TypeError, "allow_hosts: must be a list of host names"),
            ({"allow_hosts": 5}, TypeError, "allow_hosts: must be a list of host names, got 5"),
            ({"allow_hosts": [5]}, TypeError, "allow_hosts: must be a list of host names, got 5"),
            ({"auth": "no"}, TypeError, "auth: must be True or False, got 'no'"),
            ({"data_dir": 5}, TypeError, "data_dir: must be a path as a string or Path, got 5"),
            ({"data_dir": ""}, ValueError, "data_dir: must be a path, got ''"),
            ({"oss_root": b"x"}, TypeError, "oss_root: must be a path as a string or Path"),
            ({"oss_root": ""}, ValueError, "oss_root: must be a path, got ''"),
            ({"oss_root": "a\0b"}, ValueError, "oss_root: must be a path, got 'a\\x00b'"),
            ({"interpreters": "node"}, TypeError, "interpreters: must be a dictionary"),
            ({"interpreters": {3: "x"}}, TypeError, "interpreters: must have names of runtimes"),
            ({"interpreters": {"python3": 3}}, TypeError, "interpreters: python3: must be a path"),
            ({"modules": ["x"]}, TypeError, "modules: must be a dictionary"),
            ({"modules": {"python3": None}}, TypeError, "modules: python3: must be a path"),
            ({"modules": {"python3": "/no"}}, ValueError, "modules: python3: no such directory"),
            ({"access_key_id": "i"}, ValueError, "access_key_id and access_key_secret: pass both"),
            ({"access_key_secret": "s"}, ValueError, "access_key_id and access_key_secret: pass"),
            (
                {"access_key_id": "a:b", "access_key_secret": "s"},
                ValueError,
                "access_key_id: must have neither spaces nor colons, got 'a:b'",
            ),
            (
                {"access_key_id": "", "access_key_secret": "s"},
                ValueError,
                "access_key_id: must be printable ASCII text, not empty",
            ),
            (
                {"access_key_id": "i", "access_key_secret": 5},
                TypeError,
                "access_key_secret: expected a str, got int",
            ),
            ({"account_id": 5}, TypeError, "account_id: must be a string, got 5"),
            ({"account_id": "x"}, ValueError, "account_id: must consist of digits, got 'x'"),
        ],
    )
    def test_names_an_argument_that_cannot_be_used(self, arguments, error, message):
        with pytest.raises(error) as caught:
            LocalFunctionCompute(**arguments)

        assert str(caught.value).startswith(message)


class TestCommand:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--port", "70000"], "--port: must be from 0 to 65535, got 70000"),
            (["--oss-root", "/no/such"], "--oss-root: no such directory: '/no/such'"),
            (["--data-dir", __file__], "--data-dir: not a directory"),
            (["--runtime", "nodejs8=/no/node"], "--runtime: nodejs8: no such executable"),
            (["--allow-host", "http://fc"], "--allow-host: must be a host name"),
            (["--max-instances", "0"], "--max-instances: must be at least 1, got 0"),
            (["--async-retry-delay", "nan"], "--async-retry-delay: must be at least 0"),
        ],
    )
    def test_names_an_option_that_cannot_be_used(self, arguments, message, capsys):
        with pytest.raises(SystemExit) as caught:
            main(arguments)

        assert caught.value.code == 2
        assert message in capsys.readouterr().err
