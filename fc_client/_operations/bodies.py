"""The JSON body of an operation that uploads code; a zip is encoded while it is sent."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from fc_client._arguments import function
from fc_client._call.progress import UploadProgress, with_progress
from fc_client._messages import Stream, json_body
from fc_client.code import Code


def body_with_code(
    fields: Mapping[str, Any], code: Code | None, progress: UploadProgress | None
) -> bytes | Stream:
    """Return the body that sends *fields* and *code*.

    Args:
        fields: All fields but the code; those that are None are left out.
        code: None sends no code.
        progress: Called with the bytes of the zip that have been sent and with
            the size of the zip.
    """
    report = function("progress", progress)
    if code is None:
        return json_body(fields)
    if code.size is None:
        location = {"ossBucketName": code.bucket, "ossObjectName": code.object}
        return json_body({**fields, "code": location})
    total = code.size
    template = json_body({**fields, "code": {"zipFile": ""}})
    # The zip goes between the last two quotation marks.
    start, end = template[:-3], template[-3:]

    def chunks() -> Iterator[bytes]:
        zipped = with_progress(code.chunks(), total, report)
        return chain([start], (b2a_base64(chunk, newline=False) for chunk in zipped), [end])

    return Stream(chunks, len(template) + 4 * -(-total // 3), replayable=True)
