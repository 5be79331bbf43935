"""Clients of RAM and Log Service, with what the command-line tools need of them.

They use the official client libraries, which the extra ``fcli`` installs and
which are imported by the first call. Names of projects and roles are
positional, everything else is keyword-only. Lists are ``list_*`` (one page)
and ``iter_*`` (all).

Modules: ``ram`` and ``log`` have the clients, ``endpoints`` finds where they
call, ``grants`` gives a role the rights that it lacks, ``logstores`` prepares
a logstore for the logs of functions, ``steps`` remembers what was done when
one step of several fails.
"""

from fc_client.cloud.documents import policy_document, trust_document
from fc_client.cloud.endpoints import RAM_VARIABLE, SLS_VARIABLE, ram_endpoint, sls_endpoint
from fc_client.cloud.errors import CloudError, StepError
from fc_client.cloud.grants import grant
from fc_client.cloud.log import LogClient
from fc_client.cloud.logstores import prepare_logstore
from fc_client.cloud.models import LogPage, Logstore, Policy, PolicyVersion, Project, Role
from fc_client.cloud.ram import RamClient
from fc_client.cloud.steps import Steps

__all__ = [
    "RAM_VARIABLE",
    "SLS_VARIABLE",
    "CloudError",
    "LogClient",
    "LogPage",
    "Logstore",
    "Policy",
    "PolicyVersion",
    "Project",
    "RamClient",
    "Role",
    "StepError",
    "Steps",
    "grant",
    "policy_document",
    "prepare_logstore",
    "ram_endpoint",
    "sls_endpoint",
    "trust_document",
]
