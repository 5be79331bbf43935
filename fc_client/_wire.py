"""What the operations share: their paths, fields and queries, and what replies mean."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from fc_client._arguments import (
    boolean,
    function,
    header,
    integer,
    string_map,
    structure,
    text,
)
from fc_client._call.progress import UploadProgress, with_progress
from fc_client._messages import (
    LostReplyCheck,
    Request,
    Response,
    Stream,
    build,
    excerpt,
    json_body,
    path,
)
from fc_client.code import Code
from fc_client.exceptions import (
    ChecksumMismatchError,
    FunctionError,
    HandledInvocationError,
    UnhandledInvocationError,
)
from fc_client.models import Function, InvocationResult

_FUNCTION_ERRORS: dict[str, type[FunctionError]] = {
    "handledinvocationerror": HandledInvocationError,
    "unhandledinvocationerror": UnhandledInvocationError,
}


def service_path(service_name: str, below: str = "") -> str:
    """Return the path of a service, or of what lies *below* it."""
    return path("/services/{service_name}" + below, service_name=service_name)


def function_path(service_name: str, function_name: str, below: str = "") -> str:
    """Return the path of a function, or of what lies *below* it."""
    return path(
        "/services/{service_name}/functions/{function_name}" + below,
        service_name=service_name,
        function_name=function_name,
    )


def trigger_path(service_name: str, function_name: str, trigger_name: str) -> str:
    """Return the path of a trigger."""
    return path(
        "/services/{service_name}/functions/{function_name}/triggers/{trigger_name}",
        service_name=service_name,
        function_name=function_name,
        trigger_name=trigger_name,
    )


def page_query(
    limit: int | None, next_token: str | None, prefix: str | None, start_key: str | None
) -> dict[str, str | int | None]:
    """Return the query of the guide's List operations."""
    return {
        "limit": integer("limit", limit),
        "nextToken": text("next_token", next_token),
        "prefix": text("prefix", prefix),
        "startKey": text("start_key", start_key),
    }


def service_fields(
    *,
    description: str | None,
    internet_access: bool | None,
    log_config: Any,
    role: str | None,
    vpc_config: Any,
) -> dict[str, Any]:
    """Return the guide's ServiceUpdateFields."""
    return {
        "description": text("description", description),
        "internetAccess": boolean("internet_access", internet_access),
        "logConfig": structure("log_config", log_config),
        "role": text("role", role),
        "vpcConfig": structure("vpc_config", vpc_config),
    }


def function_fields(
    *,
    runtime: str | None,
    handler: str | None,
    description: str | None,
    memory_size: int | None,
    timeout: int | None,
    environment_variables: Mapping[str, str] | None,
    initializer: str | None,
    initialization_timeout: int | None,
) -> dict[str, Any]:
    """Return the guide's FunctionUpdateFields, with those that came later."""
    return {
        "runtime": text("runtime", runtime),
        "handler": text("handler", handler),
        "description": text("description", description),
        "memorySize": integer("memory_size", memory_size),
        "timeout": integer("timeout", timeout),
        "environmentVariables": string_map("environment_variables", environment_variables),
        "initializer": text("initializer", initializer),
        "initializationTimeout": integer("initialization_timeout", initialization_timeout),
    }


def create_request(
    kind: str,
    parent: str,
    stored: str,
    fields: Mapping[str, Any],
    *,
    code: Code | None = None,
    progress: UploadProgress | None = None,
) -> Request:
    """Return the request that makes a resource.

    If a reply was lost and the next attempt finds the resource there, it is
    this one if it has what was sent.

    Args:
        kind: Service, Function or Trigger.
        parent: Path of the list that it becomes part of.
        stored: Path where it stands then.
        fields: All of it but the code.
        code: A function's code.
        progress: As for :func:`function_body`.
    """
    checksum = code.checksum if code else None
    return build(
        f"Create{kind}",
        "POST",
        parent,
        headers={"x-fc-code-checksum": checksum},
        body=function_body(fields, code, progress),
        lost_reply_check=LostReplyCheck(
            f"{kind}AlreadyExists", f"Get{kind}", stored, {**fields, "codeChecksum": checksum}
        ),
    )


def update_request(
    kind: str,
    stored: str,
    fields: Mapping[str, Any],
    if_match: str | None,
    *,
    code: Code | None = None,
    progress: UploadProgress | None = None,
) -> Request:
    """Return the request that changes a resource.

    If a reply was lost and the next attempt finds another ETag, that is this
    change's own if the resource has what was sent.

    Args:
        kind: Service, Function or Trigger.
        stored: Path where it stands.
        fields: What changes but the code.
        if_match: ETag that it must still have.
        code: A function's code.
        progress: As for :func:`function_body`.
    """
    checksum = code.checksum if code else None
    return build(
        f"Update{kind}",
        "PUT",
        stored,
        headers={"If-Match": header("if_match", if_match), "x-fc-code-checksum": checksum},
        body=function_body(fields, code, progress),
        lost_reply_check=LostReplyCheck(
            "PreconditionFailed", f"Get{kind}", stored, {**fields, "codeChecksum": checksum}
        ),
    )


def delete_request(kind: str, stored: str, if_match: str | None) -> Request:
    """Return the request that deletes a resource.

    If a reply was lost and the next attempt finds nothing, it is deleted.

    Args:
        kind: Service, Function or Trigger.
        stored: Path where it stands.
        if_match: ETag that it must still have.
    """
    return build(
        f"Delete{kind}",
        "DELETE",
        stored,
        headers={"If-Match": header("if_match", if_match)},
        lost_reply_check=LostReplyCheck(f"{kind}NotFound"),
    )


def function_body(
    fields: Mapping[str, Any], code: Code | None, progress: UploadProgress | None
) -> bytes | Stream:
    """Return the body that sends *fields* and *code*; a zip is read while it is sent.

    Args:
        fields: As from :func:`function_fields`.
        code: None sends none.
        progress: Told the bytes of the zip that are out, and how many there are.
    """
    report = function("progress", progress)
    if code is None:
        return json_body(fields)
    if code.size is None:
        place = {"ossBucketName": code.bucket, "ossObjectName": code.object}
        return json_body({**fields, "code": place})
    total = code.size
    whole = json_body({**fields, "code": {"zipFile": ""}})
    # The zip goes between the last two quotation marks.
    start, end = whole[:-3], whole[-3:]

    def chunks() -> Iterator[bytes]:
        zipped = with_progress(code.chunks(), total, report)
        return chain([start], (b2a_base64(chunk, newline=False) for chunk in zipped), [end])

    return Stream(chunks, len(whole) + 4 * -(-total // 3), replayable=True)


def function_stored(operation: str, code: Code | None, response: Response) -> Function:
    """Return the function of a reply whose code is the code that was sent.

    Raises:
        ChecksumMismatchError: the service stored other bytes.
    """
    function = Function.from_response(response)
    sent = None if code is None else code.checksum
    if sent is not None and function.code_checksum not in (None, sent):
        raise ChecksumMismatchError(
            f"the service stored code with the checksum {function.code_checksum}, sent was {sent}",
            operation=operation,
            status_code=response.status_code,
            request_id=response.request_id,
        )
    return function


def invocation_result(check: bool, response: Response) -> InvocationResult:
    """Return the result of an invocation; with *check* raise its failure.

    Raises:
        HandledInvocationError: the function returned an error.
        UnhandledInvocationError: it raised, crashed, timed out or did not load.
    """
    result = InvocationResult.from_response(response)
    if check and result.error_type is not None:
        raise _function_error(result, result.error_type)
    return result


def _function_error(result: InvocationResult, code: str) -> FunctionError:
    body = _error_body(result)
    message = body.get("errorMessage")
    trace = body.get("stackTrace")
    return _FUNCTION_ERRORS.get(code.lower(), FunctionError)(
        str(message) if message is not None else excerpt(result.payload),
        error_type=body.get("errorType"),
        stack_trace=trace if isinstance(trace, list) else None,
        result=result,
        operation="InvokeFunction",
        status_code=result.status_code,
        code=code,
        request_id=result.request_id,
    )


def _error_body(result: InvocationResult) -> dict[str, Any]:
    try:
        body = result.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def no_result(response: Response) -> None:
    """Return None: the reply of a deletion says no more than its status."""
