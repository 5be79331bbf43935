"""Public usage of versions, aliases, domains and tags for the type checker; nothing here is run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from fc_client import (
    Alias,
    AsyncClient,
    Client,
    CustomDomain,
    InvocationResult,
    Page,
    ResourceTags,
    ServiceVersion,
)
from fc_client.deploy import Deployment, async_deploy_alias, deploy_alias, deploy_version
from fc_client.triggers import TriggerConfig, cdn_events, eventbridge, mns_topic, tablestore


def versions(client: Client) -> None:
    """Versions and aliases, and what takes a qualifier."""
    version: ServiceVersion = client.publish_service_version("s", description="d", if_match="e")
    page: Page[ServiceVersion] = client.list_service_versions("s", direction="FORWARD")
    client.list_service_versions("s", direction="forward")  # type: ignore[arg-type]
    alias: Alias = client.create_alias("s", "a", version_id=version.version_id)
    client.create_alias("s", "a")  # type: ignore[call-arg]
    client.update_alias("s", "a", additional_version_weight={"2": 0.1}, if_match=alias.etag)
    aliases: Iterator[Alias] = client.iter_aliases("s")
    result: InvocationResult = client.invoke_function("s", "f", qualifier="a")
    ran: str | None = result.service_version
    print(page, aliases, ran, client.get_service("s", qualifier="1"))


def domains_and_tags(client: Client) -> None:
    """Make calls on custom domains and tags."""
    domain: CustomDomain = client.create_custom_domain("d", route_config={"routes": []})
    client.tag_resource("services/s", tags={"a": "b"})
    client.tag_resource("services/s", tags={"a": 1})  # type: ignore[dict-item]
    tags: ResourceTags = client.get_resource_tags("services/s")
    print(domain.route_config, tags.tags, client.list_services(tags={"a": "b"}))
    configs: list[TriggerConfig] = [
        mns_topic(notify_content_format="JSON"),
        cdn_events(event_name="e", filter={"domain": ["d"]}),
        tablestore(),
        eventbridge(asynchronous=True),
    ]
    print(configs)


async def asynchronous(client: AsyncClient) -> None:
    """Return the same from an AsyncClient."""
    version: ServiceVersion = await client.publish_service_version("s")
    aliases: AsyncIterator[Alias] = client.iter_aliases("s")
    deployed: Deployment[Alias] = await async_deploy_alias(
        client, "s", "a", version_id=version.version_id, canary=0.1
    )
    print(aliases, deployed.resource.version_id)


def releases(client: Client) -> None:
    """Deployments of versions and aliases."""
    version: Deployment[ServiceVersion] = deploy_version(client, "s", dry_run=True)
    alias: Deployment[Alias] = deploy_alias(client, "s", "a", version_id="1")
    deploy_alias(client, "s", "a")  # type: ignore[call-arg]
    print(version.changes, alias.resource.additional_version_weight)
