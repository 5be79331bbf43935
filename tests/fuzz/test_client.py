"""Any argument and any reply, to both clients: a result, or an error that callers can expect.

Whatever is refused is not sent, and whatever is sent is a sound, rightly signed request.
"""

import asyncio
import inspect
import io
import json
import os
import pickle
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from datetime import timezone
from itertools import islice
from pathlib import Path
from types import AsyncGeneratorType, GeneratorType
from urllib.parse import parse_qs, quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fc_client import (
    AsyncClient,
    Client,
    Code,
    Credentials,
    FCError,
    LogConfig,
    RetryPolicy,
    VPCConfig,
)
from fc_client.deploy import deploy_function, deploy_service
from fc_client.local.api.authentication import Keys, check_content_md5, check_signature
from fuzz.attack import JSON_VALUES, PLACEHOLDERS, WORDS, more_cases, wild_json
from fuzz.wire import OPENING, Wire

KEYS = Keys("made-up-id", "made-up-secret")
ACCESS_KEY = vars(KEYS)
GUIDE = json.loads((Path(__file__).parents[1] / "vectors" / "api.json").read_text(encoding="utf-8"))
ZIP = Code.from_zip(b"PK\x05\x06" + bytes(18))

# Values are gigantic here; printing one that failed is worth its time.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

NAMES = {"service_name": "s", "function_name": "f", "trigger_name": "t"}
PAGE = {"limit": 5, "next_token": "n", "prefix": "p", "start_key": "q"}
SERVICE = {
    "description": "d",
    "internet_access": True,
    "log_config": LogConfig("p", "l"),
    "role": "r",
    "vpc_config": VPCConfig("v", ("w",), "g"),
}
FUNCTION = {
    "runtime": "python3",
    "handler": "m.h",
    "code": ZIP,
    "description": "d",
    "memory_size": 128,
    "timeout": 3,
    "environment_variables": {"A": "b"},
    "initializer": "m.i",
    "initialization_timeout": 3,
    "progress": None,
}
TRIGGER = {
    "trigger_type": "timer",
    "trigger_config": {"cronExpression": "@every 5m"},
    "source_arn": "a",
    "invocation_role": "r",
}
INVOCATION = {
    "payload": b"event",
    "json": None,
    "invocation_type": "Sync",
    "log_type": "None",
    "trace_id": "i",
    "idempotent": False,
    "check": True,
}
MATCH = {"if_match": "e"}


def without(fields: dict, *names: str) -> dict:
    return {name: value for name, value in fields.items() if name not in names}


# Every operation with a right value for each of its parameters.
CALLS = {
    "create_service": SERVICE,
    "get_service": {},
    "update_service": SERVICE | MATCH,
    "delete_service": MATCH,
    "list_services": PAGE,
    "create_function": FUNCTION,
    "get_function": {},
    "update_function": FUNCTION | MATCH,
    "delete_function": MATCH,
    "list_functions": PAGE,
    "get_function_code": {},
    "invoke_function": INVOCATION,
    "create_trigger": TRIGGER,
    "get_trigger": {},
    "update_trigger": without(TRIGGER, "trigger_type", "source_arn") | MATCH,
    "delete_trigger": MATCH,
    "list_triggers": PAGE,
}


def method_of(operation: str) -> str:
    return re.sub("(?<!^)([A-Z])", r"_\1", operation).lower()


OPERATIONS = {method_of(operation["name"]): operation for operation in GUIDE["operations"]}
SNAKE = {"serviceName": "service_name", "functionName": "function_name"} | {
    "triggerName": "trigger_name"
}


def arguments_of(method: str) -> dict:
    """Return right values for all parameters of a method, those of its path first."""
    operation = OPERATIONS[method]
    places = [SNAKE[name] for name in re.findall(r"{(\w+)}", operation["path"])]
    made = {"create_service": "service_name", "create_function": "function_name"}
    own = [*places, *([made[method]] if method in made else [])]
    own += ["trigger_name"] if method == "create_trigger" else []
    return {name: NAMES[name] for name in own} | CALLS[method]


class _Odd:
    """An object of no use."""


class _Path(os.PathLike):
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


def _endless() -> dict:
    endless: dict = {}
    endless["a"] = endless
    return endless


async def _awaited(*pieces):
    for piece in pieces:
        yield piece


def _deep() -> list:
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    return deep


INJECTIONS = st.sampled_from(
    [
        "\r\nX-Evil: 1",
        "a\r\n\r\nGET / HTTP/1.1\r\n",
        "\n",
        "\r",
        "a\nX-Evil: 1",
        "\x0bX-Evil: 1",
        "\x85X-Evil: 1",
        "\N{LINE SEPARATOR}X-Evil: 1",
        "a\0b",
        " a ",
        "\t",
        "\ud800",
        "\udcff",
        "é",
        "\N{PILE OF POO}",
        "%0d%0a",
        "{service_name}",
        "a?b#c",
        "../../x",
        "..",
        ".",
        "/",
    ]
)
TEXTS = (
    INJECTIONS
    | st.builds(lambda: "x" * 70_000)
    | st.text(max_size=20)
    | st.tuples(st.text(max_size=5), INJECTIONS).map("".join)
)
ODD_FIELDS = TEXTS | st.integers() | st.floats() | st.builds(_Odd)


def _made(kind: type, *fields: st.SearchStrategy) -> st.SearchStrategy:
    """Return values of a class; where it refuses its fields, these."""

    def make(values):
        try:
            return kind(*values)
        except (TypeError, ValueError):
            return values

    return st.tuples(*fields).map(make)


ODD = st.one_of(
    TEXTS,
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers() | st.builds(lambda: 10**400) | st.builds(lambda: -(10**5000)),
    st.floats(),
    st.complex_numbers(),
    st.binary(max_size=10),
    st.binary(max_size=10).map(bytearray),
    JSON_VALUES,
    st.dictionaries(st.integers() | st.booleans() | st.none() | TEXTS, JSON_VALUES, max_size=3),
    st.lists(st.binary(max_size=3) | st.integers(), max_size=3),
    st.sets(st.integers(), max_size=2),
    st.builds(_Odd),
    st.builds(_endless),
    st.builds(_deep),
    st.builds(lambda: (piece for piece in (b"a", b"", b"b"))),
    st.builds(lambda: (piece for piece in (b"a", "b"))),
    st.builds(lambda: _awaited(b"a", b"", b"b")),
    st.builds(lambda: _awaited(b"a", "b")),
    st.builds(io.BytesIO, st.binary(max_size=10)),
    st.builds(io.StringIO),
    st.builds(_Path, TEXTS | st.none()),
    _made(LogConfig, ODD_FIELDS, ODD_FIELDS),
    _made(VPCConfig, ODD_FIELDS, st.lists(ODD_FIELDS, max_size=2).map(tuple) | ODD_FIELDS),
    _made(Code, st.binary(max_size=5) | ODD_FIELDS, ODD_FIELDS, ODD_FIELDS),
    st.just(type),
)


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    """Yield what stands at the other end; the current directory is an empty one."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("empty"))
    try:
        with Wire() as wire:
            yield wire
    finally:
        os.chdir(before)


class OpenClient(Client):
    """A client with an open connection, on which small calls are made in another way."""

    def __enter__(self):
        with suppress(FCError, ValueError, TypeError):
            # Not if the constructor's options are odd.
            self.get_service(OPENING)
        return self


@pytest.fixture(params=[Client, OpenClient, AsyncClient])
def kind(request):
    """Return the class of client; what is true of one is true of all."""
    return request.param


def use(client: Client | AsyncClient, method: str, arguments: dict) -> object:
    """Make one call, and close the client: no connection lives on that a reply has spoiled."""
    if isinstance(client, Client):
        with client:
            made = getattr(client, method)(**arguments)
            return list(islice(made, 3)) if isinstance(made, Iterator) else made

    async def main() -> object:
        async with client:
            made = getattr(client, method)(**arguments)
            return await (made if inspect.isawaitable(made) else _first(made))

    return asyncio.run(main())


async def _first(made: AsyncIterator) -> list:
    items = []
    async with aclosing(made):
        async for item in made:
            items.append(item)
            if len(items) == 3:
                break
    return items


def call(
    kind: type[Client | AsyncClient], endpoint: str, method: str, arguments: dict
) -> Exception | None:
    """Call, and return the error that came of it; none but the expected ones may come."""
    error = outcome(kind, endpoint, method, arguments)
    if isinstance(error, FCError):
        assert "\n" not in str(error)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
    elif isinstance(error, OSError):
        # What is wrong with a file is said as for any file.
        assert error.filename is not None
        assert {"code", "target"} & arguments.keys()
    return error


def outcome(
    kind: type[Client | AsyncClient], endpoint: str, method: str, arguments: dict
) -> Exception | None:
    # A CA bundle takes longer to read than all the rest.
    options = {"proxies": {}, "timeout": 10, "retry": RetryPolicy(attempts=1), "verify": False}
    try:
        repr(use(kind(endpoint, **ACCESS_KEY, **options), method, arguments))
    except (FCError, ValueError, TypeError, OSError) as error:
        return error
    return None


def assert_sound(request, method: str, arguments: dict) -> None:
    """Assert that a request has the form, the path and the signature that it should have."""
    assert re.fullmatch(rb"[\x20-\x7e]*(\r\n[\x20-\x7e]*)*", request.head)
    verb, target, version = request.line.split(" ")
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, value in request.headers}
    operation = OPERATIONS[method]
    wanted = operation["path"]
    for wire_name, name in SNAKE.items():
        wanted = wanted.replace(f"{{{wire_name}}}", quote(str(arguments.get(name)), safe=""))

    assert (verb, path, version) == (operation["method"], wanted, "HTTP/1.1")
    assert set(parse_qs(query)) <= {"limit", "nextToken", "prefix", "startKey"}
    assert len(headers) == len(request.headers)
    assert headers.keys() <= HEADERS
    check_signature(KEYS, verb, unquote(path), target, headers, time.time())
    if request.whole and "transfer-encoding" not in headers:
        check_content_md5(headers.get("content-md5"), request.body)
    if operation["body"] in GUIDE["schemas"]:
        assert isinstance(json.loads(request.body), dict)


HEADERS = {
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "host",
    "if-match",
    "transfer-encoding",
    "user-agent",
    "x-fc-code-checksum",
    "x-fc-invocation-type",
    "x-fc-log-type",
    "x-fc-trace-id",
}


def is_lazy(arguments: dict) -> bool:
    """Tell whether something is asked for while a request is sent, so that its faults come late."""
    payload, progress = arguments.get("payload"), arguments.get("progress")
    return isinstance(payload, GeneratorType | AsyncGeneratorType) or callable(progress)


class TestArguments:
    @pytest.mark.parametrize("method", CALLS)
    @given(data=st.data())
    def test_any_value_of_any_parameter(self, wire, kind, method, data):
        arguments = arguments_of(method)
        names = st.lists(st.sampled_from([*arguments]), min_size=1, max_size=3, unique=True)
        for name in data.draw(names) if arguments else []:
            arguments[name] = data.draw(ODD)
        assume(not _is_directory(arguments.get("code")))
        lazy = is_lazy(arguments)
        wire.expect()

        error = call(kind, wire.endpoint, method, arguments)

        refused = error is not None and not isinstance(error, FCError)
        if refused:
            assert not [request for request in wire.requests if request.whole or not lazy]
        else:
            [request] = wire.requests
            assert_sound(request, method, arguments)

    @more_cases(2)
    @given(
        st.dictionaries(
            st.sampled_from(["access_key_id", "access_key_secret", "security_token"])
            | st.sampled_from(["account_id", "region", "user_agent", "endpoint"]),
            TEXTS | st.none() | st.integers() | st.binary(max_size=5),
            max_size=3,
        )
    )
    def test_any_value_of_the_constructor(self, wire, kind, options):
        wire.expect()
        right = {"endpoint": wire.endpoint, **ACCESS_KEY}
        try:
            client = kind(**(right | options), proxies={}, retry=RetryPolicy(attempts=1))
        except (ValueError, TypeError, FCError):
            return
        # Only here is somebody who answers.
        assume(client.endpoint == wire.endpoint)
        with suppress(FCError, ValueError, TypeError):
            use(client, "get_service", {"service_name": "s"})
        for request in wire.requests:
            headers = [name.lower() for name, _ in request.headers]
            assert set(headers) <= HEADERS | {"x-fc-security-token", "x-fc-account-id"}
            assert len(headers) == len(set(headers))

    @given(target=ODD)
    def test_any_target_of_a_download(self, wire, kind, target):
        assume(not isinstance(target, str | os.PathLike) or _is_harmless(target))
        reply = json.dumps({"url": f"{wire.endpoint}/code", "checksum": "0"}).encode()
        wire.expect(http_reply(200, {}, reply), http_reply(200, {}, b""))
        arguments = {"service_name": "s", "function_name": "f", "target": target}
        error = call(kind, wire.endpoint, "download_function_code", arguments)
        if error is not None and not isinstance(error, FCError):
            assert wire.requests == []


def _is_directory(code: object) -> bool:
    """Tell whether *code* is a directory's path: it would be read, all of it."""
    try:
        return isinstance(code, str | os.PathLike) and Path(code).is_dir()
    except (TypeError, ValueError, OSError):
        return False


def _is_harmless(target: object) -> bool:
    try:
        return len(Path(target).parts) <= 1
    except TypeError:
        return True


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


class TestReplies:
    @pytest.mark.parametrize("method", CALLS)
    @more_cases(2)
    @given(reply=replies())
    def test_any_reply(self, wire, kind, method, reply):
        wire.expect(reply)
        error = call(kind, wire.endpoint, method, arguments_of(method))
        assert error is None or isinstance(error, FCError)
        assert len(wire.requests) == 1

    @pytest.mark.parametrize("method", CALLS)
    @more_cases(2)
    @given(body=BODIES)
    def test_any_body_of_a_success(self, wire, kind, method, body):
        wire.expect(http_reply(200, {}, body))
        error = call(kind, wire.endpoint, method, arguments_of(method))
        assert error is None or isinstance(error, FCError)

    @given(first=BODIES, second=replies(), target=st.sampled_from(["file", "code.zip"]))
    def test_any_code(self, wire, kind, first, second, target):
        wire.expect(http_reply(200, {}, first), second)
        arguments = {"service_name": "s", "function_name": "f", "target": target}
        error = call(kind, wire.endpoint, "download_function_code", arguments)
        assert error is None or isinstance(error, FCError)

    @given(
        st.one_of(
            st.sampled_from(
                ["http://", "http://[", "http://" + "a" * 64, "http://a..b", "ftp://x"]
            ),
            st.sampled_from(["https://", "http:///x", "http:x", "HTTP://[::1", "http://a b/", ""]),
            TEXTS.map(lambda text: f"{{here}}/{text}"),
            TEXTS.map(lambda text: f"{{here}}?{text}"),
            st.sampled_from(["{here}99999999/", "{here}x/", "{here}#a", "http://u:p@{host}/"]),
        ),
        replies(),
    )
    def test_any_url_of_code(self, wire, kind, url, reply):
        place = url.replace("{here}", wire.endpoint)
        place = place.replace("{host}", wire.endpoint.removeprefix("http://"))
        first = json.dumps({"url": place, "checksum": None}).encode()
        wire.expect(http_reply(200, {}, first), reply)
        arguments = {"service_name": "s", "function_name": "f", "target": io.BytesIO()}
        error = call(kind, wire.endpoint, "download_function_code", arguments)
        assert error is None or isinstance(error, FCError)
        for request in wire.requests:
            assert re.fullmatch("GET [!-~]+ HTTP/1.1", request.line)
            assert {name.lower() for name, _ in request.headers} <= HEADERS


PAGES = {"prefix": "p", "start_key": "q", "page_size": 5}
FUNCTIONS = {"service_name": "s"}
TRIGGERS = {"service_name": "s", "function_name": "f"}
# What makes many calls of one: a right value for each of its parameters.
MANY = {
    "iter_services": PAGES,
    "iter_functions": FUNCTIONS | PAGES,
    "iter_triggers": TRIGGERS | PAGES,
    "map_function": TRIGGERS
    | {
        "payloads": [b"a", "b"],
        "concurrency": 2,
        "invocation_type": "Sync",
        "log_type": "None",
        "check": True,
    },
}


class TestBesideTheOperations:
    @pytest.mark.parametrize("method", MANY)
    @given(data=st.data())
    def test_any_value_of_what_makes_many_calls(self, wire, kind, method, data):
        arguments = dict(MANY[method])
        for name in data.draw(st.lists(st.sampled_from([*arguments]), min_size=1, max_size=3)):
            arguments[name] = data.draw(ODD)
        wire.expect()
        call(kind, wire.endpoint, method, arguments)

    @given(options=st.dictionaries(st.sampled_from(["timeout", "retry"]), ODD))
    def test_any_option_of_a_copy(self, wire, kind, options):
        with suppress(TypeError, ValueError):
            kind(wire.endpoint, **ACCESS_KEY).with_options(**options)

    @given(
        st.dictionaries(
            st.sampled_from(["attempts", "base_delay", "max_delay", "max_elapsed", "budget"]),
            ODD,
            max_size=3,
        )
    )
    def test_any_retry_policy(self, options):
        with suppress(TypeError, ValueError):
            RetryPolicy(**options)

    @given(ODD, ODD, ODD, ODD | st.datetimes() | st.datetimes(timezones=st.just(timezone.utc)))
    def test_any_credentials(self, key_id, secret, token, expiration):
        with suppress(TypeError, ValueError):
            repr(Credentials(key_id, secret, token, expiration=expiration))
        with suppress(TypeError, ValueError):
            Credentials.from_context(
                {"credentials": {"access_key_id": key_id, "accessKeySecret": secret}}
            )

    @pytest.mark.parametrize("deploy", [deploy_service, deploy_function])
    @given(data=st.data())
    def test_any_value_of_a_deployment(self, wire, deploy, data):
        names = [*inspect.signature(deploy).parameters][1:]
        right = NAMES | SERVICE | FUNCTION
        arguments = {name: right[name] for name in names}
        for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
            arguments[name] = data.draw(ODD)
        assume(not _is_directory(arguments.get("code")))
        stored = {"serviceName": "s", "functionName": "f", **data.draw(DOCUMENTS)}
        wire.expect(http_reply(200, {}, wild_json(stored)))
        with (
            Client(wire.endpoint, **ACCESS_KEY, retry=RetryPolicy(attempts=1)) as client,
            suppress(FCError, TypeError, ValueError, OSError),
        ):
            deploy(client, **arguments)


class TestTable:
    def test_what_makes_many_calls_has_all_parameters(self):
        for method, arguments in MANY.items():
            parameters = inspect.signature(getattr(Client, method)).parameters
            assert arguments.keys() == parameters.keys() - {"self"}

    def test_calls_are_all_operations(self):
        assert CALLS.keys() == OPERATIONS.keys()

    @pytest.mark.parametrize("method", CALLS)
    def test_calls_have_all_parameters(self, method):
        assert arguments_of(method).keys() == inspect.signature(
            getattr(Client, method)
        ).parameters.keys() - {"self"}

    @pytest.mark.parametrize("method", CALLS)
    def test_right_values_are_sent(self, wire, kind, method):
        """The cases above could otherwise all be refused for a reason of their own."""
        wire.expect()
        call(kind, wire.endpoint, method, arguments_of(method))
        [request] = wire.requests
        assert_sound(request, method, arguments_of(method))
