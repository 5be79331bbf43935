"""Checks the definition of an API: the parameters of CreateApi and ModifyApi."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fc_client.local.cloud.gateway import values
from fc_client.local.cloud.gateway.values import choice, invalid, text
from fc_client.local.cloud.inputs import whole_number
from fc_client.local.cloud.messages import ServiceError

__all__ = [
    "LISTS",
    "MAPPING",
    "METHODS",
    "PASSTHROUGH",
    "definition",
    "path_names",
    "path_shape",
]

METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
MAPPING = "MAPPING"
PASSTHROUGH = "PASSTHROUGH"

# The lists of a definition; one item of each has the name after the colon in replies.
LISTS = {
    "RequestParameters": "RequestParameter",
    "ServiceParameters": "ServiceParameter",
    "ServiceParametersMap": "ServiceParameterMap",
    "ConstantParameters": "ConstantParameter",
    "SystemParameters": "SystemParameter",
}

_WITH_BODY = ("POST", "PUT", "PATCH")
_MODES = (MAPPING, PASSTHROUGH, "MAPPING_PASSTHROUGH")
_TYPES = ("String", "Int", "Long", "Float", "Double", "Boolean")
_LOCATIONS = ("Query", "Head", "Path", "Body")
_SYSTEM_PARAMETERS = (
    "CaClientIp",
    "CaDomain",
    "CaRequestHandleTime",
    "CaAppId",
    "CaRequestId",
    "CaHttpSchema",
    "CaProxy",
    "CaClientUa",
    "CaApiName",
)
_MAX_TIMEOUT = 30_000
_MAX_PATH = 256
_PATH_NAME = re.compile(r"\[([^\[\]/]+)\]")


def definition(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the definition of an API, with defaults, in the names of DescribeApi.

    Raises:
        ServiceError: MissingParameter, MissingBodyFormat, DuplicateRequestParameters or
            InvalidParameter.
    """
    request = _request_config(parameters)
    return {
        "ApiName": values.name(parameters, "ApiName"),
        "Description": parameters.get("Description", ""),
        "Visibility": choice(parameters, "Visibility", ("PUBLIC", "PRIVATE")),
        "AuthType": choice(
            parameters, "AuthType", ("ANONYMOUS", "APP", "OPENID", "APPOPENID"), "ANONYMOUS"
        ),
        "ResultType": choice(
            parameters,
            "ResultType",
            ("JSON", "TEXT", "BINARY", "XML", "HTML", "PASSTHROUGH"),
            "JSON",
        ),
        "ResultSample": parameters.get("ResultSample", ""),
        "FailResultSample": parameters.get("FailResultSample", ""),
        "RequestConfig": request,
        "ServiceConfig": _service_config(parameters),
        "OpenIdConnectConfig": _open_id(parameters),
        "RequestParameters": _request_parameters(parameters, request["RequestPath"]),
        "ServiceParameters": _service_parameters(parameters),
        "ServiceParametersMap": _parameter_map(parameters),
        "ConstantParameters": _constants(parameters),
        "SystemParameters": _system_parameters(parameters),
    }


def path_names(path: str) -> list[str]:
    """Return the names of the parameters of a path: ``/a/[b]`` has ``b``."""
    return _PATH_NAME.findall(path)


def path_shape(path: str) -> str:
    """Return a path without the names of its parameters, which do not tell paths apart."""
    return _PATH_NAME.sub("[]", path)


def _required_object(parameters: Mapping[str, str], field: str) -> dict[str, Any]:
    document = values.json_object(parameters, field)
    if document is None:
        raise ServiceError(400, "MissingParameter", f"The parameter {field} is required.")
    return document


def _request_config(parameters: Mapping[str, str]) -> dict[str, Any]:
    given = _required_object(parameters, "RequestConfig")
    method = choice(given, "RequestConfig.RequestHttpMethod", METHODS)
    mode = choice(given, "RequestConfig.RequestMode", _MODES, MAPPING)
    body_format = choice(given, "RequestConfig.BodyFormat", ("FORM", "STREAM", ""), "")
    if method in _WITH_BODY and not body_format and mode != PASSTHROUGH:
        raise ServiceError(400, "MissingBodyFormat", "The BodyFormat is mandatory for this action.")
    return {
        "RequestProtocol": choice(
            given, "RequestConfig.RequestProtocol", ("HTTP", "HTTPS", "HTTP,HTTPS"), "HTTP"
        ),
        "RequestHttpMethod": method,
        "RequestPath": _path(text(given, "RequestConfig.RequestPath")),
        "RequestMode": mode,
        "BodyFormat": body_format,
        "PostBodyDescription": text(given, "RequestConfig.PostBodyDescription", default=""),
    }


def _path(path: str) -> str:
    field = "RequestConfig.RequestPath"
    if not path.startswith("/") or len(path) > _MAX_PATH:
        raise invalid(field, f"must start with / and have at most {_MAX_PATH} characters")
    for segment in path.split("/"):
        is_name = _PATH_NAME.fullmatch(segment) is not None
        if not is_name and re.search(r"[\s\[\]?#%]", segment):
            raise invalid(
                field,
                f"may have parameters as whole segments ([name]), and none of ? # % "
                f"and space, got {path!r}",
            )
    names = path_names(path)
    if len(names) > len(set(names)):
        raise invalid(field, f"must have each parameter once, got {path!r}")
    return path


def _service_config(parameters: Mapping[str, str]) -> dict[str, Any]:
    given = _required_object(parameters, "ServiceConfig")
    protocol = text(given, "ServiceConfig.ServiceProtocol")
    if protocol != "FunctionCompute" or given.get("Mock") in ("TRUE", True):
        raise invalid(
            "ServiceConfig.ServiceProtocol",
            f"must be FunctionCompute without Mock on this server, got {protocol!r}",
        )
    return {
        "ServiceProtocol": protocol,
        "ServiceAddress": text(given, "ServiceConfig.ServiceAddress", default=""),
        "ServicePath": text(given, "ServiceConfig.ServicePath", default=""),
        "ServiceHttpMethod": text(given, "ServiceConfig.ServiceHttpMethod", default=""),
        "ServiceTimeout": _timeout(given),
        "ServiceVpcEnable": "FALSE",
        "Mock": "FALSE",
        "MockResult": "",
        "ContentTypeCatagory": text(given, "ServiceConfig.ContentTypeCatagory", default="DEFAULT"),
        "ContentTypeValue": text(given, "ServiceConfig.ContentTypeValue", default=""),
        "FunctionComputeConfig": _function(given),
    }


def _timeout(service: Mapping[str, Any]) -> int:
    timeout = service.get("ServiceTimeout")
    if isinstance(timeout, str):
        timeout = whole_number(timeout, 1, _MAX_TIMEOUT)
    if type(timeout) is not int or not 1 <= timeout <= _MAX_TIMEOUT:
        raise invalid(
            "ServiceConfig.ServiceTimeout",
            f"must be 1 to {_MAX_TIMEOUT} milliseconds, got {service.get('ServiceTimeout')!r}",
        )
    return timeout


def _function(service: Mapping[str, Any]) -> dict[str, Any]:
    path = "ServiceConfig.FunctionComputeConfig"
    given = service.get("FunctionComputeConfig")
    if not isinstance(given, dict):
        raise ServiceError(400, "MissingParameter", f"The parameter {path} is required.")
    region = text(given, f"{path}.FcRegionId", default="") or text(given, f"{path}.RegionId")
    return {
        "RegionId": region,
        "FcRegionId": region,
        "ServiceName": text(given, f"{path}.ServiceName"),
        "FunctionName": text(given, f"{path}.FunctionName"),
        "RoleArn": text(given, f"{path}.RoleArn", default=""),
    }


def _open_id(parameters: Mapping[str, str]) -> dict[str, Any]:
    if "OPENID" not in parameters.get("AuthType", ""):
        return {}
    given = _required_object(parameters, "OpenIdConnectConfig")
    path = "OpenIdConnectConfig"
    kind = choice(given, f"{path}.OpenIdApiType", ("IDTOKEN", "BUSINESS"))
    default = "" if kind == "IDTOKEN" else None
    return {
        "OpenIdApiType": kind,
        "IdTokenParamName": text(given, f"{path}.IdTokenParamName", default=default),
        "PublicKeyId": text(given, f"{path}.PublicKeyId", default=""),
        "PublicKey": text(given, f"{path}.PublicKey", default=""),
    }


def _request_parameters(parameters: Mapping[str, str], path: str) -> list[dict[str, Any]]:
    found = [
        {
            **given,
            "ApiParameterName": text(given, "RequestParameters.ApiParameterName"),
            "Location": choice(given, "RequestParameters.Location", _LOCATIONS),
            "ParameterType": choice(given, "RequestParameters.ParameterType", _TYPES, "String"),
            "Required": _requirement(given),
            "DefaultValue": text(given, "RequestParameters.DefaultValue", default=""),
        }
        for given in values.json_list(parameters, "RequestParameters")
    ]
    _check_names(found, path)
    return found


def _requirement(given: Mapping[str, Any]) -> str:
    if isinstance(given.get("Required"), bool):
        # The original fun sends what its file has.
        return "REQUIRED" if given["Required"] else "OPTIONAL"
    return choice(given, "RequestParameters.Required", ("REQUIRED", "OPTIONAL"), "OPTIONAL")


def _check_names(found: list[dict[str, Any]], path: str) -> None:
    names = [each["ApiParameterName"] for each in found]
    if len(names) > len(set(names)):
        raise ServiceError(
            400, "DuplicateRequestParameters", f"Each request parameter must be given once: {names}"
        )
    of_path = path_names(path)
    for each in found:
        if each["Location"] == "Path" and each["ApiParameterName"] not in of_path:
            raise invalid(
                "RequestParameters",
                f"has {each['ApiParameterName']!r} at Path, which is not in the path {path!r}",
            )


def _service_parameters(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return where the function gets which parameters."""
    path = "ServiceParameters"
    return [
        {
            "ServiceParameterName": text(given, f"{path}.ServiceParameterName"),
            "Location": choice(given, f"{path}.Location", _LOCATIONS),
            # CreateApi has the name Type, DescribeApi the other one.
            "ParameterType": choice(
                {"Type": given.get("Type") or given.get("ParameterType")},
                f"{path}.Type",
                _TYPES,
                "String",
            ),
            "ParameterCatalog": choice(
                given, f"{path}.ParameterCatalog", ("REQUEST", "CONSTANT", "SYSTEM"), "REQUEST"
            ),
        }
        for given in values.json_list(parameters, path)
    ]


def _parameter_map(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the names for the function and for the caller, in pairs."""
    path = "ServiceParametersMap"
    names = ("ServiceParameterName", "RequestParameterName")
    return [
        {name: text(given, f"{path}.{name}") for name in names}
        for given in values.json_list(parameters, path)
    ]


def _constants(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    path = "ConstantParameters"
    return [
        {
            "ServiceParameterName": text(given, f"{path}.ServiceParameterName"),
            "ConstantValue": text(given, f"{path}.ConstantValue"),
            "Location": choice(given, f"{path}.Location", ("Head", "Query")),
            "Description": text(given, f"{path}.Description", default=""),
        }
        for given in values.json_list(parameters, path)
    ]


def _system_parameters(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    path = "SystemParameters"
    return [
        {
            "ParameterName": choice(given, f"{path}.ParameterName", _SYSTEM_PARAMETERS),
            "ServiceParameterName": text(given, f"{path}.ServiceParameterName"),
            "Location": choice(given, f"{path}.Location", ("Head", "Query")),
            "Description": text(given, f"{path}.Description", default=""),
        }
        for given in values.json_list(parameters, path)
    ]
