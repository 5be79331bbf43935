"""RamClient against the embedded server, through the official library."""

from datetime import datetime, timezone

import pytest

from fc_client.cloud import CloudError, RamClient, policy_document, trust_document
from fc_client.credentials import Credentials

TRUST = trust_document("fc.aliyuncs.com")
DOCUMENT = policy_document(["log:Get*"], ["*"])


class TestRoles:
    def test_life(self, ram, fc, name):
        created = ram.create_role(name, trust_document=TRUST, description="a b*~ü")

        found = ram.get_role(name)
        assert found.arn == created.arn == f"acs:ram::{fc.account_id}:role/{name}"
        assert (found.name, found.description) == (name, "a b*~ü")
        assert found.trust_document == TRUST
        assert abs((found.created_time - datetime.now(timezone.utc)).total_seconds()) < 60
        assert found.raw["RoleId"] == found.role_id
        assert name in [role.name for role in ram.iter_roles()]

        assert ram.delete_role(name) is None
        with pytest.raises(CloudError) as caught:
            ram.get_role(name)
        assert caught.value.is_missing

    def test_pages(self, ram):
        for number in range(3):
            ram.create_role(f"page-{number}", trust_document=TRUST)

        first = ram.list_roles(limit=2)
        second = ram.list_roles(limit=1000, marker=first.next_token)

        assert len(first) == 2
        assert second.next_token is None
        assert first.items[-1].name < second.items[0].name
        assert first.request_id


class TestPolicies:
    def test_life(self, ram, name):
        created = ram.create_policy(name, DOCUMENT, description="d")

        found = ram.get_policy(name)
        assert (created.name, created.default_version) == (name, "v1")
        assert found.default_document == DOCUMENT
        assert (found.policy_type, found.description) == ("Custom", "d")
        assert found.attachment_count == 0
        assert found.created_time == found.updated_time
        assert name in [policy.name for policy in ram.iter_policies(policy_type="Custom")]
        assert ram.list_policies(limit=1).next_token

        assert ram.delete_policy(name) is None
        with pytest.raises(CloudError, match=r"EntityNotExist\.Policy"):
            ram.get_policy(name)

    def test_a_policy_of_alibaba_cloud(self, ram):
        found = ram.get_policy("AliyunFCInvocationAccess", policy_type="System")

        assert found.default_document["Statement"]

    def test_a_text_that_is_not_json_is_sent_as_it_is(self, ram, name):
        with pytest.raises(CloudError) as caught:
            ram.create_policy(name, "{not json")

        assert caught.value.code == "MalformedPolicyDocument"

    def test_versions(self, ram, name):
        ram.create_policy(name, DOCUMENT)
        other = policy_document(["oss:*"], ["*"])

        second = ram.create_policy_version(name, other)
        third = ram.create_policy_version(name, DOCUMENT, set_as_default=False)

        assert (second.version_id, second.is_default, second.document) == ("v2", True, other)
        assert not third.is_default
        assert {each.version_id for each in ram.list_policy_versions(name)} == {"v1", "v2", "v3"}
        assert ram.get_policy_version(name, "v3").document == DOCUMENT
        assert ram.set_default_policy_version(name, "v3") is None
        assert ram.get_policy(name).default_version == "v3"
        assert ram.delete_policy_version(name, "v2") is None
        assert len(ram.list_policy_versions(name)) == 2


class TestAttachments:
    def test_life(self, ram, name):
        ram.create_role(name, trust_document=TRUST)
        ram.create_policy(name, DOCUMENT)

        assert ram.attach_policy_to_role(name, name) is None
        ram.attach_policy_to_role("AliyunLogFullAccess", name, policy_type="System")

        policies = ram.list_policies_for_role(name)
        assert {(each.name, each.policy_type) for each in policies} == {
            (name, "Custom"),
            ("AliyunLogFullAccess", "System"),
        }
        assert [role.name for role in ram.list_roles_for_policy(name)] == [name]
        with pytest.raises(CloudError) as caught:
            ram.delete_role(name)
        assert caught.value.code == "DeleteConflict.Role.Policy"
        assert ram.detach_policy_from_role(name, name) is None
        assert ram.list_roles_for_policy(name) == []


class TestErrors:
    def test_what_they_have(self, ram):
        with pytest.raises(CloudError) as caught:
            ram.get_role("gone")

        error = caught.value
        assert (error.operation, error.status_code) == ("GetRole", 404)
        assert error.code == "EntityNotExist.Role"
        assert error.message == "The role does not exist: gone."
        assert len(error.request_id) == 36

    def test_what_exists(self, ram, name):
        ram.create_role(name, trust_document=TRUST)

        with pytest.raises(CloudError) as caught:
            ram.create_role(name, trust_document=TRUST)

        assert caught.value.is_existing

    def test_a_wrong_secret(self, fc):
        client = RamClient(fc.endpoint, Credentials(fc.access_key_id, "made-up-secret"))

        with pytest.raises(CloudError) as caught:
            client.get_role("r")

        assert caught.value.code == "SignatureDoesNotMatch"
        assert "made-up-secret" not in repr(vars(caught.value))
        # The library's own error has the request with the signature.
        assert caught.value.__context__ is None
