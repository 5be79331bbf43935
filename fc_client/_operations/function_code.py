"""The code of functions: the parser of its location, and the operations that read it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from fc_client import models
from fc_client._call import downloads
from fc_client._call.engine import Engine
from fc_client._call.progress import DownloadProgress
from fc_client._messages import Response
from fc_client._operations.functions import function_path
from fc_client._operations.resources import get_request
from fc_client._redaction import as_secret

_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def parse_function_code(response: Response) -> models.FunctionCode:
    """Return the location of the guide's FunctionCodeResponse."""
    raw = response.json_object()
    # HTTP libraries disagree on what other characters in a URL mean.
    location = urlsplit(raw["url"])
    # Reading the port checks it. A name or password before the host would become
    # a part of the Host header; the permission is in the query.
    if (
        not (_URL.fullmatch(raw["url"]) and location.hostname)
        or location.port == 0
        or "@" in location.netloc
    ):
        raise ValueError("url is not a valid http or https URL")
    raw["url"] = as_secret(raw["url"])
    return models.FunctionCode(raw["url"], raw.get("checksum"), response.request_id, raw)


class FunctionCodeOperations(Engine):
    """Operations that read the code of functions."""

    def get_function_code(
        self, service_name: str, function_name: str, *, qualifier: str | None = None
    ) -> models.FunctionCode:
        """Return where the code of a function can be downloaded.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            qualifier: Version or alias of the service. Default: LATEST.
        Returns:
            A pre-signed URL, which expires, and the checksum.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/code
            (guide: GetFunctionCode)
        """
        return self._call(
            get_request(
                "FunctionCode",
                function_path(service_name, function_name, "/code", qualifier=qualifier),
            ),
            parse_function_code,
        )

    def download_function_code(
        self,
        service_name: str,
        function_name: str,
        target: downloads.Target,
        *,
        qualifier: str | None = None,
        progress: DownloadProgress | None = None,
    ) -> models.FunctionCode:
        """Download the zip of a function's code and check it.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            target: A path or a binary file to write to. The file at a path is
                replaced only by the complete zip; it keeps its mode, its
                owner and links to it. A pipe or a device at a path is written
                into. Its own errors get out: an OSError for a full disk.
            qualifier: Version or alias of the service. Default: LATEST.
            progress: Called as ``progress(done, total)`` with the bytes that
                have been written and the size of the zip, or None if the
                size is unknown; it begins again if the download does. An
                exception that it raises ends the call.
        Returns:
            Where the code came from, and its checksum.
        Raises:
            ServiceNotFoundError: the service does not exist.
            FunctionNotFoundError: the function does not exist.
            VersionNotFoundError: the version does not exist.
            AliasNotFoundError: the alias does not exist.
            ChecksumMismatchError: the zip does not have the checksum that the
                service stored.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/code
            (guide: GetFunctionCode)
        """
        return self._download(
            get_request(
                "FunctionCode",
                function_path(service_name, function_name, "/code", qualifier=qualifier),
            ),
            parse_function_code,
            target,
            progress,
        )
