from __future__ import annotations

import pytest
from local.support import assert_error


class TestLists:
    @pytest.fixture
    def names(self, api):
        names = [f"s{number:02d}" for number in range(25)]
        for name in reversed(names):
            api.create_service(name)
        return names

    @staticmethod
    def listed(api, query=""):
        document = api.call("GET", f"/services{query}").json()
        return [item["serviceName"] for item in document["services"]], document.get("nextToken")

    def test_a_page_has_20_by_default(self, api, names):
        page, token = self.listed(api)

        assert page == names[:20]
        assert self.listed(api, f"?nextToken={token}") == (names[20:], None)

    def test_pages_follow_each_other(self, api, names):
        found, token = self.listed(api, "?limit=4")
        while token:
            page, token = self.listed(api, f"?limit=4&nextToken={token}")
            found += page

        assert found == names

    def test_a_full_last_page_has_no_token(self, api, names):
        assert self.listed(api, "?limit=25") == (names, None)

    def test_start_key_is_inclusive_and_the_token_has_priority(self, api, names):
        page, token = self.listed(api, "?limit=2&startKey=s03")
        assert page == names[3:5]
        assert self.listed(api, f"?limit=2&startKey=s20&nextToken={token}")[0] == names[5:7]

    def test_the_prefix_applies_with_a_token(self, api, names):
        page, token = self.listed(api, "?limit=6&prefix=s1")
        rest, last = self.listed(api, f"?limit=6&prefix=s1&nextToken={token}")

        assert page + rest == names[10:20]
        assert last is None

    def test_a_token_survives_the_deletion_of_its_name(self, api, names):
        _, token = self.listed(api, "?limit=3")
        api.call("DELETE", "/services/s02")

        assert self.listed(api, f"?limit=2&nextToken={token}")[0] == names[3:5]

    def test_empty_values_are_none(self, api, names):
        assert self.listed(api, "?limit=100&nextToken=&prefix=&startKey=")[0] == names

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.0", "1e1", "\uff19", "9" * 30])
    def test_a_bad_limit_is_named(self, api, limit):
        assert_error(
            api.call("GET", f"/services?limit={limit}"), 400, "InvalidArgument", "limit", "100"
        )

    @pytest.mark.parametrize("token", ["x", "%00", "é", "c29tZXRoaW5n", "YWZ0ZXI6"])
    def test_a_bad_token_is_named(self, api, token):
        reply = api.call("GET", f"/services?nextToken={token}")

        assert_error(reply, 400, "InvalidArgument", "nextToken")

    @pytest.mark.parametrize("prefix", ["%", "%ff", "%00", "'", "é"])
    def test_any_prefix_is_only_text(self, api, prefix):
        assert self.listed(api, f"?prefix={prefix}") == ([], None)

    def test_functions_and_triggers_are_listed_below_their_parent(self, api):
        api.create_all()
        api.create_service("other")
        api.create_function("g", "other")

        functions = api.call("GET", "/services/s/functions").json()
        triggers = api.call("GET", "/services/s/functions/f/triggers").json()

        assert [item["functionName"] for item in functions["functions"]] == ["f"]
        assert [item["triggerName"] for item in triggers["triggers"]] == ["t"]
