"""Rows of the guide's operations that take a qualifier since then, called with one."""

from support.operations import FUNCTION_REPLY, PAGE, PAGE_QUERY, SERVICE_REPLY, Row

SERVICE = "/2016-08-15/services/{serviceName}[.{qualifier}]"
FUNCTION = SERVICE + "/functions/{functionName}"

QUALIFIER_ROWS = [
    Row(
        "GetService",
        lambda client: client.get_service("s", qualifier="prod"),
        "GET",
        SERVICE,
        reply=SERVICE_REPLY,
    ),
    Row(
        "ListFunctions",
        lambda client: client.list_functions("s", **PAGE, qualifier="prod"),
        "GET",
        SERVICE + "/functions",
        query=PAGE_QUERY,
        reply={"functions": [FUNCTION_REPLY]},
    ),
    Row(
        "GetFunction",
        lambda client: client.get_function("s", "f", qualifier="prod"),
        "GET",
        FUNCTION,
        reply=FUNCTION_REPLY,
    ),
    Row(
        "GetFunctionCode",
        lambda client: client.get_function_code("s", "f", qualifier="prod"),
        "GET",
        FUNCTION + "/code",
        reply={"url": "http://oss.test/code", "checksum": "1"},
    ),
    Row(
        "InvokeFunction",
        lambda client: client.invoke_function(
            "s",
            "f",
            b"x",
            qualifier="prod",
            invocation_type="Async",
            stateful_id="i",
            async_delay=5,
        ),
        "POST",
        FUNCTION + "/invocations",
        headers={
            "Content-Type": "application/octet-stream",
            "x-fc-invocation-type": "Async",
            "x-fc-log-type": "None",
            "x-fc-stateful-async-invocation-id": "i",
            "x-fc-async-delay": "5",
        },
        body=b"x",
    ),
]
