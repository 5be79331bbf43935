"""Create or update services, functions and triggers, and publish versions of services.

Only settings that differ are sent.

    from fc_client.deploy import deploy_function, deploy_trigger
    from fc_client.triggers import timer

    deploy_function(client, "demo", "hello", runtime="python3", handler="index.handler",
                    code="hello")
    deploy_trigger(client, "demo", "hello", "nightly", trigger_config=timer(cron="0 0 4 * * *"))

Deploying the same again sends no code and changes nothing. ``deploy_version``
publishes what has changed, and ``deploy_alias`` moves an alias to it. With
``dry_run=True`` nothing is changed at all, and the result, a
:class:`Deployment`, prints what would be. The functions for an AsyncClient
(extra ``async``) are called ``async_deploy_service`` and so on.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from fc_client.deploy.deployments import deploy_function, deploy_service, deploy_trigger
from fc_client.deploy.releases import deploy_alias, deploy_version
from fc_client.deploy.results import Change, Deployment

__all__ = [
    "Change",
    "Deployment",
    "async_deploy_alias",
    "async_deploy_function",
    "async_deploy_service",
    "async_deploy_trigger",
    "async_deploy_version",
    "deploy_alias",
    "deploy_function",
    "deploy_service",
    "deploy_trigger",
    "deploy_version",
]

if TYPE_CHECKING:
    from fc_client.deploy.async_deployments import (
        async_deploy_function,
        async_deploy_service,
        async_deploy_trigger,
    )
    from fc_client.deploy.async_releases import async_deploy_alias, async_deploy_version
else:
    _MODULE = "fc_client.deploy.async_deployments"
    _ASYNC = {name: _MODULE for name in __all__ if name.startswith("async_")}
    _ASYNC["async_deploy_alias"] = "fc_client.deploy.async_releases"
    _ASYNC["async_deploy_version"] = "fc_client.deploy.async_releases"

    def __getattr__(name: str) -> object:
        # Imported on first use: they import aiohttp.
        if name not in _ASYNC:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_ASYNC[name]), name)

    # Without the extra, the rest can still be imported by an asterisk.
    _has_aiohttp = importlib.util.find_spec("aiohttp") is not None
    __all__ = [name for name in __all__ if _has_aiohttp or name not in _ASYNC]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
