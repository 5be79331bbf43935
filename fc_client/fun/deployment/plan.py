"""All steps of a project, and how they are run."""

from __future__ import annotations

from fc_client.fun.deployment.custom_domains import domain_steps
from fc_client.fun.deployment.functions import function_names, function_steps
from fc_client.fun.deployment.gateway import gateway_steps
from fc_client.fun.deployment.report import Report
from fc_client.fun.deployment.state import gateway_heading
from fc_client.fun.deployment.steps import Step, run_steps
from fc_client.fun.packages import Packages
from fc_client.fun.progress import upload_bars
from fc_client.fun.project.schema import ApiGateway
from fc_client.fun.session import Session

__all__ = ["deploy_project"]

_LINUX, _LOCAL = "linux_x86_64", "local"


def deploy_project(
    session: Session,
    stage: str,
    *,
    dry_run: bool = False,
    replace: bool = False,
    installs: bool = True,
) -> Report:
    """Create and update what a project has, and return what became of it.

    Files are packed before anything is sent.

    Args:
        session: The session with the project.
        stage: The stage of the API gateway.
        dry_run: Change nothing, and print what would change.
        replace: Delete what is in the way: triggers whose type or source differ, and apis of
            other names that have the method and path of one of the file.
        installs: Whether packages get the dependencies of the project.

    Raises:
        PackageError, DependencyError, ValueError: a function cannot be packed.
        ConfigurationError: there is no account or access key.
    """
    project, account = session.project, session.account
    packages = {}
    if project.content.function_compute is not None:
        platform = _LOCAL if account.is_local else _LINUX
        maker = Packages(
            project.root, platform, installs=installs, warn=lambda text: session.warn([text])
        )
        packages = maker.make(function_names(project.content.function_compute))
    report = Report(session.print, dry_run=dry_run)
    with upload_bars(session.environ, quiet=session.is_quiet) as progress:
        steps: list[Step] = []
        if project.content.function_compute is not None:
            steps += function_steps(
                project.content.function_compute,
                session.client,
                packages,
                account.role_arn,
                progress,
                replace=replace,
            )
            steps += domain_steps(
                project.content.function_compute, session.client, project.root, tuple(steps)
            )
        if project.content.api_gateway is not None:
            steps += _gateway_steps(
                session, project.content.api_gateway, stage, tuple(steps), replace=replace
            )
        report.add(run_steps(steps, dry_run=dry_run))
    return report


def _gateway_steps(
    session: Session,
    section: ApiGateway,
    stage: str,
    needs: tuple[Step, ...],
    *,
    replace: bool,
) -> list[Step]:
    clients, role = session.clouds, session.project.content.role
    return gateway_steps(
        section,
        role,
        session.account.new_role_arn(role.name),
        gateway_heading(session, section),
        clients.ram,
        clients.gateway,
        stage,
        needs,
        replace=replace,
    )
