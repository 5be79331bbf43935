"""Groups: what the API says of them, and how they are listed."""

from contextlib import contextmanager

import pytest
from local.cloud_support import CloudApi, assert_rpc_error
from local.gateway_support import VERSION, Gateway
from local.support import FakePools, Server

from fc_client.local.engine import Settings


@contextmanager
def client_of(fc):
    cloud = CloudApi(fc.endpoint, fc.api.key_id, fc.api.key_secret)
    yield Gateway(cloud)
    cloud.session.close()


class TestCreate:
    def test_replies_with_what_fun_reads(self, gateway, fc):
        made = gateway.done("CreateApiGroup", GroupName="made", Description="Über 中")

        assert len(made["GroupId"]) == 32
        assert int(made["GroupId"], 16)
        assert made["SubDomain"] == f"127.0.0.1:{fc.address[1]}/{made['GroupId']}"
        assert (made["GroupName"], made["Description"]) == ("made", "Über 中")

    def test_names_may_repeat(self, gateway):
        """The original fun, which reads one page only, makes a second one."""
        first = gateway.done("CreateApiGroup", GroupName="twice")

        assert gateway.done("CreateApiGroup", GroupName="twice")["GroupId"] != first["GroupId"]

    def test_without_a_name(self, gateway):
        assert_rpc_error(gateway.call("CreateApiGroup"), 400, "MissingParameter", "GroupName")

    @pytest.mark.parametrize("name", ["x" * 51, "a\nb"])
    def test_of_a_name_that_is_not_valid(self, gateway, name):
        reply = gateway.call("CreateApiGroup", GroupName=name)

        assert_rpc_error(reply, 400, "InvalidParameter", "GroupName must have 1 to 50 printable")

    @pytest.mark.parametrize("region", ["cn-hangzhou", "eu-central-1"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_at_the_host_of_the_cloud(self, gateway, fc, region, method):
        host = f"apigateway.{region}.aliyuncs.com"
        given = {"Version": VERSION, "GroupName": "by_host", "method": method}

        by_path = gateway.cloud.rpc("CreateApiGroup", path=f"/{host}/", **given)
        by_header = gateway.cloud.rpc("CreateApiGroup", headers={"Host": host}, **given)

        for reply in (by_path, by_header):
            assert reply.json()["SubDomain"].startswith(f"127.0.0.1:{fc.address[1]}/")

    def test_of_a_client_that_knows_the_server_by_another_name(self, gateway, fc):
        host = f"localhost:{fc.address[1]}"

        reply = gateway.cloud.rpc(
            "CreateApiGroup", Version=VERSION, GroupName="named", headers={"Host": host}
        )

        assert reply.json()["SubDomain"].startswith(f"{host}/")


class TestDescribe:
    def test_one(self, gateway, group):
        shown = gateway.done("DescribeApiGroup", GroupId=group.id)

        assert shown["GroupId"] == group.id
        assert shown["SubDomain"] == group.domain
        assert [each["StageName"] for each in shown["StageItems"]["StageInfo"]] == [
            "RELEASE",
            "PRE",
            "TEST",
        ]

    @pytest.mark.parametrize(
        "action", ["DescribeApiGroup", "ModifyApiGroup", "DeleteApiGroup", "CreateApi"]
    )
    def test_a_group_that_does_not_exist(self, gateway, action):
        assert_rpc_error(gateway.call(action, GroupId="0" * 32), 404, "NotFoundApiGroup", "0" * 32)

    def test_pages_of_ten_by_default(self, gateway):
        made = [
            gateway.done("CreateApiGroup", GroupName=f"paged_{number}")["GroupId"]
            for number in range(12)
        ]

        first = gateway.done("DescribeApiGroups", GroupName="paged_")
        second = gateway.done("DescribeApiGroups", GroupName="paged_", PageNumber="2")

        assert (first["TotalCount"], first["PageNumber"], first["PageSize"]) == (12, 1, 10)
        found = [
            each["GroupId"]
            for page in (first, second)
            for each in page["ApiGroupAttributes"]["ApiGroupAttribute"]
        ]
        assert found == made

    def test_by_id(self, gateway, group):
        shown = gateway.done("DescribeApiGroups", GroupId=group.id)

        (only,) = shown["ApiGroupAttributes"]["ApiGroupAttribute"]
        assert only["GroupId"] == group.id

    @pytest.mark.parametrize(
        "wrong", [{"PageSize": "0"}, {"PageSize": "101"}, {"PageNumber": "x"}, {"PageNumber": "0"}]
    )
    def test_pages_that_are_not_valid(self, gateway, wrong):
        reply = gateway.call("DescribeApiGroups", **wrong)

        assert_rpc_error(reply, 400, "InvalidParameter", *wrong)


class TestModifyAndDelete:
    def test_changes_what_is_given(self, gateway, group):
        gateway.done("ModifyApiGroup", GroupId=group.id, GroupName="renamed")
        gateway.done("ModifyApiGroup", GroupId=group.id, Description="described")

        shown = gateway.done("DescribeApiGroup", GroupId=group.id)
        assert (shown["GroupName"], shown["Description"]) == ("renamed", "described")

    def test_only_empty_groups_are_deleted(self, gateway, group):
        api_id = group.create()

        assert_rpc_error(gateway.call("DeleteApiGroup", GroupId=group.id), 400, "GroupNotEmpty")

        group.done("DeleteApi", api_id)
        gateway.done("DeleteApiGroup", GroupId=group.id)
        assert gateway.call("DescribeApiGroup", GroupId=group.id).status_code == 404


class TestRestart:
    def test_groups_and_deployments_survive(self, tmp_path):
        settings = Settings(make_pools=lambda _: FakePools())
        with Server(settings, tmp_path / "data") as fc, client_of(fc) as gateway:
            group = gateway.group()
            group.deploy()
        with Server(settings, tmp_path / "data") as fc, client_of(fc) as gateway:
            domain = gateway.done("DescribeApiGroup", GroupId=group.id)["SubDomain"]
            # The API is there; its function was never created.
            assert gateway.cloud.session.get(f"http://{domain}/hello").status_code == 500

    def test_reset_removes_them(self):
        settings = Settings(make_pools=lambda _: FakePools())
        with Server(settings) as fc, client_of(fc) as gateway:
            group = gateway.group()
            group.deploy()
            fc.thread.reset()

            assert group.get("/hello").status_code == 404
            assert gateway.done("DescribeApiGroups")["TotalCount"] == 0
