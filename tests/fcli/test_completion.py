import shutil
import subprocess
import sys
import time

import pytest
from fcli.support import done, process, run

from fc_client.fcli.completion import complete_path
from fc_client.fcli.name_cache import NameCache
from fc_client.fcli.session import Session


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


class TestBash:
    @pytest.mark.parametrize(
        ("line", "offered"),
        [
            ("fcli in", ["info", "invk"]),
            ("fcli info de", ["demo"]),
            ("fcli info demo/", ["demo/hello"]),
            ("fcli info /fc/demo/h", ["/fc/demo/hello"]),
            ("fcli ls /r", ["/ram"]),
            ("fcli mkf demo/x --mem", ["--memory"]),
            ("fcli ls --outp", ["--output"]),
            ("fcli ls --output j", ["json"]),
            ("fcli function get demo/h", ["demo/hello"]),
            ("fcli info nope/", []),
        ],
    )
    def test_offers_commands_flags_and_paths(self, demo, line, offered):
        assert completed(line) == offered
        assert demo

    def test_of_a_service_that_is_not_there_is_quiet(self, server):
        started = time.monotonic()
        assert completed("fcli info d", FC_ENDPOINT="http://127.0.0.1:1") == []
        assert time.monotonic() - started < 10
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
        started = time.perf_counter()
        assert [item.value for item in complete_path(session, "demo/h")] == ["demo/hello"]
        assert time.perf_counter() - started < 0.05
        session.names.clear()
        assert complete_path(session, "demo/h") == []
        session.close()
        assert demo

    def test_names_expire(self, client):
        now = [0.0]
        names, session = NameCache(lambda: now[0]), Session()
        session.names = names
        assert complete_path(session, "d") == []
        client.create_service("demo")
        now[0] = 59.0
        assert complete_path(session, "d") == []
        now[0] = 60.0
        assert [item.value for item in complete_path(session, "d")] == ["demo"]
        session.close()


def test_help_imports_little():
    """What takes long to import is imported by the commands that need it."""
    program = (
        "import sys; from fc_client.fcli.program import main; main(['--help']); "
        "slow = {'requests', 'rich', 'yaml', 'prompt_toolkit', 'jmespath', 'asyncio'}; "
        "sys.exit(f'imported: {slow & set(sys.modules)}' if slow & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
