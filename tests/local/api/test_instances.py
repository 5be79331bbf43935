from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest
import websocket
from local.support import assert_error, create
from support.waiting import wait_until

from fc_client.local import LocalFunctionCompute

FUNCTION = "/services/s/functions/f"
ECHO = "def h(event, context):\n    return event\n"


@pytest.fixture(scope="module")
def fc():
    with LocalFunctionCompute() as running:
        yield running


@pytest.fixture
def api(fc, make_api):
    """Return a way to talk to a server with the function s/f, which has run once."""
    fc.reset()
    api = make_api(fc)
    create(api, ECHO, environmentVariables={"COLOUR": "red"})
    api.invoke().raise_for_status()
    return api


def instances(api, query="", service="s"):
    reply = api.call("GET", f"/services/{service}/functions/f/instances?{query}")
    reply.raise_for_status()
    return reply.json()["instances"]


def pages(api, path):
    """Return the versions of the instances on each page of one."""
    found, token = [], ""
    while True:
        page = api.call("GET", f"{path}?limit=1&nextToken={token}").json()
        found.append([each["versionId"] for each in page["instances"]])
        token = page.get("nextToken")
        if token is None:
            return found


def exec_path(api):
    return f"{FUNCTION}/instances/{instances(api)[0]['instanceId']}/exec"


@pytest.fixture
def connect(api):
    """Open WebSockets to commands, signed as the SDKs sign them; all are closed at the end."""
    opened = []

    def connect_to(query):
        path = f"/2016-08-15{exec_path(api)}"
        url = f"{api.endpoint.replace('http', 'ws')}{path}?{query}"
        headers = api.signed("GET", path)
        opened.append(websocket.create_connection(url, header=headers, timeout=60))
        return opened[-1]

    yield connect_to
    for socket in opened:
        socket.shutdown()


def received(socket):
    """Return all output and errors until the end, and the reason of the end."""
    streams = {1: b"", 2: b""}
    while True:
        opcode, data = socket.recv_data()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return streams[1], streams[2], data[2:].decode()
        streams[data[0]] += data[1:]


class TestList:
    def test_real_ones_are_shown(self, api):
        (instance,) = instances(api)

        reply = api.invoke()
        assert instance == {"instanceId": reply.headers["X-Fc-Instance-Id"], "versionId": 0}

    def test_none_before_the_first_call(self, api):
        api.create_function("g")

        reply = api.call("GET", "/services/s/functions/g/instances")

        assert reply.json() == {"instances": []}

    def test_some_by_id_or_number(self, api):
        name = instances(api)[0]["instanceId"]

        assert len(instances(api, f"instanceIds=x&instanceIds={name}")) == 1
        assert instances(api, "instanceIds=x") == []
        assert instances(api, "limit=0") == []
        reply = api.call("GET", f"{FUNCTION}/instances?limit=1001")
        assert_error(reply, 400, "InvalidArgument", "limit")

    def test_an_alias_shows_those_of_both_versions(self, api):
        for description in ("one", "two"):
            api.call("PUT", FUNCTION, {"description": description}).raise_for_status()
            api.call("POST", "/services/s/versions", {}).raise_for_status()
        alias = {"aliasName": "prod", "versionId": "1", "additionalVersionWeight": {"2": 0.5}}
        api.call("POST", "/services/s/aliases", alias).raise_for_status()
        for version in ("1", "2"):
            api.call("POST", f"/services/s.{version}/functions/f/invocations", b"")

        assert [each["versionId"] for each in instances(api, service="s.prod")] == [1, 2]
        assert [each["versionId"] for each in instances(api, service="s.2")] == [2]
        assert pages(api, "/services/s.prod/functions/f/instances") == [[1], [2]]

    def test_a_token_must_be_of_this_list(self, api):
        token = base64.b64encode(b"after:x").decode()

        reply = api.call("GET", f"{FUNCTION}/instances?nextToken={token}")

        assert_error(reply, 400, "InvalidArgument", "nextToken")

    def test_a_missing_function_is_not_found(self, api):
        reply = api.call("GET", "/services/s/functions/x/instances")

        assert_error(reply, 404, "FunctionNotFound")


class TestExec:
    def test_a_command_runs_in_the_environment_of_the_instance(self, connect):
        socket = connect("command=sh&command=-c&command=cat+m.py;echo+$COLOUR;pwd&tty=false")

        out, _, reason = received(socket)

        source, colour, directory = out.decode().rsplit("\n", 3)[:3]
        assert source + "\n" == ECHO
        assert colour == "red"
        assert directory.startswith("/")
        assert reason == "exit status 0"

    def test_errors_are_a_stream_of_their_own(self, connect):
        script = "echo+out;echo+err+>%262;exit+3"
        socket = connect(f"command=sh&command=-c&command={script}&tty=false&stderr=true")

        assert received(socket) == (b"out\n", b"err\n", "exit status 3")

    def test_errors_are_left_out_by_default(self, connect):
        socket = connect("command=sh&command=-c&command=echo+err+>%262&tty=false")

        assert received(socket) == (b"", b"", "exit status 0")

    @pytest.mark.parametrize("frame", ["text", "binary"])
    def test_input(self, connect, frame):
        socket = connect("command=head&command=-n1&tty=false")

        if frame == "text":
            socket.send("\0héllo\n")
        else:
            socket.send_binary("héllo\n".encode())

        assert received(socket)[0] == "héllo\n".encode()

    def test_much_input_arrives_whole(self, connect):
        script = "sleep+0.3;head+-c3000000+|+wc+-c"
        socket = connect(f"command=sh&command=-c&command={script}&tty=false")

        for _ in range(30):
            socket.send_binary(bytes(100_000))

        assert received(socket)[0].strip() == b"3000000"

    def test_input_that_is_not_read_is_dropped(self, connect):
        socket = connect("command=true&tty=false")

        socket.send_binary(bytes(100_000))

        assert received(socket)[2] == "exit status 0"

    def test_a_terminal(self, connect):
        script = "tty;stty+-a>/dev/null;read+x;echo+got+$x"
        socket = connect(f"command=sh&command=-c&command={script}")

        socket.send_binary(b"it\n")

        out = received(socket)[0]
        assert b"/dev/" in out
        assert out.endswith(b"got it\r\n")

    def test_ctrl_c_reaches_the_command(self, connect):
        socket = connect("command=cat")
        socket.send_binary(b"up\n")
        seen = b""
        # The terminal shows what is typed, cat repeats it.
        while seen.count(b"up") < 2:
            seen += socket.recv_data()[1][1:]

        socket.send_binary(b"\x03")

        assert received(socket)[2] == "killed by signal 2"

    def test_output_that_is_no_text_goes_as_bytes(self, connect):
        socket = connect(r"command=printf&command=\377a&tty=false")

        opcode, data = socket.recv_data()

        assert (opcode, data) == (websocket.ABNF.OPCODE_BINARY, b"\x01\xffa")

    def test_much_output_arrives_whole(self, connect):
        socket = connect("command=head&command=-c5000000&command=/dev/zero&tty=false")

        assert received(socket)[0] == bytes(5_000_000)

    def test_a_client_that_leaves_ends_the_command(self, connect, tmp_path):
        path = tmp_path / "pid"
        socket = connect(f"command=sh&command=-c&command=echo+$$>{path};sleep+60&tty=false")
        wait_until(lambda: path.exists() and path.read_text())
        process = path.read_text().strip()

        socket.close()

        wait_until(lambda: not Path(f"/proc/{process}").exists())

    def test_silence_ends_the_command(self, connect):
        socket = connect("command=sleep&command=60&idleTimeout=1")

        assert received(socket)[2] == "closed after 1 seconds without traffic"

    def test_pings_are_answered(self, connect):
        socket = connect("command=sleep&command=60")

        socket.ping("x")

        assert socket.recv_data(control_frame=True) == (websocket.ABNF.OPCODE_PONG, b"x")
        socket.close()

    def test_reset_ends_the_command(self, connect, fc):
        socket = connect("command=sleep&command=60&tty=false")

        thread = threading.Thread(target=fc.reset)
        thread.start()

        assert received(socket)[2].startswith("killed")
        thread.join()


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "word"),
        [
            ("", "command"),
            ("command=", "command"),
            ("command=no-such-command&tty=false", "cannot be run"),
            ("command=ls&tty=1", "tty"),
            ("command=ls&idleTimeout=0", "idleTimeout"),
        ],
    )
    def test_invalid_arguments(self, connect, query, word):
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            connect(query)

        assert caught.value.status_code == 400
        assert word in caught.value.resp_body.decode()

    def test_a_missing_command_in_a_terminal(self, connect):
        out, _, reason = received(connect("command=no-such-command"))

        assert b"no-such-command: No such file" in out
        assert reason == "exit status 1"

    def test_a_missing_instance(self, api):
        reply = api.call("GET", f"{FUNCTION}/instances/x/exec?command=ls")

        assert_error(reply, 404, "InstanceNotFound")

    def test_a_plain_request(self, api):
        reply = api.call("GET", f"{exec_path(api)}?command=ls")

        assert_error(reply, 400, "InvalidArgument", "WebSocket")

    def test_an_unsigned_request(self, api):
        path = f"/2016-08-15{exec_path(api)}"

        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            websocket.create_connection(
                f"{api.endpoint.replace('http', 'ws')}{path}?command=ls", suppress_origin=True
            )

        assert caught.value.status_code == 403
