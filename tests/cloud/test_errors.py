import pickle

import pytest
from Tea.exceptions import TeaException

from fc_client import FCError
from fc_client.cloud import CloudError, StepError
from fc_client.cloud._failures import error_of


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        ("EntityNotExist", {"is_missing"}),
        ("EntityNotExist.Role", {"is_missing"}),
        ("EntityNotExist.Policy.Version", {"is_missing"}),
        ("ProjectNotExist", {"is_missing"}),
        ("LogStoreNotExist", {"is_missing"}),
        ("IndexConfigNotExist", {"is_missing"}),
        ("EntityNotExistence", set()),
        ("InvalidAccessKeyId.NotFound", set()),
        ("EntityAlreadyExists.Role", {"is_existing"}),
        ("EntityAlreadyExist.Policy", {"is_existing"}),
        ("ProjectAlreadyExist", {"is_existing"}),
        ("NoPermission", {"is_denied"}),
        ("Forbidden.RAM", {"is_denied"}),
        ("Unauthorized", {"is_denied"}),
        ("NotFoundApiGroup", {"is_missing"}),
        ("NotFoundApi", {"is_missing"}),
        ("NotFoundStage", {"is_missing"}),
        ("InvalidGroupId.NotFound", {"is_missing"}),
        ("DuplicateApiName", {"is_existing"}),
        ("Throttling.User", {"is_busy"}),
        ("RepeatedCommit", {"is_busy"}),
        (None, set()),
    ],
)
def test_kinds_of_errors(code, kinds):
    error = CloudError("m", code=code)

    names = ("is_missing", "is_existing", "is_denied", "is_busy")
    assert {name for name in names if getattr(error, name)} == kinds


def test_they_are_errors_of_this_library():
    error = CloudError("no", operation="GetRole", status_code=404, code="C", request_id="r")

    assert isinstance(error, FCError)
    assert str(error) == "GetRole failed: 404 C: no (request id r)"


@pytest.mark.parametrize("status_code", [429, 503])
def test_busy_by_the_status(status_code):
    assert CloudError("<html>", status_code=status_code).is_busy
    assert not CloudError("<html>", status_code=500).is_busy


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("ram", "GetRole", "ram:GetRole"),
        ("apigateway", "CreateApi", "apigateway:CreateApi"),
        ("log", "GetLogs", "log:GetLogStoreLogs"),
        ("", None, "*:*"),
    ],
)
def test_action_that_a_policy_must_allow(service, operation, action):
    error = CloudError("no", service=service, operation=operation)
    assert error.action == action
    assert pickle.loads(pickle.dumps(error)).action == action


def test_a_failed_step_says_what_was_done():
    error = StepError("no", done=("role r created",), failed="create policy p", code="C")

    assert str(error) == "cannot create policy p: C: no; done before: role r created"
    # A change whose reply was lost may have been made.
    assert str(StepError("no", failed="get role r")) == "cannot get role r: no"


def test_they_can_be_pickled():
    error = StepError("no", done=("a",), failed="b", code="EntityNotExist", request_id="r")

    copy = pickle.loads(pickle.dumps(error))

    assert (str(copy), copy.done, copy.failed) == (str(error), ("a",), "b")
    assert copy.is_missing


def test_error_of_the_library_without_a_code_shows_what_it_has():
    failure = TeaException({"data": {"statusCode": 502, "hint": "later"}})

    error = error_of(failure, "GetRole", "http://ram.test", "ram")

    assert str(error) == 'GetRole failed: 502: {"hint": "later"}'


def test_error_of_the_library_without_a_status_is_one_of_parsing():
    failure = TeaException({"message": "odd"})

    error = error_of(failure, "GetRole", "http://ram.test", "ram")

    text = "GetRole failed: the response could not be parsed: Error: None odd"
    assert str(error).startswith(text)
