"""The model of how asynchronous invocations of a function are run."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from fc_client.fun.project.model import Model
from fc_client.fun.project.types import Boolean, integer, pattern

__all__ = ["AsyncInvokeConfig"]

_MONTH_SECONDS = 30 * 24 * 3600

_Arn = Annotated[
    str, pattern(r"acs:[a-z\-]+:\S*:\S*:\S+", "must be an ARN such as acs:fc:REGION:ACCOUNT:...")
]


class Destination(Model):
    """Where what became of an invocation is sent."""

    destination: _Arn


class DestinationConfig(Model):
    """Where results and failures are sent."""

    on_success: Destination | None = Field(default=None, alias="onSuccess")
    on_failure: Destination | None = Field(default=None, alias="onFailure")


class AsyncInvokeConfig(Model):
    """How asynchronous invocations of a function are run, in its LATEST version."""

    max_async_retry_attempts: Annotated[int, integer(0, 8, unit="retries")] = Field(
        default=3, alias="maxAsyncRetryAttempts"
    )
    max_async_event_age_in_seconds: Annotated[int, integer(1, _MONTH_SECONDS, unit="seconds")] = (
        Field(default=86400, alias="maxAsyncEventAgeInSeconds")
    )
    stateful_invocation: Boolean = Field(default=False, alias="statefulInvocation")
    destination_config: DestinationConfig = Field(
        default=DestinationConfig(), alias="destinationConfig"
    )

    @property
    def fields(self) -> dict[str, Any]:
        """The settings as the API has them."""
        found: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return found
