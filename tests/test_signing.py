import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.presigned import PRESIGNED

from fc_client.signing import (
    authorization,
    canonicalized_fc_headers,
    canonicalized_resource,
    content_md5,
    gmt_date,
    presigned_signature,
    signature,
    string_to_sign,
)

FILE = Path(__file__).parent / "vectors" / "signing.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])


class TestVectors:
    @each_vector
    def test_canonicalized_fc_headers(self, vector):
        assert canonicalized_fc_headers(vector["headers"]) == vector["canonicalized_fc_headers"]

    @each_vector
    def test_string_to_sign(self, vector):
        text = string_to_sign(
            vector["method"], vector["path"], vector["headers"], vector["queries"]
        )
        assert text == vector["string_to_sign"]

    @each_vector
    def test_authorization(self, vector):
        value = authorization(
            vector["access_key_id"],
            vector["access_key_secret"],
            vector["method"],
            vector["path"],
            vector["headers"],
            vector["queries"],
        )
        assert value == vector["authorization"]

    @each_vector
    def test_names_of_headers_are_case_insensitive(self, vector):
        shouted = {name.upper(): value for name, value in vector["headers"].items()}
        text = string_to_sign(vector["method"], vector["path"], shouted, vector["queries"])
        assert text == vector["string_to_sign"]


class TestPresignedSignature:
    @pytest.mark.parametrize(
        ("secret", "method", "path", "headers", "queries", "wanted"), PRESIGNED
    )
    def test_is_that_of_the_official_sdks(self, secret, method, path, headers, queries, wanted):
        assert presigned_signature(secret, method, path, headers, queries) == wanted


class TestContentMD5:
    def test_is_base64_of_the_raw_digest(self):
        """The digest of no bytes, from RFC 1321."""
        assert content_md5(b"") == "1B2M2Y8AsgTpgAmY7PhCfg=="


class TestGMTDate:
    def test_is_rfc_1123(self):
        moment = datetime(2017, 5, 8, 3, 8, 31, 999999, tzinfo=timezone.utc)
        assert gmt_date(moment) == "Mon, 08 May 2017 03:08:31 GMT"

    def test_another_zone_is_converted(self):
        moment = datetime(2017, 5, 8, 11, 8, 31, tzinfo=timezone(timedelta(hours=8)))
        assert gmt_date(moment) == "Mon, 08 May 2017 03:08:31 GMT"

    def test_without_zone_is_refused(self):
        with pytest.raises(ValueError, match="time zone"):
            gmt_date(datetime(2017, 5, 8))  # noqa: DTZ001 - that is the point


class TestCanonicalizedFCHeaders:
    def test_none_is_empty(self):
        assert canonicalized_fc_headers({"Date": "d"}) == ""

    def test_sorted_by_name_not_by_line(self):
        """``-`` sorts before ``:``, so that sorting lines would swap them."""
        headers = {"x-fc-a-b": "2", "x-fc-a": "1"}
        assert canonicalized_fc_headers(headers) == "x-fc-a:1\nx-fc-a-b:2\n"


class TestCanonicalizedResource:
    @pytest.mark.parametrize(
        ("queries", "resource"),
        [
            (None, "/p"),
            ({}, "/p\n"),
            ({"b": ["2", "1"], "a": ["3"]}, "/p\na=3\nb=1\nb=2"),
            ({"bare": [], "a": [""]}, "/p\na=\nbare"),
        ],
    )
    def test_queries(self, queries, resource):
        assert canonicalized_resource("/p", queries) == resource


class TestStringToSign:
    def test_absent_headers_are_empty_lines(self):
        assert string_to_sign("GET", "/p", {}) == "GET\n\n\n\n/p"


class TestSignature:
    def test_is_base64_of_hmac_sha256(self):
        """Test case 2 of RFC 4231."""
        digest = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
        assert signature("Jefe", "what do ya want for nothing?") == digest
        assert signature("Jefe", "what do ya want for something?") != digest
