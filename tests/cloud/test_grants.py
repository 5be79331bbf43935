"""grant() against the embedded server."""

import pytest

from fc_client.cloud import CloudError, RamClient, StepError, Steps, grant, policy_document
from fc_client.credentials import Credentials

ACTIONS = ["log:PostLogStoreLogs"]
RESOURCES = ["acs:log:*:*:project/p/logstore/s"]


def grant_logs(ram, name, steps=None, resources=RESOURCES, **options):
    return grant(
        ram, role=name, policy=name, actions=ACTIONS, resources=resources, steps=steps, **options
    )


def statements(ram, name):
    return ram.get_policy(name).default_document["Statement"]


class TestGrant:
    def test_it_creates_what_is_missing(self, ram, name):
        reported = []
        steps = Steps(reported.append)

        role = grant_logs(ram, name, steps)

        assert role.arn == ram.get_role(name).arn
        assert ram.get_role(name).trust_document["Statement"][0]["Principal"] == {
            "Service": ["fc.aliyuncs.com"]
        }
        assert statements(ram, name) == policy_document(ACTIONS, RESOURCES)["Statement"]
        assert [each.name for each in ram.list_policies_for_role(name)] == [name]
        assert (
            reported
            == steps.done
            == [
                f"role {name} created",
                f"policy {name} created",
                f"policy {name} attached to role {name}",
            ]
        )

    def test_again_it_changes_nothing(self, ram, name):
        grant_logs(ram, name)
        steps = Steps()

        grant_logs(ram, name, steps)

        assert steps.done == []
        assert len(ram.list_policy_versions(name)) == 1

    def test_it_adds_a_statement_and_drops_none(self, ram, name):
        own = {
            "Version": "1",
            "Statement": [
                {"Effect": "Deny", "Action": "oss:Delete*", "Resource": "*"},
                {"Effect": "Allow", "Action": ["oss:Get*"], "Resource": ["*"]},
            ],
        }
        ram.create_policy(name, own)

        grant_logs(ram, name)

        assert statements(ram, name)[:2] == own["Statement"]
        assert statements(ram, name)[2:] == policy_document(ACTIONS, RESOURCES)["Statement"]

    def test_a_policy_with_five_versions_loses_the_oldest_that_is_not_in_force(self, ram, name):
        steps = Steps()
        for number in range(6):
            grant_logs(ram, name, steps, resources=[f"acs:log:*:*:project/{number}"])
        ram.set_default_policy_version(name, "v2")
        grant_logs(ram, name, steps, resources=["acs:log:*:*:project/x"])

        ids = {each.version_id for each in ram.list_policy_versions(name)}
        # v1 went for the sixth, and v3 for the last: v2 was in force.
        assert ids == {"v2", "v4", "v5", "v6", "v7"}
        assert len(statements(ram, name)) == 3
        assert any(each.startswith(f"version v3 of policy {name} deleted") for each in steps.done)

    def test_a_policy_of_alibaba_cloud_is_attached_as_it_is(self, ram, name):
        grant(
            ram,
            role=name,
            policy="AliyunOSSFullAccess",
            policy_type="System",
            service="oss.aliyuncs.com",
            actions=[],
            resources=[],
        )

        (attached,) = ram.list_policies_for_role(name)
        assert (attached.name, attached.policy_type) == ("AliyunOSSFullAccess", "System")
        assert "oss.aliyuncs.com" in str(ram.get_role(name).trust_document)


class DeniedRam(RamClient):
    """Answers some operations as RAM does to a user without the right."""

    denied = ()

    def _call(self, operation, **fields):
        if operation in self.denied:
            raise CloudError("no", operation=operation, status_code=403, code="NoPermission")
        return super()._call(operation, **fields)


class TestFailures:
    @pytest.mark.parametrize(
        ("operation", "failed", "done"),
        [
            ("GetRole", "get role", 0),
            ("CreateRole", "create role", 0),
            ("GetPolicy", "get policy", 1),
            ("CreatePolicy", "create policy", 1),
            ("ListPoliciesForRole", "list the policies of role", 2),
            ("AttachPolicyToRole", "attach policy", 2),
        ],
    )
    def test_the_error_says_what_was_done(self, fc, credentials, name, operation, failed, done):
        ram = DeniedRam(fc.endpoint, credentials)
        ram.denied = (operation,)

        with pytest.raises(StepError) as caught:
            grant_logs(ram, name)

        error = caught.value
        assert error.failed.startswith(failed)
        assert (error.code, error.status_code, error.operation) == ("NoPermission", 403, operation)
        assert error.is_denied
        assert error.done == (f"role {name} created", f"policy {name} created")[:done]
        assert isinstance(error.__cause__, CloudError)

    def test_nothing_is_created_when_reading_fails(self, fc, credentials, ram, name):
        """Only what RAM says does not exist is missing."""
        denied = DeniedRam(fc.endpoint, credentials)
        denied.denied = ("GetRole",)
        with pytest.raises(StepError):
            grant_logs(denied, name)

        assert name not in [role.name for role in ram.iter_roles()]

    def test_a_wrong_key_is_not_something_missing(self, fc, name):
        """RAM answers it with 404, too."""
        ram = RamClient(fc.endpoint, Credentials("unknown", "secret"))

        with pytest.raises(StepError) as caught:
            grant_logs(ram, name)

        assert caught.value.code == "InvalidAccessKeyId.NotFound"
        assert caught.value.failed == f"get role {name}"
