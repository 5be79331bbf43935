"""Goal: the settings that a resource should have, compared with those that it has. No I/O."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic

from fc_client._arguments import json_bytes, required_structure, required_text, structure, text
from fc_client._disclosure import setting_leaves
from fc_client._messages import Headers, without_none
from fc_client._operations.function_fields import function_fields, parse_function
from fc_client._operations.resources import with_extra
from fc_client._operations.services import parse_service, service_fields
from fc_client._operations.triggers import parse_trigger
from fc_client.code import Code
from fc_client.deploy.json_values import same_json
from fc_client.deploy.results import Action, Change, Resource
from fc_client.exceptions import (
    APIError,
    DeploymentError,
    FunctionAlreadyExistsError,
    FunctionNotFoundError,
    NotFoundError,
    ServiceAlreadyExistsError,
    ServiceNotFoundError,
    TriggerAlreadyExistsError,
    TriggerNotFoundError,
)
from fc_client.models import Function, Service, Trigger
from fc_client.triggers import TriggerConfig

Settings = Mapping[str, Any]

# Fields whose value is a structure, in which an empty field means the same as none.
_STRUCTURES = (
    "logConfig",
    "vpcConfig",
    "nasConfig",
    "tracingConfig",
    "ossMountConfig",
    "customContainerConfig",
    "customRuntimeConfig",
    "instanceLifecycleConfig",
    "customDNS",
    "customHealthCheckConfig",
    "triggerConfig",
)

# A structure within a trigger's whose fields are the user's.
_FREE = "functionParameter"

# Settings of a trigger that the API cannot update.
_FIXED = ("trigger_type", "source_arn")

# Types whose source_arn the service does not store.
_WITHOUT_SOURCE = ("http", "timer")

# Fields that a trigger keeps when it is replaced by one of the same type, and their arguments.
_KEPT = {
    "sourceArn": "source_arn",
    "invocationRole": "invocation_role",
    "description": "description",
    "qualifier": "qualifier",
}


@dataclass(frozen=True)
class Goal(Generic[Resource]):
    """What a resource should be.

    Attributes:
        target: The resource for people: ``function demo/hello``.
        identity: The field with its name.
        settings: The arguments that were passed, by name.
        fields: The field that each of them sends, and its value as JSON; those of the
            argument *extra* by their own names.
        parse: Makes the model of its JSON.
        missing: The error that says that it does not exist.
        exists: The error that says that it does.
        parents: What must exist before it, by the error that says that it does not.
    """

    target: str
    identity: Settings
    settings: Settings
    fields: Mapping[str, tuple[str, Any]]
    parse: Callable[[Settings, Headers], Resource]
    missing: type[NotFoundError]
    exists: type[APIError]
    parents: Mapping[type[APIError], str]

    def given(self, stored: Resource | None) -> Goal[Resource]:  # noqa: ARG002 - for subclasses
        """Return the goal for a resource as it is stored, None if there is none."""
        return self

    def with_code(self, code: Code | None) -> Goal[Resource]:
        """Return the goal of a function that has the code; None for one of a container."""
        return replace(self, settings={**self.settings, "code": code})

    def changes(self, stored: Resource | None) -> tuple[Change, ...]:
        """Return what differs from the stored resource; everything if there is none."""
        raw = {} if stored is None else stored.raw
        return tuple(
            Change(name, raw.get(field), value)
            for name, (field, value) in self.fields.items()
            if stored is None or not same(field, raw.get(field), value)
        ) + tuple(self._changes_of_code(raw))

    def _changes_of_code(self, raw: Settings) -> Iterator[Change]:
        code: Code | None = self.settings.get("code")
        if code is not None and (code.checksum is None or code.checksum != raw.get("codeChecksum")):
            before = without_none(
                {"checksum": raw.get("codeChecksum"), "size": raw.get("codeSize")}
            )
            yield Change("code", before or None, _described(code))

    def action(
        self, stored: Resource | None, changes: tuple[Change, ...], *, may_replace: bool
    ) -> Action:
        """Return what is to be done.

        Raises:
            DeploymentError: a setting that differs cannot be updated, and *may_replace* is False.
        """
        if stored is None:
            return "created"
        fixed = [change for change in changes if change.name in _FIXED]
        if fixed and not may_replace:
            raise DeploymentError(
                f"{self.target} cannot be updated: "
                + "; ".join(f"{each.name} is {each.before!r}, not {each.after!r}" for each in fixed)
                + "; pass replace=True to delete the trigger and create it again"
            )
        return "replaced" if fixed else "updated" if changes else "unchanged"

    def preview(self, stored: Resource | None, action: Action) -> Resource:
        """Return the resource as it would be, as far as that is known."""
        if stored is None:
            kept: Settings = {}
        elif action == "unchanged":
            return stored
        else:
            kept = stored.raw if action == "updated" else self._kept_if_replaced(stored)
        raw = {**self.identity, **kept, **dict(self.fields.values())}
        code: Code | None = self.settings.get("code")
        if code is not None:
            raw.update(codeChecksum=code.checksum, codeSize=code.size)
        return self.parse(raw, Headers())

    def settings_if_replaced(self, stored: Resource) -> Settings:
        """Return the arguments that create a trigger in place of the *stored* one."""
        kept = self._kept_if_replaced(stored)
        return {**{_KEPT[field]: value for field, value in kept.items()}, **self.settings}

    def _kept_if_replaced(self, stored: Resource) -> Settings:
        # The source and role of another type of trigger are of no use.
        if stored.raw.get("triggerType") != self.settings["trigger_type"]:
            return {}
        given = self.settings.get("extra", {})
        return without_none({name: stored.raw.get(name) for name in _KEPT if name not in given})

    def settings_to_update(self, changes: tuple[Change, ...]) -> Settings:
        """Return the arguments of an update."""
        extra = self.settings.get("extra", {})
        names = [change.name for change in changes]
        added = {name: extra[name] for name in names if name in extra}
        given = {name: self.settings[name] for name in names if name not in extra}
        return {**given, "extra": added} if added else given


def service_goal(service_name: str, wanted: Settings) -> Goal[Service]:
    """Return the goal of :func:`deploy_service`; *wanted* has the settings by name."""
    _check_names(service_name=service_name)
    return Goal(
        target=f"service {service_name}",
        identity={"serviceName": service_name},
        settings=without_none(wanted),
        fields=fields_of_settings(service_fields, wanted),
        parse=parse_service,
        missing=ServiceNotFoundError,
        exists=ServiceAlreadyExistsError,
        parents={},
    )


def function_goal(service_name: str, function_name: str, wanted: Settings) -> Goal[Function]:
    """Return the goal of :func:`deploy_function`; *wanted* has the settings but the code."""
    _check_names(service_name=service_name, function_name=function_name)
    for name in ("runtime", "handler"):
        required_text(name, wanted[name])
    return Goal(
        target=f"function {service_name}/{function_name}",
        identity={"functionName": function_name},
        settings=without_none(wanted),
        fields=fields_of_settings(function_fields, wanted),
        parse=parse_function,
        missing=FunctionNotFoundError,
        exists=FunctionAlreadyExistsError,
        parents={ServiceNotFoundError: f"service {service_name}"},
    )


def trigger_goal(
    service_name: str, function_name: str, trigger_name: str, wanted: Settings
) -> Goal[Trigger]:
    """Return the goal of :func:`deploy_trigger`; *wanted* has the settings by name."""
    _check_names(service_name=service_name, function_name=function_name, trigger_name=trigger_name)
    trigger_type = _type_of_trigger(wanted)
    wanted = {**wanted, "trigger_type": trigger_type}
    if trigger_type in _WITHOUT_SOURCE:
        text("source_arn", wanted["source_arn"])
        wanted["source_arn"] = None
    return Goal(
        target=f"trigger {service_name}/{function_name}/{trigger_name}",
        identity={"triggerName": trigger_name},
        settings=without_none(wanted),
        fields=fields_of_settings(_trigger_fields, wanted),
        parse=parse_trigger,
        missing=TriggerNotFoundError,
        exists=TriggerAlreadyExistsError,
        parents={
            ServiceNotFoundError: f"service {service_name}",
            FunctionNotFoundError: f"function {service_name}/{function_name}",
        },
    )


def _check_names(**names: str) -> None:
    """Check the names of the resources, since messages contain them."""
    for name, value in names.items():
        required_text(name, value)


def _type_of_trigger(wanted: Settings) -> str:
    config, trigger_type = wanted["trigger_config"], wanted["trigger_type"]
    required_structure("trigger_config", config)
    if not isinstance(config, TriggerConfig):
        if trigger_type is None:
            raise TypeError("trigger_type: required, since trigger_config is a plain mapping")
        return required_text("trigger_type", trigger_type)
    if trigger_type not in (None, config.trigger_type):
        raise ValueError(
            f"trigger_type: {trigger_type!r} does not match trigger_config, "
            f"which is for the type {config.trigger_type!r}"
        )
    return config.trigger_type


def _trigger_fields(
    *,
    trigger_type: str | None = None,
    trigger_config: Settings | None = None,
    source_arn: str | None = None,
    invocation_role: str | None = None,
    description: str | None = None,
    qualifier: str | None = None,
) -> dict[str, Any]:
    return {
        "triggerType": text("trigger_type", trigger_type),
        "triggerConfig": structure("trigger_config", trigger_config),
        "sourceArn": text("source_arn", source_arn),
        "invocationRole": text("invocation_role", invocation_role),
        "description": text("description", description),
        "qualifier": text("qualifier", qualifier),
    }


def fields_of_settings(
    fields_of: Callable[..., dict[str, Any]], wanted: Settings
) -> dict[str, tuple[str, Any]]:
    """Return the field that is sent for each setting, and its value, by the setting's name."""
    settings = without_none(wanted)
    extra = settings.pop("extra", None)
    sent: dict[str, tuple[str, Any]] = {}
    for name, value in settings.items():
        ((field, sent_value),) = without_none(fields_of(**{name: value})).items()
        sent[name] = (field, sent_value)
    fields = dict(sent.values())
    added = with_extra(fields, extra)
    sent.update({field: (field, added[field]) for field in added if field not in fields})
    # As it is read back: with lists for tuples.
    return {
        name: (field, json.loads(json_bytes(name, value))) for name, (field, value) in sent.items()
    }


def same(field: str, stored: Any, sent: Any) -> bool:
    """Return whether two values of a field are equivalent.

    A field that a response leaves out is empty, also within a structure. An
    empty environment variable differs from one that is not set, and so does an
    empty value among the parameters of a function.
    """
    stored, sent = (_comparable(field, value) for value in (stored, sent))
    return same_json(stored, sent)


def _comparable(field: str, value: Any) -> Any:
    if field in _STRUCTURES:
        return {
            path: leaf
            for path, leaf in setting_leaves(value)
            if leaf not in ("", {}, [], None) or _FREE in path[:-1]
        }
    return None if value in ("", {}, []) else value


def _described(code: Code) -> Settings:
    return without_none(
        {
            "checksum": code.checksum,
            "size": code.size,
            "bucket": code.bucket,
            "object": code.object,
        }
    )
