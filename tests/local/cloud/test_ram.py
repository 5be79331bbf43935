"""Roles, names and attachments, by requests that are signed by hand."""

from __future__ import annotations

import pytest
from local.cloud_support import TRUST, assert_rpc_error, custom


class TestRoles:
    def test_a_new_role_has_what_the_tools_read(self, cloud, fc, name):
        reply = cloud.rpc(
            "CreateRole",
            RoleName=name.upper(),
            Description="create the role",
            AssumeRolePolicyDocument=TRUST,
        )

        role = reply.json()["Role"]
        assert role["RoleName"] == name.upper()
        # Real ones have the name in lower case.
        assert role["Arn"] == f"acs:ram::{fc.data.account.account_id}:role/{name}"
        assert role["Description"] == "create the role"
        assert role["AssumeRolePolicyDocument"] == TRUST
        assert role["RoleId"].isdigit()
        assert role["CreateDate"].endswith("Z")
        assert cloud.rpc("GetRole", RoleName=name.upper()).json()["Role"] == role

    def test_creating_it_again(self, cloud, role):
        reply = cloud.rpc("CreateRole", RoleName=role, AssumeRolePolicyDocument=TRUST)

        assert_rpc_error(reply, 409, "EntityAlreadyExists.Role", role)

    def test_names_are_the_same_in_either_case(self, cloud, role, policy):
        """As the ARN is."""
        again = cloud.rpc("CreateRole", RoleName=role.upper(), AssumeRolePolicyDocument=TRUST)
        assert_rpc_error(again, 409, "EntityAlreadyExists.Role")

        cloud.rpc("AttachPolicyToRole", **custom(policy, RoleName=role.upper())).raise_for_status()

        assert cloud.rpc("GetRole", RoleName=role.upper()).json()["Role"]["RoleName"] == role
        listed = cloud.rpc("ListPoliciesForRole", RoleName=role).json()["Policies"]["Policy"]
        assert len(listed) == 1

    @pytest.mark.parametrize(
        "action", ["GetRole", "DeleteRole", "UpdateRole", "ListPoliciesForRole"]
    )
    def test_one_that_does_not_exist(self, cloud, action):
        assert_rpc_error(cloud.rpc(action, RoleName="gone"), 404, "EntityNotExist.Role", "gone")

    def test_update(self, cloud, role):
        trust = TRUST.replace("fc.", "oss.")
        cloud.rpc(
            "UpdateRole", RoleName=role, NewDescription="d", NewAssumeRolePolicyDocument=trust
        )

        found = cloud.rpc("GetRole", RoleName=role).json()["Role"]
        assert (found["Description"], found["AssumeRolePolicyDocument"]) == ("d", trust)

    def test_update_of_nothing(self, cloud, role):
        assert cloud.rpc("UpdateRole", RoleName=role).json()["Role"]["RoleName"] == role

    def test_delete(self, cloud, role):
        assert set(cloud.rpc("DeleteRole", RoleName=role).json()) == {"RequestId"}

        assert_rpc_error(cloud.rpc("GetRole", RoleName=role), 404, "EntityNotExist.Role")

    def test_pages(self, cloud):
        names = [f"page-{number}" for number in range(5)]
        for name in names:
            cloud.rpc("CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)

        found, marker = [], ""
        while marker is not None:
            page = cloud.rpc("ListRoles", MaxItems="2", Marker=marker).json()
            assert len(page["Roles"]["Role"]) <= 2
            found += [role["RoleName"] for role in page["Roles"]["Role"]]
            assert page["IsTruncated"] is ("Marker" in page)
            marker = page.get("Marker")

        assert [name for name in found if name.startswith("page-")] == names
        assert found == sorted(found, key=str.lower)

    def test_the_list_has_no_documents(self, cloud, role):
        roles = cloud.rpc("ListRoles", MaxItems="1000").json()["Roles"]["Role"]

        assert role in [each["RoleName"] for each in roles]
        assert not any("AssumeRolePolicyDocument" in each for each in roles)

    @pytest.mark.parametrize("value", ["0", "1001", "-1", "x", "1.5", "٣"])
    def test_bad_page_size(self, cloud, value):
        reply = cloud.rpc("ListRoles", MaxItems=value)

        assert_rpc_error(reply, 400, "InvalidParameter.MaxItems", value)

    @pytest.mark.parametrize("value", ["x", "ü", "////"])
    def test_bad_marker(self, cloud, value):
        assert_rpc_error(cloud.rpc("ListRoles", Marker=value), 400, "InvalidParameter.Marker")


class TestNames:
    @pytest.mark.parametrize("value", ["a b", "a/b", "ä", "a\n"])
    def test_characters(self, cloud, value):
        for action, field in (("GetRole", "RoleName"), ("DeletePolicy", "PolicyName")):
            reply = cloud.rpc(action, **{field: value})
            assert_rpc_error(reply, 400, f"InvalidParameter.{field}.Chars")

    def test_length(self, cloud):
        reply = cloud.rpc("GetRole", RoleName="a" * 65)

        assert_rpc_error(reply, 400, "InvalidParameter.RoleName.Length", "64", "65")

    @pytest.mark.parametrize("value", ["", None])
    def test_missing(self, cloud, value):
        assert_rpc_error(
            cloud.rpc("GetRole", RoleName=value), 400, "MissingParameter", '"RoleName"'
        )

    def test_length_of_a_description(self, cloud, name):
        reply = cloud.rpc(
            "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST, Description="d" * 1025
        )

        assert_rpc_error(reply, 400, "InvalidParameter.Description.Length")


class TestAttachments:
    def test_attach_list_and_detach(self, cloud, role, policy):
        both = custom(policy, RoleName=role)
        cloud.rpc("AttachPolicyToRole", **both).raise_for_status()
        system = {"PolicyType": "System", "PolicyName": "AliyunFCInvocationAccess"}
        cloud.rpc("AttachPolicyToRole", **system, RoleName=role).raise_for_status()

        listed = cloud.rpc("ListPoliciesForRole", RoleName=role).json()["Policies"]["Policy"]
        assert [each["PolicyName"] for each in listed] == [policy, "AliyunFCInvocationAccess"]
        assert [each["PolicyType"] for each in listed] == ["Custom", "System"]
        assert listed[0]["DefaultVersion"] == "v1"
        entities = cloud.rpc("ListEntitiesForPolicy", **custom(policy)).json()
        assert [each["RoleName"] for each in entities["Roles"]["Role"]] == [role]
        assert entities["Users"] == {"User": []}
        found = cloud.rpc("GetPolicy", **custom(policy)).json()["Policy"]
        assert found["AttachmentCount"] == 1

        cloud.rpc("DetachPolicyFromRole", **both).raise_for_status()
        listed = cloud.rpc("ListPoliciesForRole", RoleName=role).json()["Policies"]["Policy"]
        assert [each["PolicyName"] for each in listed] == ["AliyunFCInvocationAccess"]

    def test_attaching_again(self, cloud, role, policy):
        both = custom(policy, RoleName=role)
        cloud.rpc("AttachPolicyToRole", **both)

        reply = cloud.rpc("AttachPolicyToRole", **both)

        assert_rpc_error(reply, 409, "EntityAlreadyExists.Role.Policy")

    def test_detaching_what_is_not_attached(self, cloud, role, policy):
        reply = cloud.rpc("DetachPolicyFromRole", **custom(policy, RoleName=role))

        assert_rpc_error(reply, 404, "EntityNotExist.Role.Policy")

    @pytest.mark.parametrize("action", ["AttachPolicyToRole", "DetachPolicyFromRole"])
    def test_one_of_both_does_not_exist(self, cloud, role, policy, action):
        reply = cloud.rpc(action, **custom("gone", RoleName=role))
        assert_rpc_error(reply, 404, "EntityNotExist.Policy", "gone")
        reply = cloud.rpc(action, **custom(policy, RoleName="gone"))
        assert_rpc_error(reply, 404, "EntityNotExist.Role", "gone")

    def test_what_is_attached_is_not_deleted(self, cloud, role, policy):
        cloud.rpc("AttachPolicyToRole", **custom(policy, RoleName=role))

        reply = cloud.rpc("DeleteRole", RoleName=role)
        assert_rpc_error(reply, 409, "DeleteConflict.Role.Policy", role)
        reply = cloud.rpc("DeletePolicy", PolicyName=policy)
        assert_rpc_error(reply, 409, "DeleteConflict.Policy.Role", policy)

    def test_a_name_that_begins_like_another_is_another(self, cloud, role, policy):
        other = f"{role}-2"
        cloud.rpc("CreateRole", RoleName=other, AssumeRolePolicyDocument=TRUST)
        cloud.rpc("AttachPolicyToRole", **custom(policy, RoleName=other))

        assert cloud.rpc("DeleteRole", RoleName=role).status_code == 200
