"""HTTP functions for tests: made on the spot, and called without and with a signature."""

from __future__ import annotations

import textwrap
from datetime import datetime, timezone
from typing import Any

import requests
from local.support import VERSION, Api, zip_code, zip_of

from fc_client import signing

ALL_METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]
PROXY = f"{VERSION}/proxy/s/f"

# Answers with what it has got.
ECHO = """
import json
def h(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    return [json.dumps({**seen, "body": body.decode("latin-1")}).encode()]
"""


def create_python(api: Api, source: str, name: str = "f", **fields: Any) -> None:
    """Create the service s, unless it exists, and a python3 function, whose handler is m.h.

    Its timeout is a long one; so is that of create_node.
    """
    api.create_service()
    fields = {"code": zip_code(zip_of({"m.py": textwrap.dedent(source)})), "timeout": 30, **fields}
    api.create_function(name, **fields).raise_for_status()


def create_node(api: Api, source: str, name: str = "f", **fields: Any) -> None:
    """Create the service s, unless it exists, and a nodejs function, whose handler is m.h."""
    api.create_service()
    fields = {"code": zip_code(zip_of({"m.js": textwrap.dedent(source)})), "timeout": 30, **fields}
    api.create_function(name, runtime="nodejs12", **fields).raise_for_status()


def add_trigger(api: Api, name: str = "f", auth: str = "anonymous", **fields: Any):
    """Give a function an HTTP trigger; return the response."""
    document = {
        "triggerName": "http",
        "triggerType": "http",
        "triggerConfig": {"authType": auth, "methods": fields.pop("methods", ALL_METHODS)},
        **fields,
    }
    return api.call("POST", f"/services/s/functions/{name}/triggers", document)


def fetch(api: Api, method: str, path: str, **options: Any) -> requests.Response:
    """Send a request without a signature; the path is the whole one."""
    return api.session.request(method, api.endpoint + path, timeout=60, **options)


def fetch_signed(
    api: Api, method: str, path: str, queries: dict[str, list[str]], **options: Any
) -> requests.Response:
    """Send a request that is signed as the service demands of calls of HTTP functions."""
    headers = {
        "Date": signing.gmt_date(datetime.now(timezone.utc)),
        "x-fc-trace-id": "trace",
        **options.pop("headers", {}),
    }
    headers["Authorization"] = signing.authorization(
        api.key_id, api.key_secret, method, path, headers, queries
    )
    return api.session.request(
        method, api.endpoint + path, params=queries, headers=headers, timeout=60, **options
    )
