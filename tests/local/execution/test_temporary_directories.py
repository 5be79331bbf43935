from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from local.execution.python_functions import run_body
from local.execution_support import invoke, run_in_pools, spec_of, write_function

from fc_client.local.execution.instance_pools import InstancePools
from fc_client.local.execution.temporary_directories import MAX_TMPDIR, make_short_directory


class TestMakeShortDirectory:
    @pytest.mark.parametrize("length", [10, 28, 29, 40, 200])
    def test_leaves_room_for_an_instance(self, length: int):
        work_dir = Path("/tmp", "w" * (length - 5))
        try:
            path = make_short_directory(work_dir)
            assert len(str(path / "ffffff")) <= MAX_TMPDIR
            assert path.is_relative_to(work_dir) == (length <= 28)
            path.rmdir()
        finally:
            if work_dir.exists():
                work_dir.rmdir()

    @pytest.mark.parametrize("umask", [0, 0o777])
    @pytest.mark.parametrize("work_dir", [Path("/tmp/w"), Path("/tmp", "w" * 60)])
    def test_is_for_its_owner_whatever_the_umask(self, work_dir: Path, umask: int):
        before = os.umask(umask)
        try:
            path = make_short_directory(work_dir)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        path.rmdir()
        if work_dir.exists():
            work_dir.rmdir()

    def test_two_are_different(self, tmp_path: Path):
        paths = {make_short_directory(tmp_path) for _ in range(20)}
        assert len(paths) == 20
        for path in paths:
            path.rmdir()


class TestTmpdir:
    @pytest.mark.parametrize(
        "body",
        [
            (
                "import multiprocessing\nwith multiprocessing.Manager() as manager:\n"
                "    return list(manager.list([1]))"
            ),
            (
                "import multiprocessing as m\nwith m.get_context('forkserver').Pool(1) as pool:\n"
                "    return pool.map(abs, [-1])"
            ),
            (
                "import socket, tempfile\nwith socket.socket(socket.AF_UNIX) as s:\n"
                "    s.bind(tempfile.mkdtemp() + '/.s.PGSQL.5432')\nreturn [1]"
            ),
        ],
        ids=["manager", "forkserver", "socket"],
    )
    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
    def test_unix_sockets_fit(self, tmp_path: Path, body: str):
        assert json.loads(run_body(tmp_path, body).payload) == [1]

    def test_is_short_and_private_and_removed(self, tmp_path: Path):
        source = (
            "import os, tempfile\ndef handler(event, context):\n"
            " path = tempfile.gettempdir()\n return [path, os.stat(path).st_mode & 0o777]"
        )

        (outcome,) = invoke(spec_of(write_function(tmp_path, source)), tmp_path)

        path, mode = json.loads(outcome.payload)
        assert len(path) <= MAX_TMPDIR
        assert mode == 0o700
        assert not Path(path).parent.exists()

    def test_none_is_made_without_an_instance(self, tmp_path: Path):
        async def scenario(pools: InstancePools) -> Path | None:
            return pools._directory

        assert run_in_pools(tmp_path, scenario) is None

    def test_pipe_in_its_place_does_not_stop_the_server(self, tmp_path: Path):
        body = (
            "import os, shutil, tempfile\npath = tempfile.gettempdir()\nshutil.rmtree(path)\n"
            "os.mkfifo(path)\nreturn path"
        )

        path = json.loads(b'"' + run_body(tmp_path, body).payload + b'"')

        assert not os.path.lexists(path)
