"""What the service's failures become."""

import pickle

import pytest
import responses
from support.fake_service import INVOCATIONS, SERVICE, SERVICES, ZIP

from fc_client import (
    InvalidArgumentError,
    ResponseError,
    ServerError,
    ServiceNotFoundError,
)


class TestErrors:
    @pytest.mark.parametrize("keys", [("ErrorCode", "ErrorMessage"), ("errorCode", "errorMessage")])
    def test_both_spellings_are_read(self, client, keys):
        body = dict(zip(keys, ("ServiceNotFound", "service 's' does not exist"), strict=True))
        responses.get(SERVICE, json=body, status=404, headers={"X-Fc-Request-Id": "id-1"})
        with pytest.raises(ServiceNotFoundError) as caught:
            client.get_service("s")
        assert str(caught.value) == (
            "GetService failed: 404 ServiceNotFound: service 's' does not exist (request id id-1)"
        )
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)

    def test_page_of_a_gateway_is_typed(self, client):
        page = "<html>\n<h1>502 Bad Gateway</h1>" + "x" * 1000
        responses.post(INVOCATIONS, body=page, status=502, headers={"X-Fc-Request-Id": "id-1"})
        with pytest.raises(ServerError) as caught:
            client.invoke_function("s", "f")
        assert (caught.value.status_code, caught.value.request_id) == (502, "id-1")
        assert "<h1>502 Bad Gateway</h1>" in str(caught.value)
        assert len(str(caught.value)) < 400
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        "body", ["", "<html>", "[]", '"s"', "{}", '{"serviceName": "s"', "\xff"]
    )
    def test_success_that_cannot_be_understood(self, client, body):
        responses.get(SERVICE, body=body.encode("latin-1"), headers={"X-Fc-Request-Id": "id-1"})
        with pytest.raises(ResponseError, match="could not be parsed") as caught:
            client.get_service("s")
        assert (caught.value.operation, caught.value.status_code) == ("GetService", 200)
        assert caught.value.request_id == "id-1"

    @pytest.mark.parametrize("field", ["createdTime", "logConfig", "vpcConfig"])
    def test_success_with_a_field_that_cannot_be_understood(self, client, field):
        responses.get(SERVICE, json={"serviceName": "s", field: ["?"]})
        with pytest.raises(ResponseError):
            client.get_service("s")

    def test_list_that_cannot_be_understood(self, client):
        responses.get(SERVICES, json={"services": ["s"]})
        with pytest.raises(ResponseError):
            client.list_services()

    def test_the_service_judges_values(self, client):
        """Limits change; what the service says is what the user sees."""
        responses.post(
            f"{SERVICE}/functions",
            json={"ErrorCode": "InvalidArgument", "ErrorMessage": "memorySize"},
            status=400,
        )
        with pytest.raises(InvalidArgumentError, match="memorySize"):
            client.create_function(
                "s", "1 bad name", runtime="cobol", handler="h", code=ZIP, memory_size=-1
            )
