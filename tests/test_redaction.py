"""Text, bytes and tracebacks that show no secrets."""

import pickle

import pytest
from support.leaks import SIGNED, TOKEN, failing, leaks

from fc_client._messages import Headers, Response
from fc_client._operations.function_code import parse_function_code
from fc_client._redaction import Environment, LoggedTarget, Secret, as_secret, strip_tracebacks


class TestFunctionCode:
    def test_shows_no_signed_url(self):
        url = f"https://oss.test/code.zip?{SIGNED}"
        code = parse_function_code(
            Response(200, Headers(), f'{{"url": "{url}", "checksum": "1"}}'.encode())
        )
        assert (code.url, f"{code.url}", code.raw["url"]) == (url, url, url)
        assert leaks(code, code.raw) == []


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
