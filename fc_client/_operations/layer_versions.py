"""Versions of layers: the operations that list, read, share and delete them."""

from __future__ import annotations

from collections.abc import Iterator

from fc_client import models
from fc_client._arguments import integer, required_integer
from fc_client._call.engine import Engine
from fc_client._messages import Request, Response, build, path
from fc_client._operations.layers import layer_path, layer_version_path, parse_layer
from fc_client._operations.resources import (
    delete_request,
    get_request,
    item_of,
    no_result,
    page_of,
)
from fc_client.exceptions import SignatureNotMatchError
from fc_client.pagination import Page


def arn_request(arn: str, *, signs_encoded_path: bool) -> Request:
    """Return the request that reads a version by its ARN.

    Args:
        arn: As the service returned it.
        signs_encoded_path: Whether the path is signed as it is sent.
    """
    return build(
        "GetLayerVersionByArn",
        "GET",
        path("/layerarn/{arn}", arn=arn),
        signs_encoded_path=signs_encoded_path,
    )


def admin_path(layer_owner_user_id: str, layer_name: str, version: int) -> str:
    """Return the path of a version for administrators."""
    number = required_integer("version", version, 1)
    return path(
        f"/adminlayers/{{layer_owner_user_id}}/{{layer_name}}/versions/{number}",
        layer_owner_user_id=layer_owner_user_id,
        layer_name=layer_name,
    )


def versions_request(layer_name: str, start_version: int | None, limit: int | None) -> Request:
    """Return the request for one page of the versions of a layer."""
    return build(
        "ListLayerVersions",
        "GET",
        layer_path(layer_name, "/versions"),
        query={
            "startVersion": integer("start_version", start_version),
            "limit": integer("limit", limit),
        },
    )


def parse_versions(response: Response) -> Page[models.Layer]:
    """Return a page of versions, whose token is the number of the next version."""
    page = page_of("layers", parse_layer)(response)
    following = page.raw.get("nextVersion")
    # 0 on the last page.
    token = str(following) if following else None
    return Page(page.items, token, page.request_id, page.raw)


def version_of(token: str | None, first: int | None) -> int | None:
    """Return the version that a page begins with.

    Args:
        token: From the previous page; None for the first page.
        first: The version that the first page begins with.
    """
    return first if token is None else int(token)


class LayerVersionOperations(Engine):
    """Operations on versions of layers."""

    def list_layer_versions(
        self,
        layer_name: str,
        *,
        start_version: int | None = None,
        limit: int | None = None,
    ) -> Page[models.Layer]:
        """Return one page of the versions of a layer, in ascending order.

        Args:
            layer_name: Name of the layer.
            start_version: The first version to return. Default 1. For the next
                page, the *next_token* of the previous one as an int.
            limit: Maximum number of versions on the page, 1 to 100. Default 20.
        Returns:
            The page; its ``next_token`` is the number of the next version.
        Raises:
            LayerNotFoundError: the layer does not exist.
        API: GET /2016-08-15/layers/{layerName}/versions (later: ListLayerVersions)
        """
        return self._call(versions_request(layer_name, start_version, limit), parse_versions)

    def iter_layer_versions(
        self, layer_name: str, *, start_version: int | None = None, page_size: int = 100
    ) -> Iterator[models.Layer]:
        """Yield all versions of a layer, in ascending order.

        Args:
            layer_name: Name of the layer.
            start_version: The first version to yield. Default 1.
            page_size: Versions per request, 1 to 100.
        Raises:
            LayerNotFoundError: the layer does not exist.
            ResponseError: the service repeated a version.
        API: GET /2016-08-15/layers/{layerName}/versions (later: ListLayerVersions)
        """
        return self._iterate(
            "ListLayerVersions",
            lambda token: self.list_layer_versions(
                layer_name,
                start_version=version_of(token, start_version),
                limit=integer("page_size", page_size),
            ),
        )

    def get_layer_version(self, layer_name: str, version: int) -> models.Layer:
        """Return a version of a layer.

        Args:
            layer_name: Name of the layer.
            version: Number of the version, from 1.
        Returns:
            The version; ``code`` has a pre-signed URL of its zip.
        Raises:
            LayerNotFoundError: the layer does not exist.
            LayerVersionNotFoundError: the version does not exist.
        API: GET /2016-08-15/layers/{layerName}/versions/{version} (later: GetLayerVersion)
        """
        return self._call(
            get_request("LayerVersion", layer_version_path(layer_name, version)),
            item_of(parse_layer),
        )

    def get_layer_version_by_arn(self, arn: str) -> models.Layer:
        """Return a version of a layer, possibly of another account.

        Args:
            arn: As in the *layers* of a function:
                ``acs:fc:{region}:{account}:layers/{name}/versions/{version}``,
                or the older ``{hash}#{name}#{version}``.
        Returns:
            The version; ``code`` has a pre-signed URL of its zip.
        Raises:
            LayerNotFoundError: the layer does not exist.
            LayerVersionNotFoundError: the version does not exist.
        API: GET /2016-08-15/layerarn/{arn} (later: GetLayerVersionByArn)
        """
        try:
            return self._call(arn_request(arn, signs_encoded_path=True), item_of(parse_layer))
        except SignatureNotMatchError:
            # The other SDKs sign this path as they send it. The documentation
            # says that paths are signed decoded, so try that, too.
            return self._call(arn_request(arn, signs_encoded_path=False), item_of(parse_layer))

    def delete_layer_version(self, layer_name: str, version: int) -> None:
        """Delete a version of a layer; functions that use it keep it.

        Args:
            layer_name: Name of the layer.
            version: Number of the version, from 1.
        Raises:
            LayerNotFoundError: the layer does not exist.
            LayerVersionNotFoundError: the version does not exist.
        API: DELETE /2016-08-15/layers/{layerName}/versions/{version} (later: DeleteLayerVersion)
        """
        # A layer ends with its last version.
        return self._call(
            delete_request(
                "LayerVersion",
                layer_version_path(layer_name, version),
                other_codes=("LayerNotFound",),
            ),
            no_result,
        )

    def publish_public_layer_version(self, layer_name: str, version: int) -> None:
        """Let all accounts use one version of a layer; see also :meth:`put_layer_acl`.

        Args:
            layer_name: Name of the layer.
            version: Number of the version, from 1.
        Raises:
            LayerNotFoundError: the layer does not exist.
            LayerVersionNotFoundError: the version does not exist.
        API: POST /2016-08-15/layers/{layerName}/versions/{version}
            (later: PublishPublicLayerVersion)
        """
        return self._call(
            build("PublishPublicLayerVersion", "POST", layer_version_path(layer_name, version)),
            no_result,
        )

    def permanent_delete_layer_version(
        self, layer_owner_user_id: str, layer_name: str, version: int
    ) -> None:
        """Remove a version of a layer also from the functions that use it.

        Only administrators of Function Compute are allowed to do this.

        Args:
            layer_owner_user_id: Account that the layer belongs to.
            layer_name: Name of the layer.
            version: Number of the version, from 1.
        API: POST /2016-08-15/adminlayers/{layerOwnerUserId}/{layerName}/versions/{version}
            (later: PermanentDeleteLayerVersion)
        """
        return self._call(
            build(
                "PermanentDeleteLayerVersion",
                "POST",
                admin_path(layer_owner_user_id, layer_name, version),
            ),
            no_result,
        )
