"""The one door for what others say: it is masked, escaped and shortened there."""

import html
import json
import time
import urllib.parse

import pytest

from fc_client._disclosure import (
    MAX_CHARACTERS,
    masked,
    masked_json,
    setting_leaves,
    shown,
    shown_setting,
    spellings,
)

TOKEN = "CAIS+made/up=T0KEN0123456789=="

ESCAPED = {
    "as it is": TOKEN,
    "in capitals": TOKEN.upper(),
    "of JSON, as PHP does": TOKEN.replace("/", "\\/"),
    "of JSON, as Gson does": TOKEN.replace("=", "\\u003d").replace("+", "\\u002B"),
    "of JSON, all of it": "".join(f"\\u{ord(each):04x}" for each in TOKEN),
    "of JSON in JSON": json.dumps(json.dumps(TOKEN.replace("/", "\\/"))),
    "of Python": TOKEN.replace("=", "\\x3d"),
    "of a URL": urllib.parse.quote(TOKEN, safe=""),
    "of a URL, twice": urllib.parse.quote(urllib.parse.quote(TOKEN, safe=""), safe=""),
    "of HTML, decimal": TOKEN.replace("+", "&#43;").replace("=", "&#61;"),
    "of HTML, hexadecimal": TOKEN.replace("+", "&#x2B;").replace("=", "&#X3d"),
    "of HTML, by name": TOKEN.replace("+", "&plus;").replace("/", "&sol;"),
    "of HTML around a URL": html.escape(f'"{urllib.parse.quote(TOKEN)}"'),
    "broken into lines": f"{TOKEN[:9]}\r\n {TOKEN[9:20]}\n{TOKEN[20:]}",
    "without its end": TOKEN[:15],
    "without its start": TOKEN[15:],
}


class TestSecrets:
    @pytest.mark.parametrize("escaped", ESCAPED.values(), ids=ESCAPED)
    def test_are_masked_however_they_are_escaped(self, escaped):
        text = shown(f"<p>you sent: {escaped}|end</p>", [None, "", TOKEN])
        found = urllib.parse.unquote(html.unescape(text)).lower()
        assert "***" in text
        assert text.startswith("<p>you sent")
        assert text.endswith("end</p>")
        assert not any(part in found for part in (TOKEN[:6].lower(), "t0ken", "456789"))

    @pytest.mark.parametrize("length", range(4, 13))
    @pytest.mark.parametrize("end", ["", "...", "\N{HORIZONTAL ELLIPSIS}", "'}"])
    def test_are_masked_where_the_text_was_cut(self, length, end):
        assert shown(f"sent {TOKEN[:length]}{end}", [TOKEN]) == f"sent ***{end}"

    def test_that_are_short_are_words_like_any_other(self):
        assert shown("service 's' does not exist", ["s", "es"]) == "service 's' does not exist"

    def test_are_masked_one_by_one(self):
        text = f"{TOKEN}, then {TOKEN} and made-up-secret."
        assert shown(text, [TOKEN, "made-up-secret"]) == "***, then *** and ***."

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("GET /code.zip?Expires=1&Signature=x HTTP/1.1", "GET /code.zip?*** HTTP/1.1"),
            ("http%3A//h/%3FSignature%3Dx'", "http%3A//h/%3F***'"),
            ("/c\\u003fSignature\\u003dx", "/c\\u003f***"),
            ("is it? a=b", "is it? a=b"),
            ("really?yes", "really?yes"),
            ("the Signature=abc is wrong", "the Signature=*** is wrong"),
            ('{"AccessKeySecret": "abc", "a": "b"}', '{"AccessKeySecret": "***", "a": "b"}'),
            ('{"SecurityToken":"abc', '{"SecurityToken":"***'),
            ("x-oss-security-token=abc&y", "x-oss-security-token=***&y"),
            ("proxy http://user:word@proxy:1/", "proxy http://***@proxy:1/"),
            ("100% &amp; &#99999999; &nosuch; \\", "100% &amp; &#99999999; &nosuch; \\"),
        ],
    )
    def test_of_urls_are_masked_without_being_known(self, text, wanted):
        assert shown(text) == wanted


class TestText:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("a\r\n\tb\N{LINE SEPARATOR}c\N{NEXT LINE}d", "a b c d"),
            ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
            ("\ud800", "\\ud800"),
            ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\\u202eb"),
            ("\0", "\\x00"),
            ("函数 é \N{GRINNING FACE}", "函数 é \N{GRINNING FACE}"),
            (ValueError("why\n"), "why"),
        ],
    )
    def test_is_one_line_that_can_be_printed(self, text, wanted):
        found = shown(text)
        assert found == wanted
        assert found.encode().decode() == found

    def test_is_shortened(self):
        assert len(shown("x" * 10**6)) == MAX_CHARACTERS
        assert shown("x" * 20, limit=10) == "xxxxxxx..."

    @pytest.mark.parametrize("part", ["?", "?=", "//", "@", "%25", "&#", "\\", "\\u", "&a", "ab "])
    def test_of_any_kind_takes_no_time(self, part):
        started = time.process_time()
        shown(part * 100_000, [TOKEN, part * 100])
        # Some virtual machines count the time that they stand still. Squares take 4 seconds.
        assert time.process_time() - started < 2


class TestMaskedJson:
    def test_all_texts_in_it_are_masked_and_none_is_shortened(self):
        value = {TOKEN: [TOKEN, 1, None, {"a": "\n" + "x" * 5000 + TOKEN}], "\ud800": True}
        assert masked_json(value, [TOKEN]) == {
            "***": ["***", 1, None, {"a": "\n" + "x" * 5000 + "***"}],
            "\\ud800": True,
        }

    def test_text_without_secrets_is_the_same(self):
        text = "no secret"
        assert masked(text, [TOKEN]) is text


class TestSettings:
    @pytest.mark.parametrize(
        ("path", "value", "text"),
        [
            (["timeout"], 3, "3"),
            (["description"], 'a "b"\nc', '"a \\"b\\"\\nc"'),
            (["description"], "\u670d", '"\u670d"'),
            (["trigger_config", "methods"], ["GET"], '["GET"]'),
            (["trigger_config", "payload"], "p", "***"),
            (["trigger_config", "payloads"], "p", '"p"'),
            (["environment_variables", "A"], "", "***"),
            (["environment_variables"], {}, "{}"),
            (["trigger_config", "source", "dbPassword"], 5, "***"),
            (["trigger_config", "x-api-key"], "k", "***"),
            (["trigger_config", "private key"], "k", "***"),
            (["trigger_config", "targets"], [{"authToken": "t", "payload": {}}, [{"pwd": 1}]],
             '[{"authToken": "***", "payload": {}}, [{"pwd": "***"}]]'),
        ],
    )  # fmt: skip
    def test_are_shown_or_masked_by_their_path(self, path, value, text):
        assert shown_setting(path, value) == text

    def test_leaves_are_in_order_with_their_paths(self):
        value = {"a": {"b": 1, "c": [{"d": 2}]}, "e": {}, "f": None, "g": ""}

        assert list(setting_leaves(value)) == [
            (("a", "b"), 1),
            (("a", "c"), [{"d": 2}]),
            (("e",), {}),
            (("f",), None),
            (("g",), ""),
        ]

    def test_no_value_has_no_leaves(self):
        assert list(setting_leaves(None)) == []


class TestSpellings:
    def test_are_those_of_json_python_urls_and_html(self):
        secret = "a'b\"c<d+e/f\\g h"
        found = spellings(secret)
        for text in (
            secret,
            json.dumps(secret)[1:-1],
            urllib.parse.quote(secret, safe=""),
            urllib.parse.quote_plus(secret),
            html.escape(secret),
        ):
            assert text in found
        assert [len(each) for each in found] == sorted(map(len, found), reverse=True)


class TestUsersOfURLs:
    @pytest.mark.parametrize("user", ["token", "user:pass@word", "a@b:c@d"])
    def test_are_masked_up_to_the_last_at_sign(self, user):
        assert masked(f"GET http://{user}@host/path@1") == "GET http://***@host/path@1"


class TestManyLevels:
    def test_what_is_escaped_more_often_is_left(self):
        text = "a/b"
        for _ in range(6):
            text = urllib.parse.quote(text, safe="")
        assert masked(text, ["another secret"]) == text
