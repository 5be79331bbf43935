"""Serves RPC-style APIs: checks signature, time and nonce, dispatches by Version and Action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fc_client.local.cloud import rpc_signatures
from fc_client.local.cloud.messages import CloudReply, CloudRequest, ServiceError
from fc_client.local.cloud.state import Collection, as_service_error
from fc_client.local.storage.store import StoreError

__all__ = ["Action", "RpcApi", "RpcDoor", "RpcParameters"]

# What the log shows of the parameters.
_NAMES = ("RoleName", "PolicyName", "GroupName", "ApiName", "GroupId", "ApiId", "StageName")

_FORM = "application/x-www-form-urlencoded"


class RpcParameters(dict[str, str]):
    """The parameters of a call.

    Args:
        parameters: The parameters.
        host: The Host header, by which the client has reached this server.
    """

    def __init__(self, parameters: Mapping[str, str], host: str = "") -> None:
        super().__init__(parameters)
        self.host = host


# Returns the reply without its RequestId.
Action = Callable[[RpcParameters], dict[str, Any]]


@dataclass(frozen=True)
class RpcApi:
    """The API of one service: its version and its actions by name."""

    version: str
    actions: Mapping[str, Action]


class _Nonces:
    """The nonces of the last minutes, in memory and in the database."""

    def __init__(self, stored: Collection) -> None:
        self._stored = stored
        documents = sorted(stored.list(), key=lambda each: each["time"])
        # Oldest first, as added.
        self._times: dict[str, float] = {each["nonce"]: each["time"] for each in documents}

    def use(self, nonce: str, now: float) -> None:
        """Remember a nonce; raise ServiceError if it was used before."""
        if nonce in self._times:
            raise ServiceError(400, "SignatureNonceUsed", "Specified signature nonce was used.")
        for old, time in list(self._times.items()):
            # A request that was signed so long ago is refused for its time.
            if now - time <= 2 * rpc_signatures.MAX_SKEW_SECONDS:
                break
            self._stored.delete(old)
            del self._times[old]
        self._stored.put(nonce, {"nonce": nonce, "time": now})
        self._times[nonce] = now

    def clear(self) -> None:
        """Forget all; the rows have been deleted."""
        self._times.clear()


class RpcDoor:
    """Serves RPC-style APIs on one address.

    Args:
        apis: The APIs; each has another version.
        key: The ID and the secret of the only access key.
        nonces: Where the nonces of the last minutes are kept.
        clock: Returns seconds since the epoch.
        is_frozen: Returns whether a test has frozen the time of this process.
        auth: Whether requests must be signed.
    """

    def __init__(
        self,
        apis: tuple[RpcApi, ...],
        key: tuple[str, str],
        nonces: Collection,
        *,
        clock: Callable[[], float],
        is_frozen: Callable[[], bool],
        auth: bool,
    ) -> None:
        self._apis = {api.version: api for api in apis}
        self._key_id, self._secret = key
        self._nonces = _Nonces(nonces)
        self._clock = clock
        self._is_frozen = is_frozen
        self._auth = auth

    def answer(self, request: CloudRequest) -> CloudReply:
        """Answer a request; the errors have the form of RPC-style APIs."""
        parameters = _parameters(request)
        named = _named(request, parameters)
        operation, target = self._title(named["Action"], parameters)
        try:
            document = self._call(request, parameters, named)
        except (ServiceError, StoreError) as exc:
            error = as_service_error(exc, "InternalError")
            problem = {"HostId": request.host, "Code": error.code, "Message": error.message}
            content = {"RequestId": request.request_id, **problem}
            return CloudReply(
                error.status,
                content,
                operation=operation,
                target=target,
                problem=f"{error.code}: {error.message}",
            )
        content = {"RequestId": request.request_id, **document}
        return CloudReply(content=content, operation=operation, target=target)

    def reset(self) -> None:
        """Forget the nonces, after the database was cleared."""
        self._nonces.clear()

    def _title(self, action: str, parameters: Mapping[str, str]) -> tuple[str, str]:
        """Return the operation and the target that the log shows."""
        if not any(action in api.actions for api in self._apis.values()):
            return "", ""
        return action, "/".join(parameters[name] for name in _NAMES if parameters.get(name))

    def _call(
        self, request: CloudRequest, parameters: RpcParameters, named: Mapping[str, str]
    ) -> dict[str, Any]:
        if self._auth:
            self._authenticate(
                rpc_signatures.parse_acs3(request)
                if _is_acs3(request)
                else rpc_signatures.parse_signed_parameters(request.method, parameters)
            )
        return self._action(named)(parameters)

    def _authenticate(self, call: rpc_signatures.Call) -> None:
        if call.access_key_id != self._key_id:
            raise ServiceError(
                404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."
            )
        if not call.is_signed_with(self._secret):
            raise ServiceError(
                400,
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. "
                "Check your access key secret and signing method.",
            )
        rpc_signatures.check_time(call.timestamp, self._clock(), self._is_frozen)
        self._nonces.use(call.nonce, self._clock())

    def _action(self, named: Mapping[str, str]) -> Action:
        version = rpc_signatures.required(named, "Version")
        name = rpc_signatures.required(named, "Action")
        api = self._apis.get(version)
        if api is None:
            raise ServiceError(
                400,
                "InvalidVersion",
                f"Specified parameter Version is not valid, got {version!r}; "
                f"this server has {', '.join(self._apis)}.",
            )
        if name not in api.actions:
            raise ServiceError(
                404, "InvalidAction.NotFound", f"Specified api {name!r} is not found."
            )
        return api.actions[name]


def _is_acs3(request: CloudRequest) -> bool:
    return request.headers.get("authorization", "").startswith("ACS3-")


def _named(request: CloudRequest, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the Version and the Action of a request."""
    if _is_acs3(request):
        # Only headers are signed for newer clients, so parameters must not overrule them.
        names = {"Version": "x-acs-version", "Action": "x-acs-action"}
        return {name: request.headers.get(header, "") for name, header in names.items()}
    return {name: parameters.get(name, "") for name in ("Version", "Action")}


def _parameters(request: CloudRequest) -> RpcParameters:
    """Return the parameters of the query and of a form."""
    parameters = RpcParameters(request.query, request.host)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == _FORM:
        text = request.body.decode(errors="replace")
        parameters.update(parse_qsl(text, keep_blank_values=True))
    return parameters
