"""Checks the parameters of a call, and makes the event that its function gets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from fc_client.local.cloud.gateway.definitions import MAPPING, PASSTHROUGH
from fc_client.local.cloud.gateway.errors import GatewayError
from fc_client.local.cloud.inputs import whole_number
from fc_client.local.cloud.messages import CloudRequest

__all__ = ["Call", "make_event"]

_FORM = "application/x-www-form-urlencoded"
_DEFAULT_TYPE = "application/octet-stream; charset=UTF-8"
_FORM_TYPE = f"{_FORM}; charset=UTF-8"
_INTEGER = re.compile("[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LIMITS = {"Int": 2**31, "Long": 2**63}
# Headers of the gateway and of the connection, which functions do not get.
_OWN_HEADERS = ("connection", "content-length", "expect", "host", "transfer-encoding", "x-ca-stage")


@dataclass(frozen=True)
class Call:
    """A call of a deployed API.

    Attributes:
        api: What is deployed.
        request: The request; its path is that below the group.
        path_parameters: The decoded parameters of the path.
        time: When it arrived, in seconds since the epoch.
    """

    api: Mapping[str, Any]
    request: CloudRequest
    path_parameters: Mapping[str, str]
    time: float

    @property
    def config(self) -> Mapping[str, Any]:
        """What the API accepts."""
        config: Mapping[str, Any] = self.api["RequestConfig"]
        return config

    @property
    def form(self) -> str | None:
        """The body as the text of a form, or None if it is not one."""
        content_type = self.request.headers.get("content-type", _FORM).partition(";")[0]
        if self.config["BodyFormat"] != "FORM" or content_type.strip().lower() != _FORM:
            return None
        return self.request.body.decode("utf-8", "replace")


def make_event(call: Call) -> bytes:
    """Return the event for the function of a call.

    Raises:
        GatewayError: a parameter is missing, or not of its type.
    """
    given = _checked(call)
    mode = call.config["RequestMode"]
    queries = {} if mode == MAPPING else dict(call.request.query)
    headers = _fixed_headers(call)
    paths = dict(call.path_parameters) if mode == PASSTHROUGH else {}
    places = {"Query": queries, "Head": headers, "Path": paths, "Body": dict[str, str]()}
    if mode != PASSTHROUGH:
        for location, name, value in _mapped(call, given):
            places[location][name] = value
    for location, name, value in _added(call):
        places[location][name] = value
    body, is_base64 = _body(call, places["Body"])
    document = {
        "path": unquote(call.request.path),
        "httpMethod": call.request.method,
        "headers": headers,
        "queryParameters": queries,
        "pathParameters": paths,
        "body": body,
        "isBase64Encoded": is_base64,
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _checked(call: Call) -> dict[str, str]:
    """Return the declared parameters that were sent or have a default, by name."""
    form = dict(parse_qsl(call.form or "", keep_blank_values=True))
    sources = {
        "Query": call.request.query,
        "Head": call.request.headers,
        "Path": call.path_parameters,
        "Body": form,
    }
    found = {}
    for declared in call.api["RequestParameters"]:
        name, location = declared["ApiParameterName"], declared["Location"]
        value = sources[location].get(name.lower() if location == "Head" else name)
        if value is None:
            value = declared["DefaultValue"] or None
        if value is not None:
            _check_type(name, value, declared["ParameterType"])
            found[name] = value
        elif declared["Required"] == "REQUIRED":
            raise GatewayError(400, f"Missing Parameter: {name} is required ({location})", "I400MP")
    return found


def _check_type(name: str, value: str, kind: str) -> None:
    """Raise GatewayError unless a value is of a type of the gateway."""
    if kind in _LIMITS:
        limit = _LIMITS[kind]
        number = whole_number(value.lstrip("+"), -limit, limit - 1)
        is_valid = number is not None and bool(_INTEGER.fullmatch(value))
    elif kind in ("Float", "Double"):
        is_valid = bool(_NUMBER.fullmatch(value))
    else:
        is_valid = kind != "Boolean" or value.lower() in ("true", "false")
    if not is_valid:
        raise GatewayError(
            400, f"Invalid Parameter: {name} must be of type {kind}, got {value[:80]!r}", "I400IP"
        )


def _mapped(call: Call, given: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return where the function gets the parameters: location, name and value of each."""
    names = {
        pair["ServiceParameterName"]: pair["RequestParameterName"]
        for pair in call.api["ServiceParametersMap"]
    }
    return [
        (each["Location"], name, given[names[name]])
        for each in call.api["ServiceParameters"]
        if names.get(name := each["ServiceParameterName"]) in given
    ]


def _added(call: Call) -> list[tuple[str, str, str]]:
    """Return the constant and the system parameters: location, name and value of each."""
    constants = [
        (each["Location"], each["ServiceParameterName"], each["ConstantValue"])
        for each in call.api["ConstantParameters"]
    ]
    values = _system_values(call)
    systems = [
        (each["Location"], each["ServiceParameterName"], values[each["ParameterName"]])
        for each in call.api["SystemParameters"]
    ]
    return constants + systems


def _system_values(call: Call) -> dict[str, str]:
    moment = datetime.fromtimestamp(call.time, timezone.utc)
    return {
        "CaClientIp": call.request.client,
        "CaDomain": call.request.host,
        "CaRequestHandleTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "CaAppId": "",
        "CaRequestId": call.request.request_id,
        "CaHttpSchema": "http",
        "CaProxy": call.request.headers.get("via", ""),
        "CaClientUa": call.request.headers.get("user-agent", ""),
        "CaApiName": call.api["ApiName"],
    }


def _fixed_headers(call: Call) -> dict[str, str]:
    """Return the headers that do not depend on what is declared."""
    headers = {}
    sent = call.request.headers
    if call.config["RequestMode"] != MAPPING:
        names = {"-".join(part.title() for part in name.split("-")): name for name in sent}
        headers = {title: sent[name] for title, name in names.items() if name not in _OWN_HEADERS}
        headers["X-Real-IP"] = call.request.client
        headers["X-Forwarded-Proto"] = "http"
        headers["CA-Host"] = call.request.host
    headers["X-Ca-Api-Gateway"] = call.request.request_id
    headers["X-Forwarded-For"] = call.request.client
    if call.config["BodyFormat"] or call.request.body:
        default = _DEFAULT_TYPE if call.form is None else _FORM_TYPE
        headers["Content-Type"] = sent.get("content-type", default)
    return headers


def _body(call: Call, form: Mapping[str, str]) -> tuple[str, bool]:
    """Return the body of the event, and whether it is Base64."""
    is_passed_through = call.config["RequestMode"] == PASSTHROUGH
    if not call.config["BodyFormat"] and not is_passed_through:
        return "", False
    text = call.form
    if text is None:
        return base64.b64encode(call.request.body).decode(), True
    # Defaults, and parameters from elsewhere; the rest stays as it was sent.
    sent = dict(parse_qsl(text, keep_blank_values=True))
    further = urlencode({name: value for name, value in form.items() if name not in sent})
    return "&".join(filter(None, (text, further))), False
