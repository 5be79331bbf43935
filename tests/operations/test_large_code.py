"""Code that is too large for a request is uploaded to OSS, by the official library."""

import json
import logging
import subprocess
import sys
import zipfile

import certifi
import pytest
from support.certificates import Certificates
from support.clients import CLIENTS
from support.http_server import replying, serving
from support.later.account import TEMP_BUCKET_REPLY, TEMP_CODE_BUCKET_REPLY
from support.later.layers import LAYER_REPLY
from support.operations import EMPTY_ZIP
from support.oss_server import serving_oss

from fc_client import (
    AccessDeniedError,
    AsyncClient,
    ChecksumMismatchError,
    Client,
    Code,
    ConfigurationError,
    FCError,
    RetryPolicy,
    ServerError,
    TempBucketToken,
    TempCredentials,
    TransportError,
)
from fc_client._call import oss as oss_uploads
from fc_client._call.staging import MAX_REQUEST_CODE
from fc_client._call.uploads import Uploads

BUCKET = "bucket"
TOKEN = {**TEMP_CODE_BUCKET_REPLY, "ossBucket": BUCKET, "objectName": "object"}
ACCOUNT = "1234"
OPTIONS = {
    "access_key_id": "i",
    "access_key_secret": "s",
    "account_id": ACCOUNT,
    "retry": RetryPolicy(attempts=3, base_delay=0.01),
}
FUNCTION = {"runtime": "python3", "handler": "index.handler"}


def reply(document):
    return replying(200, json.dumps(document).encode())


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    """Return a zip of a little more than a request takes."""
    path = tmp_path_factory.mktemp("code") / "code.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("index.py", "x = 1\n")
        archive.writestr("data.bin", bytes(MAX_REQUEST_CODE))
    return Code.from_zip(path)


@pytest.fixture
def oss(monkeypatch):
    with serving_oss() as server:
        monkeypatch.setenv("ALIBABA_CLOUD_OSS_ENDPOINT", server.url)
        yield server


def stored(code):
    return reply({"functionName": "f", "codeChecksum": code.checksum})


@pytest.mark.parametrize("kind", CLIENTS)
class TestOperations:
    def test_function_is_created_from_the_object(self, kind, oss, code):
        done = []
        with (
            serving(reply(TOKEN), stored(code)) as server,
            CLIENTS[kind](server.url, **OPTIONS) as client,
        ):
            client.create_function(
                "s", "f", **FUNCTION, code=code, progress=lambda *part: done.append(part)
            )

        token, creation = server.requests
        assert (token.method, token.path) == ("GET", "/2016-08-15/services/s/tempCodeBucketToken")
        assert json.loads(creation.body)["code"] == {
            "ossBucketName": BUCKET,
            "ossObjectName": "1234/s/object",
        }
        assert creation.headers["x-fc-code-checksum"] == code.checksum
        assert oss.objects == [(f"/{BUCKET}/1234/s/object", code.size, code.checksum)]
        assert done[-1] == (code.size, code.size)

    @pytest.mark.usefixtures("oss")
    def test_function_is_updated_from_the_object(self, kind, code):
        with (
            serving(reply(TOKEN), reply({"functionName": "f", "codeChecksum": "1"})) as server,
            CLIENTS[kind](server.url, **OPTIONS) as client,
            pytest.raises(ChecksumMismatchError, match="the code stored 1"),
        ):
            client.update_function("s", "f", code=code)
        assert json.loads(server.requests[1].body)["code"]["ossObjectName"] == "1234/s/object"

    def test_layer_is_published_from_the_object(self, kind, oss, code):
        token = {**TEMP_BUCKET_REPLY, "ossBucket": BUCKET, "ossRegion": "cn-shanghai"}
        layer = {**LAYER_REPLY, "codeChecksum": code.checksum}
        with (
            serving(reply(token), reply(layer)) as server,
            CLIENTS[kind](server.url, **OPTIONS) as client,
        ):
            client.publish_layer_version("l", code=code, compatible_runtime=["python3"])
        assert server.requests[0].path == "/2016-08-15/tempBucketToken"
        assert oss.objects == [(f"/{BUCKET}/1234/o", code.size, code.checksum)]

    def test_code_over_the_limit_of_the_service_is_not_sent(self, kind, oss, code):
        with (
            serving(reply({**TOKEN, "codeSizeLimit": MAX_REQUEST_CODE})) as server,
            CLIENTS[kind](server.url, **OPTIONS) as client,
            pytest.raises(ValueError, match=r"code: the zip has \d+ bytes, the service takes"),
        ):
            client.update_function("s", "f", code=code)
        assert oss.headers == []

    def test_small_code_is_sent_in_the_request(self, kind, oss, tmp_path):
        (tmp_path / "index.py").write_bytes(b"")
        with (
            serving(reply({"functionName": "f"})) as server,
            CLIENTS[kind](server.url, **OPTIONS) as client,
        ):
            client.create_function("s", "f", **FUNCTION, code=tmp_path)
        assert list(json.loads(server.requests[0].body)["code"]) == ["zipFile"]
        assert oss.headers == []


SMALL = Code.from_zip(EMPTY_ZIP)
CREDENTIALS = TempCredentials("STS.i", "s3cret-of-the-token", "t0ken-of-the-token")


def upload(endpoint="http://127.0.0.1:1", progress=None, region=None, **options):
    """Upload a small zip, as if it were large."""
    token = TempBucketToken(CREDENTIALS, region, BUCKET, "object")
    uploads = Uploads(endpoint, ACCOUNT, (30, 30), OPTIONS["retry"], **options)
    return oss_uploads.upload(SMALL, token, "", uploads, progress)


class TestUpload:
    def test_is_signed_with_the_temporary_credentials(self, oss):
        upload()
        [headers] = oss.headers
        assert headers["authorization"].startswith("OSS STS.i:")
        assert headers["x-oss-security-token"] == "t0ken-of-the-token"

    @pytest.mark.parametrize("region", ["cn-shanghai", "oss-cn-shanghai"])
    def test_signature_has_the_region_if_it_is_known(self, oss, region):
        upload(region=region)
        [headers] = oss.headers
        assert headers["authorization"].startswith("OSS4-HMAC-SHA256 ")
        assert "/cn-shanghai/oss/aliyun_v4_request" in headers["authorization"]

    def test_is_repeated_after_an_error_of_oss(self, oss):
        oss.failures += [(503, "ServiceUnavailable"), (500, "InternalError")]
        assert upload().object == "1234/object"
        assert len(oss.headers) == 3
        assert oss.objects == [(f"/{BUCKET}/1234/object", SMALL.size, SMALL.checksum)]

    def test_is_not_repeated_for_ever(self, oss):
        oss.failures += [(503, "ServiceUnavailable")] * 3
        with pytest.raises(ServerError, match=r"503 ServiceUnavailable"):
            upload()
        assert len(oss.headers) == 3

    def test_fails_at_once_if_oss_refuses_it(self, oss, capfd):
        oss.failures.append((403, "AccessDenied"))
        with pytest.raises(AccessDeniedError, match=r"^PutObject failed: 403 AccessDenied: a fai"):
            upload()
        assert len(oss.headers) == 1
        assert capfd.readouterr().err == ""

    def test_is_repeated_if_oss_stored_other_bytes(self, oss):
        oss.checksums += [1, 2, 3]
        with pytest.raises(ChecksumMismatchError, match=r"^PutObject failed: OSS stored other"):
            upload()
        assert len(oss.headers) == 3

    def test_bucket_without_a_valid_name(self):
        token = TempBucketToken(CREDENTIALS, None, "B", "object")
        uploads = Uploads("https://1.cn-shanghai.fc.aliyuncs.com", None, (30, 30), RetryPolicy())
        with pytest.raises(FCError, match="bucket_name is invalid"):
            oss_uploads.upload(SMALL, token, "", uploads, None)

    @pytest.mark.usefixtures("oss")
    def test_exception_of_progress_gets_out(self):
        def stop(done, total):
            raise KeyError(done, total)

        with pytest.raises(KeyError):
            upload(progress=stop)

    def test_error_has_no_secrets(self, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_OSS_ENDPOINT", "http://127.0.0.1:1")
        with pytest.raises(TransportError, match=r"^PutObject failed: OSS did not") as caught:
            upload()
        error = caught.value
        assert (error.__cause__, error.__context__) == (None, None)

    def test_library_logs_no_secrets_at_any_level(self, oss, monkeypatch, caplog):
        monkeypatch.setenv("ALIBABA_CLOUD_OSS_ENDPOINT", "http://oss.test")
        oss.failures.append((503, "ServiceUnavailable"))
        proxy = oss.url.replace("//", "//user:passw0rd@")
        with caplog.at_level(logging.DEBUG):
            upload(region="cn-shanghai", proxies={"http": proxy})
            upload(proxies={"http": proxy})
        assert "503" in caplog.text
        for secret in ("of-the-token", "Signature", "OSS STS.i", "passw0rd"):
            assert secret not in caplog.text

    @pytest.mark.usefixtures("oss")
    def test_library_logs_for_others_as_before(self, caplog):
        with caplog.at_level(logging.DEBUG):
            upload()
            logging.getLogger("oss2.http").debug("of others")
        assert "of others" in caplog.text

    def test_zip_can_be_read_as_a_whole(self):
        assert oss_uploads._Reader(SMALL, None).read() == EMPTY_ZIP


class TestConnection:
    def test_passes_the_proxy_of_the_client(self, oss, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_OSS_ENDPOINT", "http://oss.test")
        upload(proxies={"http": oss.url})
        [(url, _, _)] = oss.objects
        assert url == f"http://{BUCKET}.oss.test/1234/object"

    def test_passes_the_proxy_of_the_environment(self, oss, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_OSS_ENDPOINT", "http://oss.test")
        monkeypatch.setenv("http_proxy", oss.url)
        upload()
        assert oss.objects[0][0].startswith(f"http://{BUCKET}.oss.test/")

    def test_checks_the_certificate_as_the_client_does(self, tmp_path, monkeypatch):
        certificates = Certificates(tmp_path)
        with serving_oss(certificates.context("good")) as oss:
            monkeypatch.setenv("ALIBABA_CLOUD_OSS_ENDPOINT", oss.url)
            with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
                upload()
            # The argument precedes the environment.
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
            upload(verify=certificates.trusted)
        assert len(oss.objects) == 1

    @pytest.mark.parametrize("kind", [Client, AsyncClient])
    def test_has_the_options_of_the_client(self, kind):
        options = {"verify": False, "proxies": {"http": "http://proxy.test"}}
        uploads = kind("http://fc.test", **OPTIONS, **options)._uploads()
        assert {"verify": uploads.verify, "proxies": uploads.proxies} == options


class TestWithoutTheLibrary:
    def test_error_says_what_to_install(self, code):
        program = f"""
import sys
sys.modules["oss2"] = None
from fc_client import Client
client = Client("http://127.0.0.1:1", access_key_id="i", access_key_secret="s")
client.create_function("s", "f", runtime="r", handler="h", code={str(code_path(code))!r})
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert 'needs oss2: pip install "aliyun-fc-client[oss]"' in done.stderr


def code_path(code):
    return code._archive._path


class TestUploads:
    def uploads(self, endpoint, account_id=None):
        return Uploads(endpoint, account_id, (30, 30), RetryPolicy())

    def test_endpoint_of_the_cloud_names_account_and_region(self):
        uploads = self.uploads("https://1234.cn-shanghai.fc.aliyuncs.com")
        assert (uploads.account(), uploads.region()) == ("1234", "cn-shanghai")
        assert uploads.oss_endpoint("cn-shanghai") == "https://oss-cn-shanghai.aliyuncs.com"

    def test_internal_network(self):
        uploads = self.uploads("https://1234.cn-shanghai-internal.fc.aliyuncs.com")
        assert uploads.region() == "cn-shanghai"
        expected = "https://oss-cn-shanghai-internal.aliyuncs.com"
        assert uploads.oss_endpoint("cn-shanghai") == expected

    def test_environment_names_another_endpoint(self, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_OSS_ENDPOINT", "http://127.0.0.1:9")
        uploads = self.uploads("https://1234.cn-shanghai.fc.aliyuncs.com")
        assert uploads.oss_endpoint("cn-shanghai") == "http://127.0.0.1:9"

    def test_account_that_is_not_known(self):
        with pytest.raises(ConfigurationError, match=r"^account_id: is needed to upload large"):
            self.uploads("http://127.0.0.1:1").account()
        assert self.uploads("http://127.0.0.1:1", "5").account() == "5"

    def test_endpoint_that_is_not_known(self):
        with pytest.raises(ConfigurationError, match="environment's ALIBABA_CLOUD_OSS_ENDPOINT"):
            self.uploads("http://127.0.0.1:1").oss_endpoint(None)
