"""The account: its settings, limits and reserved capacities, and its temporary buckets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fc_client import models
from fc_client._arguments import integer, required_texts, text
from fc_client._call.engine import Engine
from fc_client._call.staging import Staging
from fc_client._messages import Headers, Request, Response, build, path
from fc_client._operations.resources import (
    Raw,
    get_request,
    item_of,
    list_of,
    list_request,
    page_of,
    parse_time,
)
from fc_client._operations.services import service_path
from fc_client._redaction import as_secret
from fc_client.pagination import Page


def parse_account_settings(raw: Raw, headers: Headers) -> models.AccountSettings:
    """Return the settings of the API's AccountSettings."""
    return models.AccountSettings(
        available_azs=list_of(raw, "availableAZs", lambda item: item),
        default_role=raw.get("defaultRole"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


def parse_account_configs(raw: Raw, headers: Headers) -> models.AccountConfigs:
    """Return the limits of the account, which are all fields of the response."""
    # As text, whatever the service sends: the sizes may be numbers.
    configs = {name: str(value) for name, value in raw.items()}
    return models.AccountConfigs(configs, headers.get("x-fc-request-id"), raw)


def parse_reserved_capacity(raw: Raw, headers: Headers) -> models.ReservedCapacity:
    """Return the capacity of the API's ReservedCapacity."""
    return models.ReservedCapacity(
        instance_id=raw["instanceId"],
        cu=raw.get("cu"),
        deadline=parse_time(raw.get("deadline")),
        created_time=parse_time(raw.get("createdTime")),
        last_modified_time=parse_time(raw.get("lastModifiedTime")),
        is_refunded=raw.get("isRefunded"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


def parse_temp_bucket_token(response: Response) -> models.TempBucketToken:
    """Return the permission of the API's TempBucketToken."""
    raw = response.json_object()
    return models.TempBucketToken(
        credentials=_credentials(raw),
        oss_region=raw.get("ossRegion"),
        oss_bucket=raw.get("ossBucket"),
        object_name=raw.get("objectName"),
        request_id=response.request_id,
        raw=raw,
    )


def parse_temp_code_bucket_token(response: Response) -> models.TempCodeBucketToken:
    """Return the permission of the API's TempCodeBucketToken."""
    raw = response.json_object()
    return models.TempCodeBucketToken(
        credentials=_credentials(raw),
        oss_bucket=raw.get("ossBucket"),
        object_name=raw.get("objectName"),
        code_size_limit=raw.get("codeSizeLimit"),
        request_id=response.request_id,
        raw=raw,
    )


def _credentials(raw: dict[str, Any]) -> models.TempCredentials:
    """Return the credentials in a token, and mask the secrets in *raw*."""
    given = raw["credentials"]
    for name in ("AccessKeySecret", "SecurityToken"):
        given[name] = as_secret(given.get(name))
    return models.TempCredentials(
        given["AccessKeyId"],
        given["AccessKeySecret"],
        given["SecurityToken"],
        parse_time(given.get("Expiration")),
    )


def temp_bucket_token_request() -> Request:
    """Return the request for the permission to put an object into a temporary bucket."""
    return get_request("TempBucketToken", path("/tempBucketToken"))


def temp_code_bucket_token_request(
    service_name: str, function_name: str | None = None, instance_type: str | None = None
) -> Request:
    """Return the request for the permission to put code into a temporary bucket."""
    return build(
        "GetTempCodeBucketToken",
        "GET",
        service_path(service_name, "/tempCodeBucketToken"),
        query={
            "functionName": text("function_name", function_name),
            "instanceType": text("instance_type", instance_type),
        },
    )


def function_staging(service_name: str) -> Staging:
    """Return how to upload code of a function that is too large for a request."""
    request = temp_code_bucket_token_request(service_name)
    return Staging(request, parse_temp_code_bucket_token, service_name)


def layer_staging() -> Staging:
    """Return how to upload code of a layer that is too large for a request."""
    return Staging(temp_bucket_token_request(), parse_temp_bucket_token)


class AccountOperations(Engine):
    """Operations on the account."""

    def get_account_settings(self) -> models.AccountSettings:
        """Return the settings of the account in the region.

        Returns:
            The settings: the zones that Function Compute uses.
        API: GET /2016-08-15/account-settings (later: GetAccountSettings)
        """
        return self._call(
            get_request("AccountSettings", path("/account-settings")),
            item_of(parse_account_settings),
        )

    def get_account_configs(self, config: Sequence[str]) -> models.AccountConfigs:
        """Return limits of the account in the region.

        Args:
            config: Names of the limits: ``CodeSizeLimit``,
                ``EnhancedCodeSizeLimit``, ``GPUCodeSizeLimit``, ``Concurrency``.
        Returns:
            The values by name.
        API: GET /2016-08-15/accountConfigs (later: GetAccountConfigs)
        """
        return self._call(
            build(
                "GetAccountConfigs",
                "GET",
                path("/accountConfigs"),
                query={"config": required_texts("config", config)},
            ),
            item_of(parse_account_configs),
        )

    def get_temp_bucket_token(self) -> models.TempBucketToken:
        """Return the permission to put the code of a layer into a temporary bucket.

        Returns:
            Temporary credentials, and the bucket. The key of the object is
            ``{account}/{object_name}``.
        API: GET /2016-08-15/tempBucketToken (later: GetTempBucketToken)
        """
        return self._call(temp_bucket_token_request(), parse_temp_bucket_token)

    def get_temp_code_bucket_token(
        self,
        service_name: str,
        *,
        function_name: str | None = None,
        instance_type: str | None = None,
    ) -> models.TempCodeBucketToken:
        """Return the permission to put the code of a function into a temporary bucket.

        :meth:`create_function` and :meth:`update_function` use it for code
        that is too large for a request.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            instance_type: Type of its instances.
        Returns:
            Temporary credentials, and the bucket. The key of the object is
            ``{account}/{service}/{object_name}``.
        Raises:
            ServiceNotFoundError: the service does not exist.
        API: GET /2016-08-15/services/{serviceName}/tempCodeBucketToken
            (later: GetTempCodeBucketToken)
        """
        return self._call(
            temp_code_bucket_token_request(service_name, function_name, instance_type),
            parse_temp_code_bucket_token,
        )

    def list_reserved_capacities(
        self, *, limit: int | None = None, next_token: str | None = None
    ) -> Page[models.ReservedCapacity]:
        """Return one page of the capacities that the account has paid for in advance.

        Args:
            limit: Maximum number of capacities on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/reservedCapacities (later: ListReservedCapacities)
        """
        return self._call(
            list_request("ReservedCapacities", path("/reservedCapacities"), limit, next_token),
            page_of("reservedCapacities", parse_reserved_capacity),
        )

    def iter_reserved_capacities(
        self, *, page_size: int = 100
    ) -> Iterator[models.ReservedCapacity]:
        """Yield all capacities that the account has paid for in advance.

        Args:
            page_size: Capacities per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/reservedCapacities (later: ListReservedCapacities)
        """
        return self._iterate(
            "ListReservedCapacities",
            lambda token: self.list_reserved_capacities(
                limit=integer("page_size", page_size), next_token=token
            ),
        )
