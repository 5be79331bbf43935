"""Policies, their documents and versions, by requests that are signed by hand."""

from __future__ import annotations

import json

import pytest
from local.cloud_support import POLICY, assert_rpc_error, custom


def statement(**fields):
    given = {"Effect": "Allow", "Action": "a", "Resource": "*", "Principal": {"Service": ["x"]}}
    merged = {**given, **fields}
    return {name: value for name, value in merged.items() if value is not None}


def document(*statements, **fields):
    return json.dumps({"Version": "1", "Statement": list(statements), **fields})


class TestDocuments:
    @pytest.mark.parametrize(
        "text",
        [
            # What mkrp -a log:Get -r x pastes together.
            '{"Version":"1","Statement":[{"Effect":"Allow","Action":log:Get,"Resource":x}]}',
            "[]",
            "1",
            "[" * 5000,
            document(),
            document(statement(), Version="2"),
            document(statement(), Version=None),
            document(statement(), Statement=statement()),
            document("Allow"),
            document(statement(Effect="allow")),
            document(statement(Action=None)),
            document(statement(Action=[])),
            document(statement(Action=[1])),
            document(statement(Action="")),
            document(statement(Resource=None)),
            document(statement(), statement(Resource={})),
        ],
    )
    def test_malformed_policies(self, cloud, name, policy, text):
        for action, given in (("CreatePolicy", f"{name}-2"), ("CreatePolicyVersion", policy)):
            reply = cloud.rpc(action, PolicyName=given, PolicyDocument=text)
            assert_rpc_error(reply, 400, "MalformedPolicyDocument", "PolicyDocument: ")

    @pytest.mark.parametrize(
        "text",
        [
            document(statement()),
            document(statement(Action=["a", "b"], Resource=["x"], Effect="Deny")),
            document(statement(Action=None, NotAction="a")),
            document(statement(Condition={"x": {"y": "z"}}), statement()),
        ],
    )
    def test_well_formed_policies(self, cloud, name, text):
        reply = cloud.rpc("CreatePolicy", PolicyName=name, PolicyDocument=text)

        assert reply.status_code == 200

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            document(statement(Principal=None)),
            document(statement(Principal={})),
            document(statement(Principal="x")),
            document(statement(Action=None)),
        ],
    )
    def test_malformed_trust(self, cloud, role, text):
        created = cloud.rpc("CreateRole", RoleName=f"{role}-2", AssumeRolePolicyDocument=text)
        assert_rpc_error(created, 400, "MalformedPolicyDocument")

        updated = cloud.rpc("UpdateRole", RoleName=role, NewAssumeRolePolicyDocument=text)
        assert_rpc_error(updated, 400, "MalformedPolicyDocument")

    def test_length(self, cloud, name):
        text = document(statement(Resource="x" * 6200))
        reply = cloud.rpc("CreatePolicy", PolicyName=name, PolicyDocument=text)

        assert_rpc_error(reply, 400, "InvalidParameter.PolicyDocument.Length", "6144")

    @pytest.mark.parametrize("value", ["custom", "Other"])
    def test_type(self, cloud, value):
        reply = cloud.rpc("GetPolicy", PolicyName="p", PolicyType=value)

        assert_rpc_error(reply, 400, "InvalidParameter.PolicyType", value)


class TestPolicies:
    def test_a_new_policy_has_what_the_tools_read(self, cloud, name):
        created = cloud.rpc(
            "CreatePolicy", PolicyName=name, PolicyDocument=POLICY, Description="d"
        ).json()["Policy"]

        found = cloud.rpc("GetPolicy", **custom(name)).json()

        assert found["Policy"] == created
        assert created["PolicyName"] == name
        assert created["PolicyType"] == "Custom"
        assert created["DefaultVersion"] == "v1"
        assert created["AttachmentCount"] == 0
        assert created["Description"] == "d"
        assert found["DefaultPolicyVersion"]["PolicyDocument"] == POLICY
        assert found["DefaultPolicyVersion"]["IsDefaultVersion"] is True

    def test_creating_it_again(self, cloud, policy):
        for each in (policy, "AliyunOSSFullAccess"):
            reply = cloud.rpc("CreatePolicy", PolicyName=each, PolicyDocument=POLICY)
            assert_rpc_error(reply, 409, "EntityAlreadyExists.Policy", each)

    @pytest.mark.parametrize("action", ["GetPolicy", "ListPolicyVersions", "ListEntitiesForPolicy"])
    @pytest.mark.parametrize("kind", ["Custom", "System"])
    def test_one_that_does_not_exist(self, cloud, action, kind):
        reply = cloud.rpc(action, PolicyName="gone", PolicyType=kind)

        assert_rpc_error(reply, 404, "EntityNotExist.Policy", kind, "gone")

    def test_list_by_type(self, cloud, policy):
        def names(**parameters):
            page = cloud.rpc("ListPolicies", MaxItems="1000", **parameters).json()
            return [each["PolicyName"] for each in page["Policies"]["Policy"]]

        assert policy in names(PolicyType="Custom")
        assert "AliyunFCInvocationAccess" not in names(PolicyType="Custom")
        assert "AliyunFCInvocationAccess" in names(PolicyType="System")
        assert policy not in names(PolicyType="System")
        assert set(names()) == {*names(PolicyType="Custom"), *names(PolicyType="System")}

    def test_pages(self, cloud):
        first = cloud.rpc("ListPolicies", MaxItems="1").json()
        second = cloud.rpc("ListPolicies", MaxItems="1", Marker=first["Marker"]).json()

        (one,), (two,) = first["Policies"]["Policy"], second["Policies"]["Policy"]
        assert one["PolicyName"] < two["PolicyName"]

    def test_delete(self, cloud, policy):
        cloud.rpc("DeletePolicy", PolicyName=policy).raise_for_status()

        assert_rpc_error(cloud.rpc("GetPolicy", **custom(policy)), 404, "EntityNotExist.Policy")
        # Nothing of it is left for the next one.
        cloud.rpc("CreatePolicy", PolicyName=policy, PolicyDocument=POLICY).raise_for_status()
        versions = cloud.rpc("ListPolicyVersions", **custom(policy)).json()["PolicyVersions"]
        assert len(versions["PolicyVersion"]) == 1

    def test_system_policies_have_a_document(self, cloud):
        found = cloud.rpc("GetPolicy", PolicyName="AliyunLogFullAccess", PolicyType="System").json()

        assert "log:*" in found["DefaultPolicyVersion"]["PolicyDocument"]
        assert found["Policy"]["PolicyType"] == "System"

    def test_system_policies_cannot_be_changed(self, cloud):
        reply = cloud.rpc("DeletePolicy", PolicyName="AliyunLogFullAccess")

        assert_rpc_error(reply, 404, "EntityNotExist.Policy")


class TestVersions:
    def test_a_version_takes_the_place_of_the_default_if_asked_to(self, cloud, policy):
        second = POLICY.replace("a:b", "c:d")
        created = cloud.rpc(
            "CreatePolicyVersion", PolicyName=policy, PolicyDocument=second, SetAsDefault="true"
        ).json()["PolicyVersion"]
        third = cloud.rpc("CreatePolicyVersion", PolicyName=policy, PolicyDocument=POLICY).json()

        found = cloud.rpc("GetPolicy", **custom(policy)).json()

        assert (created["VersionId"], created["IsDefaultVersion"]) == ("v2", True)
        assert third["PolicyVersion"]["IsDefaultVersion"] is False
        assert found["Policy"]["DefaultVersion"] == "v2"
        assert found["DefaultPolicyVersion"]["PolicyDocument"] == second

    def test_list_and_get(self, cloud, policy):
        cloud.rpc("CreatePolicyVersion", PolicyName=policy, PolicyDocument=POLICY)

        found = cloud.rpc("ListPolicyVersions", **custom(policy)).json()["PolicyVersions"]

        ids = [each["VersionId"] for each in found["PolicyVersion"]]
        assert ids == ["v2", "v1"]
        one = cloud.rpc("GetPolicyVersion", **custom(policy, VersionId="v1")).json()
        assert one["PolicyVersion"]["PolicyDocument"] == POLICY

    def test_of_a_system_policy(self, cloud):
        system = {"PolicyName": "AliyunFCFullAccess", "PolicyType": "System"}
        found = cloud.rpc("ListPolicyVersions", **system).json()["PolicyVersions"]

        assert [each["VersionId"] for each in found["PolicyVersion"]] == ["v1"]
        reply = cloud.rpc("GetPolicyVersion", **system, VersionId="v2")
        assert_rpc_error(reply, 404, "EntityNotExist.Policy.Version", "v2")

    @pytest.mark.parametrize("version", ["v2", "1", "v01", "x", "v1/"])
    def test_one_that_does_not_exist(self, cloud, policy, version):
        for action in ("GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"):
            reply = cloud.rpc(action, **custom(policy, VersionId=version))
            assert_rpc_error(reply, 404, "EntityNotExist.Policy.Version")

    def test_set_default_and_delete(self, cloud, policy):
        cloud.rpc("CreatePolicyVersion", PolicyName=policy, PolicyDocument=POLICY)
        reply = cloud.rpc("DeletePolicyVersion", PolicyName=policy, VersionId="v1")
        assert_rpc_error(reply, 409, "DeleteConflict.PolicyVersion.Default")

        cloud.rpc("SetDefaultPolicyVersion", PolicyName=policy, VersionId="v2").raise_for_status()
        cloud.rpc("DeletePolicyVersion", PolicyName=policy, VersionId="v1").raise_for_status()

        found = cloud.rpc("GetPolicy", **custom(policy)).json()["Policy"]
        assert found["DefaultVersion"] == "v2"

    def test_there_are_five_at_most_and_numbers_are_not_used_again(self, cloud, policy):
        def create():
            return cloud.rpc("CreatePolicyVersion", PolicyName=policy, PolicyDocument=POLICY)

        assert [create().status_code for _ in range(4)] == [200] * 4
        assert_rpc_error(create(), 409, "LimitExceeded.Policy.Version", "5")

        cloud.rpc("DeletePolicyVersion", PolicyName=policy, VersionId="v5").raise_for_status()
        assert create().json()["PolicyVersion"]["VersionId"] == "v6"

    def test_a_policy_with_versions_is_not_deleted(self, cloud, policy):
        cloud.rpc("CreatePolicyVersion", PolicyName=policy, PolicyDocument=POLICY)

        reply = cloud.rpc("DeletePolicy", PolicyName=policy)

        assert_rpc_error(reply, 409, "DeleteConflict.Policy.Version")
