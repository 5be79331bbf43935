import base64
import json

import pytest

from fc_client import Code
from fc_client._operations.bodies import body_with_code

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def sent(body):
    return b"".join(body.open())


class TestBodyWithCode:
    @pytest.mark.parametrize("comment", range(4))
    def test_zip_is_sent_as_base64(self, comment):
        """Of any length: base64 goes by three bytes."""
        content = EMPTY_ZIP[:-2] + bytes([comment, 0]) + b"c" * comment
        body = body_with_code({"role": None, "a": 'é"'}, Code.from_zip(content), None)
        zip_file = base64.b64encode(content).decode()
        assert json.loads(sent(body)) == {"a": 'é"', "code": {"zipFile": zip_file}}
        assert body.length == len(sent(body))

    def test_zip_can_be_sent_again(self):
        body = body_with_code({}, Code.from_zip(EMPTY_ZIP), None)
        assert body.replayable
        assert sent(body) == sent(body)

    def test_changed_zip_is_told_before_anything_is_sent(self, tmp_path):
        (tmp_path / "code.zip").write_bytes(EMPTY_ZIP)
        body = body_with_code({}, Code.from_path(tmp_path / "code.zip"), None)
        (tmp_path / "code.zip").write_bytes(b"")
        with pytest.raises(ValueError, match="has changed since"):
            body.open()

    def test_object_in_oss_is_named(self):
        body = body_with_code({"a": 1}, Code.from_oss("b", "o"), None)
        assert json.loads(body) == {"a": 1, "code": {"ossBucketName": "b", "ossObjectName": "o"}}

    def test_no_code_is_no_field(self):
        assert json.loads(body_with_code({"a": 1, "b": None}, None, None)) == {"a": 1}

    def test_progress_begins_anew_with_every_attempt(self):
        told = []
        body = body_with_code({}, Code.from_zip(EMPTY_ZIP), lambda *numbers: told.append(numbers))
        sent(body)
        sent(body)
        assert told == [(22, 22), (22, 22)]

    @pytest.mark.parametrize("code", [Code.from_zip(EMPTY_ZIP), Code.from_oss("b", "o"), None])
    def test_progress_that_cannot_be_called_is_refused(self, code):
        with pytest.raises(TypeError, match=r"^progress: expected a callable, got str"):
            body_with_code({}, code, "print")
