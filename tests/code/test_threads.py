"""Code is packed wherever a program asks for it, also where no thread can start."""

import concurrent.futures
import io
import subprocess
import sys
import threading

import pytest

from fc_client.code.zip_writer import write_zip

# Large enough for several blocks, which threads compress.
SETUP = """
import atexit, os, sys, threading
from fc_client import Code

def pack():
    code = Code.from_directory(sys.argv[1])
    print(code.checksum, flush=True)
"""

AFTER_MAIN_THREAD = """
def later():
    threading.main_thread().join()
    pack()

threading.Thread(target=later).start()
"""

AT_EXIT = "atexit.register(pack)"

# With the thread pool in use before: it refuses work in another way than to be imported.
AT_EXIT_AGAIN = "pack()\natexit.register(pack)"

WITHOUT_THREADS = """
threading.stack_size(1 << 46)  # more than there can be: no thread starts
try:
    threading.Thread(target=print).start()
except RuntimeError:
    pack()
"""

IN_A_DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        pack()
    os._exit(0)
os.wait()
"""

IN_A_DAEMON_THREAD = """
thread = threading.Thread(target=pack, daemon=True)
thread.start()
thread.join()
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    for name in "abc":
        (root / name).write_text("".join(f"{name} {number}\n" for number in range(200_000)))
    return root


def printed_by(source, tree):
    command = [sys.executable, "-W", "error", "-c", SETUP + source, tree]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(AFTER_MAIN_THREAD, id="after the main thread"),
        pytest.param(AT_EXIT, id="at exit"),
        pytest.param(IN_A_DAEMON, id="in a daemon"),
        pytest.param(IN_A_DAEMON_THREAD, id="in a daemon thread"),
        pytest.param(WITHOUT_THREADS, id="without threads"),
    ],
)
def test_the_zip_is_the_same(source, tree):
    expected = printed_by("pack()", tree)
    assert len(expected) == 1
    assert printed_by(source, tree) == expected


def test_the_zip_is_the_same_the_second_time(tree):
    first, second = printed_by(AT_EXIT_AGAIN, tree)
    assert first == second


class TestHere:
    """The same without a process of its own, so that what measures coverage sees it."""

    @pytest.fixture
    def zipped(self, tree):
        def zipped():
            output = io.BytesIO()
            write_zip([(name, tree / name) for name in "abc"], output)
            return output.getvalue()

        return zipped

    def test_no_thread_starts(self, zipped):
        expected, size = zipped(), threading.stack_size(1 << 46)
        try:
            assert zipped() == expected
        finally:
            threading.stack_size(size)

    def test_no_pool_can_be_imported(self, zipped, monkeypatch):
        expected = zipped()
        monkeypatch.delattr(concurrent.futures, "ThreadPoolExecutor")
        monkeypatch.setitem(sys.modules, "concurrent.futures.thread", None)
        assert zipped() == expected
