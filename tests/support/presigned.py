"""Pre-signed URLs that the official SDKs make, from their tests.

Each is the secret, the method, the decoded path, the headers, the query and the signature.
"""

PRESIGNED = [
    (
        "akSec",
        "GET",
        "/2016-08-15/proxy/service/func/",
        {},
        {
            "x-fc-access-key-id": ["akid"],
            "x-fc-expires": ["1583339600"],
            "x-fc-security-token": ["stsToken"],
        },
        "Yi0jCBQ6cTZc+tN8wtYUz9FbYNijx5jDiE3sVNW6XwA=",
    ),
    (
        "akSec",
        "POST",
        "/2016-08-15/proxy/service.LATEST/funcName/test/path/\u4e2d\u6587",
        {
            "Content-MD5": "dummy-md5",
            "Content-Type": "application/json",
            "X-Fc-Trace-Id": "trace-id",
        },
        {
            "x": ["a", "b"],
            "a": ["1"],
            "x-fc-expires": ["1583844558"],
            "x-fc-access-key-id": ["akID"],
            "x-fc-security-token": ["stsToken"],
        },
        "PoEmPVmMfNAhQGYUsQhDD+qj+rv4YRCjybLgjtRMJ1U=",
    ),
    (
        "S9MWOBG0AOWHSO9HPASP216QOPHT5YR4NLH3A",
        "GET",
        "/2016-08-15/proxy/service.LATEST/func/abc 123",
        {
            "Content-MD5": "ef5b43a0fe1d5b401b62c3ba33a7a3d6",
            "Content-Type": "text/json",
            "x-fc-trace-id": "trace-id",
        },
        {
            "x": ["xyz", "456"],
            "a": ["123 45"],
            "x-fc-expires": ["1583221068"],
            "x-fc-access-key-id": ["akID"],
            "x-fc-security-token": ["stsToken"],
        },
        "QFdNhz0Dl+onUM/MvpX940WFH3H8OHayZHbby1c01aI=",
    ),
]
