from __future__ import annotations

import pytest
import requests
from local.support import FakePools, Server, assert_error, zip_code, zipped
from support.waiting import wait_until

from fc_client.local.engine import Settings

VERSIONS = "/services/s/versions"
FUNCTION = "/services/s/functions/f"
IGNORE = {"X-Fc-Ignore-Version-Publish-Error": "true"}


def publish(api, description=None, **options):
    body = {} if description is None else {"description": description}
    return api.call("POST", VERSIONS, body, **options)


def change(api, description):
    return api.call("PUT", FUNCTION, {"description": description})


@pytest.fixture
def made(api):
    """Return the session of a server with service s and function f."""
    api.create_service(description="of the service").raise_for_status()
    api.create_function(description="first").raise_for_status()
    return api


class TestPublishing:
    def test_a_version_has_an_id_and_a_description_of_its_own(self, made):
        reply = publish(made, "stable")

        version = reply.json()
        assert (version["versionId"], version["description"]) == ("1", "stable")
        assert version["createdTime"] == version["lastModifiedTime"]
        assert version.keys() == {
            "versionId",
            "description",
            "createdTime",
            "lastModifiedTime",
        }
        assert reply.headers["ETag"]

    def test_without_a_body_it_has_no_description(self, made):
        assert made.call("POST", VERSIONS).json()["description"] == ""

    def test_a_description_of_another_type_is_refused(self, made):
        assert_error(publish(made, 5), 400, "InvalidArgument", "description")

    def test_a_service_without_functions_can_be_published(self, api):
        api.create_service()

        assert publish(api).json()["versionId"] == "1"

    def test_a_missing_service_is_named(self, api):
        assert_error(publish(api), 404, "ServiceNotFound", "'s'")

    def test_without_a_change_it_is_refused(self, made):
        publish(made)

        assert_error(publish(made), 400, "VersionPublishError", "since version 1")

    def test_the_header_asks_for_the_last_version_instead(self, made):
        first = publish(made, "first")

        again = publish(made, "again", headers=IGNORE)

        assert again.json() == first.json()
        assert again.headers["ETag"] == first.headers["ETag"]

    def test_an_update_that_changes_nothing_is_no_change(self, made):
        publish(made)
        change(made, "first").raise_for_status()

        assert_error(publish(made), 400, "VersionPublishError")

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PUT", "/services/s", {"description": "new"}),
            ("PUT", FUNCTION, {"timeout": 9}),
            ("PUT", FUNCTION, {"code": zip_code(zipped(m="new"))}),
            ("DELETE", FUNCTION, None),
        ],
    )
    def test_every_change_counts(self, made, method, path, body):
        publish(made)
        made.call(method, path, body).raise_for_status()

        assert publish(made).json()["versionId"] == "2"

    def test_a_new_function_is_a_change(self, made):
        publish(made)
        made.create_function("g")

        assert publish(made).json()["versionId"] == "2"

    def test_after_the_last_version_was_deleted_no_change_is_needed(self, made):
        publish(made)
        made.call("DELETE", f"{VERSIONS}/1")

        assert publish(made).json()["versionId"] == "2"

    def test_an_etag_must_be_that_of_the_service(self, made):
        etag = made.call("GET", "/services/s").headers["ETag"]

        wrong = publish(made, headers={"If-Match": "other"})
        right = publish(made, headers={"If-Match": etag})

        assert_error(wrong, 412, "PreconditionFailed")
        assert right.status_code == 200


class TestSnapshots:
    def test_the_service_remains_as_it_was_but_for_the_description(self, made):
        publish(made, "of the version")
        made.call("PUT", "/services/s", {"description": "new", "role": "r"})

        old, new = (made.call("GET", f"/services/{name}").json() for name in ("s.1", "s"))

        assert (old["description"], old["role"]) == ("of the version", "")
        assert (new["description"], new["role"]) == ("new", "r")
        assert old["serviceName"] == "s"

    def test_functions_remain_as_they_were(self, made):
        publish(made)
        change(made, "second")
        made.create_function("g")

        listed = made.call("GET", "/services/s.1/functions").json()["functions"]

        assert [(each["functionName"], each["description"]) for each in listed] == [("f", "first")]
        assert made.call("GET", "/services/s.1/functions/f").json() == listed[0]
        assert made.call("GET", FUNCTION).json()["description"] == "second"
        assert_error(made.call("GET", "/services/s.1/functions/g"), 404, "FunctionNotFound")

    def test_a_list_of_functions_has_pages(self, made):
        made.create_function("g")
        publish(made)

        first = made.call("GET", "/services/s.1/functions?limit=1").json()
        rest = made.call("GET", f"/services/s.1/functions?nextToken={first['nextToken']}").json()

        names = [each["functionName"] for page in (first, rest) for each in page["functions"]]
        assert names == ["f", "g"]

    def test_a_deleted_function_remains_in_its_version(self, made):
        publish(made)
        made.call("DELETE", FUNCTION).raise_for_status()

        reply = made.call("POST", "/services/s.1/functions/f/invocations", b"x")

        assert reply.content == b"x"
        assert_error(made.invoke(b"x"), 404, "FunctionNotFound")

    def test_its_code_stays_until_the_version_is_deleted(self, made, server):
        zips = server.data.code / "zips"
        publish(made)
        old = made.call("GET", FUNCTION).json()["codeChecksum"]
        made.call("PUT", FUNCTION, {"code": zip_code(zipped(m="new"))}).raise_for_status()
        new = made.call("GET", FUNCTION).json()["codeChecksum"]

        for name, checksum in (("s.1", old), ("s", new)):
            found = made.call("GET", f"/services/{name}/functions/f/code").json()
            assert found["checksum"] == checksum
            downloaded = requests.get(found["url"], timeout=30).content
            assert downloaded == (zips / f"{checksum}.zip").read_bytes()

        made.call("DELETE", f"{VERSIONS}/1").raise_for_status()
        assert [path.stem for path in zips.iterdir()] == [new]

    def test_its_code_is_kept_over_a_restart(self, tmp_path):
        settings = Settings(make_pools=lambda _: FakePools())
        with Server(settings, tmp_path) as server:
            server.api.create_service()
            server.api.create_function()
            publish(server.api)
            changed = server.api.call("PUT", FUNCTION, {"code": zip_code(zipped(m="new"))})
            changed.raise_for_status()
        with Server(settings, tmp_path) as server:
            url = server.api.call("GET", "/services/s.1/functions/f/code").json()["url"]
            assert requests.get(url, timeout=30).content == zipped()


class TestLists:
    @pytest.fixture
    def many(self, made):
        """Return the session of a server with 12 versions of s."""
        for number in range(12):
            change(made, str(number))
            publish(made, str(number + 1)).raise_for_status()
        return made

    @staticmethod
    def listed(api, query=""):
        page = api.call("GET", f"{VERSIONS}{query}").json()
        return [int(each["versionId"]) for each in page["versions"]], page

    def test_the_newest_comes_first(self, many):
        numbers, page = self.listed(many)

        assert numbers == [*range(12, 0, -1)]
        assert page["direction"] == "BACKWARD"
        assert "nextToken" not in page

    def test_forward_is_the_oldest_first(self, many):
        numbers, page = self.listed(many, "?direction=FORWARD&limit=3")

        assert (numbers, page["direction"]) == ([1, 2, 3], "FORWARD")

    @pytest.mark.parametrize(
        ("direction", "expected"),
        [("FORWARD", [*range(1, 13)]), ("BACKWARD", [*range(12, 0, -1)])],
    )
    def test_pages_follow_each_other(self, many, direction, expected):
        query = f"?direction={direction}&limit=5"
        found, page = self.listed(many, query)
        while "nextToken" in page:
            numbers, page = self.listed(many, f"{query}&nextToken={page['nextToken']}")
            found += numbers

        assert found == expected

    def test_the_start_key_is_inclusive(self, many):
        assert self.listed(many, "?startKey=10&limit=2")[0] == [10, 9]
        assert self.listed(many, "?startKey=9&limit=2&direction=FORWARD")[0] == [9, 10]

    @pytest.mark.parametrize(
        ("query", "word"),
        [
            ("?direction=UP", "direction"),
            ("?startKey=x", "startKey"),
            ("?limit=0", "limit"),
            ("?nextToken=YWZ0ZXI6eA==", "nextToken"),
        ],
    )
    def test_a_wrong_parameter_is_named(self, made, query, word):
        assert_error(made.call("GET", VERSIONS + query), 400, "InvalidArgument", word)

    def test_a_missing_service_is_named(self, api):
        assert_error(api.call("GET", VERSIONS), 404, "ServiceNotFound")


class TestDeleting:
    def test_its_instances_end_and_its_id_is_not_used_again(self, made, pools):
        publish(made)

        reply = made.call("DELETE", f"{VERSIONS}/1")

        assert (reply.status_code, reply.content) == (204, b"")
        assert pools.retired == [("s", "f", "1")]
        assert_error(made.call("GET", "/services/s.1"), 404, "VersionNotFound")
        assert publish(made).json()["versionId"] == "2"

    def test_ids_are_not_used_again_after_a_restart(self, tmp_path):
        settings = Settings(make_pools=lambda _: FakePools())
        with Server(settings, tmp_path) as server:
            server.api.create_service()
            publish(server.api)
            server.api.call("DELETE", f"{VERSIONS}/1").raise_for_status()
        with Server(settings, tmp_path) as server:
            assert publish(server.api).json()["versionId"] == "2"

    @pytest.mark.parametrize(
        ("version", "status", "code"),
        [
            ("7", 404, "VersionNotFound"),
            ("0", 404, "VersionNotFound"),
            ("01", 400, "InvalidArgument"),
            ("LATEST", 400, "InvalidArgument"),
            ("x", 400, "InvalidArgument"),
            ("9" * 30, 400, "InvalidArgument"),
        ],
    )
    def test_another_id_is_refused(self, made, version, status, code):
        publish(made)

        assert_error(made.call("DELETE", f"{VERSIONS}/{version}"), status, code)

        assert made.call("GET", "/services/s.1").status_code == 200

    def test_a_service_with_versions_cannot_be_deleted(self, made):
        publish(made)
        made.call("DELETE", FUNCTION)

        assert_error(made.call("DELETE", "/services/s"), 409, "ServiceNotEmpty", "version")

        made.call("DELETE", f"{VERSIONS}/1")
        assert made.call("DELETE", "/services/s").status_code == 204

    def test_a_new_service_of_the_same_name_counts_from_1(self, api):
        api.create_service()
        publish(api)
        api.call("POST", "/services/s/aliases", {"aliasName": "prod", "versionId": "1"})
        api.call("DELETE", f"{VERSIONS}/1")
        api.call("DELETE", "/services/s").raise_for_status()

        api.create_service()

        assert api.call("GET", "/services/s/aliases").json() == {"aliases": []}
        assert publish(api).json()["versionId"] == "1"


class TestInvoking:
    def test_each_version_runs_what_it_has(self, made, pools):
        made.call("PUT", FUNCTION, {"handler": "m.old"})
        publish(made)
        made.call("PUT", FUNCTION, {"handler": "m.new"})

        replies = [
            made.call("POST", f"/services/{name}/functions/f/invocations", b"x")
            for name in ("s.1", "s", "s.LATEST")
        ]

        assert [spec.handler for spec, _, _ in pools.calls] == ["m.old", "m.new", "m.new"]
        versions = [reply.headers["X-Fc-Invocation-Service-Version"] for reply in replies]
        assert versions == ["1", "LATEST", "LATEST"]
        checksum = made.call("GET", FUNCTION).json()["codeChecksum"]
        assert replies[0].headers["X-Fc-Code-Checksum"] == checksum

    def test_an_async_one_runs_the_version_as_well(self, made, pools, server):
        publish(made)
        change(made, "second")
        path = "/services/s.1/functions/f/invocations"

        reply = made.call("POST", path, b"x", headers={"X-Fc-Invocation-Type": "Async"})
        server.thread.drain(10)

        assert reply.status_code == 202
        assert [spec.key for spec, _, _ in pools.calls] == [("s", "f", "1")]

    def test_queued_ones_of_a_deleted_version_do_not_run(self, made, pools, server):
        publish(made)
        headers = {"X-Fc-Invocation-Type": "Async", "X-Fc-Async-Delay": "600"}
        made.call("POST", "/services/s.1/functions/f/invocations", b"x", headers=headers)

        made.call("DELETE", f"{VERSIONS}/1").raise_for_status()
        server.thread.drain(10)

        assert pools.calls == []

    @pytest.mark.parametrize(
        ("fields", "version"),
        [
            ({}, ""),
            ({"qualifier": "LATEST"}, ""),
            ({"qualifier": "1"}, "1"),
            ({"qualifier": "prod"}, "1"),
        ],
    )
    def test_a_trigger_fires_the_version_of_its_qualifier(self, made, pools, fields, version):
        publish(made)
        made.call("POST", "/services/s/aliases", {"aliasName": "prod", "versionId": "1"})
        config = {"cronExpression": "* * * * * *", "enable": True}
        made.create_trigger(triggerConfig=config, **fields).raise_for_status()

        wait_until(lambda: pools.calls)

        assert {spec.key for spec, _, _ in pools.calls} == {("s", "f", version)}

    @pytest.mark.parametrize(
        ("qualifier", "code"), [("9", "VersionNotFound"), ("no", "AliasNotFound")]
    )
    def test_the_qualifier_of_a_trigger_must_exist(self, made, qualifier, code):
        assert_error(made.create_trigger(qualifier=qualifier), 404, code, qualifier)
        made.create_trigger().raise_for_status()
        path = "/services/s/functions/f/triggers/t"

        assert_error(made.call("PUT", path, {"qualifier": qualifier}), 404, code, qualifier)

    def test_a_trigger_outlives_its_alias(self, made):
        publish(made)
        made.call("POST", "/services/s/aliases", {"aliasName": "prod", "versionId": "1"})
        made.create_trigger(qualifier="prod").raise_for_status()
        made.call("DELETE", "/services/s/aliases/prod").raise_for_status()
        path = "/services/s/functions/f/triggers/t"

        changed = made.call("PUT", path, {"qualifier": "prod", "invocationRole": "new"})

        assert (changed.status_code, changed.json()["invocationRole"]) == (200, "new")
        assert made.call("DELETE", path).status_code == 204

    @pytest.mark.parametrize("qualifier", ["", "a.b", "-", 5])
    def test_a_wrong_qualifier_of_a_trigger_is_refused(self, made, qualifier):
        reply = made.create_trigger(qualifier=qualifier)

        assert_error(reply, 400, "InvalidArgument", "qualifier")
