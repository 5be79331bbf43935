"""What functions find in their layers, and how it is shown to them."""

from __future__ import annotations

from pathlib import Path

from local.execution.node_functions import run as run_node
from local.execution.python_functions import run
from local.execution_support import error_of, printed, requires_node, spec_of

from fc_client.local.execution.runtimes import environment


def layer(tmp_path: Path, name: str, text: str) -> Path:
    """Write a file of a merged layer and return the directory of the layers."""
    opt = tmp_path / "merged layers"
    (opt / name).parent.mkdir(parents=True)
    (opt / name).write_text(text)
    return opt


class TestVariables:
    def test_lists_end_with_the_directories_of_layers(self, tmp_path):
        spec = spec_of(tmp_path, opt_dir=tmp_path, environment_variables={"NODE_PATH": "/opt/own"})

        variables = environment(spec, "id", tmp_path)

        assert variables["PATH"].endswith(f":{tmp_path}/bin")
        assert variables["PYTHONPATH"] == f"{tmp_path}/python"
        assert variables["NODE_PATH"] == f"{tmp_path}/own:{tmp_path}/nodejs/node_modules"

    def test_paths_stay_without_layers(self, tmp_path):
        spec = spec_of(tmp_path, environment_variables={"X": "/opt/data"})

        assert environment(spec, "id", tmp_path)["X"] == "/opt/data"


class TestPython:
    def test_errors_and_logs_show_opt(self, tmp_path):
        opt = layer(tmp_path, "python/lent.py", "def fail():\n    raise KeyError(__file__)\n")
        source = "import lent\ndef handler(e, c):\n    print(lent.__file__)\n    lent.fail()\n"

        (outcome,) = run(tmp_path, source, opt_dir=opt)

        error = error_of(outcome)
        assert error["errorMessage"] == "'/opt/python/lent.py'"
        assert error["stackTrace"][-1][0] == 'File "/opt/python/lent.py"'
        assert printed(outcome).startswith("/opt/python/lent.py\n")


@requires_node
class TestNode:
    def test_packages_are_found_and_errors_show_opt(self, tmp_path):
        opt = layer(
            tmp_path,
            "nodejs/node_modules/lent/index.js",
            "exports.fail = () => { throw new Error(__filename); };",
        )
        source = "const lent = require('lent');\nexports.handler = () => lent.fail();\n"

        (outcome,) = run_node(tmp_path, source, opt_dir=opt)

        error = error_of(outcome)
        assert error["errorMessage"] == "/opt/nodejs/node_modules/lent/index.js"
        assert "/opt/nodejs/node_modules/lent/index.js:1" in error["stackTrace"][0]
