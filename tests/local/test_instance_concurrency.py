"""Instances of custom runtimes that serve several requests at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from local.custom_support import create, program
from local.http_support import PROXY, fetch
from local.support import assert_error

from fc_client.local import LocalFunctionCompute

# Each request waits for the others; all of them get the most that there were at a time.
TOGETHER = """
import threading
barrier = threading.Barrier({parties}, timeout=30)
lock = threading.Lock()
running = [0, 0]
def do_POST(self):
    body = self.body()
    with self.lock:
        self.running[0] += 1
        self.running[1] = max(self.running)
    self.barrier.wait()
    with self.lock: self.running[0] -= 1
    self.reply(json.dumps([os.getpid(), self.running[1], body.decode()]).encode())
do_GET = do_POST
"""


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute(max_instances=1) as fc:
        yield fc


@pytest.fixture
def api(function_compute, make_api):
    """Return the API of an empty server that runs functions."""
    function_compute.reset()
    return make_api(function_compute)


def together(*calls):
    """Make calls at the same time, and return their results."""
    with ThreadPoolExecutor(len(calls)) as executor:
        return [call.result() for call in [executor.submit(*call) for call in calls]]


def test_requests_share_an_instance_from_its_start(api):
    create(api, program(TOGETHER.format(parties=5)), instanceConcurrency=5, timeout=40)

    for _ in range(2):
        replies = together(
            *((api.invoke, b"%d" % number) for number in range(3)),
            (fetch, api, "GET", f"{PROXY}/"),
            (fetch, api, "GET", f"{PROXY}/"),
        )

        seen = [reply.json() for reply in replies]
        assert len({pid for pid, _, _ in seen}) == 1
        assert [body for _, _, body in seen] == ["0", "1", "2", "", ""]
        assert len({reply.headers["X-Fc-Request-Id"] for reply in replies}) == 5


def test_more_requests_wait(api):
    create(api, program(TOGETHER.format(parties=2)), instanceConcurrency=2, timeout=40)

    replies = together(*((api.invoke, b"x") for _ in range(6)))

    assert {(most, body) for _, most, body in (reply.json() for reply in replies)} == {(2, "x")}


def test_more_requests_start_more_instances(make_api, tmp_path):
    # They wait for each other across processes.
    source = f"""
    def do_POST(self):
        folder = {str(tmp_path)!r}
        open(os.path.join(folder, self.headers["x-fc-request-id"]), "w").close()
        while len(os.listdir(folder)) < 4: time.sleep(0.01)
        self.reply(b"%d" % os.getpid())
    """
    with LocalFunctionCompute(max_instances=2) as fc:
        api = make_api(fc)
        create(api, program(source), instanceConcurrency=2, timeout=40)

        pids = [reply.content for reply in together(*[(api.invoke,)] * 4)]

    assert sorted(map(pids.count, pids)) == [2, 2, 2, 2]
    assert all(pid.isdigit() for pid in pids)


def test_hooks_and_initializer_run_once(api):
    source = """
    import threading
    barrier = threading.Barrier(2, timeout=30)
    seen = []
    def do_POST(self):
        if self.path == "/initialize": self.seen.append(self.path)
        else: self.barrier.wait()
        self.reply()
    def do_GET(self):
        if self.path == "/pre-freeze": self.seen.append(self.path)
        self.reply(json.dumps(self.seen).encode())
    """
    create(
        api,
        program(source),
        instanceConcurrency=2,
        initializer="unused",
        instanceLifecycleConfig={"preFreeze": {"handler": "unused"}},
        timeout=40,
    )

    together((api.invoke,), (api.invoke,))

    assert fetch(api, "GET", f"{PROXY}/").json() == ["/initialize", "/pre-freeze"]


def test_a_program_that_exits_ends_all_requests(api):
    source = """
    import threading
    barrier = threading.Barrier(2, timeout=30)
    def do_POST(self):
        self.barrier.wait()
        os._exit(3)
    def do_GET(self): self.reply(b"new")
    """
    create(api, program(source), instanceConcurrency=2, timeout=40)

    for reply in together((api.invoke,), (api.invoke,)):
        assert_error(reply, 412, "CAExited", "status 3")
    assert fetch(api, "GET", f"{PROXY}/").content == b"new"


def test_streams_do_not_wait_for_each_other(api):
    """A client that does not read its response holds up no other one."""
    source = """
    import threading
    go = threading.Event()
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "20000000")
        self.end_headers()
        for _ in range(200): self.wfile.write(bytes(100000))
    def do_POST(self): self.reply(b"done")
    """
    create(api, program(source), instanceConcurrency=2, timeout=40)

    with fetch(api, "GET", f"{PROXY}/", stream=True) as unread:
        replies = [api.invoke() for _ in range(3)]
        size = sum(len(part) for part in unread.iter_content(None))

    assert [reply.content for reply in replies] == [b"done"] * 3
    assert size == 20_000_000


def test_a_request_that_times_out_ends_the_others(api):
    source = """
    import threading
    barrier = threading.Barrier(2, timeout=30)
    def do_POST(self):
        self.barrier.wait()
        time.sleep(60)
    def do_GET(self): self.reply(b"%d" % os.getpid())
    """
    create(api, program(source), instanceConcurrency=2, timeout=1)

    replies = together((api.invoke,), (api.invoke,))

    messages = [reply.json()["errorMessage"] for reply in replies]
    assert any("Task timed out after 1 seconds" in message for message in messages)
    assert fetch(api, "GET", f"{PROXY}/").content.isdigit()


def test_one_that_is_missing_is_an_error_for_all(api):
    create(api, "", name="other", instanceConcurrency=3)

    for reply in together(*((api.invoke, b"x") for _ in range(3))):
        assert_error(reply, 412, "CAFileNotFound")
