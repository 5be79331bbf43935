"""The programs of custom runtimes: their start, their end, and what can be wrong with them."""

import os
import socket
import sys

import pytest
from local.custom_support import create, program
from local.http_support import PROXY, fetch
from local.support import assert_error, process_is_there
from support.waiting import wait_until


class TestHooks:
    def test_are_called_when_they_are_configured(self, api, tmp_path, function_compute):
        create(
            api,
            program(
                f"""
                def do_POST(self): self.reply()
                def do_GET(self):
                    with open({str(tmp_path / "seen")!r}, "a") as file:
                        file.write(self.path + "\\n")
                    self.reply()
                """
            ),
            instanceLifecycleConfig={
                "preFreeze": {"handler": "unused", "timeout": 3},
                "preStop": {"handler": "unused", "timeout": 3},
            },
        )

        replies = [api.invoke(), api.invoke()]
        function_compute.reset()

        assert [reply.content for reply in replies] == [b"", b""]
        assert (tmp_path / "seen").read_text() == "/pre-freeze\n/pre-freeze\n/pre-stop\n"

    def test_are_not_called_otherwise(self, api, function_compute):
        create(
            api,
            program(
                """
                def do_POST(self): self.reply()
                def do_GET(self): print("hook", self.path, flush=True); self.reply()
                """
            ),
        )

        api.invoke()
        api.invoke()

        assert "hook" not in function_compute.logs("s", "f")


class TestProgram:
    def check(self, api, code, *words):
        for reply in (api.invoke(), fetch(api, "GET", f"{PROXY}/")):
            assert_error(reply, 412, code, *words)

    def test_that_is_missing(self, api):
        create(api, "", name="other")

        self.check(api, "CAFileNotFound", "bootstrap")

    def test_that_is_not_executable(self, api):
        create(api, "#!/bin/sh\n", mode=0o644)

        self.check(api, "CAFilePermission", "chmod +x bootstrap")

    def test_whose_interpreter_is_missing(self, api):
        create(api, "#!/nowhere/sh\n")

        self.check(api, "CAFileNotFound", "interpreter")

    def test_that_is_no_program(self, api):
        create(api, "echo hello\n")

        self.check(api, "CAExited", "#!/bin/bash")

    def test_that_exits_at_once(self, api, function_compute):
        create(api, "#!/bin/sh\necho going\nexit 3\n")

        self.check(api, "CAExited", "status 3", "FC_SERVER_PORT")
        assert "going" in function_compute.logs("s", "f")

    def test_that_exits_during_a_request(self, api):
        create(api, program("def do_POST(self): os._exit(5)\ndo_GET = do_POST"))

        self.check(api, "CAExited", "status 5", "answered")

    def test_that_exits_between_requests_is_started_again(self, api):
        create(
            api,
            program(
                """
                def do_POST(self):
                    self.reply(json.dumps([os.getpid(), os.getppid()]).encode())
                    import threading
                    threading.Timer(0.2, os._exit, [0]).start()
                """
            ),
        )
        first = api.invoke().json()
        assert len(first) == 2, first
        # The runtime ends after its program, and the server waits for it when it sees that.
        wait_until(lambda: not any(map(process_is_there, first)))

        second = api.invoke().json()

        assert set(second).isdisjoint(first)

    @pytest.mark.parametrize("answer", ["b'nonsense\\r\\n\\r\\n'", "b'HTTP/1.1 101 S\\r\\n\\r\\n'"])
    def test_that_does_not_speak_http(self, api, answer):
        create(
            api,
            program(
                f"""
                def do_POST(self):
                    self.wfile.write({answer})
                    self.close_connection = True
                do_GET = do_POST
                """
            ),
        )

        for reply in (api.invoke(), fetch(api, "GET", f"{PROXY}/")):
            assert_error(reply, 502, "BadResponse")

    @pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
    def test_that_listens_on_its_port_in_the_cloud_is_called(self, api):
        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
            text = program("def do_POST(self): self.reply(self.body())")
            create(api, text.replace('os.environ["FC_SERVER_PORT"]', str(port)), caPort=port)
            # Another program has the port.
            refused = api.invoke(b"x")

        assert_error(refused, 412, "CAExited")
        assert api.invoke(b"x").content == b"x"

    @pytest.mark.parametrize("port", [0, 65536, "9000"])
    def test_with_a_wrong_port_is_refused(self, api, port):
        api.create_service()

        assert_error(api.create_function(caPort=port), 400, "InvalidArgument", "caPort:")

    def test_that_closes_its_port_is_started_again(self, api):
        create(
            api,
            program(
                """
                def do_GET(self):
                    import threading
                    self.server.socket.close()
                    threading.Thread(target=self.server.shutdown).start()
                    self.reply(b'%d' % os.getpid())
                """
            ).replace("serve_forever()", "serve_forever(); time.sleep(60)"),
        )
        first = fetch(api, "GET", f"{PROXY}/").content

        assert_error(fetch(api, "GET", f"{PROXY}/"), 502, "BadResponse")
        again = fetch(api, "GET", f"{PROXY}/").content
        assert again.isdigit()
        assert again != first

    def test_ends_with_its_instance(self, api, function_compute):
        create(api, program("def do_POST(self): self.reply(b'%d' % os.getpid())"))
        pid = int(api.invoke().content)

        function_compute.reset()

        wait_until(lambda: not process_is_there(pid))

    def test_counts_as_failed_in_the_queue(self, api, function_compute):
        create(api, "#!/bin/sh\nexit 3\n")

        assert api.invoke(type="Async").status_code == 202

        wait_until(lambda: "has exited with status 3" in function_compute.logs("s", "f"))
        assert "Unhandled function error" in function_compute.logs("s", "f")

    def test_does_not_see_the_environment_of_the_server(self, api):
        os.environ["SECRET_OF_THE_HOST"] = "1"
        try:
            create(
                api,
                program("def do_POST(self): self.reply(json.dumps(dict(os.environ)).encode())"),
                environmentVariables={"OWN": "value"},
            )
            seen = api.invoke().json()
        finally:
            del os.environ["SECRET_OF_THE_HOST"]

        assert "SECRET_OF_THE_HOST" not in seen
        assert seen["OWN"] == "value"
        assert seen["FC_SERVER_PORT"].isdigit()


class TestContainer:
    def test_is_stored_and_says_that_it_needs_docker(self, api):
        api.create_service()
        container = {"image": "registry/image:1", "command": '["/a"]', "args": "[]"}
        made = api.create_function(runtime="custom-container", customContainerConfig=container)

        reply = api.invoke()

        assert made.json()["customContainerConfig"] == container
        assert "Docker" in reply.json()["errorMessage"]
        assert reply.headers["X-Fc-Error-Type"] == "UnhandledInvocationError"
