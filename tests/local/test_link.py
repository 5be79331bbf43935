import subprocess
import sys
import time
from itertools import takewhile

import pytest
from local.support import zipped

import fc_client
from fc_client.local import LocalFunctionCompute

SOURCE = "def handler(event, context):\n    return {!r}\n"


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as function_compute:
        yield function_compute


@pytest.fixture
def client(function_compute):
    yield function_compute.client()
    function_compute.reset()


@pytest.fixture
def create(client):
    def create():
        client.create_service("s")
        code = fc_client.Code.from_zip(zipped(index=SOURCE.format("uploaded")))
        client.create_function("s", "f", runtime="python3", handler="index.handler", code=code)

    return create


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "index.py").write_text(SOURCE.format("linked"))
    return tmp_path


class TestLink:
    def test_runs_from_the_directory(self, function_compute, client, create, directory):
        create()

        function_compute.link("s", "f", directory)

        assert client.invoke_function("s", "f").text == "linked"

    def test_a_version_runs_what_was_uploaded(self, function_compute, create, directory, make_api):
        create()
        function_compute.link("s", "f", directory)
        api = make_api(function_compute)
        api.call("POST", "/services/s/versions", {}).raise_for_status()

        replies = [
            api.call("POST", f"/services/{name}/functions/f/invocations", b"")
            for name in ("s.1", "s", "s.LATEST")
        ]

        assert [reply.text for reply in replies] == ["uploaded", "linked", "linked"]

    def test_a_saved_change_counts_at_the_next_call(
        self, function_compute, client, create, directory
    ):
        create()
        function_compute.link("s", "f", directory)
        client.invoke_function("s", "f")

        (directory / "index.py").write_text(SOURCE.format("changed"))

        assert client.invoke_function("s", "f").text == "changed"

    @pytest.mark.parametrize("names", [("s", "nope"), ("nope", "f"), ("", ""), ("s/f", "f")])
    def test_refuses_a_function_that_does_not_exist(
        self, function_compute, create, directory, names
    ):
        create()

        with pytest.raises(ValueError, match=f"function: {'/'.join(names)} does not exist"):
            function_compute.link(*names, directory)

    def test_unlink_runs_the_uploaded_code_again(self, function_compute, client, create, directory):
        create()
        function_compute.link("s", "f", directory)
        client.invoke_function("s", "f")

        function_compute.unlink("s", "f")

        assert client.invoke_function("s", "f").text == "uploaded"
        with pytest.raises(ValueError, match="function: s/f is not linked"):
            function_compute.unlink("s", "f")

    def test_ends_with_the_function(self, function_compute, client, create, directory):
        create()
        function_compute.link("s", "f", directory)
        client.delete_function("s", "f")
        client.delete_service("s")

        create()

        assert client.invoke_function("s", "f").text == "uploaded"

    def test_an_unchanged_directory_keeps_the_instance(
        self, function_compute, client, create, directory
    ):
        create()
        # What has just been written may have changed while it was loaded.
        time.sleep(0.05)
        function_compute.link("s", "f", directory)

        ids = {client.invoke_function("s", "f").headers["x-fc-instance-id"] for _ in range(3)}

        assert len(ids) == 1

    def test_leaves_nothing_in_the_directory(self, function_compute, client, create, directory):
        create()
        function_compute.link("s", "f", directory)

        client.invoke_function("s", "f")

        assert [file.name for file in directory.iterdir()] == ["index.py"]

    def test_a_directory_that_went_away_is_the_invocations_error(
        self, function_compute, client, create, directory
    ):
        create()
        function_compute.link("s", "f", directory)
        (directory / "index.py").unlink()
        directory.rmdir()

        result = client.invoke_function("s", "f", check=False)

        assert result.error_type == "UnhandledInvocationError"

    def test_ends_with_a_reset(self, function_compute, client, create, directory):
        create()
        function_compute.link("s", "f", directory)
        function_compute.reset()

        create()

        assert client.invoke_function("s", "f").text == "uploaded"

    def test_rejects_a_missing_directory(self, function_compute, tmp_path):
        with pytest.raises(ValueError, match="no such directory"):
            function_compute.link("s", "f", tmp_path / "nothing")


class TestCommandLine:
    def test_links(self, directory):
        with subprocess.Popen(
            [sys.executable, "-m", "fc_client.local.cli", "--link", f"s/f={directory}"],
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            try:
                # The note on the link comes last.
                lines = takewhile(lambda line: "s/f will run from" not in line, server.stdout)
                values = dict(
                    line.removeprefix("export ").strip().split("=", 1)
                    for line in lines
                    if line.startswith("export ")
                )
                client = fc_client.Client(
                    values["FC_ENDPOINT"],
                    access_key_id=values["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                    access_key_secret=values["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
                )
                client.create_service("s")
                code = fc_client.Code.from_zip(zipped(index=SOURCE.format("uploaded")))
                client.create_function(
                    "s", "f", runtime="python3", handler="index.handler", code=code
                )
                assert client.invoke_function("s", "f").text == "linked"
                # Development creates functions again and again.
                client.delete_function("s", "f")
                client.create_function(
                    "s", "f", runtime="python3", handler="index.handler", code=code
                )
                assert client.invoke_function("s", "f").text == "linked"
            finally:
                server.terminate()
        assert server.returncode == 0

    @pytest.mark.parametrize("value", ["s/f", "s=.", "/f=.", "s/f=nothing-there"])
    def test_rejects_a_malformed_link(self, value):
        done = subprocess.run(
            [sys.executable, "-m", "fc_client.local.cli", "--link", value],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

        assert done.returncode == 2
        assert "--link" in done.stderr
