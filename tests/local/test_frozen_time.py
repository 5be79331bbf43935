"""Tests of applications freeze time, in the process that the server runs in."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import freezegun
import pytest
import time_machine

import fc_client
from fc_client.local import LocalFunctionCompute
from fc_client.local.clocks import SteadyClock, monotonic, real_time

MOMENT = datetime(2020, 1, 1, tzinfo=timezone.utc)

FREEZERS = {
    "freezegun": lambda: freezegun.freeze_time(MOMENT),
    "freezegun, asyncio real": lambda: freezegun.freeze_time(MOMENT, real_asyncio=True),
    "freezegun, ticking": lambda: freezegun.freeze_time(MOMENT, tick=True),
    "freezegun, auto": lambda: freezegun.freeze_time(MOMENT, auto_tick_seconds=3600),
    "time-machine": lambda: time_machine.travel(MOMENT, tick=False),
    "time-machine, ticking": lambda: time_machine.travel(MOMENT, tick=True),
}


@pytest.fixture(params=FREEZERS)
def frozen(request):
    """Return a context manager that freezes time."""
    return FREEZERS[request.param]


@pytest.fixture(scope="module")
def server():
    with LocalFunctionCompute(async_attempts=2, async_retry_delay=0.05) as server:
        yield server


@pytest.fixture
def client(server):
    with server.client(retry=fc_client.RetryPolicy(attempts=1)) as client:
        yield client
    server.reset()


@pytest.fixture
def deploy(client, tmp_path):
    def deploy(source, **settings):
        (tmp_path / "m.py").write_text(source)
        client.create_service("s")
        client.create_function(
            "s", "f", runtime="python3", handler="m.h", code=tmp_path, **settings
        )

    return deploy


ECHO = "def h(event, context): return event"


class TestCalls:
    def test_are_accepted(self, client, deploy, frozen):
        with frozen():
            deploy(ECHO)
            assert client.invoke_function("s", "f", b"x").payload == b"x"

    def test_are_accepted_from_a_process_whose_time_is_real(self, server, deploy, frozen):
        deploy(ECHO)
        program = "import fc_client; print(fc_client.Client().invoke_function('s', 'f', 'x').text)"
        with frozen():
            done = subprocess.run(
                [sys.executable, "-c", program],
                env=server.environ,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.stdout == "x\n", done.stderr

    def test_are_accepted_by_a_server_that_starts_then(self, frozen):
        with frozen(), LocalFunctionCompute() as server, server.client() as client:
            client.create_service("s")

    def test_download_of_code_is_accepted(self, client, deploy, frozen, tmp_path):
        deploy(ECHO)
        with frozen():
            client.download_function_code("s", "f", tmp_path / "code.zip")


TIMED = """
import time
def sleeping(event, context): time.sleep(60)
def failing(event, context):
    print("ran")
    raise ValueError
def late(event, context): print("late")
def ticking(event, context): print("tick")
"""


def a_timeout_ends_a_call(_server, client, _api):
    started = monotonic()

    result = client.invoke_function("s", "sleeping", check=False)

    assert "timed out after 1 seconds" in result.text
    assert 0.9 < monotonic() - started < 25


def a_failed_async_invocation_is_tried_again(server, client, _api):
    client.invoke_function("s", "failing", invocation_type="Async")

    until(lambda: server.logs("s", "failing").count("ran") == 2)


def a_delayed_one_waits(server, _client, api):
    started = monotonic()

    api.invoke(name="late", type="Async", delay="1").raise_for_status()

    until(lambda: "late" in server.logs("s", "late"))
    assert monotonic() - started > 0.9


def a_timer_trigger_fires(server, client, _api):
    timer = {"cronExpression": "@every 1s", "payload": "", "enable": True}
    started = monotonic()
    client.create_trigger("s", "ticking", "t", trigger_type="timer", trigger_config=timer)

    until(lambda: "tick" in server.logs("s", "ticking"))
    assert server.logs("s", "ticking").count("tick") <= 1 + (monotonic() - started)


def until(condition):
    started = monotonic()
    while not condition():
        assert monotonic() - started < 60
        # time.sleep() may be frozen as well.
        subprocess.run(["sleep", "0.05"], check=True)


WAITS = (
    a_timeout_ends_a_call,
    a_failed_async_invocation_is_tried_again,
    a_delayed_one_waits,
    a_timer_trigger_fires,
)


class TestTimers:
    """Of the server's event loop: they neither stand still nor fire at once."""

    def test_fire_when_they_should(self, server, client, make_api, tmp_path, frozen):
        (tmp_path / "m.py").write_text(TIMED)
        client.create_service("s")
        settings = {"runtime": "python3", "code": tmp_path}
        for name, timeout in {"sleeping": 1, "failing": 30, "late": 30, "ticking": 30}.items():
            client.create_function("s", name, handler=f"m.{name}", timeout=timeout, **settings)
        api = make_api(server)

        # Each waits a second, so all wait at once.
        with frozen(), ThreadPoolExecutor(len(WAITS)) as pool:
            for waiting in [pool.submit(wait, server, client, api) for wait in WAITS]:
                waiting.result()
            server.drain(30)

        assert server.logs("s", "failing").count("ran") == 2

    def test_an_instance_is_kept_between_calls(self, client, deploy, frozen):
        deploy(ECHO)
        with frozen():
            ids = {client.invoke_function("s", "f").headers["x-fc-instance-id"] for _ in range(3)}

        assert len(ids) == 1


class TestClocks:
    def test_are_real(self, frozen):
        before = time.time()
        with frozen():
            assert abs(real_time() - before) < 5
            assert abs(SteadyClock()() - before) < 5
            first = monotonic()
            while monotonic() - first < 0.01:
                pass

    def test_a_steady_clock_does_not_jump(self):
        wall = [1000.0]
        clock = SteadyClock(lambda: wall[0])
        wall[0] = 0.0

        assert 1000 <= clock() < 1005
