"""Functions that change their own code, in instances that run stored code."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest
from local.execution_support import REQUEST_ID, error_of, run_in_pools, spec_of, wait_until_async
from local.support import zip_code, zip_of

from fc_client.local.execution.instance_pools import FunctionSpec, InstancePools, Outcome
from fc_client.local.storage.code_storage import CodeStorage

# Runs the event, and returns what it puts into "read", by default the text of conf.txt.
SOURCE = """
import os
def handler(event, context):
    names = {"os": os, "read": open("conf.txt").read()}
    exec(event.decode(), names)
    return names["read"]
"""
FILES = {"index.py": SOURCE, "conf.txt": "original", "lib/helper.py": "X = 1"}
WRITE = b"open('conf.txt', 'w').write('CHANGED')"
WRITE_UNNOTICED = b"""
before = os.stat("conf.txt")
open("conf.txt", "r+").write("CHANGED!")
os.utime("conf.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
"""

# Says that it runs, and waits until the test lets it go on.
HELD = """
import time
open({runs!r}, "w").close()
while not os.path.exists({released!r}):
    time.sleep(0.01)
"""


def held(directory: Path) -> bytes:
    """Return the start of an event that waits for a file of the directory."""
    names = {name: str(directory / name) for name in ("runs", "released")}
    return HELD.format(**names).encode()


class Deployed:
    """A zip in a storage, and functions that run it."""

    def __init__(self, directory: Path) -> None:
        self.storage = CodeStorage(directory / "code")
        self.deploy()

    def deploy(self) -> None:
        self.checksum = self.storage.put(zip_code(zip_of(FILES))).checksum

    def spec(self, name: str, version: str = "1") -> FunctionSpec:
        code_dir = self.storage.tree(self.checksum)
        return spec_of(code_dir, function_name=name, version=version)


@pytest.fixture
def deployed(tmp_path: Path) -> Deployed:
    return Deployed(tmp_path)


LIST = b"""
read = repr(sorted((r, sorted(d), sorted(f), os.stat(r).st_mode) for r, d, f in os.walk('.')))
read += ascii({f: os.stat(f).st_mode for f in os.listdir()}) + open("conf.txt").read()
"""


async def call(pools: InstancePools, spec: FunctionSpec, event: bytes = b"") -> str:
    outcome = await pools.invoke(spec, REQUEST_ID, event)
    assert outcome.error_type is None, outcome
    return outcome.payload.decode()


class TestChanges:
    @pytest.mark.parametrize("warm", [True, False])
    def test_do_not_reach_another_function(self, tmp_path, deployed, warm):
        async def scenario(pools: InstancePools) -> str:
            if warm:
                await call(pools, deployed.spec("b"))
            await call(pools, deployed.spec("a"), WRITE)
            return await call(pools, deployed.spec("b"))

        assert run_in_pools(tmp_path, scenario, code=deployed.storage) == "original"

    def test_do_not_reach_another_instance(self, tmp_path, deployed):
        async def scenario(pools: InstancePools) -> list[str]:
            spec = deployed.spec("a")
            read = held(tmp_path) + b"read = open('conf.txt').read()"
            slow = asyncio.create_task(call(pools, spec, read))
            assert await wait_until_async((tmp_path / "runs").exists)
            await call(pools, spec, WRITE)
            (tmp_path / "released").touch()
            return [await slow]

        assert run_in_pools(tmp_path, scenario, code=deployed.storage) == ["original"]

    @pytest.mark.parametrize(
        "change",
        [
            WRITE,
            WRITE_UNNOTICED,
            b"os.unlink('conf.txt')",
            b"os.chmod('conf.txt', 0o400)",
            b"open('lib/new.txt', 'w')",
            b"import shutil; shutil.rmtree(os.getcwd())",
            b"import shutil; here = os.getcwd(); shutil.rmtree(here); os.symlink('/etc', here)",
            b"os.rename('lib', 'other'); os.mkdir('lib')",
        ],
    )
    def test_do_not_reach_the_next_cold_start(self, tmp_path, deployed, change):
        async def scenario(pools: InstancePools) -> list[str]:
            before = await call(pools, deployed.spec("a"), LIST)
            await call(pools, deployed.spec("a"), change)
            pools.retire(("service", "a", ""))
            # The instance gives its tree back, which the next one would take.
            assert await wait_until_async(lambda: not pools._end_tasks)
            return [before, await call(pools, deployed.spec("a"), LIST)]

        before, after = run_in_pools(tmp_path, scenario, code=deployed.storage)

        assert after == before
        assert "index.py" in before

    @pytest.mark.parametrize("again", ["deployed", "restarted"])
    def test_do_not_reach_a_later_deployment(self, tmp_path, deployed, again):
        async def scenario(pools: InstancePools) -> str:
            await call(pools, deployed.spec("a"), WRITE)
            pools.retire(("service", "a", ""))
            deployed.storage.remove_zip(deployed.checksum)
            if again == "deployed":
                deployed.deploy()
            return await call(pools, deployed.spec("a")) if again == "deployed" else "original"

        assert run_in_pools(tmp_path, scenario, code=deployed.storage) == "original"
        if again == "restarted":
            deployed.deploy()
            storage = CodeStorage(tmp_path / "code")
            storage.sweep({deployed.checksum})

            async def next_scenario(pools: InstancePools) -> str:
                return await call(pools, deployed.spec("a"))

            assert run_in_pools(tmp_path, next_scenario, code=storage) == "original"


class TestStoredZip:
    def test_that_was_changed_does_not_run(self, tmp_path, deployed):
        deployed.storage.sweep({deployed.checksum})
        deployed.storage.zip(deployed.checksum).write_bytes(zip_of({"index.py": "evil"}))

        async def scenario(pools: InstancePools) -> Outcome:
            return await pools.invoke(deployed.spec("a"), REQUEST_ID, b"")

        outcome = run_in_pools(tmp_path, scenario, code=deployed.storage)

        message = error_of(outcome)["errorMessage"]
        assert f"the stored code {deployed.checksum} is damaged" in message

    def test_is_mended_by_a_deployment(self, tmp_path, deployed):
        deployed.storage.zip(deployed.checksum).write_bytes(b"")
        deployed.deploy()
        deployed.storage.sweep({deployed.checksum})

        async def scenario(pools: InstancePools) -> str:
            return await call(pools, deployed.spec("a"))

        assert run_in_pools(tmp_path, scenario, code=deployed.storage) == "original"


class TestRemovedCode:
    def test_still_serves_the_calls_that_wait(self, tmp_path, deployed):
        async def scenario(pools: InstancePools) -> list[str]:
            spec = deployed.spec("a")
            wait = held(tmp_path)
            calls = [asyncio.create_task(call(pools, spec, wait)) for _ in range(3)]
            assert await wait_until_async((tmp_path / "runs").exists)
            pools.retire(("service", "a", ""))
            deployed.storage.remove_zip(deployed.checksum)
            (tmp_path / "released").touch()
            return await asyncio.gather(*calls)

        results = run_in_pools(tmp_path, scenario, code=deployed.storage, max_instances=1)

        assert results == ["original"] * 3

    def test_is_deleted_after_the_last_instance(self, tmp_path, deployed):
        async def scenario(pools: InstancePools) -> None:
            await call(pools, deployed.spec("a"))
            pools.retire(("service", "a", ""))
            deployed.storage.remove_zip(deployed.checksum)

        run_in_pools(tmp_path, scenario, code=deployed.storage)

        assert [path for path in (tmp_path / "code").rglob("*") if path.parent.name != "code"] == []

    def test_that_is_deployed_again_in_time_is_kept(self, tmp_path, deployed):
        async def scenario(pools: InstancePools) -> str:
            await call(pools, deployed.spec("a"))
            deployed.storage.remove_zip(deployed.checksum)
            deployed.deploy()
            pools.retire(("service", "a", ""))
            return await call(pools, deployed.spec("b"))

        assert run_in_pools(tmp_path, scenario, code=deployed.storage) == "original"
        assert deployed.storage.zip(deployed.checksum).exists()


class TestTrees:
    def test_unchanged_tree_is_used_again(self, tmp_path, deployed):
        async def scenario(pools: InstancePools) -> list[str]:
            where = b"read = os.getcwd()"
            first = await call(pools, deployed.spec("a"), where)
            pools.retire(("service", "a", ""))
            assert await wait_until_async(lambda: not pools._end_tasks)
            return [first, await call(pools, deployed.spec("a"), where)]

        first, second = run_in_pools(tmp_path, scenario, code=deployed.storage)

        assert first == second

    def test_one_unused_tree_is_kept(self, tmp_path, deployed):
        async def scenario(pools: InstancePools) -> None:
            spec = deployed.spec("a")
            await asyncio.gather(*(call(pools, spec) for _ in range(3)))

        run_in_pools(tmp_path, scenario, code=deployed.storage)

        assert len(list(deployed.storage.tree(deployed.checksum).iterdir())) == 1

    def test_caller_that_gives_up_returns_its_tree(self, tmp_path, deployed):
        async def scenario(pools: InstancePools) -> None:
            running = asyncio.create_task(call(pools, deployed.spec("a")))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        run_in_pools(tmp_path, scenario, code=deployed.storage)
        deployed.storage.remove_zip(deployed.checksum)

        assert not deployed.storage.tree(deployed.checksum).exists()

    @pytest.mark.parametrize("umask", [0, 0o777])
    def test_is_for_its_owner_whatever_the_umask(self, tmp_path, umask):
        before = os.umask(umask)
        try:
            deployed = Deployed(tmp_path)
        finally:
            os.umask(before)

        paths = list((tmp_path / "code").rglob("*"))
        assert deployed.checksum in {path.name for path in paths}
        modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in paths}
        assert modes == {(True, 0o700), (False, 0o600)}
