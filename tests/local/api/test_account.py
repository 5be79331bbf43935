from __future__ import annotations

from datetime import datetime, timezone

from local.support import assert_error, zipped

from fc_client.local import LocalFunctionCompute


class TestAccount:
    def test_settings(self, api):
        assert api.call("GET", "/account-settings").json()["availableAZs"] == ["local-a"]

    def test_the_asked_configs(self, api):
        reply = api.call("GET", "/accountConfigs?config=CodeSizeLimit&config=Concurrency")

        assert reply.json() == {"CodeSizeLimit": "104857600", "Concurrency": "300"}

    def test_unknown_configs_are_refused(self, api):
        assert_error(api.call("GET", "/accountConfigs"), 400, "InvalidArgument", "config")
        reply = api.call("GET", "/accountConfigs?config=other")
        assert_error(reply, 400, "InvalidArgument", "other")

    def test_there_are_no_reserved_capacities(self, api):
        assert api.call("GET", "/reservedCapacities").json() == {"reservedCapacities": []}
        reply = api.call("GET", "/reservedCapacities?limit=0")
        assert_error(reply, 400, "InvalidArgument", "limit")


class TestUploadTokens:
    def test_the_token_of_the_account(self, api):
        token = api.call("GET", "/tempBucketToken").json()

        assert token.keys() == {"credentials", "ossRegion", "ossBucket", "objectName"}
        expires = datetime.fromisoformat(token["credentials"]["Expiration"].replace("Z", "+00:00"))
        assert 3500 < (expires - datetime.now(timezone.utc)).total_seconds() <= 3600

    def test_the_token_of_a_service_names_the_size(self, api):
        api.create_service()

        token = api.call("GET", "/services/s/tempCodeBucketToken?functionName=f").json()

        assert token["codeSizeLimit"] == 500 * 1024 * 1024

    def test_a_missing_service_is_not_found(self, api):
        reply = api.call("GET", "/services/s/tempCodeBucketToken")

        assert_error(reply, 404, "ServiceNotFound")

    def test_code_in_the_directory_of_the_bucket_is_used(self, tmp_path, make_api):
        with LocalFunctionCompute(oss_root=tmp_path) as fc:
            api = make_api(fc)
            api.create_service()
            token = api.call("GET", "/services/s/tempCodeBucketToken").json()
            name = f"{fc.account_id}/s/{token['objectName']}"
            path = tmp_path / token["ossBucket"] / name
            path.parent.mkdir(parents=True)
            path.write_bytes(zipped())

            code = {"ossBucketName": token["ossBucket"], "ossObjectName": name}

            assert api.create_function(code=code).status_code == 200


class TestVpcBindings:
    def test_they_are_stored(self, api):
        api.create_service()
        for vpc_id in ("vpc-2", "vpc-1", "vpc-2"):
            reply = api.call("POST", "/services/s/binding", {"vpcId": vpc_id})
            assert (reply.status_code, reply.content) == (200, b"")
        assert api.call("GET", "/services/s/bindings").json() == {"vpcIds": ["vpc-1", "vpc-2"]}

        reply = api.call("DELETE", "/services/s/binding", {"vpcId": "vpc-1"})

        assert (reply.status_code, reply.content) == (200, b"")
        assert api.call("GET", "/services/s/bindings").json() == {"vpcIds": ["vpc-2"]}

    def test_the_id_is_required(self, api):
        api.create_service()

        assert_error(api.call("POST", "/services/s/binding", {}), 400, "InvalidArgument", "vpcId")

    def test_a_missing_service_is_not_found(self, api):
        assert_error(api.call("GET", "/services/s/bindings"), 404, "ServiceNotFound")
