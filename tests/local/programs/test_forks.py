"""A process that embeds the server and forks: the server belongs to the parent."""

import json
import os
import signal

import pytest
from local.support import run_python

# What the child does, in the with block of its parent or below it.
ENDS = {
    "sys.exit": "sys.exit()",
    "end of with": "pass",
    "exception in with": "raise ZeroDivisionError",
    "stop": "fc.stop()",
    "atexit": "import atexit; atexit._run_exitfuncs(); os._exit(0)",
    "collected": "del fc; import gc; gc.collect(); sys.exit()",
}

PROGRAM = """
import json, os, sys
from fc_client.local import DataDirectoryError, LocalFunctionCompute

data_dir = sys.argv[1] or None
parent = os.getpid()
report = {}
try:
    with LocalFunctionCompute(data_dir) as fc, fc.client() as client:
        path = fc._get_running().data.path
        client.create_service("before")
        child = os.fork()
        if not child:
            sys.stderr.close()
            @END@
        else:
            os.waitpid(child, 0)
            report["there"] = path.is_dir()
            client.create_service("after")
            try:
                LocalFunctionCompute(path).start()
                report["second"] = "started"
            except DataDirectoryError:
                report["second"] = "refused"
finally:
    if os.getpid() != parent:
        os._exit(0)
report["left"] = path.is_dir()
print(json.dumps(report))
"""


class TestChild:
    @pytest.mark.parametrize(
        ("end", "is_temporary"),
        [*((end, True) for end in ENDS), ("sys.exit", False), ("atexit", False)],
    )
    def test_leaves_the_server_of_its_parent_alone(self, tmp_path, end, is_temporary):
        program = PROGRAM.replace("@END@", ENDS[end])

        done = run_python(program, "" if is_temporary else str(tmp_path / "data"))

        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report == {"there": True, "second": "refused", "left": not is_temporary}

    def test_can_call_it_but_not_change_it(self):
        done = run_python(
            """
            import os, sys
            from fc_client.local import LocalFunctionCompute
            with LocalFunctionCompute() as fc:
                child = os.fork()
                if not child:
                    fc.client().create_service("from-the-child")
                    print(fc.logs("from-the-child") == "", flush=True)
                    names = ("s", "f")
                    calls = [lambda: fc.link(*names, "."), lambda: fc.unlink(*names)]
                    for call in (fc.reset, fc.drain, *calls):
                        try:
                            call()
                        except RuntimeError as error:
                            print(f"belongs to process {os.getppid()}" in str(error), flush=True)
                    os._exit(0)
                os.waitpid(child, 0)
                print([s.service_name for s in fc.client().iter_services()])
            """
        )

        assert done.stdout.splitlines() == ["True"] * 5 + ["['from-the-child']"], done.stderr

    def test_can_run_a_server_of_its_own(self):
        done = run_python(
            """
            import os
            from fc_client.local import LocalFunctionCompute
            with LocalFunctionCompute() as fc:
                endpoint = fc.endpoint
                child = os.fork()
                if not child:
                    fc.start()
                    fc.client().create_service("s")
                    print(fc.endpoint != endpoint, flush=True)
                    fc.stop()
                    os._exit(0)
                os.waitpid(child, 0)
                print(list(fc.client().iter_services()))
            """
        )

        assert done.stdout.splitlines() == ["True", "[]"], done.stderr

    @pytest.mark.parametrize("end", ["fc.stop()", "os.kill(os.getpid(), signal.SIGKILL)"])
    def test_that_outlives_the_server_keeps_neither_port_nor_directory(self, tmp_path, end):
        done = run_python(
            f"""
            import os, signal, subprocess, sys, time
            from fc_client.local import LocalFunctionCompute
            fc = LocalFunctionCompute(sys.argv[1])
            fc.start()
            child = os.fork()
            if not child:
                os.close(1), os.close(2)
                time.sleep(100)
                os._exit(0)
            print(child, fc.endpoint.rpartition(":")[2], flush=True)
            {end}
            os._exit(0)
            """,
            str(tmp_path),
        )
        child, port = map(int, done.stdout.split())

        try:
            restarted = run_python(
                """
                import sys
                from fc_client.local import LocalFunctionCompute
                with LocalFunctionCompute(sys.argv[1], port=int(sys.argv[2])):
                    print("restarted")
                """,
                str(tmp_path),
                str(port),
            )
        finally:
            os.kill(child, signal.SIGKILL)

        assert restarted.stdout == "restarted\n", restarted.stderr

    def test_of_multiprocessing_leaves_it_alone(self):
        done = run_python(
            """
            import multiprocessing
            from fc_client.local import LocalFunctionCompute
            with LocalFunctionCompute() as fc:
                child = multiprocessing.get_context("fork").Process(target=int)
                child.start()
                child.join()
                fc.client().create_service("s")
                print("ok")
            """
        )

        assert done.stdout == "ok\n", done.stderr
