"""Runs events in warm instances of functions: the entry point of execution.

An instance runs one event at a time, or as many as its function allows. Further
concurrent calls start more instances; idle instances and those of an old version
are ended. Everything runs in one event loop:

    InstancePools -> FunctionPool (which instance) -> Instance (which phase)
                  -> Worker (process) -> Channel, Output
"""

from __future__ import annotations

import asyncio
import itertools
import os
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fc_client._files import remove_tree
from fc_client._threads import run_blocking
from fc_client.local.execution import guardian
from fc_client.local.execution.code_directories import CodeDirectories, LinkedCode
from fc_client.local.execution.function_pool import FunctionPool, Limits
from fc_client.local.execution.function_spec import (
    Code,
    FunctionSpec,
    Outcome,
    ResourceExhausted,
)
from fc_client.local.execution.http_exchange import HttpExchange
from fc_client.local.execution.instances import Instance, failed_outcome
from fc_client.local.execution.process_trees import GuardianProcess, end_orphans
from fc_client.local.execution.runtimes import (
    MARKER_VARIABLE,
    RuntimeUnavailableError,
    command,
    environment,
)
from fc_client.local.execution.temporary_directories import make_short_directory
from fc_client.local.execution.workers import Launch, Worker

__all__ = ["FunctionSpec", "InstancePools", "Outcome", "ResourceExhausted"]

# From SIGTERM to SIGKILL, for instances that are ended.
_GRACE_SECONDS = 0.5
# More concurrent starts would not be ready sooner. Each start blocks the event
# loop until the new process is scheduled, which takes long on a busy machine.
_MAX_CONCURRENT_STARTS = max(2, os.cpu_count() or 1)


class InstancePools:
    """The instances of all functions of one server.

    Args:
        work_dir: Directory for the temporary files of instances.
        max_instances: Maximum instances per function and version of its service.
        idle_seconds: Seconds without an event after which an instance is ended.
        wait_seconds: Maximum wait of a call while all instances are busy.
        interpreters: Runtime name to path of its interpreter, where the
            default (this Python; ``node`` on PATH) must not be used.
        modules: Runtime name to path of a directory of further modules, which
            its functions can import; none by default.
        code: Provides the directories that instances run in; None to run in
            ``FunctionSpec.code_dir`` itself.
    """

    def __init__(
        self,
        *,
        work_dir: Path,
        max_instances: int = 10,
        idle_seconds: float = 60.0,
        wait_seconds: float = 10.0,
        interpreters: Mapping[str, str] | None = None,
        modules: Mapping[str, str] | None = None,
        code: Code | None = None,
    ) -> None:
        self._limits = Limits(max_instances, idle_seconds, wait_seconds)
        self._interpreters = dict(interpreters or {})
        self._modules = dict(modules or {})
        # All instance IDs start with it, so it marks every process of this server.
        self._prefix = f"c-{uuid.uuid4().hex[:16]}-"
        self._work_dir = Path(work_dir).resolve()
        self._directory: Path | None = None
        self._instance_numbers = itertools.count(1)
        self._guardian: GuardianProcess | None = None
        self._code = CodeDirectories(code or LinkedCode())
        self._pools: dict[tuple[str, str, str], tuple[str, FunctionPool]] = {}
        # With the code that each runs.
        self._instances: dict[Instance, Path] = {}
        self._end_tasks: set[asyncio.Task[None]] = set()
        self._start_slots = asyncio.Semaphore(_MAX_CONCURRENT_STARTS)
        self._closed = False

    @property
    def _marker(self) -> str:
        return f"{MARKER_VARIABLE}={self._prefix}"

    async def invoke(
        self, spec: FunctionSpec, request_id: str, event: bytes | HttpExchange
    ) -> Outcome:
        """Run one event or HTTP call and return its outcome.

        Errors of the function or its runtime are outcomes with an error type,
        not exceptions.

        Raises:
            ResourceExhausted: all instances were busy for as long as a call
                may wait, or the pools are closed.
        """
        pool = self._pool(spec)
        with self._code.held(spec.code_dir):
            instance = await pool.acquire(spec.max_on_demand)
            try:
                if instance is None:
                    instance = await self._start(spec, pool)
                return await instance.invoke(request_id, event, spec)
            except RuntimeUnavailableError as exc:
                return failed_outcome(spec, request_id, str(exc))
            finally:
                pool.release(instance)

    def retire(self, key: tuple[str, str, str]) -> None:
        """End the instances of a function in a version: idle ones now, busy ones after their call.

        Args:
            key: The ``key`` of its spec.
        """
        _, pool = self._pools.pop(key, ("", None))
        if pool is not None:
            pool.retire()

    async def keep_warm(self, spec: FunctionSpec, target: int) -> str:
        """Start instances until there are *target*, and keep them.

        Returns:
            Why there are not enough; "" if there are.

        Raises:
            ResourceExhausted: the pools are closed.
        """
        pool = self._pool(spec)
        pool.keep(target)
        problem = ""
        with self._code.held(spec.code_dir):
            while not problem and pool.add_slot():
                problem = await self._start_warm(spec, pool)
        if not problem and target > self._limits.max_instances:
            return f"this server runs at most {self._limits.max_instances} instances of a function"
        return problem

    async def _start_warm(self, spec: FunctionSpec, pool: FunctionPool) -> str:
        """Start an instance for a slot of a pool; return what went wrong, or ""."""
        instance = None
        try:
            instance = await self._start(spec, pool)
            return await instance.warm()
        except RuntimeUnavailableError as exc:
            return str(exc)
        finally:
            pool.release(instance)

    def keep_only(self, targets: Mapping[tuple[str, str, str], int]) -> None:
        """Let all instances end when they are idle but these numbers.

        Args:
            targets: The numbers by the ``key`` of the spec.
        """
        for key, (_, pool) in self._pools.items():
            pool.keep(targets.get(key, 0))

    def instances_of(self, key: tuple[str, str, str]) -> list[Instance]:
        """Return the instances of a function by the ``key`` of its spec."""
        return [instance for instance in self._instances if instance.key == key]

    def count(self) -> int:
        """Return the number of instances."""
        return len(self._instances)

    async def close(self) -> None:
        """End all instances, and return when all their processes have ended."""
        self._closed = True
        for key in list(self._pools):
            self.retire(key)
        for instance in list(self._instances):
            self._end(instance)
        while self._end_tasks:
            tasks = list(self._end_tasks)
            await asyncio.gather(*tasks)
            # Removed here as well: gather() does not yield to the loop if all
            # tasks are done, so their callbacks may not have run yet.
            self._end_tasks.difference_update(tasks)
        await self._code.close()
        if self._directory is not None:
            await run_blocking(self._clean_up, self._directory)
        if self._guardian is not None:
            self._guardian.stop()
        await run_blocking(end_orphans)

    def _pool(self, spec: FunctionSpec) -> FunctionPool:
        self._check_open()
        key = spec.key
        version, pool = self._pools.get(key, ("", None))
        if pool is None or version != spec.version:
            self.retire(key)
            pool = FunctionPool(spec.title, self._limits, self._end, spec.concurrency)
            self._pools[key] = (spec.version, pool)
        return pool

    async def _start(self, spec: FunctionSpec, pool: FunctionPool) -> Instance:
        """Start an instance and wait until its runtime is ready.

        Raises:
            RuntimeUnavailableError: the interpreter is missing or cannot be started.
        """
        async with self._start_slots:
            self._check_open()
            try:
                directory = self._prepare()
                await self._code.open_layers(spec.opt_dir)
                taken = await self._code.take(spec.code_dir)
            except (OSError, ValueError) as exc:
                raise _cannot_start(spec, exc) from exc
            try:
                self._check_open()
                instance = self._new_instance(replace(spec, code_dir=taken), directory, pool)
            except BaseException:
                await self._code.give_back(spec.code_dir, taken)
                raise
            self._instances[instance] = spec.code_dir
            try:
                await instance.start()
            except asyncio.CancelledError:
                self._end(instance)
                raise
        pool.add(instance)
        return instance

    def _prepare(self) -> Path:
        """Make the directory of the instances and start the guardian; return the directory."""
        if self._directory is None:
            self._directory = make_short_directory(self._work_dir)
        if self._guardian is None:
            self._guardian = GuardianProcess(self._marker, self._directory)
        self._guardian.start()
        return self._directory

    def _new_instance(self, spec: FunctionSpec, directory: Path, pool: FunctionPool) -> Instance:
        launch = self._launch(spec, directory)
        try:
            worker = Worker(launch, lambda: pool.remove_idle(instance))
        except (OSError, ValueError) as exc:
            raise _cannot_start(spec, exc) from exc
        modules = self._modules.get(spec.runtime)
        instance = Instance(spec, launch.instance_id, worker, modules)
        return instance

    def _launch(self, spec: FunctionSpec, parent: Path) -> Launch:
        number = next(self._instance_numbers)
        # All of the same length, so that no ID is a prefix of another.
        instance_id = f"{self._prefix}{number:08x}"
        directory = parent / f"{number:x}"
        return Launch(
            instance_id=instance_id,
            command=command(spec.runtime, spec.memory_size, self._interpreters),
            code_dir=spec.code_dir,
            environment=environment(spec, instance_id, directory, self._modules.get(spec.runtime)),
            directory=directory,
            memory_size=spec.memory_size,
            concurrency=spec.concurrency,
        )

    def _end(self, instance: Instance) -> None:
        """End *instance* in the background, once."""
        code_dir = self._instances.pop(instance, None)
        if code_dir is not None:
            task = asyncio.get_running_loop().create_task(self._end_now(instance, code_dir))
            self._end_tasks.add(task)
            task.add_done_callback(self._end_tasks.discard)

    async def _end_now(self, instance: Instance, code_dir: Path) -> None:
        await instance.end(_GRACE_SECONDS)
        await self._code.give_back(code_dir, instance.code_dir)

    def _check_open(self) -> None:
        if self._closed:
            raise ResourceExhausted("the local Function Compute is shutting down")

    def _clean_up(self, directory: Path) -> None:
        guardian.sweep(self._marker)
        remove_tree(directory)


def _cannot_start(spec: FunctionSpec, exc: Exception) -> RuntimeUnavailableError:
    return RuntimeUnavailableError(f"Runtime {spec.runtime} cannot be started: {exc}")
