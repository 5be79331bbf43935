"""Clients of RAM, Log Service and API Gateway, with what the command-line tools need of them.

They use the official client libraries, which are imported by the first call.
The extra ``fcli`` installs those of RAM and Log Service, ``fun`` that of API
Gateway. Names and IDs are positional, everything else is keyword-only. Lists
are ``list_*`` (one page) and ``iter_*`` (all).

Modules: ``ram``, ``log`` and ``gateway`` have the clients, ``endpoints`` finds where they
call, ``grants`` gives a role the rights that it lacks, ``logstores`` prepares
a logstore for the logs of functions, ``steps`` remembers what was done when
one step of several fails.
"""

from fc_client.cloud.documents import policy_document, trust_document, trusts
from fc_client.cloud.endpoints import (
    GATEWAY_VARIABLE,
    RAM_VARIABLE,
    SLS_VARIABLE,
    gateway_endpoint,
    gateway_region,
    ram_endpoint,
    sls_endpoint,
)
from fc_client.cloud.errors import AmbiguousGroupError, CloudError, StepError
from fc_client.cloud.gateway import GatewayClient
from fc_client.cloud.gateway_models import (
    STAGES,
    Api,
    ApiDefinition,
    ApiFunction,
    ApiGroup,
    ApiParameter,
    ApiSummary,
    ConstantParameter,
    Deployment,
    OpenId,
    SystemParameter,
)
from fc_client.cloud.grants import grant
from fc_client.cloud.log import LogClient
from fc_client.cloud.logstores import prepare_logstore
from fc_client.cloud.models import LogPage, Logstore, Policy, PolicyVersion, Project, Role
from fc_client.cloud.ram import RamClient
from fc_client.cloud.steps import Steps

__all__ = [
    "GATEWAY_VARIABLE",
    "RAM_VARIABLE",
    "SLS_VARIABLE",
    "STAGES",
    "AmbiguousGroupError",
    "Api",
    "ApiDefinition",
    "ApiFunction",
    "ApiGroup",
    "ApiParameter",
    "ApiSummary",
    "CloudError",
    "ConstantParameter",
    "Deployment",
    "GatewayClient",
    "LogClient",
    "LogPage",
    "Logstore",
    "OpenId",
    "Policy",
    "PolicyVersion",
    "Project",
    "RamClient",
    "Role",
    "StepError",
    "Steps",
    "SystemParameter",
    "gateway_endpoint",
    "gateway_region",
    "grant",
    "policy_document",
    "prepare_logstore",
    "ram_endpoint",
    "sls_endpoint",
    "trust_document",
    "trusts",
]
