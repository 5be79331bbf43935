"""Secrets that a service, or a gateway before it, repeats: of requests, in whatever place."""

import io
import json
import logging
import pickle
import traceback
from urllib.parse import quote

import pytest
from support.http_server import serving
from support.leaks import SECRETS, SIGNED, TOKEN, check_shown, failing

ERROR = '{"ErrorCode": "%s", "ErrorMessage": "%s"}'

PLACES = {
    "a page": lambda said: (200, said, {}),
    "a page, cut off": lambda said: (200, "x" * 290 + said, {}),
    "a message": lambda said: (403, ERROR % ("AccessDenied", said), {}),
    "a message, cut off": lambda said: (403, ERROR % ("AccessDenied", "x" * 990 + said), {}),
    "a code": lambda said: (400, ERROR % (said, "no"), {}),
    "the request ID": lambda said: (400, "{}", {"X_Fc_Request_Id": said}),
    "the request ID of a page": lambda said: (200, "x", {"X_Fc_Request_Id": said}),
    "Location": lambda said: (302, "", {"Location": f"http://x/login/{said}"}),
    "Content-Encoding": lambda said: (200, "", {"Content_Encoding": said}),
    "a value": lambda said: (200, json.dumps({"serviceName": "s", "createdTime": said}), {}),
    "a function's error": lambda said: (
        200,
        json.dumps({"errorMessage": said, "errorType": said, "stackTrace": [[said]]}),
        {"X_Fc_Error_Type": "UnhandledInvocationError", "X_Own": said},
    ),
    "another kind of error": lambda said: (200, "{}", {"X_Fc_Error_Type": said}),
}

FORMS = {
    "plain": str,
    "JSON": lambda text: text.replace("/", "\\/").replace("=", "\\u003d"),
    "URL": lambda text: quote(text, safe=""),
    "HTML": lambda text: text.replace("+", "&#43;").replace("=", "&#61;"),
}


def repeating(place, form):
    """Return a reply that repeats token and Authorization."""

    def reply(exchange):
        sent = exchange.headers
        said = f"{sent['x-fc-security-token']} {sent['Authorization']}"
        status, body, headers = place(form(said))
        exchange.send(status, body.encode(), **headers)

    return reply


def forms_of(text):
    return {form(text) for form in FORMS.values()}


class TestEchoes:
    @pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
    @pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
    def test_are_shown_nowhere(self, place, form, client_of, caplog):
        caplog.set_level(logging.DEBUG, "fc_client")
        with serving(repeating(place, form)) as server, client_of(server.url) as client:
            error = failing(lambda: client.invoke_function("s", "f") and client.get_service("s"))
            [*_, request] = server.requests
        signature = request.headers["Authorization"].rpartition(":")[2]
        shown = f"{error} {error!r} {vars(error)} {error.args} {caplog.text} " + "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
        for secret in (*forms_of(TOKEN), *forms_of(signature)):
            assert secret not in shown
            assert secret[:12] not in shown
        assert len(str(error)) < 1400
        check_shown(error) if error.status_code != 200 else pickle.dumps(error)

    def test_of_results_are_masked_in_their_headers(self, client_of):
        def reply(exchange):
            token = exchange.headers["x-fc-security-token"]
            exchange.send(200, token.encode(), X_Debug=f"sent {token}", X_Fc_Request_Id="id-1")

        with serving(reply) as server, client_of(server.url) as client:
            result = client.invoke_function("s", "f")
        assert result.payload == TOKEN.encode()
        assert (result.headers["x-debug"], result.request_id) == ("sent ***", "id-1")

    def test_of_attempts_before_are_masked_as_well(self, client_of):
        from fc_client import RetryPolicy

        with (
            serving(repeating(PLACES["a message"], str)) as server,
            client_of(server.url, retry=RetryPolicy(base_delay=0)) as client,
        ):
            server.replies[:] = [
                lambda exchange: exchange.send(503, exchange.headers["Authorization"].encode()),
                repeating(PLACES["a message"], str),
            ]
            error = failing(lambda: client.get_service("s"))
        assert "***" in str(error.__cause__)
        assert not SECRETS.search("".join(traceback.format_exception(error)))

    @pytest.mark.parametrize("status", [302, 400, 403, 404])
    @pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
    def test_of_a_signed_url_are_shown_nowhere(self, form, status, client_of):
        def reply(exchange):
            if SIGNED not in exchange.path:
                url = f"{exchange.server.url}/code.zip?Expires=1&{SIGNED}"
                return exchange.send(200, json.dumps({"url": url}).encode())
            alone = SIGNED.partition("=")[2]
            said = f"{form(exchange.path)} {form(alone)}"
            return exchange.send(status, said.encode(), Location=said)

        with serving(reply) as server, client_of(server.url) as client:
            error = failing(lambda: client.download_function_code("s", "f", io.BytesIO()))
        check_shown(error)
        assert "made-up" not in f"{error}{vars(error)}"


class TestText:
    @pytest.mark.parametrize(
        "said", ["one\\nB: two", "\\u001b]0;title\\u0007", "\\ud800", "a\\u202eb", "x" * 99_999]
    )
    @pytest.mark.parametrize("place", ["a message", "a code", "a function's error"])
    def test_is_one_short_line_that_can_be_printed(self, place, said, client_of, capsys):
        status, body, headers = PLACES[place]("@")
        reply = lambda exchange: exchange.send(status, body.replace("@", said).encode(), **headers)  # noqa: E731
        with serving(reply) as server, client_of(server.url) as client:
            error = failing(lambda: client.invoke_function("s", "f"))
        print(error)  # noqa: T201 - that this works is what is tested
        printed = capsys.readouterr().out
        assert printed.rstrip("\n").isprintable()
        assert len(printed) < 1400
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
        json.dumps([str(error), error.message, error.code])
