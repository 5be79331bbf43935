"""Pre-signed URLs, with the vectors of the official Go and Java SDKs."""

import pytest

from fc_client import signing
from fc_client.local.api.authentication import Keys, check_presigned_call
from fc_client.local.api.errors import ApiError
from fc_client.local.api.http_signatures import queries_of

# The request, the secret and the signature.
VECTORS = [
    (
        ("GET", "/2016-08-15/proxy/service/func/"),
        "x-fc-access-key-id=akid&x-fc-expires=1583339600&x-fc-security-token=stsToken",
        {},
        "akSec",
        "Yi0jCBQ6cTZc+tN8wtYUz9FbYNijx5jDiE3sVNW6XwA=",
    ),
    (
        ("POST", "/2016-08-15/proxy/service.LATEST/funcName/test/path/中文"),
        "x=b&x=a&x-fc-access-key-id=akID&x-fc-expires=1583844558&x-fc-security-token=stsToken&a=1",
        {
            "content-md5": "dummy-md5",
            "content-type": "application/json",
            "x-fc-trace-id": "trace-id",
        },
        "akSec",
        "PoEmPVmMfNAhQGYUsQhDD+qj+rv4YRCjybLgjtRMJ1U=",
    ),
    (
        ("GET", "/2016-08-15/proxy/service.LATEST/func/abc 123"),
        (
            "a=123+45&x=xyz&x=456&x-fc-access-key-id=akID&x-fc-expires=1583221068"
            "&x-fc-security-token=stsToken"
        ),
        {
            "content-md5": "ef5b43a0fe1d5b401b62c3ba33a7a3d6",
            "content-type": "text/json",
            "x-fc-trace-id": "trace-id",
        },
        "S9MWOBG0AOWHSO9HPASP216QOPHT5YR4NLH3A",
        "QFdNhz0Dl+onUM/MvpX940WFH3H8OHayZHbby1c01aI=",
    ),
]


class TestPresignedCall:
    @pytest.mark.parametrize(("line", "query", "headers", "secret", "given"), VECTORS)
    def test_of_the_official_sdks_is_accepted(self, line, query, headers, secret, given):
        queries = queries_of(query)
        (key_id,) = queries["x-fc-access-key-id"]

        check_presigned_call(
            Keys(key_id, secret), *line, {**queries, "x-fc-signature": [given]}, headers, 0
        )

    def test_with_another_signature_is_refused(self):
        line, query, headers, secret, _ = VECTORS[0]
        queries = {**queries_of(query), "x-fc-signature": [signing.signature(secret, "other")]}

        with pytest.raises(ApiError) as caught:
            check_presigned_call(Keys("akid", secret), *line, queries, headers, 0)

        assert caught.value.code == "SignatureNotMatch"


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "queries"),
        [
            ("", {}),
            ("a", {"a": []}),
            ("a=", {"a": [""]}),
            ("a=1&a=2&b=x+y%20z", {"a": ["1", "2"], "b": ["x y z"]}),
            ("%C3%A9=%3D&&", {"é": ["="]}),
            ("a=b=c", {"a": ["b=c"]}),
        ],
    )
    def test_are_decoded(self, query, queries):
        assert queries_of(query) == queries
