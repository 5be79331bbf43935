"""Code of functions, sent and downloaded."""

import base64
import json

import pytest
import responses
from support.fake_service import (
    EMPTY_ZIP,
    FUNCTION,
    SERVICE,
    ZIP,
    sent,
)

from fc_client import (
    APIError,
    ChecksumMismatchError,
    Code,
    ResponseError,
)


def make(client, function_name="f", **arguments):
    given = {"runtime": "python3", "handler": "i.h", "code": ZIP, **arguments}
    return client.create_function("s", function_name, **given)


class TestCode:
    @pytest.mark.parametrize("checksum", [{"codeChecksum": ZIP.checksum}, {}])
    def test_checksum_that_is_right_or_missing(self, client, checksum):
        responses.put(FUNCTION, json={"functionName": "f", **checksum})
        assert client.update_function("s", "f", code=ZIP).function_name == "f"

    @pytest.mark.parametrize(
        ("operation", "call"),
        [
            ("CreateFunction", make),
            ("UpdateFunction", lambda client: client.update_function("s", "f", code=ZIP)),
        ],
    )
    def test_checksum_that_is_wrong(self, client, operation, call):
        reply = {
            "json": {"functionName": "f", "codeChecksum": "1"},
            "headers": {"X-Fc-Request-Id": "id-1"},
        }
        responses.post(f"{SERVICE}/functions", **reply)
        responses.put(FUNCTION, **reply)
        message = f"{ZIP.checksum}, the code stored 1 "
        with pytest.raises(ChecksumMismatchError, match=message) as caught:
            call(client)
        assert (caught.value.operation, caught.value.status_code) == (operation, 200)
        assert caught.value.request_id == "id-1"

    def test_code_in_oss_has_none_to_compare(self, client):
        responses.put(FUNCTION, json={"functionName": "f", "codeChecksum": "1"})
        client.update_function("s", "f", code=Code.from_oss("b", "o"))
        assert json.loads(sent().body) == {"code": {"ossBucketName": "b", "ossObjectName": "o"}}
        assert "x-fc-code-checksum" not in sent().headers

    def test_path_is_packed(self, client, tmp_path):
        (tmp_path / "index.py").write_text("x = 1")
        responses.put(FUNCTION, json={"functionName": "f"})
        client.update_function("s", "f", code=tmp_path)
        zipped = base64.b64encode(b"".join(Code.from_directory(tmp_path).chunks())).decode()
        assert json.loads(b"".join(sent().body)) == {"code": {"zipFile": zipped}}


class TestDownloadFunctionCode:
    URL = "http://oss.test/code?Signature=secret"

    def test_stores_and_checks(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL, "checksum": ZIP.checksum})
        responses.get(self.URL, body=EMPTY_ZIP)
        code = client.download_function_code("s", "f", tmp_path / "code.zip")
        assert (tmp_path / "code.zip").read_bytes() == EMPTY_ZIP
        assert code.checksum == ZIP.checksum

    @pytest.mark.parametrize(("headers", "total"), [({}, 22), ({"Content-Length": "many"}, None)])
    def test_progress_is_told(self, client, tmp_path, headers, total):
        told = []
        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(
            self.URL, body=EMPTY_ZIP, headers=headers, auto_calculate_content_length=not headers
        )
        client.download_function_code(
            "s", "f", tmp_path / "code.zip", progress=lambda *numbers: told.append(numbers)
        )
        assert told == [(22, total)]

    def test_progress_that_raises_leaves_nothing(self, client, tmp_path):
        def progress(*_):
            raise LookupError("mine")

        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(self.URL, body=EMPTY_ZIP)
        with pytest.raises(LookupError, match="mine"):
            client.download_function_code("s", "f", tmp_path / "code.zip", progress=progress)
        assert list(tmp_path.iterdir()) == []

    def test_foreign_host_gets_no_signature_of_ours(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(self.URL, body=b"zip")
        client.download_function_code("s", "f", tmp_path / "code.zip")
        assert not {"Authorization", "Date", "Content-Type"} & set(sent(1).headers)

    def test_other_bytes_are_told(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL, "checksum": ZIP.checksum})
        responses.get(self.URL, body=b"other")
        with pytest.raises(ChecksumMismatchError):
            client.download_function_code("s", "f", tmp_path / "code.zip")
        assert list(tmp_path.iterdir()) == []

    def test_url_that_has_expired(self, client, tmp_path):
        responses.get(f"{FUNCTION}/code", json={"url": self.URL})
        responses.get(self.URL, body=b"<Error><Code>AccessDenied</Code></Error>", status=403)
        with pytest.raises(APIError, match=r"^GetFunctionCode failed: 403: <Error>") as caught:
            client.download_function_code("s", "f", tmp_path / "code.zip")
        assert caught.value.operation == "GetFunctionCode"
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "url",
        [5, None, "", "oss.test/x", "ftp://oss.test/x", "http://", "http://[::1", "http://a:b/"],
    )
    def test_url_that_is_none_is_told(self, client, tmp_path, url):
        responses.get(f"{FUNCTION}/code", json={"url": url})
        with pytest.raises(ResponseError, match=r"^GetFunctionCode failed: "):
            client.download_function_code("s", "f", tmp_path / "code.zip")

    def test_target_is_checked_before_anything_is_sent(self, client, tmp_path):
        with pytest.raises(ValueError, match=r"^target: "):
            client.download_function_code("s", "f", tmp_path)
        assert len(responses.calls) == 0
