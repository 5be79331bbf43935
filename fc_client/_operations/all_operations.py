"""The operations of all resources, for the clients."""

from __future__ import annotations

from fc_client._operations.account import AccountOperations
from fc_client._operations.aliases import AliasOperations
from fc_client._operations.custom_domains import CustomDomainOperations
from fc_client._operations.function_changes import FunctionChangeOperations
from fc_client._operations.function_code import FunctionCodeOperations
from fc_client._operations.functions import FunctionOperations
from fc_client._operations.http_functions import HttpFunctionOperations
from fc_client._operations.instance_exec import InstanceExecOperations
from fc_client._operations.instances import InstanceOperations
from fc_client._operations.invocations import InvocationOperations
from fc_client._operations.invoke_configs import InvokeConfigOperations
from fc_client._operations.layer_versions import LayerVersionOperations
from fc_client._operations.layers import LayerOperations
from fc_client._operations.on_demand_configs import OnDemandConfigOperations
from fc_client._operations.provision_configs import ProvisionConfigOperations
from fc_client._operations.services import ServiceOperations
from fc_client._operations.stateful_invocations import StatefulInvocationOperations
from fc_client._operations.tags import TagOperations
from fc_client._operations.triggers import TriggerOperations
from fc_client._operations.versions import VersionOperations
from fc_client._operations.vpc_bindings import VPCBindingOperations


class AllOperations(
    ServiceOperations,
    FunctionOperations,
    FunctionChangeOperations,
    FunctionCodeOperations,
    InvocationOperations,
    TriggerOperations,
    VersionOperations,
    AliasOperations,
    CustomDomainOperations,
    TagOperations,
    InstanceExecOperations,
    AccountOperations,
    InstanceOperations,
    InvokeConfigOperations,
    LayerVersionOperations,
    LayerOperations,
    OnDemandConfigOperations,
    ProvisionConfigOperations,
    StatefulInvocationOperations,
    VPCBindingOperations,
    HttpFunctionOperations,
):
    """All operations of the API."""
