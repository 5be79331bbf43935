from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from fc_client import Credentials

SOON = datetime(2026, 5, 8, tzinfo=timezone.utc)


class TestCredentials:
    def test_repr_hides_the_secrets(self):
        assert repr(Credentials("id", "secret", "token", expiration=SOON)) == (
            f"Credentials(access_key_id='id', expiration={SOON!r})"
        )

    def test_secrets_are_text_with_a_masked_repr(self):
        credentials = Credentials("id", "secret", "token")
        assert (credentials.access_key_secret, credentials.security_token) == ("secret", "token")
        assert f"{credentials.access_key_secret}" == "secret"
        assert [repr(credentials.access_key_secret), repr(credentials.security_token)] == [
            "'***'",
            "'***'",
        ]

    def test_can_be_replaced(self):
        credentials = replace(Credentials("id", "secret", "token"), expiration=SOON)
        assert credentials == Credentials("id", "secret", "token", expiration=SOON)

    @pytest.mark.parametrize("value", ["", "a\nb", "é", " a", "a ", "   "])
    @pytest.mark.parametrize("name", ["access_key_id", "access_key_secret", "security_token"])
    def test_invalid_header_values_are_refused_without_quoting_them(self, name, value):
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
    def test_other_types_are_refused(self, keys, name):
        with pytest.raises(TypeError, match=f"^{name}: expected a str, got "):
            Credentials(*keys)

    def test_expiration_of_another_type_is_refused(self):
        with pytest.raises(TypeError, match=r"^expiration: expected a datetime, got str"):
            Credentials("i", "s", expiration="2026-05-08T00:00:00Z")

    def test_expiration_without_a_time_zone_is_refused(self):
        with pytest.raises(ValueError, match=r"^expiration: must have a time zone"):
            Credentials("i", "s", expiration=SOON.replace(tzinfo=None))


class TestFromContext:
    @pytest.mark.parametrize("token", ["token", None])
    def test_context_of_a_python_function(self, token):
        given = SimpleNamespace(access_key_id="i", access_key_secret="s", security_token=token)
        context = SimpleNamespace(request_id="r", credentials=given)
        assert Credentials.from_context(context) == Credentials("i", "s", token)

    @pytest.mark.parametrize(
        "given",
        [
            {"accessKeyId": "i", "accessKeySecret": "s", "securityToken": "t"},
            {"access_key_id": "i", "access_key_secret": "s", "security_token": "t"},
        ],
    )
    def test_mapping_with_the_names_of_either_runtime(self, given):
        assert Credentials.from_context({"credentials": given}) == Credentials("i", "s", "t")

    def test_function_without_a_role_has_an_empty_token(self):
        given = {"accessKeyId": "i", "accessKeySecret": "s", "securityToken": ""}
        assert Credentials.from_context({"credentials": given}).security_token is None

    @pytest.mark.parametrize(
        ("context", "words"),
        [
            ({}, "context has no credentials"),
            (b"event", "context has no credentials"),
            ({"credentials": None}, "context has no credentials"),
            (
                {"credentials": {"securityToken": "", "accessKeyId": "i"}},
                "context.credentials has no access_key_secret",
            ),
        ],
    )
    def test_anything_else_is_refused(self, context, words):
        with pytest.raises(TypeError, match=f"^context: expected a function's context; {words}$"):
            Credentials.from_context(context)
