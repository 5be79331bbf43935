"""The model of the triggers of a function."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from fc_client._disclosure import shown
from fc_client.fun.project.model import NAME, LogConfig, Model, RoleName
from fc_client.fun.project.types import (
    AnyJson,
    Boolean,
    Rule,
    Text,
    choice,
    integer,
    misspelt,
    named,
    pattern,
    text,
    value_error,
)
from fc_client.triggers import timer

__all__ = ["METHODS", "TRIGGERS", "AnyTrigger", "Trigger"]

_TYPES = ("timer", "oss", "log", "http")
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")

_BucketArn = Annotated[
    str,
    pattern(
        r"acs:oss:[^:\s]*:[^:\s]*:[a-z0-9][a-z0-9\-]{1,61}[a-z0-9]",
        "must be acs:oss:REGION:ACCOUNT:BUCKET",
    ),
]
_LogProjectArn = Annotated[
    str,
    pattern(
        r"acs:log:[^:\s]*:[^:\s]*:project/[^/\s]+",
        "must be acs:log:REGION:ACCOUNT:project/PROJECT",
    ),
]


def _cron(word: object) -> str:
    value = text(word)
    try:
        timer(cron=value)
    except ValueError as exc:
        raise value_error(str(exc).removeprefix("cron: ")) from None
    return value


_Qualifier = Annotated[
    str,
    pattern(
        f"{NAME}|[1-9][0-9]*",
        "must be LATEST, the name of an alias or the number of a version",
        may_be_number=True,
    ),
]


class Trigger(Model):
    """What invokes a function by itself."""

    name: Annotated[str, named(64)]
    type: Annotated[str, choice(*_TYPES)]
    config: Any
    source_arn: Text | None = Field(default=None, alias="sourceArn")
    role: RoleName | None = None
    qualifier: _Qualifier | None = None

    @property
    def api_config(self) -> dict[str, Any]:
        """The configuration as the API has it."""
        config: dict[str, Any] = self.config.model_dump(mode="json", by_alias=True)
        return config


class TimerConfig(Model):
    """When a timer fires, in UTC, and with what."""

    cron_expression: Annotated[str, Rule(_cron, {"type": "string"})] = Field(alias="cronExpression")
    payload: Text = ""
    enable: Boolean = True


class TimerTrigger(Trigger):
    """A timer."""

    type: Annotated[str, choice("timer")]
    config: TimerConfig


class ObjectKey(Model):
    """Which objects of a bucket."""

    prefix: Text = ""
    suffix: Text = ""


class ObjectFilter(Model):
    """Which objects of a bucket."""

    key: ObjectKey = ObjectKey()


# What is like one of these is misspelt; others may be new in the service.
_OBJECT_EVENTS = {
    "ObjectCreated": (
        *("*", "PutObject", "PutSymlink", "PostObject", "CopyObject", "AppendObject"),
        *("InitiateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload"),
    ),
    "ObjectRemoved": ("*", "DeleteObject", "DeleteObjects", "AbortMultipartUpload"),
}
_EVENT_RULE = "must be an event such as oss:ObjectCreated:*"
_EVENT = pattern("oss:Object.+", _EVENT_RULE)


def _event(word: object) -> str:
    value: str = _EVENT.read(word)
    _, kind, *operation = value.split(":", 2)
    meant = misspelt(kind, list(_OBJECT_EVENTS)) or kind
    known = _OBJECT_EVENTS.get(meant, ())
    rest = [misspelt(each, list(known)) or each for each in operation]
    if [meant, *rest] != [kind, *operation]:
        right = ":".join(["oss", meant, *rest])
        raise value_error(f"{_EVENT_RULE}, got {shown(value)!r}; did you mean {right!r}?")
    return value


_Event = Annotated[str, Rule(_event, _EVENT.schema)]


def _at_least_one(what: str) -> AfterValidator:
    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        if not values:
            raise value_error(f"must have at least one {what}")
        return values

    return AfterValidator(check)


class OssConfig(Model):
    """Which events of a bucket."""

    events: Annotated[tuple[_Event, ...], _at_least_one("event, such as oss:ObjectCreated:*")] = (
        Field(json_schema_extra={"minItems": 1})
    )
    filter: ObjectFilter = ObjectFilter()


class OssTrigger(Trigger):
    """Events of a bucket of OSS."""

    type: Annotated[str, choice("oss")]
    config: OssConfig
    source_arn: _BucketArn = Field(alias="sourceArn")
    role: RoleName


class LogSource(Model):
    """The logstore that is read."""

    logstore: Text


class LogJob(Model):
    """How often the logs are read."""

    trigger_interval: Annotated[int, integer(3, 600, unit="seconds")] = Field(
        default=60, alias="triggerInterval"
    )
    max_retry_time: Annotated[int, integer(0, 100, unit="times")] = Field(
        default=3, alias="maxRetryTime"
    )


class LogTriggerConfig(Model):
    """Which logs, and where the trigger writes its own."""

    source_config: LogSource = Field(alias="sourceConfig")
    job_config: LogJob = Field(default=LogJob(), alias="jobConfig")
    function_parameter: dict[str, AnyJson] = Field(default={}, alias="functionParameter")
    log_config: LogConfig = Field(alias="logConfig")
    enable: Boolean = True


class LogTrigger(Trigger):
    """Logs of a project of Log Service."""

    type: Annotated[str, choice("log")]
    config: LogTriggerConfig
    source_arn: _LogProjectArn = Field(alias="sourceArn")
    role: RoleName


class HttpConfig(Model):
    """Who may call the function, and by which methods."""

    auth_type: Annotated[str, choice("anonymous", "function")] = Field(
        default="function", alias="authType"
    )
    methods: Annotated[
        tuple[Annotated[str, choice(*METHODS)], ...], _at_least_one("method, such as GET")
    ] = Field(json_schema_extra={"minItems": 1})


def _refused(_: object) -> None:
    raise value_error("an http trigger has no such setting; leave it out")


_Refused = Annotated[None, Rule(_refused, {"not": {}})]


class HttpTrigger(Trigger):
    """HTTP requests, which the function answers itself."""

    type: Annotated[str, choice("http")]
    config: HttpConfig
    source_arn: _Refused = Field(default=None, alias="sourceArn")
    role: _Refused = None


def _kind_of_trigger(value: object) -> str:
    kind = str(value.get("type")).lower() if isinstance(value, dict) else None
    return f"<{kind}>" if kind in _TYPES else "<>"


# By tag. Tags are part of where pydantic finds an error; none of them looks like a key.
TRIGGERS: dict[str, type[Trigger]] = {
    "<timer>": TimerTrigger,
    "<oss>": OssTrigger,
    "<log>": LogTrigger,
    "<http>": HttpTrigger,
    "<>": Trigger,
}

AnyTrigger = Annotated[
    Annotated[TimerTrigger, Tag("<timer>")]
    | Annotated[OssTrigger, Tag("<oss>")]
    | Annotated[LogTrigger, Tag("<log>")]
    | Annotated[HttpTrigger, Tag("<http>")]
    | Annotated[Trigger, Tag("<>")],
    Discriminator(_kind_of_trigger),
]
