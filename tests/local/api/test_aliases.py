from __future__ import annotations

import pytest
from local.support import assert_error

ALIASES = "/services/s/aliases"
PROD = f"{ALIASES}/prod"


def create(api, name="prod", version="1", **fields):
    return api.call("POST", ALIASES, {"aliasName": name, "versionId": version, **fields})


def invoke(api, qualifier, **headers):
    path = f"/services/s.{qualifier}/functions/f/invocations"
    return api.call("POST", path, b"x", headers=headers)


@pytest.fixture
def made(api):
    """Return the session of a server with versions 1 and 2 of service s."""
    api.create_service().raise_for_status()
    api.create_function().raise_for_status()
    for handler in ("m.one", "m.two"):
        api.call("PUT", "/services/s/functions/f", {"handler": handler}).raise_for_status()
        api.call("POST", "/services/s/versions", {}).raise_for_status()
    return api


class TestCreating:
    def test_it_is_returned_with_defaults(self, made):
        reply = create(made)

        alias = reply.json()
        times = {name: alias.pop(name) for name in ("createdTime", "lastModifiedTime")}
        assert times["createdTime"] == times["lastModifiedTime"]
        assert alias == {
            "aliasName": "prod",
            "versionId": "1",
            "description": "",
            "additionalVersionWeight": {},
        }
        assert made.call("GET", PROD).headers["ETag"] == reply.headers["ETag"]

    def test_nulls_count_as_missing(self, made):
        created = create(made, description=None, additionalVersionWeight=None).json()

        assert (created["description"], created["additionalVersionWeight"]) == ("", {})

    def test_policies_are_kept(self, made):
        policy = {"condition": "AND", "policyItems": [{"type": "header", "key": "x"}]}

        created = create(made, resolvePolicy="Content", routePolicy={**policy, "other": None})

        alias = created.json()
        assert (alias["resolvePolicy"], alias["routePolicy"]) == ("Content", policy)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("resolvePolicy", 5),
            ("routePolicy", "AND"),
            ("routePolicy", {"condition": 5}),
            ("routePolicy", {"policyItems": ["x"]}),
        ],
    )
    def test_wrong_policies_are_refused(self, made, field, value):
        assert_error(create(made, **{field: value}), 400, "InvalidArgument", field)

    @pytest.mark.parametrize("name", ["", "1", "1a", "-a", "a.b", "LATEST", "a" * 129, 5])
    def test_a_wrong_name_is_refused(self, made, name):
        assert_error(create(made, name), 400, "InvalidArgument", "aliasName")

    @pytest.mark.parametrize("name", ["_", "a-b_C9", "a" * 128, "latest"])
    def test_a_right_name_is_accepted(self, made, name):
        assert create(made, name).json()["aliasName"] == name

    def test_the_version_must_exist(self, made):
        assert_error(create(made, version="3"), 404, "VersionNotFound", "'3'")

    @pytest.mark.parametrize("version", ["prod", "", 1, "01", None])
    def test_what_is_not_a_version_is_refused(self, made, version):
        assert_error(create(made, version=version), 400, "InvalidArgument", "versionId")

    def test_it_can_stand_for_latest(self, made, pools):
        create(made, version="LATEST").raise_for_status()

        reply = invoke(made, "prod")

        assert reply.headers["X-Fc-Invocation-Service-Version"] == "LATEST"
        assert pools.calls[0][0].key == ("s", "f", "")

    def test_a_second_one_of_the_name_is_refused(self, made):
        create(made)

        assert_error(create(made, version="2"), 409, "AliasAlreadyExists", "'prod'")

    def test_a_missing_service_is_named(self, api):
        assert_error(create(api), 404, "ServiceNotFound")

    @pytest.mark.parametrize(
        "weights",
        [{"2": 1.5}, {"2": -0.1}, {"2": "0.5"}, {"2": True}, {"2": 0.1, "3": 0.1}, {"x": 0.1}, []],
    )
    def test_wrong_weights_are_refused(self, made, weights):
        reply = create(made, additionalVersionWeight=weights)

        assert_error(reply, 400, "InvalidArgument", "additionalVersionWeight")

    def test_a_weight_of_the_main_version_changes_nothing(self, made, pools):
        create(made, additionalVersionWeight={"1": 0}).raise_for_status()

        invoke(made, "prod")

        assert [spec.handler for spec, _, _ in pools.calls] == ["m.one"]

    def test_the_version_with_a_weight_must_exist(self, made):
        reply = create(made, additionalVersionWeight={"3": 0.5})

        assert_error(reply, 404, "VersionNotFound", "'3'")


class TestChanging:
    def test_what_is_left_out_stays(self, made):
        created = create(made, description="live", additionalVersionWeight={"2": 0.5}).json()

        changed = made.call("PUT", PROD, {"additionalVersionWeight": {"2": 0.25}}).json()

        assert changed["additionalVersionWeight"] == {"2": 0.25}
        assert changed["description"] == "live"
        assert changed["createdTime"] == created["createdTime"]
        assert made.call("GET", PROD).json() == changed

    def test_null_changes_nothing_and_empty_values_clear(self, made):
        create(made, description="live", additionalVersionWeight={"2": 0.5})
        nulls = {"description": None, "additionalVersionWeight": None, "versionId": None}

        same = made.call("PUT", PROD, nulls).json()
        clear = made.call("PUT", PROD, {"description": "", "additionalVersionWeight": {}}).json()

        assert (same["description"], same["additionalVersionWeight"]) == ("live", {"2": 0.5})
        assert (clear["description"], clear["additionalVersionWeight"]) == ("", {})

    def test_the_version_moves(self, made, pools):
        create(made)

        made.call("PUT", PROD, {"VersionId": "2"}).raise_for_status()
        invoke(made, "prod")

        assert [spec.handler for spec, _, _ in pools.calls] == ["m.two"]

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"versionId": "3"}, 404, "VersionNotFound"),
            ({"additionalVersionWeight": {"3": 0}}, 404, "VersionNotFound"),
            ({"aliasName": "other"}, 400, "InvalidArgument"),
            ({"description": 1}, 400, "InvalidArgument"),
        ],
    )
    def test_a_wrong_change_is_refused(self, made, changes, status, code):
        created = create(made, additionalVersionWeight={"2": 0.5}).json()

        assert_error(made.call("PUT", PROD, changes), status, code)

        assert made.call("GET", PROD).json() == created

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_an_etag_must_be_that_of_the_alias(self, made, method):
        etag = create(made).headers["ETag"]

        wrong = made.call(method, PROD, {}, headers={"If-Match": "other"})
        right = made.call(method, PROD, {}, headers={"If-Match": etag})

        assert_error(wrong, 412, "PreconditionFailed")
        assert right.ok

    def test_a_description_can_change_after_its_version_was_deleted(self, made):
        create(made)
        made.call("DELETE", "/services/s/versions/1").raise_for_status()

        assert made.call("PUT", PROD, {"description": "old"}).json()["description"] == "old"


class TestReading:
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_a_missing_one_is_named(self, made, method):
        assert_error(made.call(method, PROD, {}), 404, "AliasNotFound", "'prod'")
        assert_error(made.call(method, f"{ALIASES}/1", {}), 400, "InvalidArgument", "aliasName")

    def test_a_deleted_one_does_not_exist(self, made):
        create(made)

        reply = made.call("DELETE", PROD)

        assert (reply.status_code, reply.content) == (204, b"")
        assert_error(made.call("GET", PROD), 404, "AliasNotFound")
        assert_error(invoke(made, "prod"), 404, "AliasNotFound")

    def test_lists_have_pages_and_prefixes(self, made):
        for name in ("prod", "canary", "preview"):
            create(made, name)

        first = made.call("GET", f"{ALIASES}?limit=2").json()
        rest = made.call("GET", f"{ALIASES}?limit=2&nextToken={first['nextToken']}").json()
        with_prefix = made.call("GET", f"{ALIASES}?prefix=pr&startKey=pro").json()

        def names(page):
            return [alias["aliasName"] for alias in page["aliases"]]

        assert (names(first), names(rest)) == (["canary", "preview"], ["prod"])
        assert "nextToken" not in rest
        assert names(with_prefix) == ["prod"]

    def test_reading_through_one_shows_its_main_version(self, made):
        create(made, additionalVersionWeight={"2": 1})

        assert made.call("GET", "/services/s.prod/functions/f").json()["handler"] == "m.one"
        listed = made.call("GET", "/services/s.prod/functions").json()["functions"]
        assert [function["handler"] for function in listed] == ["m.one"]
        assert made.call("GET", "/services/s.prod").json()["serviceName"] == "s"


class TestInvoking:
    @pytest.mark.parametrize(("weight", "version"), [(0, "1"), (1, "2")])
    def test_all_or_nothing(self, made, weight, version):
        create(made, additionalVersionWeight={"2": weight})

        replies = [invoke(made, "prod") for _ in range(5)]

        versions = {reply.headers["X-Fc-Invocation-Service-Version"] for reply in replies}
        assert versions == {version}

    def test_a_weight_splits_the_invocations(self, made, pools):
        create(made, additionalVersionWeight={"2": 0.3})

        replies = [invoke(made, "prod") for _ in range(300)]

        versions = [reply.headers["X-Fc-Invocation-Service-Version"] for reply in replies]
        assert versions == [spec.service_version for spec, _, _ in pools.calls]
        assert {*versions} == {"1", "2"}
        # Six standard deviations.
        assert 40 < versions.count("2") < 140

    def test_a_deleted_version_is_not_found(self, made):
        create(made)
        made.call("DELETE", "/services/s/versions/1").raise_for_status()

        assert_error(invoke(made, "prod"), 404, "VersionNotFound", "'1'")
        asynchronous = invoke(made, "prod", **{"X-Fc-Invocation-Type": "Async"})
        assert_error(asynchronous, 404, "VersionNotFound", "'1'")

    def test_a_function_that_only_the_other_version_has_is_not_found(self, made):
        made.create_function("g")
        made.call("POST", "/services/s/versions", {})
        create(made, additionalVersionWeight={"3": 1})

        path = "/services/s.prod/functions/{}/invocations"
        assert made.call("POST", path.format("g"), b"x").content == b"x"
        assert_error(made.call("POST", path.format("h"), b"x"), 404, "FunctionNotFound", "'h'")

    def test_async_ones_run_the_version_that_it_names_when_they_run(self, made, pools, server):
        create(made)
        headers = {"X-Fc-Invocation-Type": "Async", "X-Fc-Async-Delay": "2"}
        invoke(made, "prod", **headers).raise_for_status()

        made.call("PUT", PROD, {"versionId": "2"}).raise_for_status()
        server.thread.drain(30)

        assert [spec.key for spec, _, _ in pools.calls] == [("s", "f", "2")]

    def test_async_ones_of_a_deleted_alias_end(self, made, pools, server, caplog):
        create(made)
        headers = {"X-Fc-Invocation-Type": "Async", "X-Fc-Async-Delay": "2"}
        invoke(made, "prod", **headers).raise_for_status()

        with caplog.at_level("INFO", logger="fc_client.local.activity"):
            made.call("DELETE", PROD).raise_for_status()
            server.thread.drain(30)

        assert pools.calls == []
        assert "AsyncInvocation s.prod/f not run" in caplog.text
        assert "alias 'prod' does not exist" in caplog.text
