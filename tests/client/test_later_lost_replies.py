"""How a lost reply is settled for the operations that came after the guide."""

import json

import pytest
import requests
import responses
from support.fake_service import SERVICE

from fc_client import (
    AliasAlreadyExistsError,
    DomainNameAlreadyExistsError,
    NotFoundError,
    PreconditionFailedError,
    VersionNotFoundError,
    VersionPublishError,
)

VERSIONS = f"{SERVICE}/versions"
ALIASES = f"{SERVICE}/aliases"
DOMAINS = "http://fc.test/2016-08-15/custom-domains"
LAYER_VERSION = "http://fc.test/2016-08-15/layers/l/versions/1"
TAG = "http://fc.test/2016-08-15/tag"
CERTIFICATE = {"certName": "c", "certificate": "PEM", "privateKey": "KEY"}
LOST = requests.ConnectionError("reset")


class TestPublishing:
    def test_version_of_a_lost_attempt_is_returned(self, client):
        responses.post(VERSIONS, body=LOST)
        responses.post(VERSIONS, status=400, json={"ErrorCode": "VersionPublishError"})
        newest = {"versionId": "2", "description": "d"}
        responses.get(VERSIONS, json={"versions": [newest, {"versionId": "1"}]})

        version = client.publish_service_version("s", description="d")

        assert (version.version_id, version.raw) == ("2", newest)

    @pytest.mark.parametrize("versions", [None, [], [{"versionId": "2", "description": "other"}]])
    def test_version_of_somebody_else_is_an_error(self, client, versions):
        responses.post(VERSIONS, body=LOST)
        responses.post(VERSIONS, status=400, json={"ErrorCode": "VersionPublishError"})
        responses.get(VERSIONS, json={"versions": versions})

        with pytest.raises(VersionPublishError):
            client.publish_service_version("s", description="d")

    def test_nothing_new_is_an_error_without_a_lost_attempt(self, client):
        responses.post(VERSIONS, status=400, json={"ErrorCode": "VersionPublishError"})
        with pytest.raises(VersionPublishError):
            client.publish_service_version("s")

    def test_deleting_twice_is_success(self, client):
        responses.delete(f"{VERSIONS}/2", body=LOST)
        responses.delete(f"{VERSIONS}/2", status=404, json={"ErrorCode": "VersionNotFound"})
        assert client.delete_service_version("s", "2") is None

    def test_deleting_what_never_was_is_an_error(self, client):
        responses.delete(f"{VERSIONS}/2", status=404, json={"ErrorCode": "VersionNotFound"})
        with pytest.raises(VersionNotFoundError):
            client.delete_service_version("s", "2")


class TestAliases:
    @pytest.mark.parametrize("same", [True, False])
    def test_creation(self, client, same):
        responses.post(ALIASES, body=LOST)
        responses.post(ALIASES, status=409, json={"ErrorCode": "AliasAlreadyExists"})
        stored = {"aliasName": "a", "versionId": "1" if same else "2"}
        responses.get(f"{ALIASES}/a", json=stored)

        def create():
            return client.create_alias("s", "a", version_id="1", additional_version_weight={})

        if same:
            assert create().version_id == "1"
        else:
            with pytest.raises(AliasAlreadyExistsError):
                create()

    @pytest.mark.parametrize("weights", [None, {}, {"2": 0.5}])
    def test_update_that_clears_the_weights(self, client, weights):
        responses.put(f"{ALIASES}/a", body=LOST)
        responses.put(f"{ALIASES}/a", status=412, json={"ErrorCode": "PreconditionFailed"})
        stored = {"aliasName": "a", "additionalVersionWeight": weights}
        responses.get(f"{ALIASES}/a", json=stored)

        def update():
            return client.update_alias("s", "a", additional_version_weight={}, if_match="e")

        if weights:
            with pytest.raises(PreconditionFailedError):
                update()
        else:
            assert update().alias_name == "a"

    def test_deleting_twice_is_success(self, client):
        responses.delete(f"{ALIASES}/a", body=LOST)
        responses.delete(f"{ALIASES}/a", status=404, json={"ErrorCode": "AliasNotFound"})
        assert client.delete_alias("s", "a") is None


class TestLayers:
    # A layer is gone together with its last version.
    @pytest.mark.parametrize("code", ["LayerVersionNotFound", "LayerNotFound"])
    def test_deleting_twice_is_success(self, client, code):
        responses.delete(LAYER_VERSION, body=LOST)
        responses.delete(LAYER_VERSION, status=404, json={"ErrorCode": code})
        assert client.delete_layer_version("l", 1) is None

    @pytest.mark.parametrize("code", ["LayerVersionNotFound", "LayerNotFound"])
    def test_deleting_what_never_was_is_an_error(self, client, code):
        responses.delete(LAYER_VERSION, status=404, json={"ErrorCode": code})
        with pytest.raises(NotFoundError):
            client.delete_layer_version("l", 1)


class TestCustomDomains:
    @pytest.mark.parametrize("name", ["c", "other"])
    def test_creation_is_compared_without_the_private_key(self, client, name):
        responses.post(DOMAINS, body=LOST)
        responses.post(DOMAINS, status=409, json={"ErrorCode": "DomainNameAlreadyExists"})
        stored = {"certName": name, "certificate": "PEM", "privateKey": None}
        responses.get(f"{DOMAINS}/d", json={"domainName": "d", "certConfig": stored})

        def create():
            return client.create_custom_domain("d", cert_config=CERTIFICATE)

        if name == "c":
            assert create().domain_name == "d"
        else:
            with pytest.raises(DomainNameAlreadyExistsError):
                create()
        assert json.loads(responses.calls[0].request.body)["certConfig"] == CERTIFICATE

    def test_deleting_twice_is_success(self, client):
        responses.delete(f"{DOMAINS}/d", body=LOST)
        responses.delete(f"{DOMAINS}/d", status=404, json={"ErrorCode": "DomainNameNotFound"})
        assert client.delete_custom_domain("d") is None


class TestTags:
    def test_adding_and_removing_are_repeated(self, client):
        for method in (responses.POST, responses.DELETE):
            responses.add(method, TAG, body=LOST)
            responses.add(method, TAG, json={"requestId": "id-1"})

        assert client.tag_resource("services/s", tags={"a": "b"}) is None
        assert client.untag_resource("services/s", all_tags=True) is None
        assert len(responses.calls) == 4
