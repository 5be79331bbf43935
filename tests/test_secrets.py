"""Secrets show up nowhere but on the wire: not in what is logged, printed or reported."""

import asyncio
import http.client
import logging
import pickle
import re
import socket
import traceback
from types import FunctionType, ModuleType

import pytest
from support import clients
from support.clients import CLIENTS
from support.credentials import aliyun, fcli, keys
from support.http_server import hang_up, serving

from fc_client import (
    AsyncClient,
    Client,
    Credentials,
    FCError,
    ResponseError,
    RetryPolicy,
    TransportError,
)
from fc_client._call.base import redact_echoed
from fc_client._messages import Attempt, Headers, Response
from fc_client._operations.function_code import parse_function_code
from fc_client._redaction import Environment, LoggedTarget, Secret, as_secret, strip_tracebacks
from fc_client.credentials.chain import find_credentials

# Made up, and globals: what a test's own frame holds is not the library's doing.
SECRET = "made-up+secret/K3y=="
TOKEN = "made-up+token/T0k3n=="
SIGNED = "Signature=made-up%2Bsigned"
KEYS = {"access_key_id": "made-up-id", "access_key_secret": SECRET, "security_token": TOKEN}

# Files whose frames hold what the tests made.
TESTS = (__file__, clients.__file__)

# What Authorization holds is not known beforehand; its form is.
SECRETS = re.compile(
    "|".join([*map(re.escape, (SECRET, TOKEN, SIGNED)), r"FC made-up-id:[\w+/]{43}="])
)


def texts(thing):
    """Yield the repr of all that can be reached from *thing*, as a crash reporter would.

    Attributes, items, chained errors and the variables of their frames; the
    tests' own frames hold what the tests made, and are left out.
    """
    seen, todo = {}, [thing]
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, (type, ModuleType, FunctionType)):
            continue
        seen[id(each)] = each
        if isinstance(each, (str, bytes, bytearray)):
            yield repr(each)
            continue
        yield repr(each)
        todo += members(each)


def members(thing):
    if isinstance(thing, dict):
        yield from thing.keys()
        yield from thing.values()
    elif isinstance(thing, (list, tuple, set, frozenset)):
        yield from thing
    yield from getattr(thing, "__dict__", {}).values()
    for kind in type(thing).__mro__:
        slots = getattr(kind, "__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            yield getattr(thing, name, None)
    if isinstance(thing, BaseException):
        yield from (thing.args, thing.__cause__, thing.__context__, str(thing))
        for frame, _ in traceback.walk_tb(thing.__traceback__):
            if frame.f_code.co_filename not in TESTS:
                yield dict(frame.f_locals)


def leaks(*things):
    return [text[:300] for thing in things for text in texts(thing) if SECRETS.search(text)]


def printed(error):
    """Return the traceback, with variables, as tools print it."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    for place in told.stack:
        if place.filename in TESTS:
            place.locals = None
    return "".join(told.format()) + "".join(traceback.format_exception(error))


@pytest.fixture(params=CLIENTS)
def client_of(request):
    """Return a function that makes a client, of each kind in turn."""
    options = {**KEYS, "retry": RetryPolicy(1), "timeout": (2, 0.3)}
    return lambda url, **more: CLIENTS[request.param](url, **{**options, **more})


def failing(call, kind=FCError):
    """Return what *call* raises."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def refuse(handler):
    handler.send(403, b'{"ErrorCode": "AccessDenied", "ErrorMessage": "no"}')


def cut_short(handler):
    handler.send(200, b"{", Content_Length="1000")
    handler.hang_up()


def silent(handler):
    handler.wait()


def no_http(handler):
    handler.wfile.write(b"\x00\x01 nonsense\r\n\r\n")
    handler.hang_up()


def html(handler):
    handler.send(502, b"<html>Bad Gateway</html>")


def not_json(handler):
    handler.send(200, b"<html>")


FAULTS = [refuse, hang_up, cut_short, no_http, html, not_json]


def check(error):
    assert leaks(error) == []
    check_shown(error)


def check_shown(error):
    """Check what is shown of an error; its frames hold the reply, which may hold what we sent."""
    assert not SECRETS.search(printed(error))
    assert not SECRETS.search(f"{error} {error!r} {vars(error)}")
    copy = pickle.loads(pickle.dumps(error))
    assert leaks(copy) == []
    assert not any(secret.encode() in pickle.dumps(error) for secret in (SECRET, TOKEN, SIGNED))
    assert leaks(strip_tracebacks(error)) == []


class TestSearch:
    """The search itself finds what there is to find."""

    def test_finds_attributes_and_items(self):
        error = ValueError("outer")
        error.details = [{"key": (SECRET,)}]
        assert f"'{SECRET}'" in leaks(error)

    def test_finds_variables_of_frames(self):
        code = "def fail():\n    held = [token.encode()]\n    raise ValueError(held.pop())"
        namespace = {"token": TOKEN}
        exec(compile(code, "elsewhere", "exec"), namespace)
        error = failing(namespace["fail"], ValueError)
        error.args = ()
        assert leaks(error) == []

        exec(compile(code.replace("held.pop()", ""), "elsewhere", "exec"), namespace)
        error = failing(namespace["fail"], ValueError)
        assert f"b'{TOKEN}'" in leaks(error)
        assert TOKEN in printed(error)


class TestClient:
    def test_crawled_before_and_after_calls(self, client_of):
        with serving(refuse) as server, client_of(server.url) as client:
            before = leaks(client)
            failing(lambda: client.get_service("s"))
            assert before + leaks(client) == []

    @pytest.mark.parametrize("client", CLIENTS)
    def test_crawled_with_credentials_that_are_refreshed(self, client, monkeypatch):
        answer = keys(AccessKeySecret=SECRET, SecurityToken=TOKEN)
        with serving(answer) as uri, serving(refuse) as server:
            monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", uri.url)
            with CLIENTS[client](server.url) as refreshing:
                error = failing(lambda: refreshing.get_service("s"))
                assert leaks(refreshing) == []
        check(error)


class TestErrors:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_of_calls(self, fault, client_of):
        with serving(fault) as server, client_of(server.url) as client:
            errors = [
                failing(lambda: client.get_service("s")),
                failing(lambda: client.create_service("s", description="d" * 200_000)),
            ]
        for error in errors:
            check(error)

    @pytest.mark.parametrize("fault", [*FAULTS, silent])
    def test_of_calls_over_an_open_connection(self, fault, client_of):
        def answer(handler):
            if handler.path.endswith("/first"):
                return handler.send(200, b'{"serviceName": "first"}')
            return fault(handler)

        with serving(answer) as server, client_of(server.url) as client:
            client.get_service("first")
            errors = [
                failing(lambda: client.get_service("s")),
                failing(lambda: client.update_service("s", description="d")),
            ]
            server.stopping.set()
        for error in errors:
            check(error)

    def test_of_a_call_without_a_reply(self, client_of):
        with serving(silent) as server, client_of(server.url) as client:
            error = failing(lambda: client.get_service("s"))
            server.stopping.set()
        check(error)

    def test_of_a_call_without_a_connection(self, client_of):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with client_of(f"http://127.0.0.1:{port}") as client:
            check(failing(lambda: client.get_service("s")))

    def test_of_a_call_without_tls(self, client_of):
        with (
            serving(refuse) as server,
            client_of(server.url.replace("http", "https")) as client,
        ):
            error = failing(lambda: client.get_service("s"))
        check(error)
        assert isinstance(error.__cause__, Exception)

    def test_of_a_call_through_a_proxy_that_is_gone(self, client_of):
        with client_of("http://fc.test", proxies={"http": "http://127.0.0.1:1"}) as client:
            check(failing(lambda: client.get_service("s")))

    def test_of_a_body_that_breaks(self, client_of):
        def chunks():
            yield b"a"
            raise LookupError("gone")

        with serving(refuse) as server, client_of(server.url) as client:
            error = failing(lambda: client.invoke_function("s", "f", chunks()), LookupError)
        check(error)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_of_a_download_from_a_signed_url(self, fault, tmp_path, client_of):
        def code(handler):
            if SIGNED in handler.path:
                return fault(handler)
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}", "checksum": "1"}}'.encode())

        with serving(code) as server, client_of(server.url) as client:
            call = lambda: client.download_function_code("s", "f", tmp_path / "c.zip")  # noqa: E731
            error = failing(call)
            assert leaks(client) == []
        check(error)

    @pytest.mark.parametrize("host", ["127.0.0.1:1", "fc.invalid", "fc..invalid"])
    def test_of_a_download_that_cannot_connect(self, host, tmp_path, client_of):
        url = f"http://{host}/code.zip?{SIGNED}"
        with (
            serving(lambda handler: handler.send(200, f'{{"url": "{url}"}}'.encode())) as server,
            client_of(server.url) as client,
        ):
            call = lambda: client.download_function_code("s", "f", tmp_path / "c.zip")  # noqa: E731
            check(failing(call, TransportError))

    @pytest.mark.parametrize(
        "reply",
        [
            '{"url": "http://fc.test/code.zip?%s',
            '{"url": "http://fc.test:x/code.zip?%s"}',
            '{"url": "http://[::1/code.zip?%s"}',
            '{"url": "http:///code.zip?%s"}',
            '{"url": "/code.zip?%s"}',
        ],
    )
    def test_of_a_signed_url_that_is_not_understood(self, reply, client_of):
        body = (reply % SIGNED).encode()
        with (
            serving(lambda handler: handler.send(200, body)) as server,
            client_of(server.url) as client,
        ):
            error = failing(lambda: client.get_function_code("s", "f"), ResponseError)
        check_shown(error)
        assert "?***" in str(error)

    @pytest.mark.parametrize("path", ["/2016-08-15/services/s/functions/f/code", "/code.zip"])
    @pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
    def test_of_a_download_that_is_cancelled(self, path, begun, tmp_path):
        def code(handler):
            if handler.path.startswith(path):
                handler.wfile.write(begun)
                return handler.wait()
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}"}}'.encode())

        async def main(url):
            async with AsyncClient(url, **KEYS) as client:
                call = client.download_function_code("s", "f", tmp_path / "c.zip")
                await asyncio.wait_for(call, 0.3)

        with serving(code) as server:
            error = failing(lambda: asyncio.run(main(server.url)), asyncio.TimeoutError)
            server.stopping.set()
        check(error)

    def test_of_a_download_that_is_told_its_signed_url(self, tmp_path, client_of):
        def code(handler):
            if SIGNED in handler.path:
                return handler.send(403, f"<p>GET {handler.path}</p>".encode())
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}"}}'.encode())

        with serving(code) as server, client_of(server.url) as client:
            call = lambda: client.download_function_code("s", "f", tmp_path / "c.zip")  # noqa: E731
            error = failing(call)
        check_shown(error)
        assert "<p>GET /code.zip?***</p>" in str(error)

    def test_that_are_no_failure_of_a_call(self, client_of):
        def broken():
            raise LookupError("the vault is sealed")

        with client_of("http://127.0.0.1:1", credentials=broken, **dict.fromkeys(KEYS)) as client:
            check(failing(lambda: client.get_service("s"), LookupError))


class TestConfiguration:
    @pytest.mark.parametrize("client", [Client, AsyncClient])
    @pytest.mark.parametrize(
        ("arguments", "kind"),
        [
            ({}, FCError),
            ({"endpoint": "nonsense://"}, FCError),
            ({"endpoint": "http://fc.test", "access_key_id": None}, FCError),
            ({"endpoint": "http://fc.test", "access_key_secret": f"{SECRET}\n"}, ValueError),
            ({"endpoint": "http://fc.test", "security_token": f"{TOKEN} é"}, ValueError),
            ({"endpoint": "http://fc.test", "pool_size": 0}, ValueError),
            ({"endpoint": "http://fc.test", "timeout": "x"}, TypeError),
        ],
    )
    def test_of_arguments(self, arguments, kind, client):
        check(failing(lambda: client(**{**KEYS, **arguments}), kind))

    @pytest.mark.parametrize(
        "set_to",
        [
            {"FC_ENDPOINT": "http://fc.test", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET},
            {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET, "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN},
        ],
    )
    def test_of_the_environment(self, set_to, monkeypatch):
        for name, value in set_to.items():
            monkeypatch.setenv(name, value)
        check(failing(Client))

    @pytest.mark.parametrize(
        "text",
        [
            f"access_key_id: i\naccess_key_secret: {SECRET} é\n",
            f"access_key_id: i\naccess_key_secret: {{{SECRET}}}\n",
            f"access_key_secret: {SECRET}\nsecurity_token: {TOKEN}\n",
        ],
    )
    def test_of_files(self, text):
        fcli(text)
        aliyun({"name": "x", "mode": "AK", "access_key_secret": SECRET}, current="x")
        check(failing(lambda: Client("http://fc.test")))

    @pytest.mark.parametrize(
        "body",
        [
            f'{{"AccessKeySecret": "{SECRET}",',
            f'{{"AccessKeySecret": "{SECRET}"}}',
            f'{{"AccessKeyId": "i", "AccessKeySecret": "{SECRET} é"}}',
            f'{{"AccessKeyId": "i", "AccessKeySecret": "{SECRET}", "Expiration": "x"}}',
        ],
    )
    def test_of_a_service(self, body, monkeypatch):
        with serving(lambda handler: handler.send(200, body.encode())) as uri:
            monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", f"{uri.url}/?{SIGNED}")
            check(failing(lambda: Client("http://fc.test")))

    @pytest.mark.parametrize("given", [(f"{SECRET}\n", None), ("s", f" {TOKEN}")])
    def test_of_credentials(self, given):
        check(failing(lambda: Credentials("i", *given), ValueError))

    def test_of_credentials_that_cannot_be_refreshed(self):
        answers = (
            keys(AccessKeySecret=SECRET, SecurityToken=TOKEN, Expiration="2026-05-08T10:00:00Z"),
            keys(AccessKeySecret=SECRET, SecurityToken=f"{TOKEN}\n"),
        )
        with serving(*answers) as uri:
            provider = find_credentials(
                credentials=None,
                access_key_id=None,
                access_key_secret=None,
                security_token=None,
                environ={"ALIBABA_CLOUD_CREDENTIALS_URI": uri.url},
            )
            check(failing(provider))


class TestDebugging:
    def test_of_http_client_shows_calls_and_no_secrets(self, monkeypatch, capsys):
        """As people switch it on who want to see what is sent."""
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
        with serving(refuse) as server, Client(server.url, **KEYS) as client:
            for _ in range(2):
                failing(lambda: client.get_service("s"))

        printed = capsys.readouterr().out
        assert printed.count("reply: 'HTTP/1.1 403 Forbidden") == 2
        assert not SECRETS.search(printed)


class TestLogs:
    @pytest.mark.parametrize(
        ("client", "logger", "line"),
        [
            ("Client", "urllib3.connectionpool", '"GET /code.zip?*** HTTP/1.1" 200'),
            (
                "AsyncClient",
                "asyncio",
                "coro=<AsyncFunctionCodeOperations.download_function_code() ",
            ),
        ],
    )
    def test_of_all_libraries_at_debug(self, client, logger, line, caplog, tmp_path, monkeypatch):
        caplog.set_level(logging.DEBUG)
        monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")

        def made(url):
            made = CLIENTS[client](url, **KEYS, retry=RetryPolicy(1))
            if client == "AsyncClient":
                # Then it writes a line about every step of every task.
                made.loop.slow_callback_duration = 0
            return made

        def answer(handler):
            if handler.path.startswith("/code.zip"):
                return handler.send(200, b"made-up body")
            url = f"{handler.server.url}/code.zip?Expires=1&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}", "serviceName": "s"}}'.encode())

        with serving(answer) as server, made(server.url) as called:
            called.get_service("s")
            called.download_function_code("s", "f", tmp_path / "c.zip")
        with made("http://127.0.0.1:1") as called:
            failing(lambda: called.get_service("s"))

        assert {record.name for record in caplog.records} >= {"fc_client", logger}
        assert line in caplog.text
        assert not SECRETS.search(caplog.text)
        assert leaks([vars(record) for record in caplog.records]) == []
        # asyncio shows results of tasks.
        ours = [record.getMessage() for record in caplog.records if record.name == "fc_client"]
        assert "made-up body" not in "".join(ours)

    def test_signed_url_is_asked_for_as_it_is(self, tmp_path, client_of):
        def answer(handler):
            if handler.path.startswith("/code.zip"):
                return handler.send(200, b"zip")
            url = f"{handler.server.url}/code.zip?a=b&{SIGNED}"
            return handler.send(200, f'{{"url": "{url}"}}'.encode())

        with serving(answer) as server, client_of(server.url) as client:
            client.download_function_code("s", "f", tmp_path / "c.zip")

        assert server.paths[-1] == f"/code.zip?a=b&{SIGNED}"


class TestFunctionCode:
    def test_shows_no_signed_url(self):
        url = f"https://oss.test/code.zip?{SIGNED}"
        code = parse_function_code(
            Response(200, Headers(), f'{{"url": "{url}", "checksum": "1"}}'.encode())
        )
        assert (code.url, f"{code.url}", code.raw["url"]) == (url, url, url)
        assert leaks(code, code.raw) == []


class TestWithoutEcho:
    ATTEMPT = Attempt(
        "GetService",
        "GET",
        "http://fc.test",
        {"x-fc-security-token": Secret(TOKEN), "Authorization": Secret("FC made-up-id:x")},
    )

    def test_error_repeats_no_secret(self):
        reply = Response(403, Headers(), f"you sent {TOKEN}, FC made-up-id:x".encode())
        assert redact_echoed(self.ATTEMPT, reply).body == b"you sent ***, ***"

    def test_success_stays_as_it_is(self):
        reply = Response(200, Headers(), TOKEN.encode())
        assert redact_echoed(self.ATTEMPT, reply) is reply

    def test_attempt_may_have_no_secrets(self):
        attempt = Attempt("GetService", "GET", "http://fc.test", {})
        assert redact_echoed(attempt, Response(403, Headers(), b"no")).body == b"no"


class TestSecret:
    def test_is_text_that_hides_itself(self):
        secret = Secret("x")
        assert (secret, f"{secret}", secret + "y", repr([secret])) == ("x", "x", "xy", "['***']")

    def test_pickles(self):
        assert pickle.loads(pickle.dumps(Secret("x"))) == "x"

    @pytest.mark.parametrize("value", [None, 1, b"x"])
    def test_only_text_is_hidden(self, value):
        assert as_secret(value) is value


class TestLoggedTarget:
    def test_shows_no_query(self):
        target = LoggedTarget("/a?b=c")
        assert (str(target), repr(target), target == "/a?b=c") == ("/a?***", "'/a?***'", True)

    def test_path_is_shown(self):
        assert str(LoggedTarget("/a")) == "/a"


class TestWithoutFrames:
    def test_whole_chain_is_rid_of_them(self):
        def outer():
            try:
                {}["inner"]
            except KeyError as exc:
                raise LookupError("outer") from exc

        error = failing(outer, LookupError)

        assert strip_tracebacks(error) is error
        assert (error.__traceback__, error.__cause__.__traceback__) == (None, None)
        assert error.__cause__.args == ("inner",)


class TestEnvironment:
    def test_is_the_processs_and_shows_none_of_it(self, monkeypatch):
        monkeypatch.setenv("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN)
        environment = Environment()
        assert environment.get("ALIBABA_CLOUD_SECURITY_TOKEN") == TOKEN
        assert environment.get("ALIBABA_CLOUD_NONSENSE") is None
        assert "ALIBABA_CLOUD_SECURITY_TOKEN" in set(environment)
        assert len(environment) > 0
        assert leaks(environment) == []
