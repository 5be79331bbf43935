from __future__ import annotations

from typing import Any

import pytest

from fc_client.local.api.errors import ApiError
from fc_client.local.api.path_rewriting import check_rewrite_config, rewrite_path


def rules(kind: str, *pairs: tuple[object, object]) -> dict[str, Any]:
    return {kind: [{"match": match, "replacement": new} for match, new in pairs]}


class TestRewritePath:
    @pytest.mark.parametrize("config", [None, {}, {"equalRules": None}, {"regexRules": []}])
    def test_without_rules_the_path_stays(self, config):
        assert rewrite_path(config, "/a%20b//%ff") == "/a%20b//%ff"

    @pytest.mark.parametrize(
        ("path", "expected"),
        [("/old", "/new"), ("/old/", "/old/"), ("/old/x", "/old/x"), ("/%6Fld", "/new")],
    )
    def test_an_equal_rule_matches_the_whole_path(self, path, expected):
        assert rewrite_path(rules("equalRules", ("/old", "/new")), path) == expected

    @pytest.mark.parametrize(
        ("match", "replacement", "path", "expected"),
        [
            ("/api/*", "/$1", "/api/users/5", "/users/5"),
            ("/api/*", "/$1", "/api/", "/"),
            ("/api/*", "/$1", "/other/api/", "/other/api/"),
            ("/*/x/*", "/${2}0/$1", "/a/x/b", "/b0/a"),
            ("/a.c/*", "/$1", "/abc/d", "/abc/d"),
            ("*", "/index.html", "/a/b", "/index.html"),
        ],
    )
    def test_a_wildcard_stands_for_any_characters(self, match, replacement, path, expected):
        assert rewrite_path(rules("wildcardRules", (match, replacement)), path) == expected

    @pytest.mark.parametrize(
        ("match", "replacement", "path", "expected"),
        [
            ("^/old/[0-9]+/(.*)$", "/new/$1", "/old/12/x", "/new/x"),
            ("^/old/[0-9]+/(.*)$", "/new/$1", "/old/x/12", "/old/x/12"),
            ("/v[0-9]", "", "/api/v1/v2", "/api/v2"),
            ("^/api/", "", "/api/users", "/users"),
            ("(.*)", "/x$1", "/a", "/x/a"),
            ("^/(a)|b", "/[$1][$2][$]", "/b", "//[][][$]"),
        ],
    )
    def test_a_regular_expression_replaces_what_it_matches_first(
        self, match, replacement, path, expected
    ):
        rewritten = rewrite_path(rules("regexRules", (match, replacement)), path)

        assert rewritten == expected.replace("[", "%5B").replace("]", "%5D")

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/a/x%20y", "/b/x%20y"),
            ("/a/%E4%BD%A0", "/b/%E4%BD%A0"),
            ("/a/%ff%00", "/b/%FF%00"),
            ("/a/x%3Fy%0D%0A", "/b/x%3Fy%0D%0A"),
        ],
    )
    def test_rules_see_the_decoded_path(self, path, expected):
        assert rewrite_path(rules("wildcardRules", ("/a/*", "/b/$1")), path) == expected

    def test_only_the_first_rule_counts(self):
        config = {
            **rules("regexRules", ("^/", "/regex/")),
            **rules("wildcardRules", ("/b*", "/first"), ("/*", "/second"), ("/first", "/third")),
            **rules("equalRules", ("/a", "/b")),
        }

        assert rewrite_path(config, "/a") == "/b"
        assert rewrite_path(config, "/bc") == "/first"
        assert rewrite_path(config, "/c") == "/second"


class TestCheck:
    @pytest.mark.parametrize(
        ("config", "field"),
        [
            ({"equalRules": {}}, "equalRules"),
            (rules("equalRules", *[("/a", "/b")] * 101), "equalRules"),
            ({"wildcardRules": ["/a"]}, "wildcardRules[0]"),
            (rules("wildcardRules", ("/*", "/"), (None, "/")), "wildcardRules[1].match"),
            (rules("equalRules", ("/a", 5)), "equalRules[0].replacement"),
            (rules("equalRules", ("/" * 1025, "/")), "equalRules[0].match"),
            (rules("regexRules", ("(", "/")), "regexRules[0].match"),
            (rules("regexRules", ("a{99999999999}", "/")), "regexRules[0].match"),
        ],
    )
    def test_refuses_invalid_rules(self, config, field):
        with pytest.raises(ApiError, match="InvalidArgument") as caught:
            check_rewrite_config("rewriteConfig", config)

        assert f"rewriteConfig.{field}" in str(caught.value)

    def test_accepts_valid_ones(self):
        check_rewrite_config("rewriteConfig", rules("regexRules", ("^/(a|b)", "/$1")))
