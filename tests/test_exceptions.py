import json
import pickle
import re
from pathlib import Path

import pytest

from fc_client import exceptions
from fc_client._call.responses import api_error_class
from fc_client._messages import Headers
from fc_client.exceptions import (
    APIError,
    BadRequestError,
    ClientClosedRequestError,
    ConfigurationError,
    ConflictError,
    CustomRuntimeError,
    DeploymentError,
    FCError,
    FunctionError,
    InvocationTimeoutError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    ServerError,
    ThrottlingError,
    TransportError,
)
from fc_client.models import InvocationResult, Trigger

GUIDE = json.loads((Path(__file__).parent / "vectors" / "api.json").read_text(encoding="utf-8"))

CLASSES = [getattr(exceptions, name) for name in exceptions.__all__]

FAMILIES = {
    400: BadRequestError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    429: ThrottlingError,
    499: ClientClosedRequestError,
    500: ServerError,
    502: ServerError,
    503: ServerError,
    599: ServerError,
    401: APIError,
    413: APIError,
    418: APIError,
}

LATER = json.loads(
    (Path(__file__).parent / "vectors" / "api-later.json").read_text(encoding="utf-8")
)
OPERATIONS = [*GUIDE["operations"], *LATER["operations"], *LATER["operations_changed"]]

CODES = {
    (int(status), code)
    for operation in OPERATIONS
    for key in ("errors", "errors_added")
    for status, codes in operation.get(key, {}).items()
    for code in codes
    if code.isalnum()
} | {
    (400, "EntityTooLarge"),
    (400, "LimitExceededError"),
    (400, "MissingRequiredHeader"),
    (400, "PathNotSupported"),
    (403, "InvalidAccessKeyID"),
    (404, "AliasNotFound"),
    (404, "DomainNameNotFound"),
    (404, "AsyncConfigNotExists"),
    (404, "InstanceNotFound"),
    (404, "LayerNotFound"),
    (404, "LayerVersionNotFound"),
    (404, "OnDemandConfigNotFound"),
    (404, "StatefulAsyncInvocationNotFound"),
    (404, "VersionNotFound"),
    (409, "ConcurrentUpdateError"),
    (412, "AsyncInvocationStopped"),
    (412, "PreconditionFailed"),
    (429, "ResourceExhausted"),
    (499, "ClientClosedRequest"),
    (500, "DestinationDeliveryFailed"),
    (503, "ResourceThrottled"),
}

# Codes whose class is not in the family of their status.
ELSEWHERE = {
    (412, "AsyncInvocationStopped"),
    (412, "CAExited"),
    (412, "CAFileNotFound"),
    (412, "CAFilePermission"),
    (503, "ResourceThrottled"),
}

DETAILS = {
    "operation": "GetService",
    "status_code": 404,
    "code": "ServiceNotFound",
    "request_id": "id-1",
}

each_class = pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)


def drawn_tree():
    """Yield the name of each class of the drawing, with its parent's."""
    above = []
    for line in exceptions.__doc__.split("::")[1].split("Every class")[0].splitlines():
        if found := re.match(r"( *[│├└─ ]*)(\w+)", line):
            depth = len(found[1]) // 4 - 1
            del above[depth:]
            yield found[2], above[-1] if above else "Exception"
            above.append(found[2])


class TestTree:
    def test_drawing_is_the_tree(self):
        assert dict(drawn_tree()) == {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES}

    def test_all_is_every_class(self):
        classes = {
            name
            for name, kind in vars(exceptions).items()
            if isinstance(kind, type) and issubclass(kind, Exception)
        }
        assert sorted(classes) == sorted(exceptions.__all__)

    @each_class
    def test_tracebacks_name_a_class_as_it_is_imported(self, kind):
        assert f"{kind.__module__}.{kind.__qualname__}" == f"fc_client.exceptions.{kind.__name__}"

    def test_configuration_error_is_a_value_error(self):
        assert issubclass(ConfigurationError, ValueError)

    def test_invocation_timeout_is_a_timeout_error(self):
        assert issubclass(InvocationTimeoutError, TimeoutError)

    def test_no_name_shadows_a_built_in(self):
        assert set(exceptions.__all__).isdisjoint(dir(__builtins__))


class TestPickling:
    @each_class
    def test_keeps_class_attributes_and_text(self, kind):
        error = kind("a message", **DETAILS)

        copy = pickle.loads(pickle.dumps(error))

        assert type(copy) is kind
        assert vars(copy) == vars(error)
        assert str(copy) == str(error)

    def test_keeps_attributes_of_a_lost_call(self):
        copy = pickle.loads(pickle.dumps(TransportError("m", request_sent=False)))
        assert copy.request_sent is False

    def test_keeps_attributes_of_an_api_error(self):
        copy = pickle.loads(pickle.dumps(APIError("m", retry_after=1.5)))
        assert copy.retry_after == 1.5

    def test_keeps_attributes_of_a_function_error(self):
        result = InvocationResult(b"{}", 200, headers=Headers([("X-A", "1")]))
        error = FunctionError("m", error_type="KeyError", stack_trace=[["f", 1]], result=result)

        copy = pickle.loads(pickle.dumps(error))

        assert (copy.error_message, copy.error_type) == ("m", "KeyError")
        assert copy.stack_trace == [["f", 1]]
        assert copy.result == result
        assert copy.result.headers["x-a"] == "1"

    def test_keeps_attributes_of_a_deployment_error(self):
        copy = pickle.loads(pickle.dumps(DeploymentError("m", deleted=Trigger("t"))))
        assert copy.deleted == Trigger("t")


class TestText:
    @each_class
    def test_tells_everything_in_one_line(self, kind):
        text = str(kind("no such\r\n  service", **DETAILS))
        assert text == ("GetService failed: 404 ServiceNotFound: no such service (request id id-1)")

    @pytest.mark.parametrize(
        ("details", "text"),
        [
            ({}, "m"),
            ({"operation": "GetService"}, "GetService failed: m"),
            ({"status_code": 502}, "502: m"),
            ({"code": "Oops"}, "Oops: m"),
            ({"request_id": "r"}, "m (request id r)"),
        ],
    )
    def test_leaves_out_what_is_not_known(self, details, text):
        assert str(FCError("m", **details)) == text

    def test_without_anything_is_empty(self):
        assert str(FCError()) == ""


class TestAPIErrorClass:
    @pytest.mark.parametrize("spell", [str, str.lower, str.upper])
    @pytest.mark.parametrize(("status", "code"), sorted(CODES))
    def test_code_has_its_class_in_any_case(self, status, code, spell):
        kind = api_error_class(status, spell(code))
        name = code if code.endswith("Error") else f"{code}Error"
        assert kind.__name__.lower() == name.lower()

    @pytest.mark.parametrize(("status", "code"), sorted(CODES - ELSEWHERE))
    def test_class_belongs_to_its_status(self, status, code):
        assert issubclass(api_error_class(status, code), FAMILIES[status])

    def test_throttling_is_throttling_with_503_too(self):
        assert issubclass(api_error_class(503, "ResourceThrottled"), ThrottlingError)

    @pytest.mark.parametrize("code", ["CAExited", "CAFileNotFound", "CAFilePermission"])
    def test_failures_of_custom_runtimes_are_no_failed_precondition(self, code):
        assert issubclass(api_error_class(412, code), CustomRuntimeError)

    @pytest.mark.parametrize("code", [None, "", "NeverSeen"])
    @pytest.mark.parametrize(("status", "kind"), FAMILIES.items())
    def test_status_decides_where_the_code_is_unknown(self, status, code, kind):
        assert api_error_class(status, code) is kind

    def test_every_leaf_has_a_code(self):
        leaves = {kind for kind in CLASSES if issubclass(kind, APIError)} - {
            APIError,
            CustomRuntimeError,
            *FAMILIES.values(),
        }
        assert leaves <= {api_error_class(status, code) for status, code in CODES}
