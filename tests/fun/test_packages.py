"""The packages that are sent."""

import io
import stat
import zipfile

import pytest
from fun.support import done, write
from support.packages import write_wheel

from fc_client.code import DependencyError
from fc_client.fun.errors import PackageError
from fc_client.fun.packages import Packages
from fc_client.fun.project.schema import Function


def function(*codes, runtime="nodejs8"):
    return Function.model_construct(name="f", handler="a.b", runtime=runtime, codes=codes)


def entries(root, *codes, runtime="nodejs8", **options):
    """Return the entries of the package of a function."""
    packages = Packages(root, "local", **options).make([("f", function(*codes, runtime=runtime))])
    return zipfile.ZipFile(io.BytesIO(b"".join(packages["f"].chunks()))).infolist()


def names(*args, **options):
    return [entry.filename for entry in entries(*args, **options)]


class TestFiles:
    def test_are_compressed_and_keep_modes_and_links(self, folder):
        write(folder, {"bin/tool": "x" * 5000})
        (folder / "bin" / "tool").chmod(0o755)
        (folder / "bin" / "link").symlink_to("tool")
        link, tool = entries(folder, "bin")
        assert stat.S_ISLNK(link.external_attr >> 16)
        assert stat.S_IMODE(tool.external_attr >> 16) == 0o755
        assert tool.compress_size < 100

    def test_many(self, folder):
        write(folder, {f"lib/{number}.js": "x" for number in range(3000)})
        assert len(names(folder, "lib")) == 3000

    def test_of_the_same_patterns_are_packed_once(self, folder):
        packages = Packages(folder).make([(name, function("*.js")) for name in ("a", "b")])
        assert packages["a"] is packages["b"]

    @pytest.mark.parametrize("name", ["main.jar", "build.zip"])
    def test_an_archive_is_the_package(self, folder, name):
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("demo/Main.class", "x")
        assert names(folder, name, runtime="java8") == ["demo/Main.class"]

    @pytest.mark.usefixtures("server")
    def test_a_jar_that_is_none_is_packed_as_any_other_file(self, folder):
        write(folder, {"main.jar": "x"})
        text = (folder / "faas.yml").read_text().replace("- greeting.js", "- main.jar")
        write(folder, {"faas.yml": text})
        assert names(folder, "main.jar", runtime="java8") == ["main.jar"]
        assert "Warning: main.jar is not a zip" in done("deploy").err


class TestDependencies:
    def test_of_python(self, folder):
        wheel = write_wheel(folder, "own", {"made_up_module.py": ""})
        write(folder, {"main.py": "", "requirements.txt": f"./{wheel.name}\n"})
        assert "made_up_module.py" in names(folder, "main.py", runtime="python3")

    def test_of_node(self, folder):
        write(folder, {"own/package.json": '{"name": "own", "version": "1.0.0"}'})
        write(folder, {"own/index.js": "", "node_modules/mine/index.js": ""})
        write(folder, {"package.json": '{"dependencies": {"own": "file:own"}}'})
        found = names(folder, "greeting.js", "node_modules")
        assert "node_modules/own/index.js" in found
        assert "node_modules/mine/index.js" not in found

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("package.json", '{"name": "p", "devDependencies": {"nosuch-made-up": "1"}}'),
            ("package.json", "[]"),
            ("requirements.txt", "# none\n\n"),
        ],
    )
    def test_none(self, folder, name, content):
        write(folder, {name: content, "main.py": ""})
        runtime = "python3" if name.endswith("txt") else "nodejs8"
        assert names(folder, "main.py", runtime=runtime) == ["main.py"]

    def test_of_another_language_are_left(self, folder):
        write(folder, {"package.json": "not JSON", "main.py": ""})
        assert names(folder, "main.py", runtime="python3") == ["main.py"]

    def test_that_cannot_be_installed(self, folder):
        write(folder, {"package.json": "not JSON"})
        with pytest.raises(DependencyError):
            names(folder, "greeting.js")


class TestSize:
    def test_is_checked_before_anything_is_sent(self, folder):
        write(folder, {"lib/large/x.bin": "0123456789" * 100, "lib/small": "x"})
        with pytest.raises(PackageError) as caught:
            names(folder, "lib", largest=100)
        message = str(caught.value)
        assert message.startswith("the package of f has 0.0 MB, more than the 0.0 MB")
        assert message.index("lib/large") < message.index("lib/small")
        assert ".funignore" in message


@pytest.mark.usefixtures("server")
def test_link_to_a_file_that_does_not_exist_is_a_link(folder):
    (folder / "greeting.js").unlink()
    (folder / "greeting.js").symlink_to("nosuch.js")
    done("deploy")
