r"""Helps functions that API Gateway calls: requests and responses instead of events.

This file needs nothing but Python 3.6. A function imports it from its own
package, so put a copy beside the function::

    python -m fc_client.helper > fc_helper.py

and write the function with it::

    from fc_helper import hook

    @hook
    def handler(req, res):
        res.send("Hello world!\n")
"""

# ruff: noqa: UP006, UP007, UP035, UP045 - the cloud's python3 may be Python 3.6

import base64
import functools
import json
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Union

__all__ = ["Headers", "Request", "Response", "hook"]


class Headers(Mapping[str, str]):
    """Headers whose names are the same in any case.

    Args:
        headers: The headers, with their names as sent.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._names = {name.lower(): name for name in self._headers}

    def __getitem__(self, name: str) -> str:
        """Return the value of a header."""
        return self._headers[self._names[name.lower()]]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names as sent."""
        return iter(self._headers)

    def __len__(self) -> int:
        """Return the number of headers."""
        return len(self._headers)

    def __contains__(self, name: object) -> bool:
        """Return whether there is a header of this name."""
        return isinstance(name, str) and name.lower() in self._names

    def __repr__(self) -> str:
        """Return the headers as text."""
        return f"Headers({self._headers!r})"


class Request:
    """A request to an API.

    Args:
        event: The event that API Gateway has sent, as JSON.
        context: The context of the function.

    Attributes:
        path: The path, without the query.
        method: The HTTP method in upper case.
        headers: The headers, whose names are the same in any case.
        query: The parameters of the query.
        params: The parameters of the path.
        content: The body as bytes.
        context: The context of the function.

    Raises:
        ValueError: the event is not one of API Gateway.
    """

    def __init__(self, event: Union[bytes, str], context: Any = None) -> None:
        document = _document(event)
        self.path: str = document["path"]
        self.method: str = document["httpMethod"]
        self.headers = Headers(document.get("headers") or {})
        self.query: Dict[str, str] = document.get("queryParameters") or {}
        self.params: Dict[str, str] = document.get("pathParameters") or {}
        body = document.get("body") or ""
        is_base64 = document.get("isBase64Encoded") in (True, "true")
        self.content: bytes = base64.b64decode(body) if is_base64 else body.encode()
        self.context = context

    @property
    def body(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the value of a body that is JSON; ValueError if it is not."""
        return json.loads(self.content.decode())


def _document(event: Union[bytes, str]) -> Dict[str, Any]:
    try:
        document = json.loads(event)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not {"path", "httpMethod"} <= set(document):
        raise ValueError("the event is not one of API Gateway: call the function by an API")
    return document


class Response:
    """The response to a request.

    Attributes:
        status: The HTTP status.
        type: The Content-Type; by default that of what is sent.
    """

    def __init__(self) -> None:
        self.status = 200
        self.type: Optional[str] = None
        self._headers: List[List[str]] = []
        self._body = ""
        self._is_base64 = False
        self._is_sent = False

    def set_header(self, name: str, value: str) -> None:
        """Set a header, in place of one of the same name in any case."""
        if name.lower() == "content-type":
            self.type = value
            return
        self._headers = [each for each in self._headers if each[0].lower() != name.lower()]
        self._headers.append([name, value])

    def send(self, body: Any) -> None:
        """Send a body, which ends the response.

        Args:
            body: Text, bytes, or a value to send as JSON.
        """
        if isinstance(body, (bytes, bytearray)):
            self._is_base64 = True
            self._send(base64.b64encode(body).decode(), "application/octet-stream")
        elif isinstance(body, str):
            self._send(body, "text/plain; charset=utf-8")
        else:
            self._send(json.dumps(body), "application/json")

    def end(self) -> None:
        """End the response without a body."""
        self._send("", self.type)

    def _send(self, body: str, content_type: Optional[str]) -> None:
        if self._is_sent:
            raise RuntimeError("the response has been sent already: call send() or end() once")
        self._is_sent = True
        self._body = body
        self.type = self.type or content_type

    def as_dict(self) -> Dict[str, Any]:
        """Return the response in the form of API Gateway."""
        headers = dict(self._headers)
        if self.type:
            headers["Content-Type"] = self.type
        return {
            "isBase64Encoded": self._is_base64,
            "statusCode": self.status,
            "headers": headers,
            "body": self._body,
        }


def hook(handler: Callable[[Request, Response], object]) -> Callable[[Any, Any], str]:
    """Return a function of Function Compute that answers API Gateway.

    Args:
        handler: Called with the request and the response. The response ends
            with it, if not before; what it returns is not used.
    """

    @functools.wraps(handler)
    def function(event: Union[bytes, str], context: Any) -> str:
        response = Response()
        handler(Request(event, context), response)
        return json.dumps(response.as_dict())

    return function
