"""Replies that a service should not give."""

from hypothesis import strategies as st

from fuzz.attack import JSON_VALUES, PLACEHOLDERS, WORDS, wild_json


def http_reply(status: int, headers: dict[str, str], body: bytes) -> bytes:
    head = {"Content-Length": str(len(body)), "Connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} Reason", *(f"{name}: {text}" for name, text in head.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


REPLY_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "X-Fc-Request-Id",
            "X-Fc-Error-Type",
            "X-Fc-Log-Result",
            "X-Fc-Invocation-Duration",
            "X-Fc-Max-Memory-Usage",
            "X-Fc-Code-Checksum",
            "ETag",
            "Retry-After",
            "Date",
            "Content-Type",
            "Content-Encoding",
            "Content-Length",
            "Transfer-Encoding",
            "Location",
            "Set-Cookie",
            "Content-MD5",
            "Connection",
            "Link",
            "Refresh",
            "X",
            "É",
        ]
    ),
    st.one_of(
        st.sampled_from(["", "-1", "0", "1", "1e999", "nan", "9" * 400, "²", "\x1f8"]),
        st.builds(lambda: "9" * 5000) | st.builds(lambda: "x" * 70_000),
        st.sampled_from(["gzip", "br", "deflate, gzip", "chunked", "text/html; charset=x"]),
        st.sampled_from(["HandledInvocationError", "UnhandledInvocationError", "!!", "YWJj", "="]),
        st.sampled_from(["Mon, 99 Foo 2017", "Fri, 31 Dec 9999 23:59:59 -2359"]),
        st.sampled_from(["http://169.254.169.254/", "//[", "a=b; Domain=.", "é", "\0", ": :", '"']),
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20),
        st.binary(max_size=10).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    ),
    max_size=4,
)


STATUSES = st.sampled_from([200, 202, 204, 301, 304, 307, 400, 403, 404, 409, 412, 429, 499, 500])


ODD_STATUSES = st.sampled_from([100, 101, 199, 206, 299, 300, 418, 502, 503, 504, 599, 600, 999])


FIELDS = st.sampled_from(
    [
        "serviceName",
        "functionName",
        "triggerName",
        "createdTime",
        "lastModifiedTime",
        "logConfig",
        "vpcConfig",
        "environmentVariables",
        "triggerConfig",
        "services",
        "functions",
        "triggers",
        "nextToken",
        "url",
        "checksum",
        "codeChecksum",
        "errorMessage",
        "errorType",
        "stackTrace",
        "ErrorCode",
        "ErrorMessage",
        "memorySize",
        "project",
        "vSwitchIds",
    ]
)


TIMES = st.sampled_from(
    [
        "2016-08-15T16:06:05.000+0000",
        "2016-13-99",
        "9999-12-31T24:00:00Z",
        "0000",
        "2016-W01",
        "²",
        "2016-08-15T16:06:05+99:99",
        "20160815",
        "2016-08-15T25:61:61",
        "1",
    ]
)


DOCUMENTS = st.dictionaries(
    FIELDS,
    st.recursive(
        JSON_VALUES | TIMES | WORDS,
        lambda inner: st.dictionaries(FIELDS, inner, max_size=4) | st.lists(inner, max_size=3),
        max_leaves=6,
    ),
    max_size=6,
)


BODIES = st.one_of(
    DOCUMENTS.map(wild_json),
    st.tuples(DOCUMENTS, st.sampled_from(["s", "f", "t"])).map(
        lambda pair: wild_json(
            {"serviceName": "s", "functionName": "f", "triggerName": "t", "url": "http://x"}
            | pair[0]
        )
    ),
    (JSON_VALUES | PLACEHOLDERS).map(wild_json),
    st.binary(max_size=50),
)


@st.composite
def replies(draw):
    status = draw(STATUSES | ODD_STATUSES)
    raw = http_reply(status, draw(REPLY_HEADERS), draw(BODIES))
    match draw(st.integers(0, 9)):
        case 0:
            return raw[: draw(st.integers(0, len(raw)))]
        case 1:
            at = draw(st.integers(0, len(raw)))
            return raw[:at] + draw(st.binary(max_size=5)) + raw[at + 1 :]
        case 2:
            return draw(st.binary(max_size=50))
    return raw
