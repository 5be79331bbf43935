"""Cases of the number of instances, and of instances."""

from datetime import datetime, timezone
from functools import partial

from local.later.support import create_function, fails, listed, names, same
from support.waiting import wait_until

from fc_client import RetryPolicy, ScheduledAction, TargetTrackingPolicy

# Neither is due during a test.
PERIOD = (
    datetime(2100, 1, 1, tzinfo=timezone.utc),
    datetime(2100, 2, 1, tzinfo=timezone.utc),
)
ACTION = ScheduledAction("morning", "cron(0 30 8 * * *)", 5, *PERIOD)
POLICY = TargetTrackingPolicy("busy", "ProvisionedConcurrencyUtilization", 0.6, 1, 10, *PERIOD)


def _create(client):
    """Create the functions f and g, and the version 1, which prod names."""
    create_function(client, environment_variables={"RELEASE": "one"})
    create_function(client, "g")
    client.publish_service_version("s")
    client.create_alias("s", "prod", version_id="1")
    client.update_function("s", "f", environment_variables={"RELEASE": "two"})


def put_on_demand_config(world):
    client = world.client
    _create(client)

    limit = client.put_on_demand_config("s", "f", qualifier="prod", maximum_instance_count=0)

    assert limit.resource == "services/s.prod/functions/f"
    assert limit.maximum_instance_count == 0
    assert limit.request_id
    with world.new_client(retry=RetryPolicy(attempts=1)) as impatient:
        fails("ResourceExhausted", impatient.invoke_function, "s", "f", qualifier="prod")
    assert client.invoke_function("s", "f", b"x").payload == b"x"
    change = partial(client.put_on_demand_config, "s", "f", qualifier="prod")
    raised = change(maximum_instance_count=2, if_match=limit.etag)
    assert raised.maximum_instance_count == 2
    fails("PreconditionFailed", change, maximum_instance_count=3, if_match=limit.etag)


def _limits(client):
    _create(client)
    for name, qualifier, count in (("f", "LATEST", 3), ("f", "prod", 5), ("g", "prod", 7)):
        client.put_on_demand_config("s", name, qualifier=qualifier, maximum_instance_count=count)


def get_on_demand_config(world):
    client = world.client
    _limits(client)

    for name, qualifier, count in (("f", "LATEST", 3), ("f", "prod", 5), ("g", "prod", 7)):
        limit = client.get_on_demand_config("s", name, qualifier=qualifier)
        assert limit.resource == f"services/s.{qualifier}/functions/{name}"
        assert limit.maximum_instance_count == count
        assert limit.etag
    fails("OnDemandConfigNotFound", client.get_on_demand_config, "s", "g", qualifier="LATEST")


def delete_on_demand_config(world):
    client = world.client
    _limits(client)
    delete = partial(client.delete_on_demand_config, "s", "f", qualifier="prod")
    fails("PreconditionFailed", delete, if_match="other")

    assert delete() is None

    fails("OnDemandConfigNotFound", client.get_on_demand_config, "s", "f", qualifier="prod")
    assert client.get_on_demand_config("s", "f", qualifier="LATEST").maximum_instance_count == 3


def list_on_demand_configs(world):
    client = world.client
    _limits(client)
    limits = partial(names, client, "on_demand_configs", by="maximum_instance_count")

    found = listed(client, "on_demand_configs", by="resource")

    assert [(each.resource, each.maximum_instance_count) for each in found] == [
        ("services/s.LATEST/functions/f", 3),
        ("services/s.prod/functions/f", 5),
        ("services/s.prod/functions/g", 7),
    ]
    assert limits(prefix="services/s.prod") == [5, 7]
    assert limits(start_key="services/s.prod/functions/g") == [7]


def put_provision_config(world):
    client = world.client
    _create(client)
    put = partial(client.put_provision_config, "s", "f", qualifier="prod")

    config = put(
        target=1,
        scheduled_actions=[ACTION],
        target_tracking_policies=[POLICY],
        always_allocate_cpu=False,
    )

    assert config.resource == f"{world.server.account_id}#s#prod#f"
    assert (config.target, config.always_allocate_cpu) == (1, False)
    assert config.scheduled_actions == (ACTION,)
    assert config.target_tracking_policies == (POLICY,)
    get = partial(client.get_provision_config, "s", "f", qualifier="prod")
    wait_until(lambda: get().current == 1)
    [instance] = client.list_instances("s", "f", qualifier="prod").items
    assert instance.version_id == "1"
    assert put(target=0, scheduled_actions=[]).scheduled_actions == ()
    fails("PreconditionFailed", put, target=1, if_match="other")


def _warm(client):
    _create(client)
    # What is scheduled keeps a configuration without instances.
    for name, qualifier in (("f", "LATEST"), ("f", "prod"), ("g", "prod")):
        client.put_provision_config(
            "s", name, qualifier=qualifier, target=0, scheduled_actions=[ACTION]
        )


def get_provision_config(world):
    client = world.client
    _create(client)
    made = client.put_provision_config(
        "s", "f", qualifier="prod", target=0, scheduled_actions=[ACTION]
    )

    config = client.get_provision_config("s", "f", qualifier="prod")

    same(made, config, "resource", "target", "current", "scheduled_actions", "etag")
    same(made, config, "target_tracking_policies", "always_allocate_cpu", "current_error")
    other = client.get_provision_config("s", "g", qualifier="prod")
    assert (other.target, other.current, other.scheduled_actions) == (0, 0, ())


def list_provision_configs(world):
    client = world.client
    _warm(client)
    client.create_service("empty")
    account = world.server.account_id
    of_service = partial(names, client, "provision_configs", by="resource", service_name="s")

    found = listed(client, "provision_configs", by="resource")

    resources = [f"{account}#s#LATEST#f", f"{account}#s#prod#f", f"{account}#s#prod#g"]
    assert [each.resource for each in found] == resources
    assert [each.scheduled_actions for each in found] == [(ACTION,)] * 3
    assert of_service() == resources
    assert of_service(qualifier="prod") == resources[1:]
    assert list(client.list_provision_configs(service_name="empty")) == []


def list_instances(world):
    client = world.client
    _create(client)
    assert list(client.list_instances("s", "f")) == []
    latest, of_version = (
        client.invoke_function("s", "f", qualifier=qualifier).headers["x-fc-instance-id"]
        for qualifier in (None, "prod")
    )

    [instance] = client.list_instances("s", "f").items
    assert (instance.instance_id, instance.version_id) == (latest, "0")
    for qualifier in ("1", "prod"):
        [instance] = client.iter_instances("s", "f", qualifier=qualifier)
        assert (instance.instance_id, instance.version_id) == (of_version, "1")
    chosen = partial(client.list_instances, "s", "f", instance_ids=[latest, "missing"])
    assert [each.instance_id for each in chosen()] == [latest]
    assert list(chosen(qualifier="prod")) == []
    assert list(client.list_instances("s", "f", limit=0)) == []


def run_command(world):
    client = world.client
    _create(client)
    instance = client.invoke_function("s", "f", qualifier="prod").headers["x-fc-instance-id"]
    command = ["sh", "-c", "read line; echo got $line in $RELEASE; echo no >&2; exit 3"]

    with client.exec("s", "f", instance, command, qualifier="prod") as run:
        run.send("it\n")
        result = run.wait()

    assert (result.stdout, result.stderr, result.exit_code) == (b"got it in one\n", b"no\n", 3)


CASES = {
    "PutOnDemandConfig": put_on_demand_config,
    "GetOnDemandConfig": get_on_demand_config,
    "DeleteOnDemandConfig": delete_on_demand_config,
    "ListOnDemandConfigs": list_on_demand_configs,
    "PutProvisionConfig": put_provision_config,
    "GetProvisionConfig": get_provision_config,
    "ListProvisionConfigs": list_provision_configs,
    "ListInstances": list_instances,
    "InstanceExec": run_command,
}
