"""The errors that callers of a deployed API get: an empty body, and headers that say why."""

from __future__ import annotations

from fc_client.local.cloud.messages import CloudReply, shortened

__all__ = ["GatewayError"]

_MAX_MESSAGE = 500


class GatewayError(Exception):
    """An error that the caller of an API gets as the reply.

    Args:
        status: The HTTP status.
        message: Says what is wrong; goes into a header.
        code: The code in the gateway's table of errors, or "" if that has none.
    """

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(status, message, code)
        self.status = status
        self.message = shortened(message)
        self.code = code

    def reply(self) -> CloudReply:
        """Return the reply."""
        # Headers have one line, and not every client can read other characters.
        headers = {"X-Ca-Error-Message": ascii(self.message)[1:-1][:_MAX_MESSAGE]}
        if self.code:
            headers["X-Ca-Error-Code"] = self.code
        return CloudReply(self.status, headers=headers, problem=self.message)
