# Made by tools/generate_aio.py from client.py: change that one, and run the tool.
"""AsyncClient: Client for asyncio."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Mapping,
)
from functools import partial
from random import random as jitter
from typing import Any, Literal, TypeVar

from fc_client import _messages
from fc_client._arguments import (
    function,
    header,
    integer,
    required_structure,
    required_text,
    structure,
    text,
)
from fc_client._call import downloads
from fc_client._call.async_fan_out import in_order
from fc_client._call.base import BaseClient, checked_timeout, log_attempt, redact_echoed
from fc_client._call.payload import AsyncPayload, async_body_of
from fc_client._call.progress import DownloadProgress, UploadProgress, with_progress
from fc_client._call.retries import RetryPolicy, RetryState
from fc_client._messages import (
    JSON,
    OCTETS,
    Headers,
    LostReplyCheck,
    Request,
    Response,
    build,
    path,
)
from fc_client._redaction import as_secret
from fc_client._transport.aiohttp_transport import Transport
from fc_client._wire import (
    create_request,
    delete_request,
    function_fields,
    function_path,
    function_stored,
    invocation_result,
    no_result,
    page_query,
    service_fields,
    service_path,
    trigger_path,
    update_request,
)
from fc_client.code import CodeSource, as_code, required_code
from fc_client.credentials import Credentials, CredentialsProvider
from fc_client.exceptions import APIError, FCError, TransportError
from fc_client.models import (
    Function,
    FunctionCode,
    InvocationResult,
    LogConfig,
    Service,
    Trigger,
    VPCConfig,
)
from fc_client.pagination import Page, async_iterate, page_of

__all__ = ["AsyncClient"]

T = TypeVar("T")


class AsyncClient(BaseClient):
    """Function Compute, API version 2016-08-15.

    Client for asyncio: the same methods, to be awaited, and iterators for
    ``async for``. It belongs to the event loop that uses it first. An
    asynchronous context manager, which closes its connections at the end.

    What blocks, such as reading code and files, runs in threads; *progress*
    is called there. A call that is cancelled may have been made.

    Every method raises TypeError or ValueError, naming the argument, for what
    cannot be sent, before anything is sent. Every method may raise:

    - ``InvalidArgumentError``: the service does not take a value; the message
      names the field.
    - ``PermissionDeniedError``: the service does not accept the caller.
    - ``ThrottlingError``, ``ServerError``: after the last attempt.
    - ``TransportError``, ``RequestTimeoutError``: no reply came.
    - ``ResponseError``: a reply came that cannot be understood.

    Those are not repeated in the docstrings of the methods.

    Args:
        endpoint: URL of the service, such as
            ``https://123456.cn-shanghai.fc.aliyuncs.com``. Default: the
            environment's ``FC_ENDPOINT``, else built from account and region,
            else that of fcli's configuration.
        access_key_id: Default: the first source with credentials of the chain
            that :mod:`fc_client.credentials` tells, from the environment's
            ``ALIBABA_CLOUD_ACCESS_KEY_ID`` to an ECS instance's role.
        access_key_secret: Goes with it.
        security_token: Of a temporary key; goes with the two.
        credentials: In place of those three: Credentials, or a callable that
            returns them and is asked before every attempt.
        account_id: Default for building the endpoint:
            ``ALIBABA_CLOUD_ACCOUNT_ID``. With an *endpoint* it is sent along,
            so that the endpoint's host may be an address.
        region: Default: ``ALIBABA_CLOUD_REGION_ID``, else
            ``ALIBABA_CLOUD_DEFAULT_REGION``, else the aliyun CLI's.
        internal: Build the endpoint of the region's internal network.
        timeout: Seconds to connect and seconds to wait for bytes of the
            reply, or one number for both. Default: 5 and 610, the longest
            function's run and some more.
        retry: What is repeated, how often.
        pool_size: How many connections are kept for later calls. Default 10.
        verify: False switches off the check of TLS certificates; a path
            names a CA bundle. Default: the bundle of ``REQUESTS_CA_BUNDLE``
            or ``CURL_CA_BUNDLE``, else certifi's.
        proxies: URLs by scheme; an empty mapping uses none. Default: the
            environment's, read once; this machine is called directly.
        user_agent: In place of this library's own.

    Raises:
        ConfigurationError: endpoint or credentials are missing or unusable;
            the message names where they can be set.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        access_key_id: str | None = None,
        access_key_secret: str | None = None,
        security_token: str | None = None,
        credentials: Credentials | CredentialsProvider | None = None,
        account_id: str | None = None,
        region: str | None = None,
        internal: bool = False,
        timeout: float | tuple[float, float] = (5, 610),
        retry: RetryPolicy = RetryPolicy(),
        pool_size: int = 10,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        user_agent: str | None = None,
    ) -> None:
        # A report of an error in here shows the arguments.
        access_key_secret, security_token = as_secret(access_key_secret), as_secret(security_token)
        super().__init__(
            endpoint=endpoint,
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            security_token=security_token,
            credentials=credentials,
            account_id=account_id,
            region=region,
            internal=internal,
            timeout=timeout,
            retry=retry,
            user_agent=user_agent,
        )
        self._transport = Transport(pool_size=pool_size, verify=verify, proxies=proxies)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections, also those of copies by :meth:`with_options`."""
        await self._transport.close()

    def with_options(
        self,
        *,
        timeout: float | tuple[float, float] | None = None,
        retry: RetryPolicy | None = None,
    ) -> AsyncClient:
        """Return a client with other options that shares the connections.

        Args:
            timeout: As for the constructor; None keeps it.
            retry: As for the constructor; None keeps it.
        """
        client = copy.copy(self)
        if timeout is not None:
            client._timeout = checked_timeout(timeout)  # noqa: SLF001 - our own copy
        if retry is not None:
            client._set_retry(retry)  # noqa: SLF001 - likewise
        return client

    async def _call(self, request: Request, parse: Callable[[Response], T]) -> T:
        """Make a call: attempts until one counts, then what its reply means."""
        state = RetryState(request, self._retry, self._budget)
        while True:
            try:
                response = _messages.raise_for_status(
                    request.operation, await self._attempt(request, state)
                )
            except (APIError, TransportError) as error:
                state.record(error)
                settled = state.lost_reply_check(error)
                if settled is not None:
                    return await self._result_of_lost_attempt(settled, parse, error)
                await asyncio.sleep(
                    state.next_delay(
                        error,
                        jitter(),
                        recovered=await asyncio.to_thread(self._recover, error, state.token),
                    )
                )
            else:
                self._budget.earn()
                return _messages.parse_response(request.operation, response, parse)

    async def _attempt(self, request: Request, state: RetryState) -> Response:
        if self._credentials.needs_refresh:
            # Others may have to be fetched: not while the attempt is dated.
            await asyncio.to_thread(
                self._credentials,
            )
        signed = self._signed(request)
        state.token = signed.headers.get("x-fc-security-token")
        started, reply = time.monotonic(), None
        try:
            reply = await self._transport.send(signed, state.timeout(self._timeout))
        finally:
            log_attempt(request.operation, state.number, reply, started)
        return redact_echoed(signed, reply)

    async def _result_of_lost_attempt(
        self, settled: LostReplyCheck, parse: Callable[[Response], T], refusal: FCError
    ) -> T:
        """Return what an attempt whose reply was lost has done; raise *refusal* if it did not."""
        if not settled.path:
            return parse(Response(204, Headers()))
        stored = await self._call(
            build(settled.operation, "GET", settled.path), _messages.checked_json
        )
        if not settled.matches(stored.json_object()):
            raise refusal
        return _messages.parse_response(settled.operation, stored, parse)

    # Services

    async def create_service(
        self,
        service_name: str,
        *,
        description: str | None = None,
        internet_access: bool | None = None,
        log_config: LogConfig | Mapping[str, Any] | None = None,
        role: str | None = None,
        vpc_config: VPCConfig | Mapping[str, Any] | None = None,
    ) -> Service:
        """Create a service and return it.

        Args:
            service_name: Letters, digits, ``_`` and ``-``, starting with a
                letter or ``_``; 1 to 128 characters.
            description: Free text.
            internet_access: Whether its functions reach the internet.
            log_config: Where its functions' logs go.
            role: ARN of the RAM role that its functions act as.
            vpc_config: The network that its functions reach.
        Returns:
            The service as stored.
        Raises:
            ServiceAlreadyExistsError: there is one of this name.
        API: POST /2016-08-15/services (guide: CreateService)
        """
        return await self._call(
            create_request(
                "Service",
                path("/services"),
                service_path(service_name),
                {
                    "serviceName": service_name,
                    **service_fields(
                        description=description,
                        internet_access=internet_access,
                        log_config=log_config,
                        role=role,
                        vpc_config=vpc_config,
                    ),
                },
            ),
            Service.from_response,
        )

    async def get_service(self, service_name: str) -> Service:
        """Return a service.

        Args:
            service_name: Name of the service.
        Returns:
            The service as stored.
        Raises:
            ServiceNotFoundError: there is none of this name.
        API: GET /2016-08-15/services/{serviceName} (guide: GetService)
        """
        return await self._call(
            build("GetService", "GET", service_path(service_name)),
            Service.from_response,
        )

    async def update_service(
        self,
        service_name: str,
        *,
        description: str | None = None,
        internet_access: bool | None = None,
        log_config: LogConfig | Mapping[str, Any] | None = None,
        role: str | None = None,
        vpc_config: VPCConfig | Mapping[str, Any] | None = None,
        if_match: str | None = None,
    ) -> Service:
        """Change settings of a service and return the service.

        Args:
            service_name: Name of the service.
            description: Free text; ``""`` clears it.
            internet_access: Whether its functions reach the internet.
            log_config: Where its functions' logs go.
            role: ARN of the RAM role that its functions act as.
            vpc_config: The network that its functions reach.
            if_match: ETag the service must still have.
        Returns:
            The service as stored.
        Raises:
            ServiceNotFoundError: there is none of this name.
            PreconditionFailedError: the service has changed since *if_match*.
        API: PUT /2016-08-15/services/{serviceName} (guide: UpdateService)
        """
        return await self._call(
            update_request(
                "Service",
                service_path(service_name),
                service_fields(
                    description=description,
                    internet_access=internet_access,
                    log_config=log_config,
                    role=role,
                    vpc_config=vpc_config,
                ),
                if_match,
            ),
            Service.from_response,
        )

    async def delete_service(self, service_name: str, *, if_match: str | None = None) -> None:
        """Delete a service, which must have no function.

        Args:
            service_name: Name of the service.
            if_match: ETag the service must still have.
        Raises:
            ServiceNotFoundError: there is none of this name.
            ServiceNotEmptyError: it still has a function.
            PreconditionFailedError: the service has changed since *if_match*.
        API: DELETE /2016-08-15/services/{serviceName} (guide: DeleteService)
        """
        return await self._call(
            delete_request("Service", service_path(service_name), if_match), no_result
        )

    async def list_services(
        self,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
    ) -> Page[Service]:
        """Return one page of the services, sorted by name.

        Args:
            limit: Most services on the page, 1 to 100. Default 20.
            next_token: Of the page before; None asks for the first.
            prefix: Only names that begin so.
            start_key: Only names from this one on, itself included; ignored
                with a *next_token*.
        Returns:
            The page, with the token of the next one.
        API: GET /2016-08-15/services (guide: ListServices)
        """
        return await self._call(
            build(
                "ListServices",
                "GET",
                path("/services"),
                query=page_query(limit, next_token, prefix, start_key),
            ),
            page_of("services", Service.from_wire),
        )

    def iter_services(
        self, *, prefix: str | None = None, start_key: str | None = None, page_size: int = 100
    ) -> AsyncIterator[Service]:
        """Yield all services, sorted by name; pages are fetched when needed.

        Args:
            prefix: Only names that begin so.
            start_key: Only names from this one on, itself included.
            page_size: Services asked for at a time, 1 to 100.
        Raises:
            ResponseError: the service gave a page token a second time.
        API: GET /2016-08-15/services (guide: ListServices)
        """
        return async_iterate(
            "ListServices",
            lambda token: self.list_services(
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
            ),
        )

    # Functions

    async def create_function(
        self,
        service_name: str,
        function_name: str,
        *,
        runtime: str,
        handler: str,
        code: CodeSource,
        description: str | None = None,
        memory_size: int | None = None,
        timeout: int | None = None,
        environment_variables: Mapping[str, str] | None = None,
        initializer: str | None = None,
        initialization_timeout: int | None = None,
        progress: UploadProgress | None = None,
    ) -> Function:
        """Create a function and return it.

        Args:
            service_name: Name of the service that it belongs to.
            function_name: Letters, digits, ``_`` and ``-``, starting with a
                letter or ``_``; 1 to 64 characters.
            runtime: Such as ``python3``, ``nodejs8``, ``java8``.
            handler: Where execution starts: ``file.function``.
            code: A path (a directory, a .zip, one source file) or a Code.
            description: Free text.
            memory_size: MB, a multiple of 64, 128 to 3072. Default 128.
            timeout: Longest run, in seconds, 1 to 300. Default 3.
            environment_variables: What the function finds in its environment.
            initializer: ``file.function`` that runs once per instance.
            initialization_timeout: Longest run of the initializer, in
                seconds, 1 to 300. Default 30.
            progress: Called with the bytes of the zip that have been sent and
                with their number in all; a retry starts again. What it raises
                ends the call. Not called for code in OSS.
        Returns:
            The function as stored.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionAlreadyExistsError: there is one of this name.
            EntityTooLargeError: the code is larger than the service takes.
            ChecksumMismatchError: the service stored other code than was sent.
        API: POST /2016-08-15/services/{serviceName}/functions (guide: CreateFunction)
        """
        source = await asyncio.to_thread(required_code, code)
        return await self._call(
            create_request(
                "Function",
                service_path(service_name, "/functions"),
                function_path(service_name, function_name),
                {
                    "functionName": function_name,
                    **function_fields(
                        runtime=required_text("runtime", runtime),
                        handler=required_text("handler", handler),
                        description=description,
                        memory_size=memory_size,
                        timeout=timeout,
                        environment_variables=environment_variables,
                        initializer=initializer,
                        initialization_timeout=initialization_timeout,
                    ),
                },
                code=source,
                progress=progress,
            ),
            partial(function_stored, "CreateFunction", source),
        )

    async def get_function(self, service_name: str, function_name: str) -> Function:
        """Return a function.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
        Returns:
            The function as stored.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName} (guide: GetFunction)
        """
        return await self._call(
            build("GetFunction", "GET", function_path(service_name, function_name)),
            Function.from_response,
        )

    async def update_function(
        self,
        service_name: str,
        function_name: str,
        *,
        runtime: str | None = None,
        handler: str | None = None,
        code: CodeSource | None = None,
        description: str | None = None,
        memory_size: int | None = None,
        timeout: int | None = None,
        environment_variables: Mapping[str, str] | None = None,
        initializer: str | None = None,
        initialization_timeout: int | None = None,
        if_match: str | None = None,
        progress: UploadProgress | None = None,
    ) -> Function:
        """Change settings of a function, its code among them, and return it.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            runtime: Such as ``python3``, ``nodejs8``, ``java8``.
            handler: Where execution starts: ``file.function``.
            code: A path (a directory, a .zip, one source file) or a Code.
            description: Free text; ``""`` clears it.
            memory_size: MB, a multiple of 64, 128 to 3072.
            timeout: Longest run, in seconds, 1 to 300.
            environment_variables: Replaces all variables; ``{}`` clears them.
            initializer: ``file.function`` that runs once per instance.
            initialization_timeout: Longest run of the initializer, in
                seconds, 1 to 300.
            if_match: ETag the function must still have.
            progress: As for :meth:`create_function`.
        Returns:
            The function as stored.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            PreconditionFailedError: the function has changed since *if_match*.
            EntityTooLargeError: the code is larger than the service takes.
            ChecksumMismatchError: the service stored other code than was sent.
        API: PUT /2016-08-15/services/{serviceName}/functions/{functionName} (guide: UpdateFunction)
        """
        source = await asyncio.to_thread(as_code, code)
        return await self._call(
            update_request(
                "Function",
                function_path(service_name, function_name),
                function_fields(
                    runtime=runtime,
                    handler=handler,
                    description=description,
                    memory_size=memory_size,
                    timeout=timeout,
                    environment_variables=environment_variables,
                    initializer=initializer,
                    initialization_timeout=initialization_timeout,
                ),
                if_match,
                code=source,
                progress=progress,
            ),
            partial(function_stored, "UpdateFunction", source),
        )

    async def delete_function(
        self, service_name: str, function_name: str, *, if_match: str | None = None
    ) -> None:
        """Delete a function, which must have no trigger.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            if_match: ETag the function must still have.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            FunctionNotEmptyError: it still has a trigger.
            PreconditionFailedError: the function has changed since *if_match*.
        API: DELETE /2016-08-15/services/{serviceName}/functions/{functionName}
            (guide: DeleteFunction)
        """
        return await self._call(
            delete_request("Function", function_path(service_name, function_name), if_match),
            no_result,
        )

    async def list_functions(
        self,
        service_name: str,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
    ) -> Page[Function]:
        """Return one page of the functions of a service, sorted by name.

        Args:
            service_name: Name of the service.
            limit: Most functions on the page, 1 to 100. Default 20.
            next_token: Of the page before; None asks for the first.
            prefix: Only names that begin so.
            start_key: Only names from this one on, itself included; ignored
                with a *next_token*.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: there is no such service.
        API: GET /2016-08-15/services/{serviceName}/functions (guide: ListFunctions)
        """
        return await self._call(
            build(
                "ListFunctions",
                "GET",
                service_path(service_name, "/functions"),
                query=page_query(limit, next_token, prefix, start_key),
            ),
            page_of("functions", Function.from_wire),
        )

    def iter_functions(
        self,
        service_name: str,
        *,
        prefix: str | None = None,
        start_key: str | None = None,
        page_size: int = 100,
    ) -> AsyncIterator[Function]:
        """Yield all functions of a service, sorted by name.

        Args:
            service_name: Name of the service.
            prefix: Only names that begin so.
            start_key: Only names from this one on, itself included.
            page_size: Functions asked for at a time, 1 to 100.
        Raises:
            ServiceNotFoundError: there is no such service.
            ResponseError: the service gave a page token a second time.
        API: GET /2016-08-15/services/{serviceName}/functions (guide: ListFunctions)
        """
        return async_iterate(
            "ListFunctions",
            lambda token: self.list_functions(
                service_name,
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
            ),
        )

    async def get_function_code(self, service_name: str, function_name: str) -> FunctionCode:
        """Return where the code of a function can be fetched.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
        Returns:
            A pre-signed URL, which expires, and the checksum.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/code
            (guide: GetFunctionCode)
        """
        return await self._call(
            build("GetFunctionCode", "GET", function_path(service_name, function_name, "/code")),
            FunctionCode.from_response,
        )

    async def download_function_code(
        self,
        service_name: str,
        function_name: str,
        target: downloads.Target,
        *,
        progress: DownloadProgress | None = None,
    ) -> FunctionCode:
        """Fetch the zip of a function's code and check it.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            target: A path, which gets all of the zip or stays as it was, or a
                binary file to write to.
            progress: Called with the bytes that have been written and with
                their number in all, None where nobody tells. What it raises
                ends the call.
        Returns:
            Where the code came from, and its checksum.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            ChecksumMismatchError: what came is not what the service stored.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/code
            (guide: GetFunctionCode)
        """
        downloads.check_target(target)
        report = function("progress", progress)
        code = await self.get_function_code(service_name, function_name)
        attempt = _messages.Attempt("GetFunctionCode", "GET", code.url, {})
        async with self._transport.stream(attempt, self._timeout) as (reply, chunks):
            _messages.raise_for_status("GetFunctionCode", reply)
            reported = with_progress(chunks, reply.content_length, report)
            await chunks.in_thread(downloads.save, reported, target, code.checksum)
        return code

    async def invoke_function(
        self,
        service_name: str,
        function_name: str,
        payload: AsyncPayload | None = None,
        *,
        json: Any = None,
        invocation_type: Literal["Sync", "Async"] = "Sync",
        log_type: Literal["None", "Tail"] = "None",
        trace_id: str | None = None,
        idempotent: bool = False,
        check: bool = True,
    ) -> InvocationResult:
        """Run a function with an event and return what it returned.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            payload: The event: bytes, text (sent as UTF-8), a binary file or
                an (async) iterable of bytes, both sent as they are read. Sync takes
                32 MB, Async 128 KB.
            json: The event as a value to be sent as JSON, in place of
                *payload*.
            invocation_type: ``Sync`` waits for the result; ``Async`` returns
                once the service has accepted the event.
            log_type: ``Tail`` returns the last 4 KB of a Sync run's log.
            trace_id: An id of the caller's own, for tracing.
            idempotent: Your word that running the function twice with this
                event does no harm: then a lost connection or a 5xx is tried
                again, too.
            check: Raise if the function fails; False returns the failure as
                a result with an ``error_type``.
        Returns:
            The result; without payload for Async.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            HandledInvocationError: the function returned an error.
            UnhandledInvocationError: it raised, crashed, timed out or could
                not be loaded.
            EntityTooLargeError: the event is larger than the service takes.
            ThrottlingError: the function did not run, for lack of capacity.
        API: POST /2016-08-15/services/{serviceName}/functions/{functionName}/invocations
            (guide: InvokeFunction)
        """
        return await self._call(
            build(
                "InvokeFunction",
                "POST",
                function_path(service_name, function_name, "/invocations"),
                headers={
                    "Content-Type": OCTETS if json is None else JSON,
                    "x-fc-invocation-type": header("invocation_type", invocation_type),
                    "x-fc-log-type": header("log_type", log_type),
                    "x-fc-trace-id": header("trace_id", trace_id),
                },
                body=async_body_of(payload, json),
                idempotent=idempotent,
            ),
            partial(invocation_result, check),
        )

    def map_function(
        self,
        service_name: str,
        function_name: str,
        payloads: Iterable[AsyncPayload] | AsyncIterable[AsyncPayload],
        *,
        concurrency: int = 16,
        invocation_type: Literal["Sync", "Async"] = "Sync",
        log_type: Literal["None", "Tail"] = "None",
        check: bool = True,
    ) -> AsyncGenerator[InvocationResult, None]:
        """Run a function with many events at once and yield the results in order.

        A result is there as soon as those before it are. The first failure is
        raised in its place; what has not started by then never does. So it is
        if the loop over the results is left early.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            payloads: The events, each as for :meth:`invoke_function`. An
                (async) iterable, which may be endless: one is taken when there is room for it.
            concurrency: Most calls at a time; as many more results may wait.
                Calls beyond the client's *pool_size* wait for a connection.
            invocation_type: As for :meth:`invoke_function`.
            log_type: As for :meth:`invoke_function`.
            check: Raise if the function fails; False yields the failure as a
                result with an ``error_type`` and goes on. Other errors are
                raised in any case.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            HandledInvocationError: the function returned an error.
            UnhandledInvocationError: it raised, crashed, timed out or could
                not be loaded.
        API: POST /2016-08-15/services/{serviceName}/functions/{functionName}/invocations
            (guide: InvokeFunction)
        """
        return in_order(
            lambda payload: self.invoke_function(
                service_name,
                function_name,
                payload,
                invocation_type=invocation_type,
                log_type=log_type,
                check=check,
            ),
            payloads,
            concurrency,
        )

    # Triggers

    async def create_trigger(
        self,
        service_name: str,
        function_name: str,
        trigger_name: str,
        *,
        trigger_type: str,
        trigger_config: Mapping[str, Any],
        source_arn: str | None = None,
        invocation_role: str | None = None,
    ) -> Trigger:
        """Create a trigger and return it.

        Args:
            service_name: Name of the service.
            function_name: Name of the function that it invokes.
            trigger_name: Letters, digits, ``_`` and ``-``, starting with a
                letter or ``_``; 1 to 64 characters.
            trigger_type: ``oss``, ``timer`` or ``logs``.
            trigger_config: As the guide has it for this type; keys are sent
                as they are.
            source_arn: ARN of the event source; timers have none.
            invocation_role: ARN of the role that the source invokes with;
                timers need none.
        Returns:
            The trigger as stored.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            TriggerAlreadyExistsError: there is one of this name.
        API: POST /2016-08-15/services/{serviceName}/functions/{functionName}/triggers
            (guide: CreateTrigger)
        """
        return await self._call(
            create_request(
                "Trigger",
                function_path(service_name, function_name, "/triggers"),
                trigger_path(service_name, function_name, trigger_name),
                {
                    "triggerName": trigger_name,
                    "triggerType": required_text("trigger_type", trigger_type),
                    "triggerConfig": required_structure("trigger_config", trigger_config),
                    "sourceArn": text("source_arn", source_arn),
                    "invocationRole": text("invocation_role", invocation_role),
                },
            ),
            Trigger.from_response,
        )

    async def get_trigger(
        self, service_name: str, function_name: str, trigger_name: str
    ) -> Trigger:
        """Return a trigger.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            trigger_name: Name of the trigger.
        Returns:
            The trigger as stored.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            TriggerNotFoundError: it has no such trigger.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/triggers/{triggerName}
            (guide: GetTrigger)
        """
        return await self._call(
            build("GetTrigger", "GET", trigger_path(service_name, function_name, trigger_name)),
            Trigger.from_response,
        )

    async def update_trigger(
        self,
        service_name: str,
        function_name: str,
        trigger_name: str,
        *,
        trigger_config: Mapping[str, Any] | None = None,
        invocation_role: str | None = None,
        if_match: str | None = None,
    ) -> Trigger:
        """Change settings of a trigger and return the trigger.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            trigger_name: Name of the trigger.
            trigger_config: Replaces all of the configuration.
            invocation_role: ARN of the role that the source invokes with.
            if_match: ETag the trigger must still have.
        Returns:
            The trigger as stored.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            TriggerNotFoundError: it has no such trigger.
            PreconditionFailedError: the trigger has changed since *if_match*.
        API: PUT /2016-08-15/services/{serviceName}/functions/{functionName}/triggers/{triggerName}
            (guide: UpdateTrigger)
        """
        return await self._call(
            update_request(
                "Trigger",
                trigger_path(service_name, function_name, trigger_name),
                {
                    "triggerConfig": structure("trigger_config", trigger_config),
                    "invocationRole": text("invocation_role", invocation_role),
                },
                if_match,
            ),
            Trigger.from_response,
        )

    async def delete_trigger(
        self,
        service_name: str,
        function_name: str,
        trigger_name: str,
        *,
        if_match: str | None = None,
    ) -> None:
        """Delete a trigger.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            trigger_name: Name of the trigger.
            if_match: ETag the trigger must still have.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            TriggerNotFoundError: it has no such trigger.
            PreconditionFailedError: the trigger has changed since *if_match*.
        API: DELETE
            /2016-08-15/services/{serviceName}/functions/{functionName}/triggers/{triggerName}
            (guide: DeleteTrigger)
        """
        return await self._call(
            delete_request(
                "Trigger", trigger_path(service_name, function_name, trigger_name), if_match
            ),
            no_result,
        )

    async def list_triggers(
        self,
        service_name: str,
        function_name: str,
        *,
        limit: int | None = None,
        next_token: str | None = None,
        prefix: str | None = None,
        start_key: str | None = None,
    ) -> Page[Trigger]:
        """Return one page of the triggers of a function, sorted by name.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            limit: Most triggers on the page, 1 to 100. Default 20.
            next_token: Of the page before; None asks for the first.
            prefix: Only names that begin so.
            start_key: Only names from this one on, itself included; ignored
                with a *next_token*.
        Returns:
            The page, with the token of the next one.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/triggers
            (guide: ListTriggers)
        """
        return await self._call(
            build(
                "ListTriggers",
                "GET",
                function_path(service_name, function_name, "/triggers"),
                query=page_query(limit, next_token, prefix, start_key),
            ),
            page_of("triggers", Trigger.from_wire),
        )

    def iter_triggers(
        self,
        service_name: str,
        function_name: str,
        *,
        prefix: str | None = None,
        start_key: str | None = None,
        page_size: int = 100,
    ) -> AsyncIterator[Trigger]:
        """Yield all triggers of a function, sorted by name.

        Args:
            service_name: Name of the service.
            function_name: Name of the function.
            prefix: Only names that begin so.
            start_key: Only names from this one on, itself included.
            page_size: Triggers asked for at a time, 1 to 100.
        Raises:
            ServiceNotFoundError: there is no such service.
            FunctionNotFoundError: it has no such function.
            ResponseError: the service gave a page token a second time.
        API: GET /2016-08-15/services/{serviceName}/functions/{functionName}/triggers
            (guide: ListTriggers)
        """
        return async_iterate(
            "ListTriggers",
            lambda token: self.list_triggers(
                service_name,
                function_name,
                limit=integer("page_size", page_size),
                next_token=token,
                prefix=prefix,
                start_key=start_key,
            ),
        )
