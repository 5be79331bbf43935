"""Operations on layers that are more than one request and its reply."""

import json
from urllib.parse import unquote, urlsplit

import pytest
from support.clients import CLIENTS, run
from support.http_server import replying, serving
from support.later.layers import LAYER_REPLY
from support.operations import EMPTY_ZIP

from fc_client import ChecksumMismatchError, Code, SignatureNotMatchError, signing

KEYS = {"access_key_id": "i", "access_key_secret": "s"}
ARN = "acs:fc:cn-shanghai:1:layers/l/versions/3"
REFUSED = replying(403, b'{"ErrorCode": "SignatureNotMatch", "ErrorMessage": "m"}')
LAYER = replying(200, json.dumps(LAYER_REPLY).encode())

each_client = pytest.mark.parametrize("kind", CLIENTS)


def authorization(request, path):
    """Return the header that a request has if *path* was signed."""
    return signing.authorization("i", "s", request.method, path, request.headers)


@each_client
class TestGetLayerVersionByArn:
    def test_signs_the_path_as_it_is_sent(self, kind):
        with serving(LAYER) as server, CLIENTS[kind](server.url, **KEYS) as client:
            assert client.get_layer_version_by_arn(ARN).version == 3

        [request] = server.requests
        assert request.path.endswith(
            "/layerarn/acs%3Afc%3Acn-shanghai%3A1%3Alayers%2Fl%2Fversions%2F3"
        )
        assert request.headers["Authorization"] == authorization(request, request.path)

    def test_signs_the_decoded_path_if_the_service_wants_that(self, kind):
        with serving(REFUSED, LAYER) as server, CLIENTS[kind](server.url, **KEYS) as client:
            assert client.get_layer_version_by_arn("m#l#3").version == 3

        _, request = server.requests
        assert request.path.endswith("/layerarn/m%23l%233")
        assert request.headers["Authorization"] == authorization(request, unquote(request.path))

    def test_raises_if_neither_signature_matches(self, kind):
        with (
            serving(REFUSED) as server,
            CLIENTS[kind](server.url, **KEYS) as client,
            pytest.raises(SignatureNotMatchError),
        ):
            client.get_layer_version_by_arn(ARN)
        assert len(server.requests) == 2


def pages():
    """Return replies: two pages of versions."""
    first = {"layers": [{**LAYER_REPLY, "version": 1}], "nextVersion": 2}
    second = {"layers": [{**LAYER_REPLY, "version": 2}], "nextVersion": 0}
    return [replying(200, json.dumps(page).encode()) for page in (first, second)]


class TestIterLayerVersions:
    def test_follows_the_numbers_of_versions(self):
        with serving(*pages()) as server, CLIENTS["Client"](server.url, **KEYS) as client:
            versions = [layer.version for layer in client.iter_layer_versions("l", page_size=1)]
        assert versions == [1, 2]
        queries = [urlsplit(request.path).query for request in server.requests]
        assert queries == ["limit=1", "startVersion=2&limit=1"]

    def test_asynchronously(self):
        with serving(*pages()) as server:
            layers = run(server.url, lambda client: client.iter_layer_versions("l"))
        assert [layer.version for layer in layers] == [1, 2]

    def test_begins_with_the_version_that_is_asked_for(self):
        with serving(*pages()) as server, CLIENTS["Client"](server.url, **KEYS) as client:
            list(client.iter_layer_versions("l", start_version=1))
        assert "startVersion=1&" in server.requests[0].path


@each_client
class TestPublishLayerVersion:
    def test_compares_the_checksum(self, kind):
        reply = replying(200, json.dumps({**LAYER_REPLY, "codeChecksum": "1"}).encode())
        with (
            serving(reply) as server,
            CLIENTS[kind](server.url, **KEYS) as client,
            pytest.raises(ChecksumMismatchError, match="the code stored 1"),
        ):
            client.publish_layer_version(
                "l", code=Code.from_zip(EMPTY_ZIP), compatible_runtime=["python3"]
            )

    def test_takes_code_in_oss(self, kind):
        with serving(LAYER) as server, CLIENTS[kind](server.url, **KEYS) as client:
            client.publish_layer_version(
                "l", code=Code.from_oss("b", "o"), compatible_runtime=["python3"], extra={"a": 1}
            )
        assert json.loads(server.requests[0].body) == {
            "layerName": "l",
            "code": {"ossBucketName": "b", "ossObjectName": "o"},
            "compatibleRuntime": ["python3"],
            "a": 1,
        }
