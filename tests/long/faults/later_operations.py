"""The operations that came after the guide, for the matrix of faults.

Each works on resources of its own, as those of the guide do: layers and domains have the name of
the operation's service.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faults.catalogue import CREATE, DELETE, READ, UPDATE
from faults.code import code_of
from faults.operations import NEW, OLD, Operation, described, itself, state_of

LAYER = code_of("LENT = 1\n")
QUALIFIER = "LATEST"
LIMIT = {OLD: 3, NEW: 5}
FAR = {"startTime": "2100-01-01T00:00:00Z", "endTime": "2100-02-01T00:00:00Z"}
ACTION = {"target": 1, "scheduleExpression": "cron(0 30 8 * * *)", **FAR}


@dataclass(frozen=True)
class Resource:
    """A resource and its operations.

    Attributes:
        depth: What must be there: 1 a service, 2 a function.
        make: Makes it with a mark.
        get: Gets it.
        mark: The mark of what the service returns.
    """

    depth: int
    make: Callable[..., Any]
    get: Callable[..., Any]
    mark: Callable[[Any], Any]

    @property
    def state(self):
        """How it is seen past all faults."""
        return state_of(self.get, self.mark)

    def _make_old(self, client, name):
        self.make(client, name, OLD)

    def created(self, kind=CREATE):
        """Return the operation that makes it."""
        return Operation(kind, self.depth, self._make_new, self.mark, self.state, None, NEW)

    def _make_new(self, client, name):
        return self.make(client, name, NEW)

    def updated(self, call):
        """Return an operation that changes its mark."""
        return Operation(
            UPDATE, self.depth, call, self.mark, self.state, OLD, NEW, needs=self._make_old
        )

    def deleted(self, call):
        """Return the operation that deletes it."""
        return Operation(
            DELETE, self.depth, call, itself, self.state, OLD, None, needs=self._make_old
        )

    def got(self):
        """Return the operation that gets it."""
        return self.read(self.get, self.mark, OLD)

    def read(self, call, seen, expected):
        """Return an operation that reads it."""
        return reading(self.depth, call, seen, expected, needs=self._make_old)

    def listed(self, call):
        """Return the operation that lists it alone."""
        return self.read(call, lambda page: [self.mark(item) for item in page.items], [OLD])


def reading(depth, call, seen, expected, needs=None):
    """Return an operation that changes nothing."""
    return Operation(
        READ,
        depth,
        call,
        seen,
        lambda client, name: seen(call(client, name)),
        expected,
        expected,
        needs=needs,
    )


def domain_of(name):
    """Return the name of a custom domain."""
    return f"{name.strip('-').lower()}.example.com"


def put_alias(client, name, mark):
    client.publish_service_version(name, description="for the alias")
    return client.create_alias(name, "a", version_id="1", description=mark)


def first_version(client, name):
    versions = client.list_service_versions(name).items
    return versions[-1] if versions else None


def description_or_none(version):
    return None if version is None else version.description


def put_limit(client, name, mark):
    return client.put_on_demand_config(
        name, "f", qualifier=QUALIFIER, maximum_instance_count=LIMIT[mark]
    )


def limit_mark(config):
    return next(mark for mark in LIMIT if LIMIT[mark] == config.maximum_instance_count)


def put_attempts(client, name, mark):
    return client.put_function_async_invoke_config(name, "f", max_async_retry_attempts=LIMIT[mark])


def attempts_mark(config):
    return next(mark for mark in LIMIT if LIMIT[mark] == config.max_async_retry_attempts)


def put_schedule(client, name, mark):
    actions = [{"name": mark, **ACTION}]
    return client.put_provision_config(
        name, "f", qualifier=QUALIFIER, target=0, scheduled_actions=actions
    )


def schedule_mark(config):
    actions = config.scheduled_actions
    return actions[0].name if actions else None


def publish_layer(client, name, mark):
    return client.publish_layer_version(
        name, code=LAYER, compatible_runtime=["python3"], description=mark
    )


def put_domain(client, name, mark):
    path = "/*" if mark == OLD else "/new"
    routes = [{"path": path, "serviceName": name, "functionName": "f"}]
    return client.create_custom_domain(
        domain_of(name), protocol="HTTP", route_config={"routes": routes}
    )


def domain_mark(domain):
    return OLD if "/*" in str(domain.route_config) else NEW


def tag(client, name, mark):
    return client.tag_resource(f"services/{name}", tags={"mark": mark})


def tag_mark(tags):
    return tags.tags.get("mark")


VERSION = Resource(
    1,
    lambda client, name, mark: client.publish_service_version(name, description=mark),
    first_version,
    description_or_none,
)
ALIAS = Resource(2, put_alias, lambda client, name: client.get_alias(name, "a"), described)
DOMAIN = Resource(
    2, put_domain, lambda client, name: client.get_custom_domain(domain_of(name)), domain_mark
)
ON_DEMAND = Resource(
    2,
    put_limit,
    lambda client, name: client.get_on_demand_config(name, "f", qualifier=QUALIFIER),
    limit_mark,
)
ASYNC_CONFIG = Resource(
    2,
    put_attempts,
    lambda client, name: client.get_function_async_invoke_config(name, "f"),
    attempts_mark,
)
PROVISION = Resource(
    2,
    put_schedule,
    lambda client, name: client.get_provision_config(name, "f", qualifier=QUALIFIER),
    schedule_mark,
)
LAYERS = Resource(
    0, publish_layer, lambda client, name: client.get_layer_version(name, 1), described
)
TAGS = Resource(1, tag, lambda client, name: client.get_resource_tags(f"services/{name}"), tag_mark)


def create_alias(client, name):
    return client.create_alias(name, "a", version_id="1", description=NEW)


def publish(client, name):
    client.publish_service_version(name, description="for the alias")


def bind(client, name):
    client.create_vpc_binding(name, "vpc-1")


def bound_vpc(client, name):
    return next(iter(client.list_vpc_bindings(name).items), None)


def untag(client, name):
    client.untag_resource(f"services/{name}", all_tags=True)


LATER_OPERATIONS = {
    "PublishServiceVersion": VERSION.created(),
    "ListServiceVersions": VERSION.listed(lambda client, name: client.list_service_versions(name)),
    "DeleteServiceVersion": VERSION.deleted(
        lambda client, name: client.delete_service_version(name, "1")
    ),
    "CreateAlias": Operation(
        CREATE, 2, create_alias, described, ALIAS.state, None, NEW, needs=publish
    ),
    "GetAlias": ALIAS.got(),
    "UpdateAlias": ALIAS.updated(
        lambda client, name: client.update_alias(name, "a", description=NEW)
    ),
    "DeleteAlias": ALIAS.deleted(lambda client, name: client.delete_alias(name, "a")),
    "ListAliases": ALIAS.listed(lambda client, name: client.list_aliases(name)),
    "CreateCustomDomain": DOMAIN.created(),
    "GetCustomDomain": DOMAIN.got(),
    "UpdateCustomDomain": DOMAIN.updated(
        lambda client, name: client.update_custom_domain(
            domain_of(name),
            route_config={"routes": [{"path": "/new", "serviceName": name, "functionName": "f"}]},
        )
    ),
    "DeleteCustomDomain": DOMAIN.deleted(
        lambda client, name: client.delete_custom_domain(domain_of(name))
    ),
    "ListCustomDomains": DOMAIN.listed(
        lambda client, name: client.list_custom_domains(prefix=domain_of(name))
    ),
    "TagResource": Operation(
        UPDATE,
        1,
        lambda client, name: tag(client, name, NEW),
        lambda _: NEW,
        TAGS.state,
        None,
        NEW,
    ),
    "UntagResource": TAGS.deleted(untag),
    "GetResourceTags": TAGS.got(),
    "PutOnDemandConfig": ON_DEMAND.updated(lambda client, name: put_limit(client, name, NEW)),
    "GetOnDemandConfig": ON_DEMAND.got(),
    "DeleteOnDemandConfig": ON_DEMAND.deleted(
        lambda client, name: client.delete_on_demand_config(name, "f", qualifier=QUALIFIER)
    ),
    "ListOnDemandConfigs": ON_DEMAND.listed(
        lambda client, name: client.list_on_demand_configs(prefix=f"services/{name}.")
    ),
    "PutProvisionConfig": PROVISION.updated(lambda client, name: put_schedule(client, name, NEW)),
    "GetProvisionConfig": PROVISION.got(),
    "ListProvisionConfigs": PROVISION.listed(
        lambda client, name: client.list_provision_configs(service_name=name)
    ),
    "PutFunctionAsyncInvokeConfig": ASYNC_CONFIG.updated(
        lambda client, name: put_attempts(client, name, NEW)
    ),
    "GetFunctionAsyncInvokeConfig": ASYNC_CONFIG.got(),
    "DeleteFunctionAsyncInvokeConfig": ASYNC_CONFIG.deleted(
        lambda client, name: client.delete_function_async_invoke_config(name, "f")
    ),
    "ListFunctionAsyncInvokeConfigs": ASYNC_CONFIG.listed(
        lambda client, name: client.list_function_async_invoke_configs(name, "f")
    ),
    "PublishLayerVersion": LAYERS.created(),
    "GetLayerVersion": LAYERS.got(),
    "GetLayerVersionByArn": LAYERS.read(
        lambda client, name: client.get_layer_version_by_arn(
            f"acs:fc:local:1:layers/{name}/versions/1"
        ),
        described,
        OLD,
    ),
    "DeleteLayerVersion": LAYERS.deleted(lambda client, name: client.delete_layer_version(name, 1)),
    "ListLayers": LAYERS.listed(lambda client, name: client.list_layers(prefix=name)),
    "ListLayerVersions": LAYERS.listed(lambda client, name: client.list_layer_versions(name)),
    "GetAccountSettings": reading(
        0,
        lambda client, _: client.get_account_settings(),
        lambda settings: settings.raw != {},
        True,
    ),
    "GetTempCodeBucketToken": reading(
        1,
        lambda client, name: client.get_temp_code_bucket_token(name),
        lambda token: token.code_size_limit,
        500 * 1024 * 1024,
    ),
    "ListVpcBindings": reading(
        1,
        lambda client, name: client.list_vpc_bindings(name),
        lambda page: list(page.items),
        ["vpc-1"],
        needs=bind,
    ),
    "DeleteVpcBinding": Operation(
        DELETE,
        1,
        lambda client, name: client.delete_vpc_binding(name, "vpc-1"),
        itself,
        bound_vpc,
        "vpc-1",
        None,
        needs=bind,
    ),
    "ListInstances": reading(
        2,
        lambda client, name: client.list_instances(name, "f"),
        lambda page: list(page.items),
        [],
    ),
}

# Operations that the matrix leaves out.
WITHOUT_A_ROW = {
    # Their replies are the function's own, or a WebSocket: tests of their own break those.
    "HTTPInvokeFunction",
    "HTTPInvokeFunctionByDomain",
    "PresignedHTTPInvokeURL",
    "InstanceExec",
    # Their state is about a run of a function, which ends by itself.
    "GetStatefulAsyncInvocation",
    "ListStatefulAsyncInvocations",
    "ListStatefulAsyncInvocationFunctions",
    "StopStatefulAsyncInvocation",
    # They reply without a body and are no deletions: no kind of the catalogue is like them.
    "CreateVpcBinding",
    "PutLayerACL",
    "PublishPublicLayerVersion",
    "PermanentDeleteLayerVersion",
    # As the other reads of the account.
    "GetAccountConfigs",
    "GetTempBucketToken",
    "ListReservedCapacities",
    # It lists what the other operations have tagged, too.
    "ListTaggedResources",
}
