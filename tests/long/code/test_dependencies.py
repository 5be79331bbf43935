"""Dependencies installed by the real pip and npm, from packages that the tests make."""

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.packages import write_node_package, write_source, write_wheel

from fc_client import Code, DependencyError
from fc_client.code.npm_installation import NpmInstallation
from fc_client.code.pip_installation import require_pip

requires_npm = pytest.mark.skipif(
    shutil.which("npm") is None and "CI" not in os.environ, reason="npm is not on PATH"
)

LINUX = "cp310-cp310-manylinux2014_x86_64"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("npm_config_offline", "true")
    # A setting of users that pip refuses together with a directory to install into.
    monkeypatch.setenv("PIP_USER", "1")


@pytest.fixture
def root(tmp_path):
    """Return the directory of a function, without dependencies."""
    root = tmp_path / "function"
    root.mkdir()
    (root / "index.py").write_text("")
    return root


def members(code):
    with zipfile.ZipFile(io.BytesIO(b"".join(code.chunks()))) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def snapshot(root):
    return {path: path.stat().st_mtime_ns for path in root.rglob("*")}


class TestPython:
    def test_packages_are_added_for_the_service(self, root, tmp_path):
        write_wheel(tmp_path / "wheels", "greet", {"greet/__init__.py": "linux"}, tag=LINUX)
        (root / "requirements.txt").write_text("greet\n")
        before = snapshot(root)

        code = Code.from_directory(root, install=True)

        found = members(code)
        assert list(found) == [
            "greet-1.0.dist-info/METADATA",
            "greet-1.0.dist-info/WHEEL",
            "greet/__init__.py",
            "index.py",
            "requirements.txt",
        ]
        assert found["greet/__init__.py"] == "linux"
        assert snapshot(root) == before

    def test_wheels_are_those_of_the_runtime(self, root, tmp_path):
        for version in ("36m", "39"):
            tag = f"cp{version.rstrip('m')}-cp{version}-manylinux1_x86_64"
            write_wheel(tmp_path / "wheels", "greet", {"greet.py": version}, tag=tag)
        (root / "requirements.txt").write_text("greet\n")
        for runtime, version in (("python3", "36m"), ("python3.9", "39")):
            code = Code.from_directory(root, install=True, runtime=runtime)
            assert members(code)["greet.py"] == version
        with pytest.raises(DependencyError, match="No matching distribution found for greet"):
            Code.from_directory(root, install=True, runtime="python3.10")

    def test_local_is_for_this_machine(self, root, tmp_path):
        version = "{}{}".format(*sys.version_info)
        tag = f"cp{version}-none-{os.uname().sysname.lower()}_{os.uname().machine}"
        if sys.platform == "darwin":
            tag = "py3-none-any"
        write_wheel(tmp_path / "wheels", "greet", {"greet.py": "local"}, tag=tag)
        (root / "requirements.txt").write_text("greet\n")
        code = Code.from_directory(root, install=True, platform="local")
        assert members(code)["greet.py"] == "local"

    def test_what_has_to_be_compiled_says_what_to_do(self, root, tmp_path):
        write_source(tmp_path / "wheels", "greet")
        (root / "requirements.txt").write_text("greet==1.0\n")
        with pytest.raises(DependencyError) as caught:
            Code.from_directory(root, install=True)
        text = str(caught.value)
        assert "python -m pip install --target " in text
        assert "No matching distribution found for greet==1.0" in text
        assert "If there is no wheel for Python 3.10 on Linux x86_64: choose a version" in text

    def test_failure_for_this_machine_has_no_advice_about_another(self, root):
        (root / "requirements.txt").write_text("nothing-of-this-name\n")
        with pytest.raises(DependencyError) as caught:
            Code.from_directory(root, install=True, platform="local")
        assert "Linux" not in str(caught.value)

    def test_package_built_for_another_platform_is_refused(self, root):
        # pip accepts a file by its name; what was built from git is as wrong as this one.
        wheel = write_wheel(root, "greet", {"greet.py": ""})
        with zipfile.ZipFile(wheel) as archive:
            contents = {name: archive.read(name).decode() for name in archive.namelist()}
        tag = "Tag: cp310-cp310-macosx_11_0_arm64"
        contents["greet-1.0.dist-info/WHEEL"] = contents["greet-1.0.dist-info/WHEEL"].replace(
            "Tag: py3-none-any", tag
        )
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
        (root / "requirements.txt").write_text(f"./{wheel.name}\n")
        with pytest.raises(
            DependencyError, match=r"built greet-1.0 for macosx_11_0_arm64, not for"
        ):
            Code.from_directory(root, install=True)

    def test_modules_of_the_function_do_not_disturb_pip(self, root, tmp_path):
        write_wheel(tmp_path / "wheels", "greet", {"greet.py": ""})
        for name in ("json", "typing", "runpy", "pip"):
            (root / f"{name}.py").write_text("raise SystemExit('imported by pip')")
        (root / "requirements.txt").write_text("greet\n")
        assert "greet.py" in members(Code.from_directory(root, install=True))

    def test_scripts_and_bytecode_are_left_out(self, root, tmp_path):
        write_wheel(
            tmp_path / "wheels",
            "greet",
            {"greet.py": "", "__pycache__/greet.cpython-310.pyc": "", "bin/program": "\x7fELF"},
            entry_points="[console_scripts]\ngreet = greet:main\n",
        )
        (root / "requirements.txt").write_text("greet\n")
        names = set(members(Code.from_directory(root, install=True)))
        assert "greet-1.0.dist-info/entry_points.txt" in names
        assert "bin/program" in names
        assert not names & {"bin/greet", "__pycache__/greet.cpython-310.pyc"}

    def test_python_without_interpreter_says_so(self):
        with pytest.raises(DependencyError, match=r"this Python \(embedded\) has no pip"):
            require_pip("")

    def test_python_without_pip_says_so(self, root, tmp_path):
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True
        )
        (root / "requirements.txt").write_text("greet\n")
        script = (
            f"from fc_client.code import Code; Code.from_directory({str(root)!r}, install=True)"
        )
        done = subprocess.run(
            [tmp_path / "bare" / "bin" / "python", "-c", script],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "bare/bin/python) has no pip: run python -m ensurepip" in done.stderr


@requires_npm
class TestNode:
    def test_cache_may_be_in_a_local_package(self, root, tmp_path):
        write_node_package(tmp_path, "outer", "")
        write_node_package(root, "function", "", dependencies={"outer": "file:.."})
        code = Code.from_directory(root, install=True, cache_dir=tmp_path / ".cache")
        assert "node_modules/outer/index.js" in members(code)

    def test_does_not_wait_for_a_fifo_in_a_local_package(self, root, tmp_path):
        package = write_node_package(tmp_path / "greet", "greet", "")
        os.mkfifo(package / "pipe")
        write_node_package(root, "function", "", dependencies={"greet": "file:../greet"})
        with pytest.raises(OSError, match=r"a FIFO.*pipe"):
            Code.from_directory(root, install=True)

    @pytest.mark.parametrize("locked", [False, True])
    def test_packages_are_added_without_those_for_development(self, root, tmp_path, locked):
        write_node_package(tmp_path / "greet", "greet", "module.exports = 'hello'")
        write_node_package(tmp_path / "lint", "lint", "")
        write_node_package(
            root,
            "function",
            "",
            dependencies={"greet": "file:../greet"},
            devDependencies={"lint": "file:../lint"},
            # Neither is run: they may need files of the function.
            scripts={"postinstall": "exit 3", "prepare": "exit 3"},
        )
        if locked:
            command = ["npm", "install", "--package-lock-only", "--ignore-scripts"]
            subprocess.run(command, cwd=root, check=True, capture_output=True)
        (root / "node_modules" / "stale").mkdir(parents=True)
        (root / "node_modules" / "stale" / "index.js").write_text("")
        before = snapshot(root)

        found = members(Code.from_directory(root, install=True))

        names = {name for name in found if name.startswith("node_modules/")}
        assert names == {"node_modules/greet/index.js", "node_modules/greet/package.json"}
        assert found["node_modules/greet/index.js"] == "module.exports = 'hello'"
        assert json.loads(found["package.json"])["scripts"] != {}
        assert snapshot(root) == before

    @pytest.mark.parametrize("locked", [False, True])
    def test_packages_of_the_own_directory_are_files(self, root, locked):
        package = write_node_package(
            root / "x", "x", "module.exports = 'x' + require('y')", dependencies={"y": "file:../y"}
        )
        (package / "same.js").symlink_to("index.js")
        write_node_package(root / "y", "y", "module.exports = 'y'")
        write_node_package(root, "function", "", dependencies={"x": "file:./x"})
        if locked:
            command = ["npm", "install", "--package-lock-only", "--ignore-scripts"]
            subprocess.run(command, cwd=root, check=True, capture_output=True)
        target = root.parent / "installed"
        target.mkdir()
        NpmInstallation(root, for_linux=True).run(target)
        shutil.rmtree(root)
        modules = target / "node_modules"
        assert (modules / "x" / "same.js").resolve() == (modules / "x" / "index.js").resolve()
        shown = subprocess.run(
            ["node", "-p", "require('x')"], cwd=target, check=True, capture_output=True
        )
        assert shown.stdout == b"xy\n"

    def test_archives_are_packages_too(self, root, tmp_path):
        package = write_node_package(tmp_path / "greet", "greet", "")
        subprocess.run(
            ["npm", "pack", "--pack-destination", root, package], check=True, capture_output=True
        )
        write_node_package(root, "function", "", dependencies={"greet": "file:greet-1.0.0.tgz"})
        assert "node_modules/greet/index.js" in members(Code.from_directory(root, install=True))

    def test_without_dependencies_nothing_is_added(self, root):
        write_node_package(root, "function", "")
        assert list(members(Code.from_directory(root, install=True))) == [
            "index.js",
            "index.py",
            "package.json",
        ]

    def test_change_of_a_local_package_is_installed(self, root, tmp_path):
        package = write_node_package(tmp_path / "greet", "greet", "1")
        write_node_package(root, "function", "", dependencies={"greet": "../greet"})
        Code.from_directory(root, install=True)
        (package / "index.js").write_text("2")
        code = Code.from_directory(root, install=True)
        assert members(code)["node_modules/greet/index.js"] == "2"

    @pytest.mark.parametrize("text", ["{", '{"dependencies": {"a": "file:../missing"}}'])
    def test_failure_shows_the_output_of_npm(self, root, text):
        (root / "package.json").write_text(text)
        with pytest.raises(DependencyError, match=r"npm install --omit=dev[\s\S]*npm error"):
            Code.from_directory(root, install=True)

    def test_what_is_not_a_package_json_is_left_to_npm(self, root):
        (root / "package.json").write_text("[]")
        assert NpmInstallation(root, for_linux=True).key().startswith("npm-")

    def test_package_compiled_for_another_platform_is_refused(self, root, tmp_path):
        package = write_node_package(tmp_path / "fast", "fast", "")
        library = package / "build" / "Release" / "fast.node"
        library.parent.mkdir(parents=True)
        write_node_package(root, "function", "", dependencies={"fast": "file:../fast"})
        for head, fits in (
            (b"\xcf\xfa\xed\xfe" + bytes(16), False),
            (elf(0xB7), False),
            (elf(0x3E), True),
        ):
            library.write_bytes(head)
            if fits:
                Code.from_directory(root, install=True)
                continue
            with pytest.raises(DependencyError, match=r"compiled .*fast.node for this machine"):
                Code.from_directory(root, install=True)
            Code.from_directory(root, install=True, platform="local")

    def test_missing_npm_says_so(self, root, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        write_node_package(root, "function", "")
        with pytest.raises(DependencyError, match=r"npm is not on the PATH: install Node.js"):
            Code.from_directory(root, install=True)


def elf(machine):
    """Return the start of a 64-bit ELF file for a processor."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + bytes([machine, 0])


class TestBoth:
    @requires_npm
    def test_all_lists_are_installed_unless_a_runtime_is_named(self, root, tmp_path):
        write_wheel(tmp_path / "wheels", "greet", {"greet.py": ""})
        (root / "requirements.txt").write_text("greet\n")
        write_node_package(tmp_path / "hello", "hello", "")
        write_node_package(root, "function", "", dependencies={"hello": "file:../hello"})
        installed = {"greet.py", "node_modules/hello/index.js"}
        for runtime, wanted in (
            (None, installed),
            ("python3.10", {"greet.py"}),
            ("nodejs12", {"node_modules/hello/index.js"}),
        ):
            code = Code.from_directory(root, install=True, runtime=runtime)
            assert installed & set(members(code)) == wanted

    def test_second_deployment_installs_nothing_and_is_the_same(self, root, tmp_path):
        """It is also the same from another cache, where all is installed again."""
        write_wheel(
            tmp_path / "wheels",
            "greet",
            {"greet.py": ""},
            entry_points="[console_scripts]\ngreet = greet:main\n",
        )
        (root / "requirements.txt").write_text("greet\n")
        first = Code.from_directory(root, install=True, cache_dir=tmp_path / "cache")
        other = Code.from_directory(root, install=True, cache_dir=tmp_path / "other")
        (entry,) = (tmp_path / "cache").iterdir()
        before = entry.stat().st_mtime_ns
        shutil.rmtree(tmp_path / "wheels")
        second = Code.from_directory(root, install=True, cache_dir=str(tmp_path / "cache"))
        assert second.checksum == other.checksum == first.checksum
        assert entry.stat().st_mtime_ns == before

    def test_files_of_the_function_come_first(self, root, tmp_path):
        files = {"shared/__init__.py": "package", "shared/more.py": "package"}
        write_wheel(tmp_path / "wheels", "shared", files)
        (root / "shared").mkdir()
        (root / "shared" / "__init__.py").write_text("own")
        (root / "requirements.txt").write_text("shared\n")
        found = members(Code.from_directory(root, install=True))
        assert (found["shared/__init__.py"], found["shared/more.py"]) == ("own", "package")

    def test_file_in_place_of_a_directory_is_refused(self, root, tmp_path):
        write_wheel(tmp_path / "wheels", "shared", {"shared/__init__.py": ""})
        (root / "requirements.txt").write_text("shared\n")
        message = r"install: 'shared.* is a file in the directory or"
        (root / "shared").write_text("")
        with pytest.raises(ValueError, match=message):
            Code.from_directory(root, install=True)
        (root / "shared").unlink()
        (root / "shared" / "__init__.py").mkdir(parents=True)
        (root / "shared" / "__init__.py" / "own.py").write_text("")
        with pytest.raises(ValueError, match=message):
            Code.from_directory(root, install=True)


class TestArguments:
    @pytest.mark.parametrize(
        ("runtime", "names"),
        [
            (None, "requirements.txt or package.json"),
            ("python3.9", "requirements.txt"),
            ("nodejs8", "package.json"),
        ],
    )
    def test_nothing_to_install_says_what_is_missing(self, root, runtime, names):
        with pytest.raises(ValueError, match=f"has no {names};"):
            Code.from_directory(root, install=True, runtime=runtime)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"platform": "windows"}, "platform: must be 'linux_x86_64' .*, got 'windows'"),
            ({"runtime": "java8"}, "runtime: must be a Python or Node.js runtime.* got 'java8'"),
            ({"cache_dir": ""}, "cache_dir: must not be an empty path"),
        ],
    )
    def test_invalid_option_is_refused(self, root, options, message):
        (root / "requirements.txt").write_text("")
        with pytest.raises(ValueError, match=message):
            Code.from_directory(root, install=True, **options)

    @pytest.mark.parametrize(
        "options", [{"platform": "local"}, {"runtime": "python3"}, {"cache_dir": "x"}]
    )
    def test_options_without_install_are_refused(self, root, options):
        with pytest.raises(TypeError, match="only be passed with install=True"):
            Code.from_directory(root, **options)

    def test_install_is_true_or_false(self, root):
        with pytest.raises(TypeError, match="install: expected True or False, got str"):
            Code.from_directory(root, install="python3.10")
