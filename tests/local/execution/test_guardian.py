from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from local.execution_support import is_running, requires_node, wait_until, write_function

from fc_client.local.execution import guardian
from fc_client.local.execution.process_trees import GuardianProcess, descendants

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parents[1]

# A program with a server in it: starts one call that never ends, says so, and waits.
SERVER = """
import asyncio, os, sys, time
from pathlib import Path
sys.path[:0] = [{package!r}, {tests!r}]
from execution_support import spec_of
from fc_client.local.execution.instance_pools import InstancePools

async def main():
    pools = InstancePools(work_dir=Path({directory!r}))
    spec = spec_of(Path({code!r}), runtime={runtime!r}, timeout=300)
    call = asyncio.create_task(pools.invoke(spec, "id", b""))
    while not Path({directory!r}, "running").exists():
        await asyncio.sleep(0.01)
    if {fork!r} and os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(90)"])
    print(pools._marker, pools._directory, flush=True)
    await call

asyncio.run(main())
"""

RUNNING = "open({path!r}, 'w').close()"
BLOCKED = "import ctypes; ctypes.PyDLL(None).sleep(60)"  # keeps the interpreter's lock
DETACHED = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)"
DAEMON = "if os.fork() == 0: os.setsid(); os.fork() and os._exit(0); time.sleep(60)"
NODE = "exports.handler = () => {{ require('fs').writeFileSync({path!r}, ''); for (;;); }}"


class Server:
    """A server process with one call that does not end."""

    def __init__(self, directory: Path, code: Path, runtime: str, fork: bool) -> None:
        script = directory / "server.py"
        values = {"directory": str(directory), "code": str(code), "runtime": runtime}
        script.write_text(
            SERVER.format(package=str(PACKAGE), tests=str(TESTS), fork=fork, **values)
        )
        self.process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        # The directories of the tests have no spaces in their names.
        self.marker, temporary = self.process.stdout.readline().decode().split()
        self.temporary = Path(temporary)

    def end(self, number: signal.Signals) -> set[int]:
        """Send a signal to the server; return the processes that it had."""
        left = guardian.find_marked(self.marker)
        left.update(descendants(self.process.pid))
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return left


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    started: list[Server] = []
    yield started
    for server in started:
        server.process.kill()
        server.process.wait()
        guardian.sweep(server.marker)


def nothing_is_left(processes: set[int], marker: str) -> bool:
    return not any(map(is_running, processes)) and not guardian.find_marked(marker)


class TestGuardian:
    def check(
        self,
        servers: list[Server],
        directory: Path,
        code: Path,
        runtime: str = "python3",
        number: signal.Signals = signal.SIGKILL,
    ) -> None:
        server = Server(directory, code, runtime, fork=False)
        servers.append(server)

        processes = server.end(number)

        assert len(processes) >= 2
        assert wait_until(lambda: nothing_is_left(processes, server.marker))
        assert wait_until(lambda: not server.temporary.exists())

    @pytest.mark.parametrize("before", ["", DETACHED, DAEMON], ids=["alone", "detached", "daemon"])
    @pytest.mark.parametrize("then", ["time.sleep(60)", BLOCKED], ids=["sleeping", "blocked"])
    def test_nothing_is_left_of_a_killed_server(
        self, tmp_path: Path, servers: list[Server], before: str, then: str
    ):
        running = RUNNING.format(path=str(tmp_path / "running"))
        body = "".join(f"\n    {line}" for line in (before, running, then) if line)
        code = write_function(tmp_path, f"import os, time\ndef handler(event, context):{body}\n")

        self.check(servers, tmp_path, code)

    @requires_node
    def test_nothing_is_left_of_node(self, tmp_path: Path, servers: list[Server]):
        code = write_function(tmp_path, NODE.format(path=str(tmp_path / "running")), "index.js")

        self.check(servers, tmp_path, code, "nodejs8")

    def test_signal_without_a_handler_is_the_same(self, tmp_path: Path, servers: list[Server]):
        running = RUNNING.format(path=str(tmp_path / "running"))
        code = write_function(tmp_path, f"def handler(e, c):\n {running}\n {BLOCKED}\n")

        self.check(servers, tmp_path, code, number=signal.SIGTERM)

    def test_forked_child_of_the_program_does_not_hide_the_end(
        self, tmp_path: Path, servers: list[Server]
    ):
        running = RUNNING.format(path=str(tmp_path / "running"))
        code = write_function(tmp_path, f"def handler(e, c):\n {running}\n {BLOCKED}\n")
        server = Server(tmp_path, code, "python3", fork=True)
        servers.append(server)
        workers = guardian.find_marked(server.marker)

        others = set(descendants(server.process.pid)) - workers
        server.process.kill()
        server.process.wait()

        try:
            assert wait_until(lambda: nothing_is_left(workers, server.marker))
            # The guardian is gone, the program's own child is none of its business.
            assert wait_until(lambda: len([*filter(is_running, others)]) == 1)
        finally:
            for pid in others:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            server.process.communicate(timeout=30)


class TestGuardianProcess:
    def test_is_started_once_and_stopped(self, tmp_path: Path):
        before = set(descendants(os.getpid()))
        process = GuardianProcess("FC_INSTANCE_ID=c-none", tmp_path / "instances")

        process.start()
        process.start()
        started = set(descendants(os.getpid())) - before
        process.stop()
        process.stop()

        assert len(started) == 1
        assert set(descendants(os.getpid())) == before

    def test_is_restarted_after_it_was_killed(self, tmp_path: Path):
        before = set(descendants(os.getpid()))
        process = GuardianProcess("FC_INSTANCE_ID=c-none", tmp_path / "instances")
        process.start()
        (first,) = set(descendants(os.getpid())) - before
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: not is_running(first))

        process.start()

        (second,) = set(descendants(os.getpid())) - before
        process.stop()
        assert second != first


class TestSweep:
    def test_kills_what_carries_the_marker_and_nothing_else(self):
        marked = subprocess.Popen(["sleep", "60"], env={"A": "B", "FC_TEST_MARKER": "yes-1"})
        other = subprocess.Popen(["sleep", "60"], env={"NOT_FC_TEST_MARKER": "yes-1"})
        try:
            # The system shows the environment of a process a moment after its start.
            assert wait_until(lambda: guardian.find_marked("FC_TEST_MARKER=yes-") == {marked.pid})

            assert guardian.sweep("FC_TEST_MARKER=yes-")

            assert marked.wait(30) == -signal.SIGKILL
            assert other.poll() is None
        finally:
            for process in (marked, other):
                process.kill()
                process.wait()

    def test_gives_up_in_time(self):
        started = time.monotonic()

        assert not guardian.sweep("FC_TEST_MARKER=none", passes=10**6, seconds=0.1)

        assert time.monotonic() - started < 30
