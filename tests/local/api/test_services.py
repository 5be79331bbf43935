from __future__ import annotations

import re

import pytest
from local.support import assert_error, zip_code, zipped

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")


class TestServices:
    def test_a_new_service_has_its_fields_defaults_and_times(self, api):
        reply = api.create_service(description="d", role="acs:ram::1:role/r")

        document = reply.json()
        assert TIME.fullmatch(document.pop("createdTime"))
        assert TIME.fullmatch(document.pop("lastModifiedTime"))
        assert len(document.pop("serviceId")) == 36
        assert document == {
            "serviceName": "s",
            "description": "d",
            "role": "acs:ram::1:role/r",
            "internetAccess": True,
            "logConfig": {"project": "", "logstore": ""},
            "vpcConfig": {"vpcId": "", "vSwitchIds": [], "securityGroupId": ""},
            "nasConfig": {"userId": -1, "groupId": -1, "mountPoints": []},
            "tracingConfig": {"type": None, "params": None},
        }

    def test_get_gives_what_create_gave(self, api):
        created = api.create_service()
        got = api.call("GET", "/services/s")

        assert got.json() == created.json()
        assert got.headers["ETag"] == created.headers["ETag"]

    def test_an_update_changes_what_it_names(self, api):
        created = api.create_service(description="d").json()

        updated = api.call("PUT", "/services/s", {"internetAccess": False}).json()

        assert updated["internetAccess"] is False
        assert updated["lastModifiedTime"] >= created["lastModifiedTime"]
        unchanged = set(created) - {"internetAccess", "lastModifiedTime"}
        assert all(updated[name] == created[name] for name in unchanged)

    def test_a_field_can_be_cleared(self, api):
        api.create_service(description="d")

        assert api.call("PUT", "/services/s", {"description": ""}).json()["description"] == ""

    def test_null_is_a_field_left_out(self, api):
        api.create_service(description="d", role=None)

        updated = api.call("PUT", "/services/s", {"description": None}).json()

        assert (updated["description"], updated["role"]) == ("d", "")

    def test_so_it_is_in_what_the_guide_gives_fields(self, api):
        config = {"vpcId": "v", "vSwitchIds": None, "securityGroupId": None}
        created = api.create_service(vpcConfig=config, logConfig={"project": None}).json()

        assert created["vpcConfig"] == {"vpcId": "v"}
        assert created["logConfig"] == {}

    def test_unknown_fields_are_stored_and_returned(self, api):
        api.create_service(nasConfig={"userId": -1, "mounts": [{"é": None}]})
        api.call("PUT", "/services/s", {"later": {"type": "Jaeger"}})

        document = api.call("GET", "/services/s").json()

        assert document["nasConfig"] == {"userId": -1, "mounts": [{"é": None}]}
        assert document["later"] == {"type": "Jaeger"}

    def test_what_the_service_makes_is_not_the_callers(self, api):
        document = api.create_service(serviceId="mine", createdTime="mine").json()

        assert "mine" not in document.values()

    def test_deleting_makes_room_for_a_new_one(self, api):
        first = api.create_service().json()
        assert api.call("DELETE", "/services/s").status_code == 204

        assert api.create_service().json()["serviceId"] != first["serviceId"]


class TestErrors:
    def test_a_404_names_the_outermost_thing_that_is_missing(self, api):
        path = "/services/s1/functions/f1/triggers/t1"
        assert_error(api.call("GET", path), 404, "ServiceNotFound", "'s1'")
        api.create_service("s1")
        assert_error(api.call("GET", path), 404, "FunctionNotFound", "'f1'")
        api.create_function("f1", "s1")
        assert_error(api.call("GET", path), 404, "TriggerNotFound", "'t1'")

    def test_conflicts_name_what_is_there(self, api):
        api.create_all()

        assert_error(api.create_service(), 409, "ServiceAlreadyExists", "'s'")
        assert_error(api.create_function(), 409, "FunctionAlreadyExists", "'f'")
        assert_error(api.create_trigger(), 409, "TriggerAlreadyExists", "'t'")
        assert_error(api.call("DELETE", "/services/s"), 409, "ServiceNotEmpty", "'s'")
        assert_error(api.call("DELETE", "/services/s/functions/f"), 409, "FunctionNotEmpty", "'f'")


class TestIfMatch:
    PATHS = ("/services/s", "/services/s/functions/f", "/services/s/functions/f/triggers/t")

    @pytest.mark.parametrize("path", PATHS)
    def test_an_update_with_an_old_etag_is_rejected(self, api, path):
        api.create_all()
        old = api.call("GET", path).headers["ETag"]
        changes = {"invocationRole": "r"} if "triggers" in path else {"description": "d"}
        first = api.call("PUT", path, changes, headers={"If-Match": old})
        second = api.call("PUT", path, changes, headers={"If-Match": old})

        assert first.status_code == 200
        assert first.headers["ETag"] != old
        assert_error(
            second, 412, "PreconditionFailed", "the resource being modified has been changed"
        )

    @pytest.mark.parametrize("path", PATHS)
    def test_a_deletion_with_another_etag_is_rejected(self, api, path):
        api.create_all()

        reply = api.call("DELETE", path, headers={"If-Match": "other"})

        assert_error(reply, 412, "PreconditionFailed")
        assert api.call("GET", path).status_code == 200

    def test_quotes_around_the_etag_are_tolerated(self, api):
        etag = api.create_service().headers["ETag"]

        reply = api.call("DELETE", "/services/s", headers={"If-Match": f'"{etag}"'})

        assert reply.status_code == 204

    def test_a_refused_code_update_leaves_the_code(self, api):
        api.create_all()
        before = api.call("GET", "/services/s/functions/f").json()

        reply = api.call(
            "PUT",
            "/services/s/functions/f",
            {"code": zip_code(zipped(m="new"))},
            headers={"If-Match": "other"},
        )

        assert_error(reply, 412, "PreconditionFailed")
        assert api.call("GET", "/services/s/functions/f").json() == before
