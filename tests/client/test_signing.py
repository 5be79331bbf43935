"""How calls are signed and dated, and what happens when the service refuses that."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
import responses
from support.credentials import keys
from support.fake_service import INVOCATIONS, KEYS, SERVICE, SERVICES, sent, signature_of
from support.http_server import serving

from fc_client import (
    Client,
    Credentials,
    PermissionDeniedError,
    RequestTimeTooSkewedError,
    RetryPolicy,
    signing,
)


class TestSigning:
    def test_every_call_is_signed_by_its_path_alone(self, client):
        responses.get(SERVICES, json={})
        client.list_services(limit=5, prefix="a b")
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_body_is_signed_by_its_digest(self, client):
        responses.post(INVOCATIONS)
        client.invoke_function("s", "f", b"event")
        assert sent().headers["Content-MD5"] == signing.content_md5(b"event")
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_names_are_signed_decoded(self, client):
        responses.get(f"{SERVICES}/%E6%9C%8D%20a", json={"serviceName": "服 a"})
        client.get_service("服 a")
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_date_is_now(self, client):
        responses.get(SERVICE, json={"serviceName": "s"})
        client.get_service("s")
        age = datetime.now(timezone.utc) - parsedate_to_datetime(sent().headers["Date"])
        assert 0 <= age.total_seconds() < 60

    def test_token_is_sent_and_signed(self):
        responses.get(SERVICE, json={"serviceName": "s"})
        Client("http://fc.test", **KEYS, security_token="token").get_service("s")
        assert sent().headers["x-fc-security-token"] == "token"
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_account_is_sent_and_signed(self):
        responses.get(SERVICE, json={"serviceName": "s"})
        Client("http://fc.test", **KEYS, account_id="1").get_service("s")
        assert sent().headers["x-fc-account-id"] == "1"
        assert sent().headers["Authorization"] == signature_of(sent())

    def test_callable_is_asked_before_every_attempt(self):
        keys = [Credentials("made-up-id", secret) for secret in ("old", "new")]
        responses.get(SERVICE, status=503)
        responses.get(SERVICE, json={"serviceName": "s"})
        client = Client(
            "http://fc.test", credentials=lambda: keys.pop(0), retry=RetryPolicy(base_delay=0)
        )
        client.get_service("s")
        assert sent(0).headers["Authorization"] == signature_of(sent(0), "old")
        assert sent(1).headers["Authorization"] == signature_of(sent(1), "new")

    def test_callable_that_returns_nothing_is_told(self):
        client = Client("http://fc.test", credentials=lambda: None)
        with pytest.raises(TypeError, match=r"^credentials: "):
            client.get_service("s")


class TestClockSkew:
    @pytest.fixture
    def service_an_hour_ahead(self):
        def answer(request):
            server = datetime.now(timezone.utc) + timedelta(hours=1)
            sent = parsedate_to_datetime(request.headers["Date"])
            if abs(server - sent) < timedelta(minutes=15):
                return 200, {}, '{"serviceName": "s"}'
            headers = {"Date": format_datetime(server, usegmt=True)}
            return 403, headers, '{"ErrorCode": "RequestTimeTooSkewed"}'

        responses.add_callback("GET", SERVICE, answer)

    @pytest.mark.usefixtures("service_an_hour_ahead")
    def test_is_corrected_and_kept(self, client, caplog):
        for _ in range(3):
            assert client.get_service("s").service_name == "s"

        assert len(responses.calls) == 4
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "clock" in caplog.text

    @pytest.mark.usefixtures("service_an_hour_ahead")
    def test_is_corrected_without_retries_too(self):
        client = Client("http://fc.test", **KEYS, retry=RetryPolicy(attempts=1))

        assert client.get_service("s").service_name == "s"

    def test_that_comes_back_is_an_error(self, client):
        soon = datetime.now(timezone.utc) + timedelta(hours=2)
        responses.get(
            SERVICE,
            status=403,
            json={"ErrorCode": "RequestTimeTooSkewed"},
            headers={"Date": format_datetime(soon, usegmt=True)},
        )

        with pytest.raises(RequestTimeTooSkewedError) as caught:
            client.get_service("s")

        assert (caught.value.attempts, len(responses.calls)) == (2, 2)

    @pytest.mark.parametrize(
        "date",
        [
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Fri, 31 Dec 9999 23:59:59 -2359",
            "Thu, 01 Jan 2099 00:00:00 GMT",
            "Sat, 01 Jan 0100 00:00:00 +2359",
            "Mon, 01 Jan 0001 00:00:00 +2359",
            "Thu, 01 Jan 1970 00:00:00 GMT",
        ],
    )
    def test_by_more_than_a_day_is_ignored(self, client, date):
        responses.get(
            SERVICE,
            status=403,
            json={"ErrorCode": "RequestTimeTooSkewed"},
            headers={"Date": date},
        )
        responses.get(SERVICE, json={"serviceName": "s"})

        with pytest.raises(RequestTimeTooSkewedError):
            client.get_service("s")

        assert client.get_service("s").service_name == "s"
        assert len(responses.calls) == 2
        dated = parsedate_to_datetime(sent().headers["Date"])
        assert abs(dated - datetime.now(timezone.utc)) < timedelta(minutes=1)

    @pytest.mark.parametrize("headers", [{}, {"Date": "soon"}])
    def test_without_the_services_time_is_an_error(self, client, headers):
        responses.get(
            SERVICE, status=403, json={"ErrorCode": "RequestTimeTooSkewed"}, headers=headers
        )

        with pytest.raises(RequestTimeTooSkewedError):
            client.get_service("s")

        assert len(responses.calls) == 1


class TestExpiredToken:
    EXPIRED = '{"ErrorCode": "InvalidSecurityToken.Expired", "ErrorMessage": "expired"}'

    def asked(self, tokens):
        found = (Credentials("made-up-id", "made-up-secret", token) for token in tokens)
        return Client("http://fc.test", credentials=lambda: next(found))

    def test_is_replaced_and_the_call_made_once_more(self):
        responses.get(SERVICE, status=403, body=self.EXPIRED)
        responses.get(SERVICE, json={"serviceName": "s"})

        assert self.asked(["old", "new"]).get_service("s").service_name == "s"

        tokens = [sent(index).headers["x-fc-security-token"] for index in (0, 1)]
        assert tokens == ["old", "new"]

    def test_that_comes_back_is_an_error(self):
        responses.get(SERVICE, status=403, body=self.EXPIRED)

        with pytest.raises(PermissionDeniedError, match="expired") as caught:
            self.asked(["old", "older", "oldest"]).get_service("s")

        assert caught.value.attempts == 2

    def test_of_a_fixed_key_is_an_error_at_once(self):
        responses.get(SERVICE, status=403, body=self.EXPIRED)
        client = Client("http://fc.test", **KEYS, security_token="made-up-token")

        with pytest.raises(PermissionDeniedError):
            client.get_service("s")

        assert len(responses.calls) == 1

    def test_is_not_repeated_by_the_error(self):
        responses.get(SERVICE, status=403, body="no such token: made-up-token")
        client = Client("http://fc.test", **KEYS, security_token="made-up-token")

        with pytest.raises(PermissionDeniedError, match=r"no such token: \*\*\*"):
            client.get_service("s")


class TestCredentialsThatExpire:
    def test_are_replaced_before_an_attempt(self, monkeypatch):
        responses.get(SERVICE, json={"serviceName": "s"})

        with serving(keys(1, Expiration="2026-05-08T10:00:00Z"), keys(2)) as server:
            monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_URI", f"{server.url}/keys")
            Client("http://fc.test").get_service("s")

        assert sent().headers["Authorization"].startswith("FC STS.id-2:")
