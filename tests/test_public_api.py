import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import fc_client
from fc_client import exceptions

PACKAGE = Path(fc_client.__file__).parent
# The embedded server has a test of its own.
FILES = [path for path in PACKAGE.rglob("*.py") if "local" not in path.parts]

# The only room that may import these.
HTTP_LIBRARIES = {"requests": "_transport", "urllib3": "_transport", "aiohttp": "_transport"}


LATE_MODELS = {f"fc_client.models.{module}" for module in fc_client.models.LATE.values()}


def statements(node):
    """Yield what is below a node but for what only type checkers see."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from statements(child)


def imported(path):
    """Yield the dotted names of all that a module imports, wherever it does."""
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(name):
    """Return the module of this package that a dotted name is in, without ``fc_client.``."""
    parts = name.split(".")[1:]
    while parts:
        place = PACKAGE.joinpath(*parts)
        if place.is_dir() or place.with_suffix(".py").is_file():
            return ".".join(parts)
        parts.pop()
    return ""


def own_name(path):
    """Return the dotted name of a file, without ``fc_client.``."""
    return (
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        .removesuffix("__init__")
        .rstrip(".")
    )


def imported_modules(path):
    """Return the modules of this package that a module imports."""
    return {module_of(name) for name in imported(path) if name.startswith("fc_client")}


def room(name):
    """Return the folder that a module lives in, or its own name if it is at the top."""
    return name.partition(".")[0]


def modules_after(statement):
    """Return what *statement* imports in an interpreter of its own."""
    lines = ("import sys", "before = {*sys.modules}", statement, "print(*{*sys.modules} - before)")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


class TestNames:
    def test_all_is_sorted_and_there(self):
        assert fc_client.__all__ == sorted(fc_client.__all__)
        assert [name for name in fc_client.__all__ if not hasattr(fc_client, name)] == []

    def test_all_is_every_public_class(self):
        public = {
            name
            for name, value in vars(fc_client).items()
            if isinstance(value, type) and not name.startswith("_")
        }
        # The clients come with their HTTP libraries, so only once they are asked for, and so
        # do models, of which a program uses few.
        late = {"AsyncClient", "AsyncExecSession", "Client", "ExecSession", *fc_client.models.LATE}
        assert public | late == set(fc_client.__all__) - {"__version__"}

    @pytest.mark.parametrize("name", exceptions.__all__)
    def test_every_exception_is_a_name_of_the_package(self, name):
        assert getattr(fc_client, name) is getattr(exceptions, name)

    @pytest.mark.parametrize("module", ["client", "code", "credentials", "models", "pagination"])
    def test_every_public_name_of_a_module_is_a_name_of_the_package(self, module):
        names = getattr(fc_client, module).__all__
        assert [name for name in names if name not in fc_client.__all__] == []

    @pytest.mark.parametrize("name", fc_client.__all__)
    def test_every_public_name_is_told(self, name):
        assert name == "__version__" or getattr(fc_client, name).__doc__.strip()

    def test_local_is_there_once_it_is_asked_for(self):
        pytest.importorskip("aiohttp")
        assert fc_client.local.__name__ == "fc_client.local"

    def test_deploy_is_there_once_it_is_asked_for(self):
        assert fc_client.deploy.__name__ == "fc_client.deploy"

    def test_triggers_is_there_once_it_is_asked_for(self):
        assert fc_client.triggers.__name__ == "fc_client.triggers"

    def test_unknown_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match="module 'fc_client' has no attribute 'nope'"):
            _ = fc_client.nope

    def test_package_is_marked_as_typed(self):
        assert (PACKAGE / "py.typed").is_file()


class TestImports:
    def test_of_modules_point_one_way(self):
        """A circle makes the sorter raise CycleError."""
        TopologicalSorter({own_name(path): imported_modules(path) for path in FILES}).prepare()

    def test_of_rooms_point_one_way(self):
        graph = {}
        for path in FILES:
            graph.setdefault(room(own_name(path)), set()).update(map(room, imported_modules(path)))
        graph = {name: used - {name} for name, used in graph.items()}
        order = list(TopologicalSorter(graph).static_order())
        assert order.index("exceptions") < order.index("_messages") < order.index("_call")
        assert order.index("_call") < order.index("_operations") < order.index("client")

    @pytest.mark.parametrize("library", HTTP_LIBRARIES)
    def test_only_the_transports_know_http_libraries(self, library):
        users = {
            room(own_name(path))
            for path in FILES
            if any(used.partition(".")[0] == library for used in imported(path))
        }
        assert users == {HTTP_LIBRARIES[library]}

    @pytest.mark.parametrize(
        ("statement", "wanted", "late"),
        [
            ("import fc_client", "fc_client.exceptions", ("fc_client.client", "requests")),
            (
                "from fc_client import Client",
                "fc_client.client",
                (
                    "concurrent",
                    "crcmod",
                    "dateutil",
                    "fc_client.code.directory",
                    "html",
                    *LATE_MODELS,
                ),
            ),
        ],
    )
    def test_nobody_pays_for_what_is_not_used(self, statement, wanted, late):
        names = modules_after(statement)
        assert wanted in names
        never = (
            "aiohttp",
            "fc_client.deploy",
            "fc_client.local",
            "fc_client.triggers",
            "sqlite3",
            "asyncio",
        )
        assert [name for name in names if name.startswith((*never, *late))] == []


# Told of everything that a process does, and ends it at what it must not do.
GUARD = """
import sys

def guard(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "urllib.Request")):
        raise SystemExit(f"network at import: {event} {arguments}")
    if event == "open" and set(str(arguments[1])) & set("wax+"):
        raise SystemExit(f"a file written at import: {arguments}")
    if event in ("os.mkdir", "os.remove", "os.rename"):
        raise SystemExit(f"a file changed at import: {event} {arguments}")

sys.dont_write_bytecode = True
sys.addaudithook(guard)
"""


class TestHygiene:
    @pytest.mark.parametrize(
        "statement",
        [
            "import fc_client; fc_client.Client",
            "import fc_client; fc_client.AsyncClient",
            "import fc_client.local, fc_client.deploy, fc_client.triggers, fc_client.pytest_plugin",
        ],
    )
    def test_an_import_touches_neither_network_nor_files(self, statement):
        subprocess.run([sys.executable, "-c", GUARD + statement], check=True, timeout=60)

    def test_a_client_writes_no_files(self, tmp_path):
        script = """
import fc_client
client = fc_client.Client("http://127.0.0.1:1", access_key_id="i", access_key_secret="s")
client.close()
"""
        environment = {"HOME": str(tmp_path)}
        subprocess.run(
            [sys.executable, "-c", GUARD + script], check=True, timeout=60, env=environment
        )

        assert list(tmp_path.iterdir()) == []
