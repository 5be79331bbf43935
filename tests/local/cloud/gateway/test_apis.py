"""APIs: what is stored of a definition, what is refused, and what the stages have."""

import json

import pytest
from local.cloud_support import CloudApi, assert_rpc_error
from local.gateway_support import FUNCTION, VERSION, definition, parameter


def create(gateway, group, **fields):
    return gateway.call("CreateApi", GroupId=group.id, **definition(**fields))


class TestCreate:
    def test_what_describe_returns(self, group):
        api_id = group.create(
            method="POST",
            path="/users/[id]",
            body_format="FORM",
            parameters=(parameter("id", "Path", "Int"), parameter("q", Required="REQUIRED")),
            Description="The awesome api",
        )

        shown = group.done("DescribeApi", api_id)

        assert shown["ApiName"] == "hello"
        assert shown["Description"] == "The awesome api"
        assert shown["RequestConfig"] == {
            "RequestProtocol": "HTTP",
            "RequestHttpMethod": "POST",
            "RequestPath": "/users/[id]",
            "RequestMode": "MAPPING",
            "BodyFormat": "FORM",
            "PostBodyDescription": "",
        }
        assert shown["ServiceConfig"]["ServiceTimeout"] == 3000
        assert shown["ServiceConfig"]["FunctionComputeConfig"] == {
            **FUNCTION,
            "RegionId": "cn-shanghai",
        }
        first, second = shown["RequestParameters"]["RequestParameter"]
        assert (first["ParameterType"], first["Required"]) == ("Int", "OPTIONAL")
        assert (second["ParameterType"], second["Required"]) == ("String", "REQUIRED")
        assert shown["DeployedInfos"]["DeployedInfo"][0] == {
            "StageName": "RELEASE",
            "DeployedStatus": "NONDEPLOYED",
            "EffectiveVersion": "",
        }

    def test_all_in_the_query_as_the_original_fun_sends_it(self, gateway, group):
        many = tuple(parameter(f"parameter_{number}") for number in range(30))
        given = definition(parameters=many)

        reply = gateway.cloud.rpc(
            "CreateApi", method="GET", Version=VERSION, GroupId=group.id, **given
        )

        assert len(reply.request.url) > 9000
        assert reply.status_code == 200

    def test_true_counts_as_required(self, group):
        """The original fun sends what its file has."""
        api_id = group.create(parameters=(parameter("q", Required=True),))

        (only,) = group.done("DescribeApi", api_id)["RequestParameters"]["RequestParameter"]
        assert only["Required"] == "REQUIRED"

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    def test_a_method_with_a_body_needs_its_format(self, gateway, group, method):
        reply = create(gateway, group, method=method)

        assert_rpc_error(
            reply, 400, "MissingBodyFormat", "The BodyFormat is mandatory for this action."
        )
        assert create(gateway, group, method=method, mode="PASSTHROUGH").status_code == 200

    def test_a_parameter_given_twice(self, gateway, group):
        reply = create(gateway, group, parameters=(parameter("q"), parameter("q")))

        assert_rpc_error(reply, 400, "DuplicateRequestParameters", "q")

    @pytest.mark.parametrize("missing", ["ApiName", "Visibility", "RequestConfig", "ServiceConfig"])
    def test_without_what_is_required(self, gateway, group, missing):
        given = {**definition(), missing: None}

        reply = gateway.call("CreateApi", GroupId=group.id, **given)

        assert_rpc_error(reply, 400, "MissingParameter", missing)

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"name": "x" * 51}, "ApiName"),
            ({"Visibility": "public"}, "Visibility"),
            ({"AuthType": "NONE"}, "AuthType"),
            ({"ResultType": "PDF"}, "ResultType"),
            ({"method": "TRACE"}, "RequestHttpMethod"),
            ({"method": "get"}, "RequestHttpMethod"),
            ({"mode": "OTHER"}, "RequestMode"),
            ({"body_format": "JSON"}, "BodyFormat"),
            ({"path": "hello"}, "RequestPath"),
            ({"path": "/a b"}, "RequestPath"),
            ({"path": "/a?b"}, "RequestPath"),
            ({"path": "/x[id]"}, "RequestPath"),
            ({"path": "/[id]/[id]"}, "RequestPath"),
            ({"path": "/" + "x" * 256}, "RequestPath"),
            ({"timeout": 0}, "ServiceTimeout"),
            ({"timeout": 31000}, "ServiceTimeout"),
            ({"timeout": "soon"}, "ServiceTimeout"),
            ({"timeout": True}, "ServiceTimeout"),
            ({"parameters": (parameter("q", "Cookie"),)}, "Location"),
            ({"parameters": (parameter("q", kind="Date"),)}, "ParameterType"),
            ({"parameters": (parameter("q", Required="YES"),)}, "Required"),
            ({"parameters": (parameter("q", Required=[]),)}, "Required"),
            ({"parameters": (parameter("q", "Path"),)}, "Path"),
            ({"RequestConfig": "{"}, "RequestConfig"),
            ({"ServiceConfig": '{"ServiceProtocol": "\\ud800"}'}, "ServiceConfig"),
            ({"RequestConfig": "[]"}, "RequestConfig"),
            ({"RequestParameters": "[1]"}, "RequestParameters"),
            ({"ServiceConfig": {"ServiceProtocol": "HTTP"}}, "ServiceProtocol"),
            ({"ConstantParameters": [{"ServiceParameterName": "a", "ConstantValue": 1}]}, "Const"),
            ({"SystemParameters": [{"ParameterName": "CaOther"}]}, "ParameterName"),
        ],
    )
    def test_with_what_is_not_valid(self, gateway, group, fields, named):
        assert_rpc_error(create(gateway, group, **fields), 400, "InvalidParameter", named)

    def test_openid_needs_its_configuration(self, gateway, group):
        without = create(gateway, group, AuthType="OPENID")
        with_it = create(
            gateway,
            group,
            AuthType="OPENID",
            OpenIdConnectConfig={"IdTokenParamName": "token", "OpenIdApiType": "BUSINESS"},
        )

        assert_rpc_error(without, 400, "MissingParameter", "OpenIdConnectConfig")
        shown = group.done("DescribeApi", with_it.json()["ApiId"])
        assert shown["OpenIdConnectConfig"]["IdTokenParamName"] == "token"

    def test_names_and_requests_are_unique_in_a_group(self, gateway, group):
        group.create(name="one", path="/users/[id]")

        same_name = create(gateway, group, name="one", path="/other")
        same_request = create(gateway, group, name="two", path="/users/[name]")

        assert_rpc_error(same_name, 400, "DuplicateApiName", "one")
        assert_rpc_error(same_request, 400, "DuplicateApiPath", "one", "GET /users/[]")
        group.create(name="two", path="/users/[id]", method="DELETE")
        gateway.group().create(name="one", path="/users/[id]")


class TestFind:
    def test_names_are_searched_by_a_part(self, gateway, group):
        """Which is why fun overwrote hello_world with hello."""
        group.create(name="hello_world", path="/1")
        group.create(name="hello", path="/2")
        group.create(name="other", path="/3")

        found = gateway.done("DescribeApis", GroupId=group.id, ApiName="hello")

        assert found["TotalCount"] == 2
        names = [each["ApiName"] for each in found["ApiSummarys"]["ApiSummary"]]
        assert names == ["hello_world", "hello"]

    @pytest.mark.parametrize("action", ["DescribeApi", "DeleteApi", "DeployApi", "ModifyApi"])
    def test_an_api_that_does_not_exist(self, gateway, group, action):
        reply = gateway.call(action, GroupId=group.id, ApiId="0" * 32, **definition())

        assert_rpc_error(reply, 404, "NotFoundApi", "0" * 32)

    def test_the_group_may_be_left_out(self, gateway, group):
        api_id = group.create()

        assert gateway.done("DescribeApi", ApiId=api_id)["GroupId"] == group.id

    def test_not_in_another_group(self, gateway, group):
        reply = gateway.call("DescribeApi", GroupId=gateway.group().id, ApiId=group.create())

        assert reply.json()["Code"] == "NotFoundApi"


class TestStages:
    def test_what_is_changed_takes_effect_with_a_deployment(self, group):
        api_id = group.deploy(path="/old")

        group.done("ModifyApi", api_id, **definition(path="/new"))

        assert group.get("/old").status_code == 200
        assert group.get("/new").status_code == 404
        shown = group.done("DescribeDeployedApi", api_id, StageName="RELEASE")
        assert shown["RequestConfig"]["RequestPath"] == "/old"
        group.done("DeployApi", api_id, StageName="RELEASE", Description="again")
        assert group.get("/old").status_code == 404
        assert group.get("/new").status_code == 200

    def test_versions_are_times(self, group):
        api_id = group.deploy("TEST")

        infos = group.done("DescribeApi", api_id)["DeployedInfos"]["DeployedInfo"]

        assert [each["DeployedStatus"] for each in infos] == [
            "NONDEPLOYED",
            "NONDEPLOYED",
            "DEPLOYED",
        ]
        version = infos[2]["EffectiveVersion"]
        assert len(version) == 17
        assert version.isdigit()

    def test_abolish(self, gateway, group):
        api_id = group.deploy()

        refused = gateway.call("DeleteApi", GroupId=group.id, ApiId=api_id)
        group.done("AbolishApi", api_id, StageName="RELEASE")

        assert_rpc_error(refused, 400, "ApiDeployed", "RELEASE")
        assert group.get("/hello").status_code == 404
        group.done("DeleteApi", api_id)

    def test_abolish_where_it_is_not(self, gateway, group):
        for action in ("AbolishApi", "DescribeDeployedApi"):
            reply = gateway.call(
                action,
                GroupId=group.id,
                ApiId=group.create(name=action, path=f"/{action}"),
                StageName="PRE",
            )
            assert_rpc_error(reply, 404, "NotFoundApi", "PRE")

    def test_a_stage_that_does_not_exist(self, gateway, group):
        reply = gateway.call(
            "DeployApi", GroupId=group.id, ApiId=group.create(), StageName="release"
        )

        assert_rpc_error(reply, 404, "NotFoundStage", "release")


class TestSignatures:
    """Those of the gateway's version are checked as all others are."""

    def test_a_wrong_one(self, gateway, fc):
        other = CloudApi(fc.endpoint, gateway.cloud.key_id, "another secret")

        reply = other.rpc("DescribeApiGroups", Version=VERSION)
        other.session.close()

        assert_rpc_error(reply, 400, "SignatureDoesNotMatch")

    def test_an_unknown_key(self, gateway, fc):
        other = CloudApi(fc.endpoint, "unknown", gateway.cloud.secret)

        reply = other.rpc("DescribeApiGroups", Version=VERSION)
        other.session.close()

        assert_rpc_error(reply, 404, "InvalidAccessKeyId.NotFound")

    def test_a_request_sent_again(self, gateway):
        signed = gateway.cloud.signed("POST", "DescribeApiGroups", {"Version": VERSION})

        assert gateway.cloud.send(signed).status_code == 200
        assert_rpc_error(gateway.cloud.send(signed), 400, "SignatureNonceUsed")

    def test_an_old_one(self, gateway):
        reply = gateway.call("DescribeApiGroups", Timestamp="2020-01-01T00:00:00Z")

        assert_rpc_error(reply, 400, "InvalidTimeStamp.Expired")

    def test_an_unknown_action(self, gateway):
        assert_rpc_error(gateway.call("DescribeOthers"), 404, "InvalidAction.NotFound")

    def test_an_action_of_ram(self, gateway):
        assert_rpc_error(gateway.call("ListRoles"), 404, "InvalidAction.NotFound")

    def test_json_of_any_depth(self, gateway, group):
        given = {**definition(), "RequestConfig": "[" * 3000 + "]" * 3000}

        reply = gateway.call("CreateApi", GroupId=group.id, **given)

        assert reply.status_code == 400
        assert json.loads(reply.text)["Code"] == "InvalidParameter"
