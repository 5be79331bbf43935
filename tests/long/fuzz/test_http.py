"""Any bytes whatever on a connection: an answer of the API's, never a 5xx, and it serves on."""

import base64
import hashlib
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.attack import (
    FUNCTION,
    FUNCTION_FIELDS,
    JSON_VALUES,
    PLACEHOLDERS,
    SERVICE_FIELDS,
    TRIGGER_FIELDS,
    VERSION,
    WORDS,
    changed,
    more_cases,
    request_bytes,
    wild_json,
)

SERVICE = f"{VERSION}/services/s"
PATHS = (
    f"{VERSION}/services",
    SERVICE,
    f"{SERVICE}/functions",
    FUNCTION,
    f"{FUNCTION}/code",
    f"{FUNCTION}/invocations",
    f"{FUNCTION}/triggers",
    f"{FUNCTION}/triggers/t",
    "/code/1",
)

# Operations with a JSON body: method, path and the fields of a right one.
DOCUMENTS = {
    "CreateService": ("POST", f"{VERSION}/services", {**SERVICE_FIELDS, "serviceName": "new"}),
    "UpdateService": ("PUT", SERVICE, SERVICE_FIELDS),
    "CreateFunction": (
        "POST",
        f"{SERVICE}/functions",
        {**FUNCTION_FIELDS, "functionName": "new"},
    ),
    "UpdateFunction": ("PUT", FUNCTION, FUNCTION_FIELDS),
    "CreateTrigger": ("POST", f"{FUNCTION}/triggers", {**TRIGGER_FIELDS, "triggerName": "new"}),
    "UpdateTrigger": ("PUT", f"{FUNCTION}/triggers/t", TRIGGER_FIELDS),
}
LISTS = (f"{VERSION}/services", f"{SERVICE}/functions", f"{FUNCTION}/triggers")


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"))


def _as_header(raw: bytes) -> str:
    """Return bytes as text that request_bytes() turns into just these; no line ends."""
    return raw.translate(None, b"\r\n").decode("utf-8", "surrogateescape")


METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE"]) | st.sampled_from(
    ["HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "G\x00T", "G T", "", "É", "X" * 500]
)
SEGMENTS = st.one_of(
    st.sampled_from(["services", "functions", "s", "f", "triggers", "t", "invocations", "code"]),
    st.sampled_from(
        ["%", "%2", "%zz", "%00", "%2F", "%2f..", "..", ".", "", "%C3%28", "%ff", "+", ";a=1"]
    ),
    st.text(max_size=5).map(lambda text: quote(text.encode("utf-8", "replace"))),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=5),
)
TARGETS = st.one_of(
    st.sampled_from(PATHS),
    st.lists(SEGMENTS, max_size=6).map(lambda parts: "/2016-08-15/" + "/".join(parts)),
    st.lists(SEGMENTS, max_size=4).map("/".join),
    st.sampled_from(["*", "http://", "http://[", "http://localhost/2016-08-15/services", "//x/y"]),
    st.sampled_from(["localhost:80", "x" * 9000, "/%", "?a", "/\x7f", "http://a:b@c:99999/d#e"]),
)
QUERIES = st.one_of(
    st.just(""),
    st.sampled_from(["?", "?&&=", "?limit=%", "?limit", "?=1", "?limit=1&limit=2", "?a=%ff", "#"]),
    st.lists(
        st.tuples(
            st.sampled_from(["limit", "nextToken", "prefix", "startKey", "x-fc-expires", "x"]),
            WORDS | st.text(max_size=5),
        ),
        max_size=3,
    ).map(lambda pairs: "?" + "&".join(f"{name}={_quoted(text)}" for name, text in pairs)),
)
HEADER_NAMES = st.sampled_from(
    [
        "If-Match",
        "X-Fc-Invocation-Type",
        "X-Fc-Log-Type",
        "X-Fc-Code-Checksum",
        "X-Fc-Async-Delay",
        "X-Fc-Trace-Id",
        "x-fc-security-token",
        "x-fc-account-id",
        "X-Fc-é",
        "X-Fc-",
        "Accept",
        "Range",
        "If-None-Match",
        "If-Modified-Since",
        "Cookie",
        "Upgrade",
        "Connection",
        "Origin",
        "Content-Encoding",
        "Accept-Encoding",
        "Forwarded",
        "Content-Type",
        "Host",
        "Date",
    ]
)
HEADER_VALUES = st.one_of(
    st.sampled_from(["", "Sync", "Async", "Tail", "None", "0", "-1", "9" * 400, "1e3", '"', "W/x"]),
    st.sampled_from(["gzip", "bytes=0-0", "bytes=9-1", "websocket", "close", "upgrade", "chunked"]),
    st.text(st.characters(min_codepoint=32, codec="utf-8"), max_size=20),
    st.binary(max_size=10).map(_as_header),
)
HEADERS = st.dictionaries(HEADER_NAMES, HEADER_VALUES, max_size=4)


def chunked(pieces: list[bytes]) -> bytes:
    """Return a body in chunks, with the empty one at its end."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


@st.composite
def damaged_requests(draw) -> bytes:
    """Return a request that had been right, before bytes of it were changed."""
    raw = bytearray(
        request_bytes(
            f"{draw(METHODS)} {draw(st.sampled_from(PATHS))} HTTP/1.1",
            {"Host": "localhost", "Content-Length": "2", "Content-Type": "application/json"},
            b"{}",
        )
    )
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        piece = draw(
            st.binary(max_size=3)
            | st.sampled_from([b"\r\n", b"\r", b"\n", b" ", b":", b"\0", b"\r\n\r\n", b"HTTP/1.1"])
        )
        raw[at : at + draw(st.integers(0, 3))] = piece
    return bytes(raw)


class TestBytes:
    @more_cases(3)
    @given(st.binary() | damaged_requests())
    def test_what_is_hardly_http(self, target, raw):
        target.exchange(raw)
        target.assert_unharmed()

    @given(st.lists(st.binary(max_size=20) | damaged_requests(), max_size=4).map(b"".join))
    def test_several_on_one_connection(self, target, raw):
        target.exchange(raw)
        target.assert_unharmed()


class TestRequests:
    @more_cases(5)
    @given(METHODS, TARGETS, QUERIES, HEADERS, st.binary(max_size=20))
    def test_a_signed_one(self, target, method, path, query, headers, body):
        """The signature may not be what the server computes; then it is refused for that."""
        wild = {**_signed(target, method, path, headers), "Content-Length": str(len(body))}
        line = f"{method} {path}{query} HTTP/1.1"
        target.exchange(request_bytes(line, wild, body))
        target.assert_unharmed()

    @more_cases(2)
    @given(
        st.one_of(
            st.sampled_from(["", "FC", "FC ", "FC :", "FC a", "FC a:", "FC a:b:c", "Basic eDp5"]),
            st.text(st.characters(min_codepoint=32, codec="utf-8"), max_size=30),
            st.binary(max_size=20).map(_as_header),
            st.text(max_size=10).map(lambda text: f"FC {{key}}:{_quoted(text)}"),
            st.sampled_from(["FC {key}:é", "FC {key}:" + "A" * 5000, "fc {key}:x", "FC\t{key}:x"]),
        )
    )
    def test_authorization(self, target, value):
        headers = target.signed("GET", SERVICE)
        headers["Authorization"] = value.replace("{key}", target.key_id)
        replies = target.exchange(request_bytes(f"GET {SERVICE} HTTP/1.1", headers))
        assert all(reply.status in (400, 403) for reply in replies)
        target.assert_unharmed()

    @given(
        st.one_of(
            st.text(st.characters(min_codepoint=32, codec="utf-8"), max_size=40),
            st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")),
            st.from_regex(r"\A[A-Z][a-z]{2}, [0-9]{1,9} [A-Z][a-z]{2} [0-9]{1,9} [0-9:]{1,12}.*\Z"),
        ).filter(lambda text: "\r" not in text and "\n" not in text)
    )
    def test_date(self, target, value):
        target.exchange(
            request_bytes(f"GET {SERVICE} HTTP/1.1", target.signed("GET", SERVICE, {"Date": value}))
        )
        target.assert_unharmed()

    @given(st.binary(max_size=30), HEADER_VALUES | st.sampled_from(["raw", "hex", "hex in base64"]))
    def test_content_md5(self, target, body, value):
        digest = hashlib.md5(body)
        right = {
            "raw": base64.b64encode(digest.digest()).decode(),
            "hex": digest.hexdigest(),
            "hex in base64": base64.b64encode(digest.hexdigest().encode()).decode(),
        }
        path = f"{FUNCTION}/invocations"
        headers = {"Content-MD5": right.get(value, value).strip(), "X-Fc-Invocation-Type": "Async"}
        signed = {**_signed(target, "POST", path, headers), "Content-Length": str(len(body))}
        raw = request_bytes(f"POST {path} HTTP/1.1", {**signed, "Connection": "close"}, body)
        replies = target.exchange(raw, patience=30)
        if value in right:
            assert [reply.status for reply in replies] == [202]
        target.assert_unharmed()

    @given(
        st.binary(max_size=30),
        st.one_of(
            st.integers(-5, 60).map(str),
            st.sampled_from(
                ["", "x", "1, 2", "5, 5", "+3", "0x2", "9" * 30, "1.0", " ", "²", "-0"]
            ),
        ),
        st.booleans(),
    )
    def test_content_length_that_is_not_true(self, target, body, length, twice):
        headers = {**target.signed("POST", f"{VERSION}/services"), "Content-Length": length}
        if twice:
            headers["content-length"] = str(len(body))
        target.exchange(request_bytes(f"POST {VERSION}/services HTTP/1.1", headers, body))
        target.assert_unharmed()

    @given(
        st.lists(st.binary(min_size=1, max_size=20), max_size=4).map(chunked),
        st.sampled_from(["chunked", "Chunked", "gzip, chunked", "chunked, chunked", "x", "", "é"]),
        st.lists(st.tuples(st.integers(0, 60), st.binary(max_size=4)), max_size=3),
        st.booleans(),
    )
    def test_chunks(self, target, body, encoding, changes, has_length):
        raw = bytearray(body)
        for at, piece in changes:
            raw[at : at + 1] = piece
        path = f"{FUNCTION}/invocations"
        headers = target.signed("POST", path, {"X-Fc-Invocation-Type": "Async"})
        headers["Transfer-Encoding"] = encoding
        if has_length:
            headers["Content-Length"] = str(len(raw))
        target.exchange(request_bytes(f"POST {path} HTTP/1.1", headers, bytes(raw)))
        target.assert_unharmed()


def _signed(target, method: str, path: str, headers: dict[str, str]) -> dict[str, str]:
    try:
        return target.signed(method, path, headers)
    except UnicodeEncodeError:
        # Bytes that are no text cannot be signed.
        return {**target.signed(method, "/"), **headers}


class TestDocuments:
    @pytest.mark.parametrize("operation", DOCUMENTS)
    @given(data=st.data())
    def test_any_value_of_any_field(self, target, operation, data):
        method, path, fields = DOCUMENTS[operation]
        reply = target.call(method, path, wild_json(data.draw(changed(fields))))
        assert reply.status in (200, 400, 409)
        # What was stored can be read again.
        read = f"{path}/new" if method == "POST" else path
        if reply.status == 200 and method == "PUT":
            assert target.call("GET", read).json() == reply.json()
        if reply.status == 200 and method == "POST":
            _assert_removable(target, path, reply.json())
        target.assert_unharmed()

    @pytest.mark.parametrize("operation", DOCUMENTS)
    @given(value=JSON_VALUES | PLACEHOLDERS)
    def test_any_body(self, target, operation, value):
        method, path, _ = DOCUMENTS[operation]
        assert target.call(method, path, wild_json(value)).status in (200, 400)
        target.assert_unharmed()

    @given(st.binary(max_size=50) | st.text(max_size=20).map(lambda text: text.encode("utf-16")))
    def test_any_bytes(self, target, body):
        assert target.call("POST", f"{VERSION}/services", body).status == 400
        target.assert_unharmed()


def _assert_removable(target, collection: str, document: dict) -> None:
    [name] = [
        document[key] for key in ("triggerName", "functionName", "serviceName") if key in document
    ][:1]
    path = f"{collection}/{name}"
    assert target.call("GET", path).json() == document
    assert target.call("GET", collection).status == 200
    assert target.call("DELETE", path).status == 204


class TestLists:
    @pytest.mark.parametrize("path", LISTS)
    @given(
        query=st.dictionaries(
            st.sampled_from(["limit", "nextToken", "prefix", "startKey"]),
            st.one_of(
                WORDS,
                st.integers().map(str),
                st.text(max_size=10),
                st.binary(max_size=10).map(lambda raw: base64.b64encode(b"after:" + raw).decode()),
            ),
            min_size=1,
        )
    )
    def test_any_page(self, target, path, query):
        text = "&".join(f"{name}={_quoted(value)}" for name, value in query.items())
        assert target.call("GET", path, query=f"?{text}").status in (200, 400)
        target.assert_unharmed()


class TestInvocations:
    @given(
        st.binary(max_size=100),
        st.sampled_from(["Sync", "Async", "sync", "", "é"]),
        st.sampled_from(["None", "Tail", "tail", ""]),
        st.sampled_from(["0", "1", "-1", "3601", "1.5", "9" * 30, "²", ""]),
    )
    def test_any_event_and_headers(self, target, event, kind, log, delay):
        headers = {
            "X-Fc-Invocation-Type": kind,
            "X-Fc-Log-Type": log,
            "X-Fc-Async-Delay": delay,
            "Content-Type": "application/octet-stream",
        }
        reply = target.call("POST", f"{FUNCTION}/invocations", event, headers)
        assert reply.status in (200, 202, 400)
        if reply.status == 200:
            assert reply.body == event
        target.assert_unharmed()

    @given(
        st.text(st.characters(codec="utf-8"), max_size=10) | WORDS,
        st.sampled_from(["DELETE", "PUT"]),
        st.sampled_from([SERVICE, FUNCTION, f"{FUNCTION}/triggers/t"]),
    )
    def test_an_etag_that_none_has(self, target, etag, method, path):
        """Nothing goes away: none of these is the resource's ETag."""
        if not etag.strip() or not etag.isprintable():
            return
        reply = target.call(method, path, b"{}", {"If-Match": etag.strip()})
        assert reply.status == 412
        target.assert_unharmed()
