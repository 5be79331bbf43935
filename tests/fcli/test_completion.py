import json
import shutil
import stat
import subprocess
import sys
import time
from contextlib import closing

import pytest
from click.shell_completion import BashComplete
from fcli.support import done, process, run
from support.http_server import serving

from fc_client.fcli.completion import complete_path
from fc_client.fcli.name_cache import NameCache
from fc_client.fcli.root import root
from fc_client.fcli.session import Session

UNREACHABLE = {"FC_ENDPOINT": "http://127.0.0.1:1"}


def completed(line, **environ):
    """Return what bash would offer for the last word of a line."""
    words = line.split(" ")
    result = process(
        _FCLI_COMPLETE="bash_complete",
        COMP_WORDS=line,
        COMP_CWORD=str(len(words) - 1),
        **environ,
    )
    return [each.partition(",")[2] for each in result.lines if each]


QUALIFIERS = ["prod", "1", "LATEST"]


class TestBash:
    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("fcli in", ["info", "invk", "instance"]),
            ("fcli info de", ["demo"]),
            ("fcli info demo/", ["demo/hello"]),
            ("fcli info /fc/demo/h", ["/fc/demo/hello"]),
            ("fcli ls /r", ["/ram"]),
            ("fcli mkf demo/x --mem", ["--memory"]),
            ("fcli ls --outp", ["--output"]),
            ("fcli ls --output j", ["json"]),
            ("fcli function get demo/h", ["demo/hello"]),
            ("fcli info /versions/demo/", ["/versions/demo/1"]),
            ("fcli version delete de", ["demo"]),
            ("fcli alias get demo/", ["demo/prod"]),
            ("fcli alias create demo/prod -v 1 --add", ["--additional-version-weight"]),
            ("fcli version pu", ["publish"]),
            ("fcli exec demo/h", ["demo/hello"]),
            ("fcli on-demand put demo/h", ["demo/hello"]),
            ("fcli tag set de", ["demo"]),
            ("fcli provision put demo/hello/", [f"demo/hello/{each}" for each in QUALIFIERS]),
            ("fcli invk demo.p", ["demo.prod"]),
            ("fcli ls demo.1/", ["demo.1/hello"]),
            ("fcli invk demo/hello --qualifier ", QUALIFIERS),
            ("fcli info /fc/demo --qualifier p", ["prod"]),
            ("fcli function get -s demo -f hello --qualifier L", ["LATEST"]),
            ("fcli invk --qualifier ", []),
            ("fcli ls --qualifier ", []),
            ("fcli layer pu", ["publish"]),
            ("fcli instance list demo/", ["demo/hello"]),
            ("fcli info nope/", []),
        ],
    )
    def test_offers_commands_flags_and_paths(self, demo, monkeypatch, line, offered):
        demo.publish_service_version("demo")
        demo.create_alias("demo", "prod", version_id="1")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
        with closing(Session()) as session:
            session.complete = complete_path
            asked = BashComplete(root, {"obj": session}, "fcli", "_FCLI_COMPLETE").complete()
        assert [each.partition(",")[2] for each in asked.splitlines()] == offered
        assert demo

    def test_options_of_the_line_count(self, demo, server):
        key = f"--access-key-id {server.access_key_id} --access-key-secret"
        line = f"fcli --endpoint {server.endpoint} {key} {server.access_key_secret} info d"
        assert completed(line, **UNREACHABLE) == ["demo"]
        assert demo

    def test_asks_the_service_once(self, demo, server):
        assert completed("fcli info demo/") == ["demo/hello"]
        server.reset()
        assert completed("fcli info demo/h") == ["demo/hello"]
        assert completed("fcli info demo/h", ALIBABA_CLOUD_ACCESS_KEY_ID="other") == []
        assert demo

    def test_of_a_service_that_is_not_there_is_quiet(self, server):
        result = process(
            _FCLI_COMPLETE="bash_complete",
            COMP_WORDS="fcli --debug info d",
            COMP_CWORD="3",
            **UNREACHABLE,
        )
        assert (result.out.strip(), result.err) == ("", "")
        assert server

    def test_waits_once_for_a_service_that_does_not_answer(self, server):
        with serving(lambda exchange: exchange.wait()) as service:
            assert completed("fcli info d", FC_ENDPOINT=service.url) == []
            assert completed("fcli info d", FC_ENDPOINT=service.url) == []
            assert len(service.paths) == 1
        assert server

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_script_is_valid(self, shell):
        script = done("completion", shell).out
        assert "_FCLI_COMPLETE" in script
        program = shutil.which(shell)
        if program is not None:
            subprocess.run([program, "-n"], input=script, text=True, check=True)

    def test_other_shell_is_wrong_usage(self):
        assert run("completion", "powershell").code == 2


class TestCache:
    def test_asks_the_service_once(self, demo, server):
        session = Session()
        assert [item.value for item in complete_path(session, "demo/")] == ["demo/hello"]
        server.reset()
        # The processor's time: the machine may stand still.
        started = time.thread_time()
        assert [item.value for item in complete_path(session, "demo/h")] == ["demo/hello"]
        assert time.thread_time() - started < 0.1
        session.names.clear()
        assert complete_path(session, "demo/h") == []
        session.close()
        assert demo

    @pytest.mark.parametrize("words", [["mks", "new"], ["service", "create", "-s", "new"]])
    def test_is_forgotten_after_a_change(self, client, words):
        session = Session()
        assert complete_path(session, "n") == []
        done(*words)
        assert [item.value for item in complete_path(session, "n")] == ["new"]
        session.close()
        assert client

    @pytest.mark.parametrize("words", [["info", "demo"], ["function", "list", "-s", "demo"]])
    def test_stays_after_a_command_that_only_reads(self, demo, words):
        session = Session()
        assert [item.value for item in complete_path(session, "d")] == ["demo"]
        demo.create_service("d2")
        done(*words)
        assert [item.value for item in complete_path(session, "d")] == ["demo"]
        session.close()


class Names:
    """Counts how often names are fetched."""

    def __init__(self, found):
        self.found = found
        self.calls = 0

    def fetch(self):
        self.calls += 1
        return self.found


class TestNameCache:
    @pytest.mark.parametrize(("found", "seconds"), [(["a"], 60), (None, 10)])
    def test_names_and_failures_expire(self, tmp_path, found, seconds):
        now, names = [1000.0], Names(found)
        cache = NameCache(tmp_path / "names", lambda: now[0])
        for now[0], calls in (
            (1000.0, 1),
            (999.0 + seconds, 1),
            (1000.0 + seconds, 2),
            # The clock was set back.
            (10.0, 3),
        ):
            assert cache.names("key", names.fetch) == (found or [])
            assert names.calls == calls

    def test_processes_share_a_file_of_the_user_alone(self, tmp_path):
        path, names = tmp_path / "cache" / "names", Names(["a"])
        assert NameCache(path).names("key", names.fetch) == ["a"]
        assert NameCache(path).names("key", names.fetch) == ["a"]
        assert NameCache(path).names("other", names.fetch) == ["a"]
        assert names.calls == 2
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        NameCache(path).clear()
        assert not path.exists()

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"{", b'{"key": 1}', b'{"key": ["x", []]}', b'{"key": [1, 2]}']
    )
    def test_damaged_file_is_replaced(self, tmp_path, content):
        path = tmp_path / "names"
        path.write_bytes(content)
        assert NameCache(path).names("key", Names(["a"]).fetch) == ["a"]
        assert json.loads(path.read_bytes())["key"][1] == ["a"]

    @pytest.mark.parametrize("name", [None, "names/below"])
    def test_without_a_file_names_stay_in_memory(self, tmp_path, name):
        (tmp_path / "names").write_text("no directory")
        cache, names = NameCache(None if name is None else tmp_path / name), Names(["a"])
        assert cache.names("key", names.fetch) == cache.names("key", names.fetch) == ["a"]
        assert names.calls == 1
        cache.clear()
        cache.names("key", names.fetch)
        assert names.calls == 2


def test_help_imports_little():
    """What takes long to import is imported by the commands that need it."""
    program = (
        "import sys; from fc_client.fcli.program import main; main(['--help']); "
        "slow = {'requests', 'rich', 'yaml', 'prompt_toolkit', 'jmespath', 'asyncio'}; "
        "sys.exit(f'imported: {slow & set(sys.modules)}' if slow & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
