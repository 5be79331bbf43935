"""aio.py is what tools/generate_aio.py makes of client.py."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLIENT = (ROOT / "fc_client" / "client.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tool():
    pytest.importorskip("ruff")
    spec = importlib.util.spec_from_file_location("generate_aio", ROOT / "tools/generate_aio.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestGenerate:
    def test_file_is_current(self, tool):
        current = (ROOT / "fc_client" / "aio.py").read_text(encoding="utf-8")
        assert current == tool.generate(CLIENT), "run python tools/generate_aio.py"

    def test_file_says_how_it_is_made(self, tool):
        assert tool.generate(CLIENT).startswith("# Made by tools/generate_aio.py from client.py")

    def test_new_operation_is_awaited(self, tool):
        method = (
            '\n    def ping(self) -> None:\n        return self._call(build("Ping"), no_result)\n'
        )
        made = tool.generate(CLIENT + method)
        assert "    async def ping(self) -> None:\n        return await self._call(" in made

    def test_word_that_is_gone_is_told(self, tool):
        with pytest.raises(SystemExit, match=r"^client.py has no more: time.sleep"):
            tool.generate(CLIENT.replace("time.sleep", "sleep"))
