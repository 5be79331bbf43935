"""Public usage for the type checker, which proves it; nothing here is run."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import fc_client
from fc_client import (
    APIError,
    AsyncClient,
    Client,
    Code,
    Credentials,
    FCError,
    Function,
    FunctionCode,
    FunctionError,
    InvocationResult,
    LogConfig,
    Page,
    RetryPolicy,
    Service,
    TransportError,
    Trigger,
    VPCConfig,
)
from fc_client.deploy import (
    Change,
    Deployment,
    async_deploy_function,
    async_deploy_service,
    async_deploy_trigger,
    deploy_function,
    deploy_service,
    deploy_trigger,
)
from fc_client.triggers import TriggerConfig, http, log, oss, timer


def clients() -> None:
    """Make clients in every way."""
    Client()
    Client("http://127.0.0.1:9000", access_key_id="i", access_key_secret="s")  # noqa: S106
    Client(credentials=Credentials("i", "s", "t"), region="cn-shanghai", account_id="1")
    refresh: Callable[[], Credentials] = lambda: Credentials("i", "s")  # noqa: E731
    Client(credentials=refresh, timeout=5, retry=RetryPolicy(attempts=1), verify="ca.pem")
    Client(timeout=(1, 2.5), pool_size=2, verify=False, proxies={}, user_agent="app/1")
    Client(timeout="5")  # type: ignore[arg-type]
    Client(Timeout=5)  # type: ignore[call-arg]
    Client("http://fc.test", "id")  # type: ignore[call-arg]
    with Client() as client:
        same: Client = client
        other: Client = same.with_options(timeout=3.5, retry=RetryPolicy())
        endpoint: str = other.endpoint
        print(endpoint)
        closed: None = client.close()  # type: ignore[func-returns-value]
        print(closed)


def services(client: Client) -> None:
    """Services, their settings and their lists."""
    service: Service = client.create_service(
        "s", description="", internet_access=True, log_config=LogConfig("p", "l"), role="r"
    )
    client.create_service("s", log_config={"project": "p"}, vpc_config=VPCConfig("v", ("a",), "g"))
    service = client.update_service("s", description="", if_match=service.etag)
    name: str = service.service_name
    created: datetime | None = client.get_service(name).created_time
    vpc: VPCConfig | None = service.vpc_config
    raw: Mapping[str, Any] = service.raw
    page: Page[Service] = client.list_services(limit=10, next_token=None, prefix="p")
    items: Sequence[Service] = page.items
    token: str | None = page.next_token
    everything: Iterator[Service] = client.iter_services(page_size=50)
    names: list[str] = [each.service_name for each in everything]
    client.delete_service("s", if_match="e")
    client.list_services(10)  # type: ignore[call-arg]
    print(created, vpc, raw, items, token, names)


def functions(client: Client, path: Path) -> None:
    """Functions, and all the sources of their code."""
    function: Function = client.create_function(
        "s", "f", runtime="python3", handler="index.handler", code=path, memory_size=128
    )
    for code in (Code.from_path(path), Code.from_zip(b""), Code.from_oss("b", "o")):
        client.update_function("s", "f", code=code, environment_variables={"a": "b"})
    client.update_function("s", "f", code="dir", timeout=60, if_match=function.etag)
    client.create_function("s", "f", runtime="python3", handler="i.h")  # type: ignore[call-arg]
    checksum: str | None = Code.from_directory(path, exclude=["*.md"]).checksum
    Code.from_directory(path, install=True, runtime="python3.9", cache_dir=path)
    Code.from_directory(path, install=True, platform="local")
    Code.from_directory(path, install=True, platform="macos")  # type: ignore[arg-type]
    code_of: FunctionCode = client.get_function_code("s", "f")
    url: str = code_of.url
    client.download_function_code("s", "f", path / "code.zip")
    client.download_function_code("s", "f", io.BytesIO())
    page: Page[Function] = client.list_functions("s")
    memory: list[int | None] = [each.memory_size for each in page]
    every: Iterator[Function] = client.iter_functions("s", prefix="p", start_key="q")
    client.delete_function("s", "f")
    print(checksum, url, memory, every)


def deployments(client: Client, path: Path) -> None:
    """Deployments, and the progress of transfers."""
    service: Deployment[Service] = deploy_service(client, "s", log_config=LogConfig("p", "l"))
    function: Deployment[Function] = deploy_function(
        client, "s", "f", runtime="python3", handler="i.h", code=path, progress=sent
    )
    names: tuple[str, ...] = function.changed
    etag: str | None = function.resource.etag
    if service.action == "renamed":  # type: ignore[comparison-overlap]
        print(names, etag)
    deploy_function(client, "s", "f", code=path)  # type: ignore[call-arg]
    trigger: Deployment[Trigger] = deploy_trigger(
        client, "s", "f", "t", trigger_config=timer(cron="@every 5m"), replace=True, dry_run=True
    )
    changes: tuple[Change, ...] = trigger.changes
    before: Any = changes[0].before
    arn: str | None = trigger.resource.source_arn
    deploy_trigger(client, "s", "f", "t", trigger_type="timer", trigger_config={"enable": True})
    deploy_trigger(client, "s", "f", "t")  # type: ignore[call-arg]
    print(before, arn, trigger.requires, trigger.dry_run, trigger.target)
    client.update_function("s", "f", code=path, progress=sent)
    client.download_function_code("s", "f", path, progress=received)
    client.download_function_code("s", "f", path, progress=sent)  # type: ignore[arg-type]


async def asynchronous_deployments(client: AsyncClient, path: Path) -> None:
    """Deployments by an AsyncClient."""
    service: Deployment[Service] = await async_deploy_service(client, "s", dry_run=True)
    function: Deployment[Function] = await async_deploy_function(
        client, "s", "f", runtime="python3", handler="i.h", code=path, progress=sent
    )
    trigger: Deployment[Trigger] = await async_deploy_trigger(
        client, "s", "f", "t", trigger_config=timer(cron="@every 5m")
    )
    print(service.action, function.changed, trigger.resource.etag)
    deploy_service(client, "s")  # type: ignore[arg-type]


def trigger_configurations(client: Client) -> None:
    """Make configurations of triggers."""
    config: TriggerConfig = timer(cron="@every 5m", payload="p", enabled=False)
    client.create_trigger("s", "f", "t", trigger_type=config.trigger_type, trigger_config=config)
    client.update_trigger(
        "s", "f", "t", trigger_config=oss(events=["oss:ObjectCreated:*"], prefix="p", suffix="s")
    )
    log(logstore="l", log_config=LogConfig("p", "l"), function_parameter={"a": 1})
    http(auth_type="anonymous", methods=("GET",))
    http(auth_type="nobody", methods=["GET"])  # type: ignore[arg-type]
    timer("@every 5m")  # type: ignore[call-arg]
    value: Any = config["payload"]
    print(value)


def sent(done: int, total: int) -> None:
    """Take the progress of an upload, whose size is known."""
    print(done / total)


def received(done: int, total: int | None) -> None:
    """Take the progress of a download, whose size may be unknown."""
    print(done, total)


def invocations(client: Client, path: Path) -> None:
    """Invocations with all kinds of events."""
    client.invoke_function("s", "f")
    client.invoke_function("s", "f", "text", log_type="Tail", check=False)
    client.invoke_function("s", "f", b"bytes", invocation_type="Async", trace_id="id")
    client.invoke_function("s", "f", json={"a": [1, None]})
    client.invoke_function("s", "f", (chunk for chunk in (b"a", b"b")))
    client.invoke_function("s", "f", invocation_type="sync")  # type: ignore[arg-type]
    with path.open("rb") as file:
        result: InvocationResult = client.invoke_function("s", "f", file)
    payload: bytes = result.payload
    text: str = result.text
    value: dict[str, int] = result.json()
    facts: tuple[int, str | None, int | None, float | None] = (
        result.status_code,
        result.log,
        result.duration_ms,
        result.max_memory_mb,
    )
    print(payload, text, value, facts, result.headers["x-fc-request-id"])


def many_invocations(client: Client) -> None:
    """Many events at once."""
    events = (b"%d" % number for number in range(10))
    for result in client.map_function("s", "f", events, concurrency=4, check=False):
        payload: bytes = result.payload
        print(payload)
    results: Iterator[InvocationResult] = client.map_function("s", "f", ["text", b"bytes"])
    print(results)


async def asynchronous(path: Path) -> None:
    """Make the same calls with asyncio."""
    async with AsyncClient(timeout=5, pool_size=64) as client:
        service: Service = await client.create_service("s")
        function: Function = await client.update_function("s", "f", code=path)
        page: Page[Service] = await client.list_services()
        names: list[str] = [each.service_name async for each in client.iter_services()]
        every: AsyncIterator[Trigger] = client.iter_triggers("s", "f")
        result: InvocationResult = await client.invoke_function("s", "f", chunks())
        async for result in client.map_function("s", "f", chunks(), concurrency=4):
            print(result.text)
        client.map_function("s", "f", [b"a", "b"])
        other: AsyncClient = client.with_options(timeout=1)
        await other.download_function_code("s", "f", path)
        await other.delete_service("s")
        print(client.invoke_function("s", "f").payload)  # type: ignore[attr-defined]
        print(service, function, page, names, every)


async def chunks() -> AsyncIterator[bytes]:
    """Yield bytes."""
    yield b"a"


def triggers(client: Client) -> None:
    """Triggers, whose configuration is the guide's."""
    config = {"cronExpression": "@every 1m", "enable": True}
    trigger: Trigger = client.create_trigger(
        "s", "f", "t", trigger_type="timer", trigger_config=config
    )
    client.update_trigger("s", "f", "t", trigger_config={}, if_match=trigger.etag)
    found: Mapping[str, Any] | None = client.get_trigger("s", "f", "t").trigger_config
    page: Page[Trigger] = client.list_triggers("s", "f", limit=1)
    every: Iterator[Trigger] = client.iter_triggers("s", "f")
    client.delete_trigger("s", "f", "t")
    print(found, page, every)


def errors(client: Client) -> None:
    """Errors and their attributes."""
    try:
        client.invoke_function("s", "f")
    except FunctionError as error:
        message: str = error.error_message
        result: InvocationResult | None = error.result
        trace: list[Any] | None = error.stack_trace
        print(message, result, trace, error.error_type)
    except fc_client.FunctionNotFoundError as error:
        family: fc_client.NotFoundError = error
        print(family)
    except APIError as error:
        status: int | None = error.status_code
        after: float | None = error.retry_after
        print(status, error.code, error.request_id, after)
    except TransportError as error:
        sent: bool = error.request_sent
        print(sent)
    except FCError as error:
        operation: str | None = error.operation
        print(operation)


def later(client: Client) -> None:
    """Operations that came after the guide."""
    config: fc_client.AsyncInvokeConfig = client.put_function_async_invoke_config(
        "s", "f", destination_config=fc_client.DestinationConfig(on_success="arn")
    )
    invocation: fc_client.StatefulAsyncInvocation = client.wait_for_invocation("s", "f", "i")
    ended: bool = invocation.has_ended
    provision: fc_client.ProvisionConfig = client.put_provision_config(
        "s", "f", qualifier="prod", target=1, scheduled_actions=[fc_client.ScheduledAction("a")]
    )
    layer: fc_client.Layer = client.publish_layer_version(
        "l", code="code", compatible_runtime=["python3"]
    )
    versions: Iterator[fc_client.Layer] = client.iter_layer_versions("l")
    vpcs: Page[str] = client.list_vpc_bindings("s")
    print(config, ended, provision, layer.arn_v2, versions, vpcs)


def commands(client: Client) -> None:
    """Commands in instances."""
    with client.exec("s", "f", "c-1", ["ls"], tty=False) as session:
        session.send("a")
        for output in session:
            data: bytes = output.data
            print(data, output.stream)
        code: int | None = session.wait().exit_code
        print(code)


async def async_commands(client: AsyncClient) -> None:
    """Commands in instances, for asyncio."""
    async with client.exec("s", "f", "c-1", ["ls"]) as session:
        await session.send(b"a")
        async for output in session:
            print(output.data)
        result: fc_client.ExecResult = await session.wait()
        print(result)
