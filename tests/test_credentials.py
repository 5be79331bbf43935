import pickle

import pytest

from fc_client import ConfigurationError, Credentials
from fc_client.credentials import find_credentials

ENVIRON = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "env-token",
}


def find(environ=None, **arguments):
    nothing = dict.fromkeys(("credentials", "access_key_id", "access_key_secret", "security_token"))
    return find_credentials(**{**nothing, **arguments}, environ=environ or {})


class TestCredentials:
    def test_repr_hides_the_secrets(self):
        assert repr(Credentials("id", "secret", "token")) == "Credentials(access_key_id='id')"

    def test_pickles(self):
        credentials = Credentials("id", "secret", "token")
        assert pickle.loads(pickle.dumps(credentials)) == credentials

    @pytest.mark.parametrize("value", ["", "a\nb", "é", " a", "a ", "   "])
    @pytest.mark.parametrize("name", ["access_key_id", "access_key_secret", "security_token"])
    def test_what_no_header_can_hold_is_refused_unquoted(self, name, value):
        keys = {"access_key_id": "i", "access_key_secret": "s", "security_token": "t", name: value}
        with pytest.raises(ValueError, match=f"^{name}: must be printable ASCII") as caught:
            Credentials(**keys)
        assert repr(value) not in str(caught.value)

    @pytest.mark.parametrize(
        ("keys", "name"),
        [
            ((1, "s"), "access_key_id"),
            (("i", None), "access_key_secret"),
            (("i", "s", b"t"), "security_token"),
        ],
    )
    def test_what_is_no_text_is_refused(self, keys, name):
        with pytest.raises(TypeError, match=f"^{name}: expected a str, got "):
            Credentials(*keys)


class TestFindCredentials:
    def test_credentials_are_used_as_they_are(self):
        credentials = Credentials("id", "secret")
        assert find(ENVIRON, credentials=credentials)() is credentials

    def test_callable_is_asked_every_time(self):
        given = [Credentials("a", "s"), Credentials("b", "s")]
        provider = find(ENVIRON, credentials=lambda: given.pop(0))
        assert [provider().access_key_id, provider().access_key_id] == ["a", "b"]

    def test_callable_that_returns_something_else_is_named(self):
        provider = find(credentials=lambda: None)
        with pytest.raises(TypeError, match=r"^credentials: the callable returned NoneType"):
            provider()

    def test_what_is_neither_is_refused(self):
        with pytest.raises(TypeError, match=r"^credentials: expected Credentials or a callable"):
            find(credentials=("id", "secret"))

    @pytest.mark.parametrize("name", ["access_key_id", "access_key_secret", "security_token"])
    def test_two_sources_are_refused(self, name):
        with pytest.raises(ConfigurationError, match="together"):
            find(credentials=Credentials("id", "secret"), **{name: "x"})

    def test_arguments_win_and_take_no_token_from_the_environment(self):
        found = find(ENVIRON, access_key_id="id", access_key_secret="secret")()
        assert found == Credentials("id", "secret")

    def test_environment_is_next(self):
        assert find(ENVIRON)() == Credentials("env-id", "env-secret", "env-token")

    def test_empty_variable_is_none(self):
        found = find({**ENVIRON, "ALIBABA_CLOUD_SECURITY_TOKEN": ""})()
        assert found.security_token is None

    @pytest.mark.parametrize(
        "environ",
        [{}, {"ALIBABA_CLOUD_ACCESS_KEY_ID": "", "ALIBABA_CLOUD_SECURITY_TOKEN": "t"}],
    )
    def test_nothing_names_every_place(self, environ):
        with pytest.raises(ConfigurationError) as caught:
            find(environ)
        assert str(caught.value) == (
            "no credentials: set access_key_id (or the environment's ALIBABA_CLOUD_ACCESS_KEY_ID) "
            "and access_key_secret (or the environment's ALIBABA_CLOUD_ACCESS_KEY_SECRET)"
        )

    def test_half_of_the_environment_names_the_other_half(self):
        with pytest.raises(ConfigurationError) as caught:
            find({"ALIBABA_CLOUD_ACCESS_KEY_ID": "id"})
        assert str(caught.value) == (
            "no credentials: set access_key_secret "
            "(or the environment's ALIBABA_CLOUD_ACCESS_KEY_SECRET)"
        )

    @pytest.mark.parametrize(
        ("arguments", "missing"),
        [
            ({"access_key_id": "id"}, "access_key_secret"),
            ({"access_key_secret": "s"}, "access_key_id"),
            ({"security_token": "t"}, "access_key_id and access_key_secret"),
        ],
    )
    def test_half_of_the_arguments_is_not_filled_from_the_environment(self, arguments, missing):
        with pytest.raises(ConfigurationError) as caught:
            find(ENVIRON, **arguments)
        assert str(caught.value) == f"no credentials: set {missing}"
