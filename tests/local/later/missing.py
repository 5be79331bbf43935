"""Each operation on a resource, called with names of which one may be missing."""

from dataclasses import dataclass, replace

from local.later.support import CODE

from fc_client.triggers import timer

HOURLY = timer(cron="@every 1h")


@dataclass(frozen=True)
class Names:
    """The names of a call; the defaults are those of resources that exist."""

    service: str = "s"
    function: str = "f"
    qualifier: str | None = None
    version: str = "1"
    alias: str = "prod"
    domain: str = "www.example.com"
    layer: str = "l"
    layer_version: int = 1
    invocation: str = "missing"
    instance: str = "missing"

    @property
    def chosen(self):
        """The qualifier, where one must be given."""
        return self.qualifier or "LATEST"

    @property
    def names(self):
        """Service and function."""
        return self.service, self.function

    @property
    def arn(self):
        """ARN of the version of the layer."""
        return f"acs:fc:local:1:layers/{self.layer}/versions/{self.layer_version}"


# Which name is missing if a code comes back. The function g has no trigger and no configuration;
# no instance and no invocation exists.
REPLACED = {
    "ServiceNotFound": {"service": "missing"},
    "FunctionNotFound": {"function": "missing"},
    "VersionNotFound": {"version": "77", "qualifier": "77"},
    "AliasNotFound": {"alias": "missing", "qualifier": "missing"},
    "DomainNameNotFound": {"domain": "missing.example.com"},
    "LayerNotFound": {"layer": "missing"},
    "LayerVersionNotFound": {"layer_version": 77},
    "OnDemandConfigNotFound": {},
    "AsyncConfigNotExists": {},
    "StatefulAsyncInvocationNotFound": {},
    "InstanceNotFound": {},
    "TriggerNotFound": {},
}


def names_without(code):
    """Return names of which the one is missing that a code is about."""
    return replace(Names(), **REPLACED[code])


def prepare(client):
    """Make a service, a function, a version, an alias, a trigger and a layer."""
    client.create_service("s")
    client.create_function("s", "f", runtime="python3", handler="m.h", code=CODE)
    client.publish_service_version("s")
    client.create_alias("s", "prod", version_id="1")
    client.create_trigger("s", "f", "t", trigger_type="timer", trigger_config=HOURLY)
    client.publish_layer_version("l", code=CODE, compatible_runtime=["python3"])


def run_command(client, n):
    with client.exec(*n.names, n.instance, ["true"], qualifier=n.qualifier) as run:
        run.wait()


CALLS = {
    "CreateTrigger": lambda client, n: client.create_trigger(
        *n.names, "new", trigger_type="timer", trigger_config=HOURLY, qualifier=n.qualifier
    ),
    "UpdateTrigger": lambda client, n: client.update_trigger(*n.names, "t", qualifier=n.qualifier),
    "GetService": lambda client, n: client.get_service(n.service, qualifier=n.qualifier),
    "ListFunctions": lambda client, n: client.list_functions(n.service, qualifier=n.qualifier),
    "GetFunction": lambda client, n: client.get_function(*n.names, qualifier=n.qualifier),
    "GetFunctionCode": lambda client, n: client.get_function_code(*n.names, qualifier=n.qualifier),
    "InvokeFunction": lambda client, n: client.invoke_function(*n.names, qualifier=n.qualifier),
    "PublishServiceVersion": lambda client, n: client.publish_service_version(n.service),
    "ListServiceVersions": lambda client, n: client.list_service_versions(n.service),
    "DeleteServiceVersion": lambda client, n: client.delete_service_version(n.service, n.version),
    "CreateAlias": lambda client, n: client.create_alias(n.service, "new", version_id=n.version),
    "GetAlias": lambda client, n: client.get_alias(n.service, n.alias),
    "UpdateAlias": lambda client, n: client.update_alias(n.service, n.alias, version_id=n.version),
    "DeleteAlias": lambda client, n: client.delete_alias(n.service, n.alias),
    "ListAliases": lambda client, n: client.list_aliases(n.service),
    "GetCustomDomain": lambda client, n: client.get_custom_domain(n.domain),
    "UpdateCustomDomain": lambda client, n: client.update_custom_domain(n.domain, protocol="HTTP"),
    "DeleteCustomDomain": lambda client, n: client.delete_custom_domain(n.domain),
    "TagResource": lambda client, n: client.tag_resource(f"services/{n.service}", tags={"k": "v"}),
    "UntagResource": lambda client, n: client.untag_resource(
        f"services/{n.service}", all_tags=True
    ),
    "GetResourceTags": lambda client, n: client.get_resource_tags(f"services/{n.service}"),
    "PutProvisionConfig": lambda client, n: client.put_provision_config(
        *n.names, qualifier=n.chosen, target=0
    ),
    "GetProvisionConfig": lambda client, n: client.get_provision_config(
        *n.names, qualifier=n.chosen
    ),
    "PutOnDemandConfig": lambda client, n: client.put_on_demand_config(
        *n.names, qualifier=n.chosen, maximum_instance_count=1
    ),
    "GetOnDemandConfig": lambda client, n: client.get_on_demand_config(
        *n.names, qualifier=n.chosen
    ),
    "DeleteOnDemandConfig": lambda client, n: client.delete_on_demand_config(
        *n.names, qualifier=n.chosen
    ),
    "PutFunctionAsyncInvokeConfig": lambda client, n: client.put_function_async_invoke_config(
        *n.names, qualifier=n.qualifier, stateful_invocation=True
    ),
    "GetFunctionAsyncInvokeConfig": lambda client, n: client.get_function_async_invoke_config(
        *n.names, qualifier=n.qualifier
    ),
    "DeleteFunctionAsyncInvokeConfig": lambda client, n: client.delete_function_async_invoke_config(
        *n.names, qualifier=n.qualifier
    ),
    "ListFunctionAsyncInvokeConfigs": lambda client, n: client.list_function_async_invoke_configs(
        *n.names
    ),
    "GetStatefulAsyncInvocation": lambda client, n: client.get_stateful_async_invocation(
        *n.names, n.invocation, qualifier=n.qualifier
    ),
    "ListStatefulAsyncInvocations": lambda client, n: client.list_stateful_async_invocations(
        *n.names, qualifier=n.qualifier
    ),
    "StopStatefulAsyncInvocation": lambda client, n: client.stop_stateful_async_invocation(
        *n.names, n.invocation, qualifier=n.qualifier
    ),
    "ListLayerVersions": lambda client, n: client.list_layer_versions(n.layer),
    "GetLayerVersion": lambda client, n: client.get_layer_version(n.layer, n.layer_version),
    "GetLayerVersionByArn": lambda client, n: client.get_layer_version_by_arn(n.arn),
    "DeleteLayerVersion": lambda client, n: client.delete_layer_version(n.layer, n.layer_version),
    "PutLayerACL": lambda client, n: client.put_layer_acl(n.layer, public=True),
    "PublishPublicLayerVersion": lambda client, n: client.publish_public_layer_version(
        n.layer, n.layer_version
    ),
    "GetTempCodeBucketToken": lambda client, n: client.get_temp_code_bucket_token(n.service),
    "CreateVpcBinding": lambda client, n: client.create_vpc_binding(n.service, "vpc-1"),
    "DeleteVpcBinding": lambda client, n: client.delete_vpc_binding(n.service, "vpc-1"),
    "ListVpcBindings": lambda client, n: client.list_vpc_bindings(n.service),
    "ListInstances": lambda client, n: client.list_instances(*n.names, qualifier=n.qualifier),
    "InstanceExec": run_command,
    "HTTPInvokeFunction": lambda client, n: client.request("GET", *n.names, qualifier=n.qualifier),
}
