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

__all__ = ["Action", "RpcApi", "RpcDoor"]

# Gets the parameters of a request; returns the reply without its RequestId.
Action = Callable[[Mapping[str, str]], dict[str, Any]]

_FORM = "application/x-www-form-urlencoded"


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
        try:
            document = self._call(request)
        except (ServiceError, StoreError) as exc:
            error = as_service_error(exc, "InternalError")
            problem = {"HostId": request.host, "Code": error.code, "Message": error.message}
            return CloudReply(error.status, {"RequestId": request.request_id, **problem})
        return CloudReply(content={"RequestId": request.request_id, **document})

    def reset(self) -> None:
        """Forget the nonces, after the database was cleared."""
        self._nonces.clear()

    def _call(self, request: CloudRequest) -> dict[str, Any]:
        parameters = _parameters(request)
        is_acs3 = request.headers.get("authorization", "").startswith("ACS3-")
        if self._auth:
            self._authenticate(
                rpc_signatures.parse_acs3(request)
                if is_acs3
                else rpc_signatures.parse_signed_parameters(request.method, parameters)
            )
        # Only headers are signed for newer clients, so parameters must not overrule them.
        named = {
            "Version": request.headers.get("x-acs-version", ""),
            "Action": request.headers.get("x-acs-action", ""),
        }
        return self._action(named if is_acs3 else parameters)(parameters)

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


def _parameters(request: CloudRequest) -> dict[str, str]:
    """Return the parameters of the query and of a form."""
    parameters = dict(request.query)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == _FORM:
        text = request.body.decode(errors="replace")
        parameters.update(parse_qsl(text, keep_blank_values=True))
    return parameters
