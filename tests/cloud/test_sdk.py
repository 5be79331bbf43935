"""How the official libraries are called, and what becomes of their failures."""

import logging
import socket
import subprocess
import sys

import pytest
from support.certificates import Certificates
from support.http_server import free_port, replying, serving

from fc_client import ConfigurationError, RequestTimeoutError, ResponseError, TransportError
from fc_client.cloud import CloudError, GatewayClient, LogClient, RamClient
from fc_client.cloud._sdk import Sdk
from fc_client.credentials import Credentials

CREDENTIALS = Credentials("made-up-id", "made-up-secret")


@pytest.fixture
def closed_port():
    return free_port()


class TestCredentials:
    def test_a_callable_is_called_before_each_call(self, fc, credentials):
        calls = []

        def provide():
            calls.append(1)
            return credentials

        ram = RamClient(fc.endpoint, provide)
        ram.list_roles()
        ram.list_roles()

        assert len(calls) == 2

    def test_changed_ones_are_used(self, fc, credentials):
        given = [CREDENTIALS, credentials]
        ram = RamClient(fc.endpoint, lambda: given.pop(0))

        with pytest.raises(Exception, match=r"InvalidAccessKeyId\.NotFound"):
            ram.list_roles()
        assert ram.list_roles().request_id


class TestLog:
    def test_has_the_request_and_the_outcome_but_no_secrets(self, fc, ram, caplog):
        with caplog.at_level(logging.DEBUG, "fc_client"):
            ram.list_roles()
        lines = [record.message for record in caplog.records if record.name == "fc_client"]
        assert lines[0].startswith(f"ListRoles to {fc.endpoint}: ")
        assert lines[1].startswith("ListRoles: 200 ")
        assert fc.access_key_secret not in caplog.text


class TestUnreachable:
    @pytest.mark.parametrize("kind", [RamClient, LogClient])
    def test_refused(self, closed_port, kind):
        client = kind(f"http://127.0.0.1:{closed_port}", CREDENTIALS)
        call = client.get_role if kind is RamClient else client.get_project

        with pytest.raises(TransportError) as caught:
            call("x")

        text = f"cannot reach http://127.0.0.1:{closed_port}: Connection refused"
        assert str(caught.value).endswith(text)
        assert "made-up" not in str(caught.value)

    def test_time_limit(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"

            with pytest.raises(RequestTimeoutError, match="timed out"):
                RamClient(endpoint, CREDENTIALS, timeout=0.2).get_role("x")

    def test_tls_to_a_server_without(self, fc):
        endpoint = fc.endpoint.replace("http://127.0.0.1", "https://localhost")

        with pytest.raises(TransportError, match="does not speak TLS"):
            RamClient(endpoint, CREDENTIALS).get_role("x")

    def test_proxies_of_the_environment_do_not_get_requests_to_the_embedded_server(
        self, ram, log, monkeypatch, closed_port
    ):
        for variable in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{closed_port}")

        assert ram.list_roles().request_id
        log.list_projects()


class TestResponses:
    """Of something in front of the service: status and first words are quoted."""

    CALLS = ((RamClient, "get_role"), (GatewayClient, "get_group"), (LogClient, "get_project"))

    @pytest.mark.parametrize(("kind", "method"), CALLS)
    @pytest.mark.parametrize("status", [403, 502])
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<html>Bad Gateway</html>", "<html>Bad Gateway</html>"),
            (b"<p>" + b"x" * 9999, "<p>xxx"),
            (b"", "the response has no body"),
            (b"[]", "[]"),
            (b"{}", "{}"),
            (b'{"error": "no"}', "no"),
            (b"\xff\xfe", ""),
        ],
    )
    def test_error_that_is_not_of_the_service(self, kind, method, status, body, words):
        with serving(replying(status, body)) as server, pytest.raises(CloudError) as caught:
            getattr(kind(server.url, CREDENTIALS), method)("x")

        error = caught.value
        assert (error.status_code, error.code, error.is_denied) == (status, None, False)
        assert words in error.message
        assert len(str(error)) < 1100
        assert "made-up" not in str(error)

    @pytest.mark.parametrize(("kind", "method"), CALLS)
    def test_page_instead_of_a_result(self, kind, method):
        page = b"<html>Please log in: made-up-secret</html>"
        with serving(replying(200, page)) as server, pytest.raises(ResponseError) as caught:
            getattr(kind(server.url, CREDENTIALS), method)("x")

        text = "failed: 200: the response could not be parsed: <html>Please log in: ***</html>"
        assert str(caught.value).endswith(text)


class TestNothingInPlaceOfAResult:
    @pytest.mark.parametrize(
        ("kind", "method", "arguments", "key"),
        [
            (RamClient, "get_role", ("x",), "Role"),
            (RamClient, "get_policy", ("x",), "Policy"),
            (RamClient, "get_policy_version", ("x", "v1"), "PolicyVersion"),
            (GatewayClient, "find_group", ("x",), "ApiGroupAttributes"),
            (GatewayClient, "get_group", ("x",), "GroupId"),
            (GatewayClient, "create_group", ("x",), "GroupId"),
            (GatewayClient, "find_api", ("g", "x"), "ApiSummarys"),
            (GatewayClient, "get_api", ("g", "x"), "ApiId"),
            (LogClient, "get_project", ("x",), "projectName"),
            (LogClient, "get_logstore", ("p", "x"), "logstoreName"),
        ],
    )
    @pytest.mark.parametrize("body", [b"{}", b"[]", b'{"RequestId": "r"}'])
    def test_is_an_error(self, kind, method, arguments, key, body):
        with serving(replying(200, body)) as server, pytest.raises(ResponseError) as caught:
            getattr(kind(server.url, CREDENTIALS), method)(*arguments)

        assert f"failed: 200: the response has no {key}: " in str(caught.value)

    @pytest.mark.parametrize("body", [b'{"Role": {}}', b'{"Role": {"Arn": "a"}}'])
    def test_without_a_name_is_one_as_well(self, body):
        with serving(replying(200, body)) as server, pytest.raises(ResponseError) as caught:
            RamClient(server.url, CREDENTIALS).get_role("x")

        assert "GetRole failed: 200: the response has no RoleName: " in str(caught.value)


class TestTls:
    @pytest.fixture(scope="class")
    @classmethod
    def certificates(cls, tmp_path_factory):
        return Certificates(tmp_path_factory.mktemp("certificates"))

    def get_role(self, certificates, name):
        body = b'{"RequestId": "r", "Role": {"RoleName": "x", "CreateDate": "long ago"}}'
        reply = lambda exchange: exchange.send(200, body)  # noqa: E731
        with serving(reply, tls=certificates.context(name)) as server:
            return RamClient(server.url, CREDENTIALS).get_role("x")

    def test_the_environment_names_the_authorities(self, certificates, monkeypatch):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificates.trusted)

        role = self.get_role(certificates, "good")

        assert (role.name, role.created_time) == ("x", None)

    @pytest.mark.parametrize("name", ["wrong name", "unknown CA"])
    def test_bad_certificates_are_refused(self, certificates, monkeypatch, name):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificates.trusted)

        with pytest.raises(TransportError, match="certificate verify failed"):
            self.get_role(certificates, name)

    def test_they_are_checked_without_the_variable(self, certificates):
        with pytest.raises(TransportError, match="certificate verify failed"):
            self.get_role(certificates, "good")


class TestSettings:
    def test_bad_endpoint(self):
        with pytest.raises(ConfigurationError, match="ftp"):
            RamClient("ftp://x", CREDENTIALS)

    def test_import_does_not_load_the_libraries(self):
        program = """
import sys, fc_client.cloud
loaded = [name for name in sys.modules if name.startswith(("alibabacloud", "Tea", "darabonba"))]
assert not loaded, loaded
"""
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

    @pytest.mark.parametrize(
        "call",
        [
            "RamClient('http://x', c).get_role('r')",
            "LogClient('http://x', c).get_project('p')",
        ],
    )
    def test_a_missing_library_is_named(self, call):
        program = f"""
import sys
sys.modules["alibabacloud_ram20150501"] = sys.modules["alibabacloud_sls20201230"] = None
from fc_client.cloud import LogClient, RamClient
from fc_client.credentials import Credentials
c = Credentials("id", "secret")
try:
    {call}
except ImportError as error:
    assert "pip install 'aliyun-fc-client[fcli]'" in str(error), error
else:
    raise SystemExit("no error")
"""
        subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

    def test_a_library_that_is_not_installed(self):
        sdk = Sdk("alibabacloud_nothing", "http://x", CREDENTIALS, 1)

        with pytest.raises(
            ImportError, match=r"needs alibabacloud_nothing: pip install .*\[fcli\]"
        ):
            sdk.request("AnyRequest")

    def test_another_import_error_is_not_hidden(self, tmp_path, monkeypatch):
        library = tmp_path / "made_up_library"
        library.mkdir()
        (library / "models.py").write_text("import nothing_there", encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)

        with pytest.raises(ModuleNotFoundError, match="nothing_there"):
            Sdk("made_up_library", "http://x", CREDENTIALS, 1).request("AnyRequest")
