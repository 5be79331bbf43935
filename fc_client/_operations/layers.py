"""Layers: their paths, their parser, and the operations that publish and share them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from fc_client import models
from fc_client._arguments import flag, integer, required_integer, required_texts, text
from fc_client._call.engine import Engine
from fc_client._call.progress import UploadProgress
from fc_client._messages import Headers, Request, Response, build, path
from fc_client._operations.account import layer_staging
from fc_client._operations.bodies import body_with_code
from fc_client._operations.resources import (
    Raw,
    list_of,
    list_request,
    no_result,
    page_of,
    parse_time,
    with_extra,
)
from fc_client._redaction import as_secret
from fc_client.code import Code, CodeSource
from fc_client.exceptions import ChecksumMismatchError
from fc_client.pagination import Page


def layer_path(layer_name: str, below: str = "") -> str:
    """Return the path of a layer, or of what is *below* it."""
    return path("/layers/{layer_name}" + below, layer_name=layer_name)


def layer_version_path(layer_name: str, version: int) -> str:
    """Return the path of a version of a layer."""
    return layer_path(layer_name, f"/versions/{required_integer('version', version, 1)}")


def parse_layer(raw: Raw, headers: Headers) -> models.Layer:
    """Return the version of a layer of the API's Layer."""
    return models.Layer(
        layer_name=raw.get("layerName"),
        version=raw.get("version"),
        description=raw.get("description"),
        code=_parse_code(raw.get("code")),
        code_size=raw.get("codeSize"),
        code_checksum=raw.get("codeChecksum"),
        create_time=parse_time(raw.get("createTime")),
        acl=raw.get("acl"),
        compatible_runtime=list_of(raw, "compatibleRuntime", lambda item: item),
        arn=raw.get("arn"),
        arn_v2=raw.get("arnV2"),
        license=raw.get("license"),
        etag=headers.get("etag"),
        request_id=headers.get("x-fc-request-id"),
        raw=raw,
    )


def _parse_code(raw: dict[str, Any] | None) -> models.LayerCode | None:
    if raw is None:
        return None
    # Whoever has this URL can download the code.
    location = raw["location"] = as_secret(raw.get("location"))
    return models.LayerCode(location, raw.get("repositoryType"))


def parse_published_layer(code: Code, response: Response) -> models.Layer:
    """Return the version that was published, after comparing its code with what was sent.

    Raises:
        ChecksumMismatchError: the service stored other bytes.
    """
    layer = parse_layer(response.json_object(), response.headers)
    if code.checksum is not None and layer.code_checksum not in (None, "", code.checksum):
        raise ChecksumMismatchError(
            f"the code sent has the checksum {code.checksum}, "
            f"the code stored {layer.code_checksum}",
            operation="PublishLayerVersion",
            status_code=response.status_code,
            request_id=response.request_id,
        )
    return layer


def publish_request(
    layer_name: str,
    code: Code,
    fields: Mapping[str, Any],
    progress: UploadProgress | None,
) -> Request:
    """Return the request that publishes a version of a layer."""
    return build(
        "PublishLayerVersion",
        "POST",
        layer_path(layer_name, "/versions"),
        body=body_with_code({"layerName": layer_name, **fields}, code, progress),
    )


class LayerOperations(Engine):
    """Operations on layers."""

    def publish_layer_version(
        self,
        layer_name: str,
        *,
        code: CodeSource,
        compatible_runtime: Sequence[str],
        description: str | None = None,
        extra: Mapping[str, Any] | None = None,
        progress: UploadProgress | None = None,
    ) -> models.Layer:
        """Publish a version of a layer and return it; the first one creates the layer.

        Args:
            layer_name: Name of the layer.
            code: A path (a directory, a .zip, one file) or a Code, as of a
                function; a zip of more than 100 MiB is uploaded through OSS
                (extra ``oss``).
            compatible_runtime: Runtimes that it is for, such as ``python3``.
            description: Free text.
            extra: More fields of the request, by the names of the API.
            progress: As for :meth:`create_function`.
        Returns:
            The version; ``arn_v2`` (in older regions ``arn``) goes into the
            *layers* of a function.
        Raises:
            EntityTooLargeError: the code exceeds the service's limit.
            ChecksumMismatchError: the service stored other code than was sent.
        API: POST /2016-08-15/layers/{layerName}/versions (later: PublishLayerVersion)
        """
        source = self._stage_code(self._load_code(code), layer_staging(), progress)
        return self._call(
            publish_request(
                layer_name,
                source,
                with_extra(
                    {
                        "description": text("description", description),
                        "compatibleRuntime": required_texts(
                            "compatible_runtime", compatible_runtime
                        ),
                    },
                    extra,
                ),
                progress,
            ),
            partial(parse_published_layer, source),
        )

    def list_layers(
        self,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
        public: bool | None = None,
        official: bool | None = None,
    ) -> Page[models.Layer]:
        """Return one page of the layers, each in its newest version.

        Args:
            limit: Maximum number of layers on the page, 1 to 100. Default 20.
            next_token: From the previous page; None for the first page.
            prefix: Only names that start with this.
            start_key: The first name to return, in sorted order; ignored with
                a *next_token*.
            public: True returns the public layers of all accounts.
            official: True returns the layers of Alibaba Cloud.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/layers (later: ListLayers)
        """
        return self._call(
            list_request(
                "Layers",
                path("/layers"),
                limit,
                next_token,
                prefix,
                start_key,
                query={"public": flag("public", public), "official": flag("official", official)},
            ),
            page_of("layers", parse_layer),
        )

    def iter_layers(
        self,
        *,
        prefix: str | None = None,
        start_key: str | None = None,
        public: bool | None = None,
        official: bool | None = None,
        page_size: int = 100,
    ) -> Iterator[models.Layer]:
        """Yield all layers, each in its newest version.

        Args:
            prefix: Only names that start with this.
            start_key: The first name to yield, in sorted order.
            public: True yields the public layers of all accounts.
            official: True yields the layers of Alibaba Cloud.
            page_size: Layers per request, 1 to 100.
        Raises:
            ResponseError: the service repeated a page token.
        API: GET /2016-08-15/layers (later: ListLayers)
        """
        return self._iterate(
            "ListLayers",
            lambda token: self.list_layers(
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
                public=public,
                official=official,
            ),
        )

    def put_layer_acl(
        self, layer_name: str, *, public: bool | None = None, official: bool | None = None
    ) -> None:
        """Set who may use a layer.

        Args:
            layer_name: Name of the layer.
            public: Whether all accounts may use it.
            official: Whether it is a layer of Alibaba Cloud.
        Raises:
            LayerNotFoundError: the layer does not exist.
        API: PUT /2016-08-15/layers/{layerName}/acl (later: PutLayerACL)
        """
        return self._call(
            build(
                "PutLayerACL",
                "PUT",
                layer_path(layer_name, "/acl"),
                query={"public": flag("public", public), "official": flag("official", official)},
            ),
            no_result,
        )
