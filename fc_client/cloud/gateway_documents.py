"""Writes definitions of APIs as the parameters of API Gateway, and reads its responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fc_client.cloud.gateway_models import (
    Api,
    ApiDefinition,
    ApiFunction,
    ApiGroup,
    ApiParameter,
    ApiSummary,
    ConstantParameter,
    Deployment,
    OpenId,
    SystemParameter,
)
from fc_client.cloud.models import parse_time

__all__ = ["api_fields", "parse_api", "parse_group", "parse_summary"]

_FORM_TYPE = "application/x-www-form-urlencoded; charset=UTF-8"


def api_fields(definition: ApiDefinition) -> dict[str, str | None]:
    """Return the fields of CreateApi and ModifyApi, with the names of the library."""
    names = [
        {"ServiceParameterName": each.name, "RequestParameterName": each.name}
        for each in definition.parameters
    ]
    return {
        "api_name": definition.name,
        "description": definition.description,
        "visibility": definition.visibility,
        "auth_type": definition.auth_type,
        "result_type": definition.result_type,
        "result_sample": definition.result_sample,
        "request_config": _text(_request_config(definition)),
        "service_config": _text(_service_config(definition)),
        "request_parameters": _text([_request(each) for each in definition.parameters]),
        "service_parameters": _text([_service(each) for each in definition.parameters]),
        "service_parameters_map": _text(names),
        "constant_parameters": _text([_constant(each) for each in definition.constants]),
        "system_parameters": _text([_system(each) for each in definition.system_parameters]),
        "open_id_connect_config": None if definition.openid is None else _openid(definition.openid),
    }


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _request_config(definition: ApiDefinition) -> dict[str, str]:
    return {
        "RequestProtocol": definition.protocol,
        "RequestHttpMethod": definition.method,
        "RequestPath": definition.path,
        "RequestMode": definition.request_mode,
        "BodyFormat": definition.body_format,
        "PostBodyDescription": "",
    }


def _service_config(definition: ApiDefinition) -> dict[str, Any]:
    return {
        "ServiceProtocol": "FunctionCompute",
        "ServiceAddress": "",
        "ServicePath": "",
        "ServiceHttpMethod": "",
        "ServiceTimeout": round(definition.timeout * 1000),
        "ServiceVpcEnable": "FALSE",
        "Mock": "FALSE",
        "MockResult": "",
        "ContentTypeCatagory": "DEFAULT",
        "ContentTypeValue": _FORM_TYPE,
        "FunctionComputeConfig": {
            "FcRegionId": definition.function.region,
            "ServiceName": definition.function.service,
            "FunctionName": definition.function.function,
            "RoleArn": definition.function.role_arn,
        },
    }


def _request(parameter: ApiParameter) -> dict[str, str]:
    found = {
        "ApiParameterName": parameter.name,
        "Location": parameter.location,
        "ParameterType": parameter.type,
        "Required": "REQUIRED" if parameter.required else "OPTIONAL",
    }
    optional = {"DefaultValue": parameter.default, "Description": parameter.description}
    return {**found, **{name: value for name, value in optional.items() if value is not None}}


def _service(parameter: ApiParameter) -> dict[str, str]:
    return {
        "ServiceParameterName": parameter.name,
        "Location": parameter.location,
        "Type": parameter.type,
        "ParameterCatalog": "REQUEST",
    }


def _constant(parameter: ConstantParameter) -> dict[str, str]:
    return {
        "ServiceParameterName": parameter.name,
        "ConstantValue": parameter.value,
        "Location": parameter.location,
        "Description": parameter.description or "",
    }


def _system(parameter: SystemParameter) -> dict[str, str]:
    return {
        "ParameterName": parameter.name,
        "ServiceParameterName": parameter.service_name or parameter.name,
        "Location": parameter.location,
        "Description": parameter.description or "",
    }


def _openid(openid: OpenId) -> str:
    fields = {
        "OpenIdApiType": openid.api_type,
        "IdTokenParamName": openid.token_parameter,
        "PublicKeyId": openid.key_id,
        "PublicKey": openid.public_key,
    }
    return _text({name: value for name, value in fields.items() if value})


def parse_group(raw: Mapping[str, Any]) -> ApiGroup:
    """Return the group of a response."""
    return ApiGroup(
        group_id=raw.get("GroupId", ""),
        name=raw.get("GroupName", ""),
        description=raw.get("Description") or "",
        sub_domain=raw.get("SubDomain", ""),
        region=raw.get("RegionId", ""),
        created_time=parse_time(raw.get("CreatedTime")),
        raw=dict(raw),
    )


def parse_summary(raw: Mapping[str, Any]) -> ApiSummary:
    """Return an API of a list."""
    return ApiSummary(
        api_id=raw.get("ApiId", ""),
        name=raw.get("ApiName", ""),
        group_id=raw.get("GroupId", ""),
        description=raw.get("Description") or "",
        visibility=raw.get("Visibility", ""),
        raw=dict(raw),
    )


def parse_api(raw: Mapping[str, Any]) -> Api:
    """Return the API of a response."""
    return Api(
        api_id=raw.get("ApiId", ""),
        group_id=raw.get("GroupId", ""),
        definition=_parse_definition(raw),
        deployments=tuple(
            Deployment(
                each.get("StageName", ""),
                each.get("DeployedStatus") == "DEPLOYED",
                each.get("EffectiveVersion") or "",
            )
            for each in _list(raw, "DeployedInfos", "DeployedInfo")
        ),
        raw=dict(raw),
    )


def _parse_definition(raw: Mapping[str, Any]) -> ApiDefinition:
    request, service = raw.get("RequestConfig") or {}, raw.get("ServiceConfig") or {}
    return ApiDefinition(
        name=raw.get("ApiName", ""),
        function=_parse_function(service.get("FunctionComputeConfig") or {}),
        path=request.get("RequestPath", ""),
        method=request.get("RequestHttpMethod", ""),
        description=raw.get("Description") or "",
        visibility=raw.get("Visibility", ""),
        auth_type=raw.get("AuthType") or "ANONYMOUS",
        body_format=request.get("BodyFormat") or "",
        request_mode=request.get("RequestMode") or "MAPPING",
        timeout=(service.get("ServiceTimeout") or 0) / 1000,
        result_type=raw.get("ResultType", ""),
        result_sample=raw.get("ResultSample") or "",
        protocol=request.get("RequestProtocol") or "HTTP",
        parameters=tuple(
            map(_parse_parameter, _list(raw, "RequestParameters", "RequestParameter"))
        ),
        constants=tuple(
            map(_parse_constant, _list(raw, "ConstantParameters", "ConstantParameter"))
        ),
        system_parameters=tuple(
            map(_parse_system, _list(raw, "SystemParameters", "SystemParameter"))
        ),
        openid=_parse_openid(raw.get("OpenIdConnectConfig") or {}),
    )


def _list(raw: Mapping[str, Any], plural: str, name: str) -> list[dict[str, Any]]:
    return (raw.get(plural) or {}).get(name) or []


def _parse_function(raw: Mapping[str, Any]) -> ApiFunction:
    return ApiFunction(
        region=raw.get("FcRegionId") or raw.get("RegionId") or "",
        service=raw.get("ServiceName", ""),
        function=raw.get("FunctionName", ""),
        role_arn=raw.get("RoleArn") or "",
    )


def _parse_parameter(raw: Mapping[str, Any]) -> ApiParameter:
    return ApiParameter(
        raw.get("ApiParameterName", ""),
        raw.get("Location", ""),
        raw.get("ParameterType", ""),
        required=raw.get("Required") == "REQUIRED",
        default=raw.get("DefaultValue") or None,
        description=raw.get("Description") or None,
    )


def _parse_constant(raw: Mapping[str, Any]) -> ConstantParameter:
    return ConstantParameter(
        raw.get("ServiceParameterName", ""),
        raw.get("ConstantValue", ""),
        raw.get("Location", ""),
        raw.get("Description") or None,
    )


def _parse_system(raw: Mapping[str, Any]) -> SystemParameter:
    return SystemParameter(
        raw.get("ParameterName", ""),
        raw.get("ServiceParameterName", ""),
        raw.get("Location", ""),
        raw.get("Description") or None,
    )


def _parse_openid(raw: Mapping[str, Any]) -> OpenId | None:
    if not raw.get("OpenIdApiType"):
        return None
    return OpenId(
        raw.get("IdTokenParamName") or "",
        raw["OpenIdApiType"],
        raw.get("PublicKeyId") or "",
        raw.get("PublicKey") or "",
    )
