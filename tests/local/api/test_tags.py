from __future__ import annotations

import pytest
from local.support import assert_error


def tag(api, service="services/s", **tags):
    return api.call("POST", "/tag", {"resourceArn": service, "tags": tags})


def untag(api, **fields):
    return api.call("DELETE", "/tag", {"resourceArn": "services/s", **fields})


def tags_of(api, service="services/s"):
    reply = api.call("GET", f"/tag?resourceArn={service}")
    reply.raise_for_status()
    return reply.json()


def names(reply):
    reply.raise_for_status()
    return [service["serviceName"] for service in reply.json()["services"]]


class TestTags:
    def test_they_are_merged(self, api):
        api.create_service()

        assert tag(api, a="1", b="2").json()["requestId"]
        tag(api, b="3", C="")

        assert tags_of(api)["tags"] == {"a": "1", "b": "3", "C": ""}

    def test_a_full_arn_names_the_same_service(self, api, server):
        api.create_service()
        account = server.data.account.account_id
        arn = f"acs:fc:local:{account}:services/s"

        assert tag(api, arn, a="1").status_code == 200

        assert tags_of(api)["resourceArn"] == arn

    def test_a_full_arn_comes_back_as_it_was_sent(self, api):
        api.create_service()
        arn = "acs:fc:cn-shanghai:1234:services/s"

        assert tags_of(api, arn)["resourceArn"] == arn

    def test_some_are_removed(self, api):
        api.create_service()
        tag(api, a="1", b="2")

        assert untag(api, tagKeys=["a", "missing"]).status_code == 200

        assert tags_of(api)["tags"] == {"b": "2"}

    def test_all_are_removed(self, api):
        api.create_service()
        tag(api, a="1", b="2")

        untag(api, all=True, tagKeys=[]).raise_for_status()

        assert tags_of(api)["tags"] == {}

    def test_those_of_a_deleted_service_are_gone(self, api):
        api.create_service()
        tag(api, a="1")
        api.call("DELETE", "/services/s").raise_for_status()
        api.create_service()

        assert tags_of(api)["tags"] == {}

    def test_tagged_services_are_listed_in_pages(self, api):
        for name in ("s", "t", "u", "v"):
            api.create_service(name)
        for name in ("v", "s", "u"):
            tag(api, f"services/{name}", of=name)

        first = api.call("GET", "/tags?limit=2").json()
        rest = api.call("GET", f"/tags?limit=2&nextToken={first['nextToken']}").json()

        assert [each["tags"]["of"] for each in first["resources"]] == ["s", "u"]
        assert [each["tags"]["of"] for each in rest["resources"]] == ["v"]
        assert "nextToken" not in rest

    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({"tags": {"a": "1"}}, "resourceArn"),
            ({"resourceArn": "services/s/functions/f", "tags": {"a": "1"}}, "resourceArn"),
            ({"resourceArn": "services/s"}, "tags"),
            ({"resourceArn": "services/s", "tags": {}}, "tags"),
            ({"resourceArn": "services/s", "tags": {str(n): "" for n in range(21)}}, "tags"),
            ({"resourceArn": "services/s", "tags": {"a": 1}}, "tags"),
            ({"resourceArn": "services/s", "tags": {"": "1"}}, "tags"),
            ({"resourceArn": "services/s", "tags": {"k" * 65: "1"}}, "tags"),
            ({"resourceArn": "services/s", "tags": {"a": "v" * 129}}, "tags"),
            ({"resourceArn": "services/s", "tags": {"acs:x": "1"}}, "tags"),
            ({"resourceArn": "services/s", "tags": {"ahttp://x": "1"}}, "tags"),
        ],
    )
    def test_invalid_ones_are_refused(self, api, fields, word):
        api.create_service()

        assert_error(api.call("POST", "/tag", fields), 400, "InvalidArgument", word)

    def test_a_service_has_at_most_twenty(self, api):
        api.create_service()
        tag(api, **{f"k{number}": "" for number in range(20)}).raise_for_status()

        assert_error(tag(api, more=""), 400, "InvalidArgument", "21")

    @pytest.mark.parametrize(
        "fields", [{}, {"tagKeys": []}, {"tagKeys": "a"}, {"tagKeys": [1]}, {"all": "yes"}]
    )
    def test_what_to_remove_must_be_said(self, api, fields):
        api.create_service()

        assert_error(untag(api, **fields), 400, "InvalidArgument")

    def test_a_missing_service_is_not_found(self, api):
        assert_error(tag(api, a="1"), 404, "ServiceNotFound")
        assert_error(api.call("GET", "/tag?resourceArn=services/s"), 404, "ServiceNotFound")


class TestListServices:
    def test_the_tags_of_the_query_must_all_match(self, api):
        for name, tags in {"s": {"a": "1", "b": "2"}, "t": {"a": "1"}, "u": {}}.items():
            api.create_service(name)
            if tags:
                tag(api, f"services/{name}", **tags).raise_for_status()

        assert names(api.call("GET", "/services?tag_a=1")) == ["s", "t"]
        assert names(api.call("GET", "/services?tag_a=1&tag_b=2")) == ["s"]
        assert names(api.call("GET", "/services?tag_a=1&prefix=t")) == ["t"]
        assert names(api.call("GET", "/services?tag_a=2")) == []

    def test_pages_are_full_whatever_is_between(self, api):
        for number in range(12):
            api.create_service(f"s{number:02}")
            if number % 3 == 0:
                tag(api, f"services/s{number:02}", a="1")

        first = api.call("GET", "/services?tag_a=1&limit=2")
        token = first.json()["nextToken"]
        rest = api.call("GET", f"/services?tag_a=1&limit=2&nextToken={token}")

        assert names(first) == ["s00", "s03"]
        assert names(rest) == ["s06", "s09"]
        assert "nextToken" not in rest.json()
